package report

import (
	"bufio"
	_ "embed"
	"fmt"
	"html/template"
	"io"
	"net/url"
	"slices"
	"strings"
	"time"

	"prescreen/internal/lang"
	"prescreen/internal/pipeline"
	"prescreen/scanner"
)

//go:embed report.tmpl.html
var htmlTemplate string

// htmlWriter writes one file that needs no network: style, script and data
// are inside.
type htmlWriter struct {
	w        io.Writer
	opt      Options
	findings []htmlFinding
	counts   Counts
	matrix   map[string]*Counts // by category
	problems []Gap
}

// htmlFinding is what the page's script needs of a finding; short names keep
// a report of 20,000 findings small.
type htmlFinding struct {
	Severity   string `json:"s"`
	Category   string `json:"c"`
	Rule       string `json:"r"`
	Title      string `json:"t"`
	Confidence int    `json:"p"`
	Page       string `json:"u"`
	Link       bool   `json:"l"` // Page is an http(s) address
	Name       string `json:"n"` // title of the page
	Where      string `json:"w"`
	Excerpt    string `json:"x"`
	Message    string `json:"m"`
	Basis      string `json:"b"`
	Advice     string `json:"a"`
	Count      int    `json:"k"`
	Site       string `json:"h"`
	ID         string `json:"i"` // first characters of the fingerprint
}

func (h *htmlWriter) Write(r pipeline.Result) error {
	if h.matrix == nil {
		h.matrix = map[string]*Counts{}
	}
	addr := address(r)
	u, err := url.Parse(addr)
	link := err == nil && (u.Scheme == "http" || u.Scheme == "https")
	site := ""
	if link {
		site = u.Host
	}
	for i := range r.Findings {
		f := &r.Findings[i]
		h.counts.Add(f.Severity)
		if h.matrix[f.Category] == nil {
			h.matrix[f.Category] = &Counts{}
		}
		h.matrix[f.Category].Add(f.Severity)
		h.findings = append(h.findings, htmlFinding{
			Severity: string(f.Severity), Category: f.Category, Rule: f.Rule, Title: f.Title,
			Confidence: f.Confidence, Page: addr, Link: link, Name: r.Title,
			Where: Where(f.Place, h.opt.Lang), Excerpt: f.Excerpt, Message: f.Message,
			Basis: f.Basis, Advice: f.Advice, Count: max(f.Count, 1), Site: site,
			ID: f.Fingerprint[:min(8, len(f.Fingerprint))],
		})
	}
	for _, p := range r.Errors {
		if p.Status.Harmless() {
			continue
		}
		detail := p.Message
		if p.File != "" && !strings.Contains(detail, p.File) {
			detail = p.File + ": " + detail
		}
		h.problems = append(h.problems, Gap{URL: addr, Reason: StatusName(p.Status, h.opt.Lang), Detail: detail, Failed: true})
	}
	return nil
}

// htmlView is what the template sees.
type htmlView struct {
	Lang         string
	Options      Options
	Summary      Summary
	Verdict      string
	VerdictClass string
	Duration     string
	Counts       Counts
	Categories   []htmlCategory
	Findings     []htmlFinding
	Gaps         []gapGroup
	GapTotal     int
	Sites        []string
	Severities   []option
	Chart        template.HTML
}

type htmlCategory struct {
	ID, Name string
	Counts   Counts
}

type option struct{ ID, Name string }

type gapGroup struct {
	Reason string
	Failed bool
	Total  int
	Gaps   []Gap // the first gapsShown; the JSON Lines file has all
}

// gapsShown bounds the list per reason: a calendar cut off by its budget can
// have tens of thousands.
const gapsShown = 500

func (h *htmlWriter) Close(s Summary) error {
	l := h.opt.Lang
	rank := map[string]int{"critical": 0, "high": 1, "medium": 2, "low": 3}
	slices.SortStableFunc(h.findings, func(a, b htmlFinding) int {
		if d := rank[a.Severity] - rank[b.Severity]; d != 0 {
			return d
		}
		if d := b.Confidence - a.Confidence; d != 0 {
			return d
		}
		return strings.Compare(a.Page, b.Page)
	})
	if h.findings == nil {
		h.findings = []htmlFinding{}
	}
	gaps := append(slices.Clone(s.NotChecked), h.problems...)
	v := htmlView{
		Lang: string(l), Options: h.opt, Summary: s, Counts: h.counts,
		Verdict: VerdictName(s.Verdict, l), VerdictClass: string(s.Verdict),
		Duration: humanDuration(s.Finished.Sub(s.Started), l),
		Findings: h.findings, Gaps: groupGaps(gaps), GapTotal: len(gaps),
		Sites: h.sites(), Categories: h.categories(),
	}
	for _, sev := range []scanner.Severity{scanner.SeverityCritical, scanner.SeverityHigh, scanner.SeverityMedium, scanner.SeverityLow} {
		v.Severities = append(v.Severities, option{string(sev), SeverityName(sev, l)})
	}
	v.Chart = barChart(v.Categories, l)
	tmpl, err := template.New("report").Funcs(template.FuncMap{
		"t":    l.Pick,
		"date": func(t time.Time) string { return t.Format("2006-01-02 15:04") },
	}).Parse(htmlTemplate)
	if err != nil {
		return fmt.Errorf("parse report template: %w", err)
	}
	w := bufio.NewWriter(h.w)
	if err := tmpl.Execute(w, v); err != nil {
		return fmt.Errorf("write report: %w", err)
	}
	return w.Flush()
}

func (h *htmlWriter) sites() []string {
	seen := map[string]bool{}
	var out []string
	for _, f := range h.findings {
		if f.Site != "" && !seen[f.Site] {
			seen[f.Site] = true
			out = append(out, f.Site)
		}
	}
	slices.Sort(out)
	return out
}

func (h *htmlWriter) categories() []htmlCategory {
	var out []htmlCategory
	for _, id := range []string{"secrecy", "internal", "pii", "credential", "wording"} {
		c := h.matrix[id]
		if c == nil {
			c = &Counts{}
		}
		out = append(out, htmlCategory{id, CategoryName(id, h.opt.Lang), *c})
	}
	return out
}

func groupGaps(gaps []Gap) []gapGroup {
	at := map[string]int{}
	var out []gapGroup
	for _, g := range gaps {
		i, ok := at[g.Reason]
		if !ok {
			i = len(out)
			at[g.Reason] = i
			out = append(out, gapGroup{Reason: g.Reason, Failed: g.Failed})
		}
		out[i].Total++
		if len(out[i].Gaps) < gapsShown {
			out[i].Gaps = append(out[i].Gaps, g)
		}
	}
	slices.SortStableFunc(out, func(a, b gapGroup) int {
		if a.Failed != b.Failed {
			if a.Failed {
				return -1
			}
			return 1
		}
		return b.Total - a.Total
	})
	return out
}

// barChart draws findings by category, stacked by severity, as inline SVG.
func barChart(cats []htmlCategory, l lang.Lang) template.HTML {
	const labelW, barW, rowH = 150, 420, 30
	most := 1
	for _, c := range cats {
		most = max(most, c.Counts.Total())
	}
	var b strings.Builder
	height := rowH * len(cats)
	fmt.Fprintf(&b, `<svg class="chart" viewBox="0 0 %d %d" role="img" aria-label="%s">`,
		labelW+barW+50, height, l.Pick("按类别和等级统计", "findings by category and severity"))
	for i, c := range cats {
		y := i * rowH
		fmt.Fprintf(&b, `<text x="%d" y="%d" text-anchor="end" class="lbl">%s</text>`,
			labelW-10, y+19, template.HTMLEscapeString(c.Name))
		x := labelW
		for _, part := range []struct {
			class string
			n     int
		}{{"critical", c.Counts.Critical}, {"high", c.Counts.High}, {"medium", c.Counts.Medium}, {"low", c.Counts.Low}} {
			if part.n == 0 {
				continue
			}
			w := max(part.n*barW/most, 2)
			fmt.Fprintf(&b, `<rect x="%d" y="%d" width="%d" height="18" class="f-%s"><title>%d</title></rect>`, x, y+5, w, part.class, part.n)
			x += w
		}
		fmt.Fprintf(&b, `<text x="%d" y="%d" class="num">%d</text>`, x+8, y+19, c.Counts.Total())
	}
	b.WriteString(`</svg>`)
	return template.HTML(b.String()) // built from constants and numbers; names escaped
}

func humanDuration(d time.Duration, l lang.Lang) string {
	switch {
	case d < time.Minute:
		return fmt.Sprintf(l.Pick("%.1f 秒", "%.1f s"), d.Seconds())
	case d < time.Hour:
		return fmt.Sprintf(l.Pick("%d 分 %d 秒", "%d min %d s"), int(d.Minutes()), int(d.Seconds())%60)
	}
	return fmt.Sprintf(l.Pick("%d 小时 %d 分", "%d h %d min"), int(d.Hours()), int(d.Minutes())%60)
}
