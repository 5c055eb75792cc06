package report

import (
	"fmt"
	"io"
	"strings"
	"time"

	"prescreen/internal/pipeline"
	"prescreen/scanner"
)

// textWriter writes for a person at a terminal.
type textWriter struct {
	w   io.Writer
	opt Options
}

const (
	red    = "\x1b[31m"
	yellow = "\x1b[33m"
	green  = "\x1b[32m"
	bold   = "\x1b[1m"
	dim    = "\x1b[2m"
)

func (t *textWriter) paint(color, s string) string {
	if !t.opt.Color {
		return s
	}
	return color + s + "\x1b[0m"
}

func verdictColor(v scanner.Verdict) string {
	switch v {
	case scanner.VerdictPass:
		return green
	case scanner.VerdictBlock:
		return red
	}
	return yellow
}

func (t *textWriter) Write(r pipeline.Result) error {
	var b strings.Builder
	l := t.opt.Lang
	fmt.Fprintf(&b, "%s  %s", t.paint(verdictColor(r.Verdict), VerdictName(r.Verdict, l)), t.paint(bold, printable(r.ID)))
	if r.Title != "" {
		fmt.Fprintf(&b, "  %s", t.paint(dim, printable(r.Title)))
	}
	b.WriteByte('\n')
	for i := range r.Findings {
		t.finding(&b, &r.Findings[i])
	}
	for _, p := range r.Errors {
		if p.Status.Harmless() {
			continue
		}
		fmt.Fprintf(&b, "  ! %s: %s", StatusName(p.Status, l), printable(ProblemText(p, l)))
		if p.File != "" && !strings.Contains(p.Message, p.File) {
			fmt.Fprintf(&b, " (%s)", printable(p.File))
		}
		b.WriteByte('\n')
	}
	_, err := io.WriteString(t.w, b.String())
	return err
}

func (t *textWriter) finding(b *strings.Builder, f *scanner.Finding) {
	l := t.opt.Lang
	color := yellow
	if f.Severity == scanner.SeverityHigh || f.Severity == scanner.SeverityCritical {
		color = red
	}
	fmt.Fprintf(b, "  [%s %d%%] %s", t.paint(color, SeverityName(f.Severity, l)), f.Confidence, f.Title)
	if f.Count > 1 {
		fmt.Fprintf(b, " ×%d", f.Count)
	}
	fmt.Fprintf(b, "  %s\n", t.paint(dim, f.Rule))
	fmt.Fprintf(b, "      %s: %s\n", Where(f.Place, l), printable(f.Excerpt))
	fmt.Fprintf(b, "      %s\n", printable(f.Message))
	if f.Advice != "" {
		fmt.Fprintf(b, "      %s%s\n", l.Pick("建议：", "Advice: "), f.Advice)
	}
}

func (t *textWriter) Close(s Summary) error {
	l := t.opt.Lang
	_, err := fmt.Fprintf(t.w, l.Pick(
		"—— %s：检查 %d 个页面/文件，疑似问题 %d 个（严重 %d，高 %d，中 %d，低 %d），用时 %s\n",
		"-- %s: %d pages or files checked, %d suspected problems (critical %d, high %d, medium %d, low %d), took %s\n"),
		t.paint(verdictColor(s.Verdict), VerdictName(s.Verdict, l)), s.Pages+s.Attachments, s.Findings.Total(),
		s.Findings.Critical, s.Findings.High, s.Findings.Medium, s.Findings.Low,
		s.Finished.Sub(s.Started).Round(time.Millisecond))
	return err
}

// printable replaces control characters, which a hostile file name or title
// could use to rewrite the terminal.
func printable(s string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f || (r >= 0x80 && r < 0xa0) || (r >= 0x202a && r <= 0x202e) || (r >= 0x2066 && r <= 0x2069) {
			return ' '
		}
		return r
	}, s)
}
