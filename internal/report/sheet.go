package report

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strconv"
	"strings"
	"time"

	"prescreen/internal/cases"
	"prescreen/internal/lang"
)

// sheetColumn is one column of 问题明细表, the list of findings that officials
// expect, in spreadsheets and CSV.
type sheetColumn struct {
	id     string // stable, for import
	zh, en string
	width  int // in characters
	edit   bool
	text   func(i int, c *cases.Case, opt *Options) string
}

func (c sheetColumn) name(l lang.Lang) string { return l.Pick(c.zh, c.en) }

// sheetColumns in their order. Those with edit may be changed in the
// spreadsheet and read back; the rest must stay as they are.
func sheetColumns() []sheetColumn {
	return []sheetColumn{
		{"seq", "序号", "No.", 6, false, func(i int, _ *cases.Case, _ *Options) string { return strconv.Itoa(i + 1) }},
		{"number", "问题编号", "case", 12, false, func(_ int, c *cases.Case, _ *Options) string { return Number(c) }},
		{"unit", "单位", "unit", 18, false, func(_ int, c *cases.Case, _ *Options) string { return c.Unit }},
		{"column", "栏目", "column", 14, false, func(_ int, c *cases.Case, _ *Options) string { return c.Column }},
		{"title", "标题", "title", 30, false, func(_ int, c *cases.Case, _ *Options) string { return c.Title }},
		{"url", "网址", "address", 40, false, func(_ int, c *cases.Case, _ *Options) string { return c.Finding.URL }},
		{"place", "位置（附件/页/行/单元格）", "place", 30, false, func(_ int, c *cases.Case, o *Options) string { return Where(c.Finding.Place, o.Lang) }},
		{"published", "发布时间", "published", 12, false, func(_ int, c *cases.Case, _ *Options) string { return c.Published }},
		{"found", "发现时间", "found", 12, false, func(_ int, c *cases.Case, o *Options) string { return dateOf(c.FirstSeen, o) }},
		{"category", "类别", "category", 14, false, func(_ int, c *cases.Case, o *Options) string { return CategoryName(c.Finding.Category, o.Lang) }},
		{"severity", "等级", "severity", 8, false, func(_ int, c *cases.Case, o *Options) string { return SeverityName(c.Finding.Severity, o.Lang) }},
		{"excerpt", "命中内容（脱敏）", "excerpt (masked)", 34, false, func(_ int, c *cases.Case, _ *Options) string { return c.Finding.Excerpt }},
		{"basis", "判定依据/规则号", "basis, rule", 34, false, func(_ int, c *cases.Case, _ *Options) string {
			return joined("；", c.Finding.Message, c.Finding.Basis, c.Finding.Rule)
		}},
		{"advice", "建议", "advice", 34, false, func(_ int, c *cases.Case, _ *Options) string { return c.Finding.Advice }},
		{"assignee", "责任人", "assignee", 12, true, func(_ int, c *cases.Case, _ *Options) string { return c.Assignee }},
		{"due", "期限", "due", 12, true, func(_ int, c *cases.Case, o *Options) string { return dateOf(c.Due, o) }},
		{"state", "状态", "state", 12, true, func(_ int, c *cases.Case, o *Options) string { return sheetState(c.State, o.Lang) }},
		{"review", "复查结果", "re-check", 18, false, func(_ int, c *cases.Case, o *Options) string { return recheck(c, o.Lang) }},
		{"site", "站点", "site", 18, false, func(_ int, c *cases.Case, _ *Options) string { return c.Site }},
		{"note", "备注", "note", 24, true, func(_ int, c *cases.Case, _ *Options) string { return c.Note }},
	}
}

// sheetState is a state as a cell says it: in English its code, because a list
// to choose from is divided by commas.
func sheetState(s cases.State, l lang.Lang) string { return l.Pick(s.Name(l), string(s)) }

// recheck says what the last run says of a case that was to be gone.
func recheck(c *cases.Case, l lang.Lang) string {
	switch c.State {
	case cases.Closed:
		return l.Pick("复查通过", "gone")
	case cases.Reopened:
		return l.Pick("复查不通过（复发）", "found again")
	case cases.Fixed:
		return l.Pick("待复查", "waits for a run")
	}
	return ""
}

func dateOf(t time.Time, opt *Options) string {
	if t.IsZero() {
		return ""
	}
	return opt.in(t).Format(time.DateOnly)
}

func joined(sep string, parts ...string) string {
	out := ""
	for _, p := range parts {
		if p == "" {
			continue
		}
		if out != "" {
			out += sep
		}
		out += p
	}
	return out
}

// rowSeal is what the hidden last column of a row says of it: the version of
// the case and a hash of each cell, so that import knows which cells were
// edited. It catches accidents, not forgery: whoever may import is trusted.
func rowSeal(version int, cells []string) string {
	return fmt.Sprintf("v%d:%s", version, strings.Join(cellHashes(cells), ""))
}

// hashLen is the length of a cell's hash in the seal.
const hashLen = 4

func cellHashes(cells []string) []string {
	out := make([]string, 0, len(cells))
	for _, c := range cells {
		// Programs change spaces and line ends when they save.
		sum := sha256.Sum256([]byte(strings.Join(strings.Fields(c), " ")))
		out = append(out, hex.EncodeToString(sum[:])[:hashLen])
	}
	return out
}

// readSeal takes a seal apart.
func readSeal(seal string) (version int, hashes []string, ok bool) {
	head, rest, found := strings.Cut(strings.TrimSpace(seal), ":")
	version, err := strconv.Atoi(strings.TrimPrefix(head, "v"))
	if !found || err != nil || len(rest) != hashLen*len(sheetColumns()) {
		return 0, nil, false
	}
	for ; rest != ""; rest = rest[hashLen:] {
		hashes = append(hashes, rest[:hashLen])
	}
	return version, hashes, true
}

// rowCells are the texts of a row in the order of sheetColumns.
func rowCells(i int, c *cases.Case, opt *Options) []string {
	out := make([]string, 0, len(sheetColumns()))
	for _, col := range sheetColumns() {
		out = append(out, cellText(col.text(i, c, opt)))
	}
	return out
}
