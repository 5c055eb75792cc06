package report

import (
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"strconv"
	"strings"

	"prescreen/internal/cases"
)

// LinesVersion is the version of the JSON Lines that Render writes, described
// by docs/report.schema.json. Fields may be added; a change of what a field
// means raises it.
const LinesVersion = 1

// writeLines writes one object per line: the run, its cases, what was not
// checked. The type tells them apart.
func writeLines(w io.Writer, run *Run) error {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	head := run.Summary
	head.NotChecked = nil // lines of their own
	err := enc.Encode(struct {
		Type       string  `json:"type"`
		Version    int     `json:"v"`
		Summary    Summary `json:"summary"`
		Trend      []Point `json:"trend,omitempty"`
		NotChecked int     `json:"not_checked"`
	}{"run", LinesVersion, head, run.Trend, len(run.Summary.NotChecked)})
	if err != nil {
		return fmt.Errorf("write report: %w", err)
	}
	for i := range run.Cases {
		line := struct {
			Type   string `json:"type"`
			Number string `json:"number"`
			*cases.Case
		}{"case", Number(&run.Cases[i]), &run.Cases[i]}
		if err := enc.Encode(line); err != nil {
			return fmt.Errorf("write report: %w", err)
		}
	}
	for _, g := range run.Summary.NotChecked {
		if err := enc.Encode(struct {
			Type string `json:"type"`
			Gap
		}{"gap", g}); err != nil {
			return fmt.Errorf("write report: %w", err)
		}
	}
	return nil
}

// writeCSV writes the columns of 问题明细表 as CSV (RFC 4180) in UTF-8 with a
// byte order mark, without which spreadsheets take it for GBK.
func writeCSV(w io.Writer, run *Run, opt Options) error {
	if _, err := io.WriteString(w, "\ufeff"); err != nil {
		return fmt.Errorf("write report: %w", err)
	}
	cw := csv.NewWriter(w)
	cw.UseCRLF = true
	row := make([]string, 0, len(sheetColumns()))
	for _, c := range sheetColumns() {
		row = append(row, c.name(opt.Lang))
	}
	if err := cw.Write(row); err != nil {
		return fmt.Errorf("write report: %w", err)
	}
	for i := range run.Cases {
		row = row[:0]
		for _, col := range sheetColumns() {
			row = append(row, harmless(col.text(i, &run.Cases[i], &opt)))
		}
		if err := cw.Write(row); err != nil {
			return fmt.Errorf("write report: %w", err)
		}
	}
	cw.Flush()
	if err := cw.Error(); err != nil {
		return fmt.Errorf("write report: %w", err)
	}
	return nil
}

// harmless keeps a spreadsheet from taking text for a formula: an apostrophe
// before what begins with = + - @, a tab or a line end (OWASP, CSV injection).
// Numbers keep their sign.
func harmless(s string) string {
	if _, err := strconv.ParseFloat(s, 64); err == nil {
		return s
	}
	trimmed := strings.TrimLeft(s, " \u00a0\u3000")
	if trimmed != "" && strings.ContainsRune("=+-@\t\r\n|%＝＋－＠", []rune(trimmed)[0]) {
		return "'" + s
	}
	return s
}
