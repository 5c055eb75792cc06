package report

import (
	"fmt"
	"html/template"
	"strings"

	"prescreen/internal/lang"
)

// The charts are drawn here, as inline SVG whose colours are the variables of
// the page: a library's pictures know neither the dark mode nor the printer.

// trendRuns bounds the runs in a chart.
const trendRuns = 14

func lastRuns(points []Point) []Point { return points[max(0, len(points)-trendRuns):] }

// barChart draws findings by category, stacked by severity.
func barChart(cats []group, l lang.Lang) template.HTML {
	const rowH = 32
	labelW, barW := 130, 320
	if l == lang.English { // longer names
		labelW, barW = 210, 240
	}
	most := 1
	for _, c := range cats {
		most = max(most, c.Counts.Total())
	}
	var b strings.Builder
	fmt.Fprintf(&b, `<svg class="chart" viewBox="0 0 %d %d" role="img" aria-label="%s">`,
		labelW+barW+50, rowH*len(cats), l.Pick("按类别和等级统计", "findings by category and severity"))
	for i, c := range cats {
		y := i * rowH
		fmt.Fprintf(&b, `<text x="%d" y="%d" text-anchor="end" class="lbl">%s</text>`,
			labelW-10, y+19, template.HTMLEscapeString(c.Name))
		x := labelW
		for _, s := range severities() {
			n := c.Counts.Of(s)
			if n == 0 {
				continue
			}
			w := max(n*barW/most, 2)
			fmt.Fprintf(&b, `<rect x="%d" y="%d" width="%d" height="18" class="f-%s"><title>%s %d</title></rect>`,
				x, y+5, w, s, SeverityName(s, l), n)
			x += w
		}
		fmt.Fprintf(&b, `<text x="%d" y="%d" class="num">%d</text>`, x+8, y+19, c.Counts.Total())
	}
	b.WriteString(`</svg>`)
	return template.HTML(b.String()) // built from constants and numbers; names escaped
}

// columns is the frame of a chart with one column per run.
type columns struct {
	b                 strings.Builder
	n                 int
	top, zero, bottom int // y of the largest value, of 0, of the smallest
	perUnit           float64
}

const (
	chartW, chartH = 520, 220
	chartLeft      = 44
)

// newColumns scales the axis to most above and least (a positive number)
// below zero.
func newColumns(label string, n, most, least int) *columns {
	c := &columns{n: n, top: 18, bottom: chartH - 30}
	c.perUnit = float64(c.bottom-c.top) / float64(max(most+least, 1))
	c.zero = c.top + int(float64(most)*c.perUnit)
	fmt.Fprintf(&c.b, `<svg class="chart" viewBox="0 0 %d %d" role="img" aria-label="%s">`, chartW, chartH, label)
	step := niceStep(max(most, least))
	for v := -least / step * step; v <= most; v += step {
		y := c.y(v)
		class := "grid"
		if v == 0 {
			class = "axis"
		}
		fmt.Fprintf(&c.b, `<line x1="%d" x2="%d" y1="%d" y2="%d" class="%s"/><text x="%d" y="%d" text-anchor="end" class="num">%d</text>`,
			chartLeft, chartW, y, y, class, chartLeft-6, y+4, max(v, -v))
	}
	return c
}

// niceStep divides an axis up to most into at most five steps of 1, 2 or 5
// times a power of ten.
func niceStep(most int) int {
	step := 1
	for i := 0; most/step >= 5; i++ {
		step = step * []int{2, 5, 2}[i%3] / []int{1, 2, 1}[i%3]
	}
	return step
}

func (c *columns) y(v int) int { return c.zero - int(float64(v)*c.perUnit) }

// bar draws from value a to value b in column i.
func (c *columns) bar(i, a, b int, class, title string) {
	if a == b {
		return
	}
	slot := (chartW - chartLeft) / c.n
	w := min(slot*2/3, 42)
	y1, y2 := c.y(b), c.y(a)
	if b < a {
		y1, y2 = y2, y1
	}
	fmt.Fprintf(&c.b, `<rect x="%d" y="%d" width="%d" height="%d" class="%s"><title>%s</title></rect>`,
		chartLeft+i*slot+(slot-w)/2, y1, w, max(y2-y1, 1), class, template.HTMLEscapeString(title))
}

// label writes the run under its column; of many, every second.
func (c *columns) label(i int, text string) {
	slot := (chartW - chartLeft) / c.n
	if slot < 46 && (c.n-1-i)%2 == 1 {
		return
	}
	fmt.Fprintf(&c.b, `<text x="%d" y="%d" text-anchor="middle" class="num">%s</text>`,
		chartLeft+i*slot+slot/2, chartH-10, template.HTMLEscapeString(text))
}

func (c *columns) done() template.HTML {
	c.b.WriteString(`</svg>`)
	return template.HTML(c.b.String()) // built from constants and numbers; texts escaped
}

// trendChart draws the findings of each run, stacked by severity.
func trendChart(rows []trendRow, l lang.Lang) template.HTML {
	most := 1
	for _, r := range rows {
		most = max(most, r.Total)
	}
	c := newColumns(l.Pick("历次检查疑似问题数", "findings per run"), len(rows), most, 0)
	for i, r := range rows {
		at := 0
		for _, s := range severities() {
			n := r.Point.Findings.Of(s)
			c.bar(i, at, at+n, "f-"+string(s), fmt.Sprintf("%s %s %d", r.Label, SeverityName(s, l), n))
			at += n
		}
		c.label(i, r.Label[:5])
	}
	return c.done()
}

// changeChart draws what is new and what persists above the line, and what was
// resolved below it.
func changeChart(rows []trendRow, l lang.Lang) template.HTML {
	most, least := 1, 0
	for _, r := range rows {
		most, least = max(most, r.Point.New+r.Point.Persisting), max(least, r.Point.Resolved)
	}
	c := newColumns(l.Pick("新发现、持续和已消除", "new, persisting and resolved"), len(rows), most, least)
	for i, r := range rows {
		p := r.Point
		c.bar(i, 0, p.Persisting, "f-persisting", fmt.Sprintf(l.Pick("%s 持续 %d", "%s persisting %d"), r.Label, p.Persisting))
		c.bar(i, p.Persisting, p.Persisting+p.New, "f-new", fmt.Sprintf(l.Pick("%s 新发现 %d", "%s new %d"), r.Label, p.New))
		c.bar(i, 0, -p.Resolved, "f-resolved", fmt.Sprintf(l.Pick("%s 已消除 %d", "%s resolved %d"), r.Label, p.Resolved))
		c.label(i, r.Label[:5])
	}
	return c.done()
}
