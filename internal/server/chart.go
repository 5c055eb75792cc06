package server

import (
	"fmt"
	"html/template"
	"strings"

	"prescreen/internal/cases"
	"prescreen/internal/lang"
)

// trendChart draws what each run saw as stacked bars, the oldest left: new and
// returned above what was known. Colours come from the style sheet.
func trendChart(trend []cases.Trend, l lang.Lang) template.HTML {
	if len(trend) == 0 {
		return ""
	}
	const width, height, foot, gap = 640, 180, 26, 6
	most := 1
	for _, t := range trend {
		most = max(most, t.New+t.Reopened+t.Persisting)
	}
	bar := min((width-gap)/len(trend)-gap, 46)
	var b strings.Builder
	fmt.Fprintf(&b, `<svg class="chart" viewBox="0 0 %d %d" role="img" aria-label="%s">`, width, height+foot,
		l.Pick("每次检查的问题数：已知、复发、新增", "findings of each run: known, returned, new"))
	fmt.Fprintf(&b, `<line class="axis" x1="0" y1="%d" x2="%d" y2="%d"/>`, height, width, height)
	x := gap
	for i, t := range trend {
		y := height
		for _, part := range []struct {
			class, name string
			n           int
		}{{"known", l.Pick("已知", "known"), t.Persisting}, {"back", l.Pick("复发", "returned"), t.Reopened}, {"new", l.Pick("新增", "new"), t.New}} {
			if part.n == 0 {
				continue
			}
			h := max(part.n*(height-24)/most, 2)
			y -= h
			fmt.Fprintf(&b, `<rect class="bar-%s" x="%d" y="%d" width="%d" height="%d"><title>%s %d</title></rect>`, part.class, x, y, bar, h, part.name, part.n)
		}
		fmt.Fprintf(&b, `<text x="%d" y="%d" text-anchor="middle">%d</text>`, x+bar/2, max(y-5, 11), t.New+t.Reopened+t.Persisting)
		if len(trend) <= 8 || i%2 == 0 {
			fmt.Fprintf(&b, `<text class="day" x="%d" y="%d" text-anchor="middle">%s</text>`, x+bar/2, height+18, t.Started.Local().Format("01-02"))
		}
		x += bar + gap
	}
	b.WriteString(`</svg>`)
	return template.HTML(b.String()) // built from constants and numbers
}
