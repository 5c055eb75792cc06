package report

import (
	"archive/zip"
	"bytes"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"prescreen/internal/cases"
	"prescreen/internal/lang"
	"prescreen/internal/ziptest"
)

// workbookOf renders n cases as a workbook.
func workbookOf(t testing.TB, n int) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := Render(&b, XLSX, generated(n, n), generatedOptions(lang.Chinese)); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// setCell replaces the content of a cell of a worksheet we wrote.
func setCell(t testing.TB, sheet, ref, attrs, content string) string {
	t.Helper()
	start := strings.Index(sheet, `<c r="`+ref+`"`)
	if start < 0 {
		t.Fatalf("no cell %s", ref)
	}
	end := strings.Index(sheet[start:], "</c>")
	if short := strings.Index(sheet[start:], "/>"); short >= 0 && (end < 0 || short < strings.Index(sheet[start:], ">")) {
		end = short + 2 - len("</c>")
	}
	return sheet[:start] + `<c r="` + ref + `"` + attrs + `>` + content + `</c>` + sheet[start+end+len("</c>"):]
}

func text(s string) (attrs, content string) { return ` t="inlineStr"`, `<is><t>` + s + `</t></is>` }

const sheet1 = "xl/worksheets/sheet1.xml"

func readEdits(t testing.TB, data []byte) *Sheet {
	t.Helper()
	s, err := ReadEdits(bytes.NewReader(data), int64(len(data)), time.FixedZone("CST", 8*3600))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestUneditedSheet(t *testing.T) {
	s := readEdits(t, workbookOf(t, 60))
	if s.Untouched != 60 || len(s.Edits) != 0 || len(s.Rejected) != 0 {
		t.Errorf("%d untouched, edits %v, rejected %v", s.Untouched, s.Edits, s.Rejected)
	}
}

// column letters of the sheet, by the id of the column.
func letters() map[string]string {
	out := map[string]string{}
	for i, c := range sheetColumns() {
		out[c.id] = columnName(i)
	}
	return out
}

func TestEditedSheet(t *testing.T) {
	at := letters()
	data := ziptest.Rewrite(t, workbookOf(t, 20), sheet1, func(s string) string {
		set := func(ref string) func(attrs, content string) {
			return func(attrs, content string) { s = setCell(t, s, ref, attrs, content) }
		}
		set(at["state"] + "2")(text("误报"))
		set(at["note"] + "2")(text("核实为示例"))
		set(at["assignee"] + "3")(text("孙某"))
		set(at["due"]+"3")(` s="10"`, `<v>46112</v>`) // 2026-03-31
		set(at["due"] + "4")(text("2026/4/1"))
		set(at["due"]+"5")(``, ``)
		// From here on rows with something wrong, each only once.
		set(at["state"] + "6")(text("已经好了"))
		set(at["assignee"]+"7")(``, `<f>HYPERLINK("http://evil.example/","x")</f><v>1</v>`)
		set(at["due"] + "8")(text("月底"))
		set(at["severity"] + "9")(text("低"))
		set(at["number"] + "10")(text("甲"))
		set(at["url"]+"11")(` t="e"`, `<v>#REF!</v>`)
		set("U12")(``, ``) // the seal
		return s
	})
	s := readEdits(t, data)
	if len(s.Edits) != 4 {
		t.Fatalf("edits %+v, rejected %v", s.Edits, s.Rejected)
	}
	if e := s.Edits[0]; e.Row != 2 || *e.State != cases.Dismissed || *e.Note != "核实为示例" || e.Assignee != nil || e.Due != nil || e.Version < 1 {
		t.Errorf("row 2: %+v", e)
	}
	if e := s.Edits[1]; *e.Assignee != "孙某" || e.State != nil || e.Due.Format(time.DateTime) != "2026-03-31 23:59:59" {
		t.Errorf("row 3: %+v %v", e, e.Due)
	}
	if e := s.Edits[2]; e.Due.Format(time.DateOnly) != "2026-04-01" {
		t.Errorf("row 4: %+v", e)
	}
	if e := s.Edits[3]; e.Due == nil || !e.Due.IsZero() {
		t.Errorf("row 5: a due date that was deleted: %+v", e)
	}
	want := []struct {
		cell string
		err  error
	}{
		{at["state"] + "6", ErrUnknownState}, {at["assignee"] + "7", ErrFormula}, {at["due"] + "8", ErrNotADate},
		{at["severity"] + "9", ErrFixedColumn}, {at["number"] + "10", ErrNoNumber}, {at["url"] + "11", ErrCellError}, {"U12", ErrNoSeal},
	}
	for i, w := range want {
		if i >= len(s.Rejected) {
			t.Fatalf("only %d rejected: %v", len(s.Rejected), s.Rejected)
		}
		if r := s.Rejected[i]; r.Cell != w.cell || r.Sheet != "问题明细" || !errors.Is(r.Err, w.err) {
			t.Errorf("rejected %v, want %s %v", r, w.cell, w.err)
		}
	}
	if s.Untouched != 9 {
		t.Errorf("%d rows untouched, want 9", s.Untouched)
	}
}

func TestSameCaseTwice(t *testing.T) {
	data := ziptest.Rewrite(t, workbookOf(t, 3), sheet1, func(s string) string {
		row := s[strings.Index(s, `<row r="2"`):strings.Index(s, `<row r="3"`)]
		return strings.Replace(s, "</sheetData>", strings.ReplaceAll(strings.Replace(row, `r="2"`, `r="9"`, 1), `2" s=`, `9" s=`)+"</sheetData>", 1)
	})
	s := readEdits(t, data)
	if len(s.Rejected) != 1 || !errors.Is(s.Rejected[0].Err, ErrTwice) || s.Rejected[0].Cell != "B9" || s.Untouched != 3 {
		t.Errorf("%+v", s)
	}
}

// A workbook as a spreadsheet program saves it: shared strings, rich text,
// phonetic guides, escapes, days from 1904, no references.
func TestForeignWorkbook(t *testing.T) {
	c := generated(1, 1).Cases[0]
	c.Note = "_x000D_ 字面"
	opt := generatedOptions(lang.Chinese)
	cells := rowCells(0, &c, &opt)
	var shared, header, row strings.Builder
	n := 0
	add := func(b *strings.Builder, s string) {
		shared.WriteString(`<si><r><t>` + escaped(escapeEscapes(s)) + `</t></r><rPh sb="0" eb="1"><t>zhuyin</t></rPh></si>`)
		b.WriteString(`<c t="s"><v>` + string(rune('0'+n/10)) + string(rune('0'+n%10)) + `</v></c>`)
		n++
	}
	for i, col := range sheetColumns() {
		add(&header, col.name(lang.Chinese))
		switch col.id {
		case "due":
			row.WriteString(`<c><v>44651</v></c>`) // 2026-04-01 from 1904
		default:
			add(&row, cells[i])
		}
	}
	add(&header, sealColumn)
	add(&row, rowSeal(c.Version, cells))
	var b bytes.Buffer
	zw := zip.NewWriter(&b)
	for name, content := range map[string]string{
		"xl/workbook.xml":            `<workbook xmlns="` + nsMain + `" xmlns:r="` + nsRel + `"><workbookPr date1904="1"/><sheets><sheet name="改过的" sheetId="1" r:id="a"/></sheets></workbook>`,
		"xl/_rels/workbook.xml.rels": `<Relationships xmlns="` + nsPkg + `"><Relationship Id="a" Target="/xl/worksheets/x.xml"/></Relationships>`,
		"xl/sharedStrings.xml":       `<sst xmlns="` + nsMain + `">` + shared.String() + `</sst>`,
		"xl/worksheets/x.xml":        `<worksheet xmlns="` + nsMain + `"><sheetData><row>` + header.String() + `</row><row>` + row.String() + `</row></sheetData></worksheet>`,
	} {
		w, _ := zw.Create(name)
		io.WriteString(w, content)
	}
	zw.Close()
	s := readEdits(t, b.Bytes())
	if len(s.Edits) != 1 || s.Edits[0].Due.Format(time.DateOnly) != "2026-04-01" || s.Edits[0].Note != nil || s.Edits[0].Sheet != "改过的" {
		t.Errorf("%+v", s)
	}
}

func TestNotASheet(t *testing.T) {
	for name, data := range map[string][]byte{"text": []byte("序号,问题编号"), "empty": nil} {
		if _, err := ReadEdits(bytes.NewReader(data), int64(len(data)), time.UTC); !errors.Is(err, ErrNotXLSX) {
			t.Errorf("%s: %v", name, err)
		}
	}
	other := ziptest.Rewrite(t, workbookOf(t, 2), sheet1, func(s string) string { return strings.Replace(s, "问题编号", "编号", 1) })
	if _, err := ReadEdits(bytes.NewReader(other), int64(len(other)), time.UTC); !errors.Is(err, ErrColumns) || !strings.Contains(err.Error(), "问题编号") {
		t.Errorf("another list: %v", err)
	}
	damaged := ziptest.Rewrite(t, workbookOf(t, 2), sheet1, func(s string) string { return s[:len(s)/2] })
	if _, err := ReadEdits(bytes.NewReader(damaged), int64(len(damaged)), time.UTC); err == nil {
		t.Error("half a sheet was read without an error")
	}
}

// A spreadsheet program saves the sheet without an edit: nothing may look
// edited.
func TestSavedByAnotherProgram(t *testing.T) {
	office, err := exec.LookPath("soffice")
	if err != nil {
		t.Skip("LibreOffice is not installed; the hand-made workbook of TestForeignWorkbook stands for it")
	}
	dir := t.TempDir()
	in := filepath.Join(dir, "in.xlsx")
	if err := os.WriteFile(in, workbookOf(t, 30), 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), office, "-env:UserInstallation=file://"+dir+"/profile", "--headless", "--convert-to", "xlsx:Calc MS Excel 2007 XML", "--outdir", filepath.Join(dir, "out"), in)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	data, err := os.ReadFile(filepath.Join(dir, "out", "in.xlsx"))
	if err != nil {
		t.Fatal(err)
	}
	if s := readEdits(t, data); s.Untouched != 30 || len(s.Edits)+len(s.Rejected) > 0 {
		t.Errorf("%d untouched, edits %+v, rejected %v", s.Untouched, s.Edits, s.Rejected)
	}
}

func FuzzReadRows(f *testing.F) {
	f.Add([]byte(`<worksheet><sheetData><row r="1"><c r="A1" t="s"><v>0</v></c><c r="ZZZZZ1"><v>1</v></c></row></sheetData></worksheet>`))
	f.Add([]byte(`<worksheet><sheetData><row r="1"><c r="B1" t="inlineStr"><is><r><t>a</t></r><rPh><t>b</t></rPh></is></c><c><f>1+1</f><v>2</v></c></row>`))
	f.Add([]byte(`<sst><si><t>_x000D_</t></si></sst>`))
	f.Fuzz(func(t *testing.T, data []byte) {
		cells := 0
		_ = readRows(bytes.NewReader(data), []string{"x"}, func(_ int, row []sheetCell) error {
			cells += len(row)
			return nil
		})
		if cells > 60*(len(data)+1) {
			t.Errorf("%d cells out of %d bytes", cells, len(data))
		}
	})
}
