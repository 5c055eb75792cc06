package report

import (
	"errors"
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"
	"time"

	"prescreen/internal/cases"
)

// Edit is what was edited in a row of a spreadsheet; nil: left as it was.
type Edit struct {
	Sheet string
	Row   int
	Cell  string // of the case number, or of the new state
	Case  int64
	// Version is that of the case when the sheet was written.
	Version  int
	State    *cases.State
	Assignee *string
	Due      *time.Time // the end of the day; zero: none any more
	Note     *string
}

// Rejected is a cell or row that cannot be taken over.
type Rejected struct {
	Sheet, Cell string
	Err         error
}

func (r Rejected) Error() string { return fmt.Sprintf("%s!%s: %v", r.Sheet, r.Cell, r.Err) }

// Sheet is a spreadsheet that was read back.
type Sheet struct {
	Edits     []Edit // rows in which something was edited
	Untouched int    // rows as they were written
	Rejected  []Rejected
}

// Errors of a row.
var (
	ErrFormula      = errors.New("holds a formula; enter the text itself")
	ErrCellError    = errors.New("holds an error value")
	ErrFixedColumn  = errors.New("was changed; only assignee, due, state and note may be edited")
	ErrNoNumber     = errors.New("has no case number")
	ErrTwice        = errors.New("is the second row for this case; only the first one counts")
	ErrNoSeal       = errors.New("has lost its hidden last column; write the sheet again with prescreen report --format xlsx")
	ErrNotADate     = errors.New("is not a date such as 2026-03-31")
	ErrUnknownState = errors.New("is not a state")
	// ErrColumns says that a sheet is not a list of findings.
	ErrColumns = errors.New("the first sheet is not a list of findings written by prescreen report --format xlsx")
)

// ReadEdits reads a spreadsheet that Render wrote and people edited. A row
// with something wrong is rejected with its cell named; the rest goes on. The
// error is about the file as a whole.
func ReadEdits(r io.ReaderAt, size int64, zone *time.Location) (*Sheet, error) {
	file, err := openSheet(r, size)
	if err != nil {
		return nil, err
	}
	e := editReader{zone: zone, name: file.name, epoch: sheetEpoch(), seen: map[int64]bool{}, sheet: &Sheet{}}
	if file.date1904 {
		e.epoch = time.Date(1904, 1, 1, 0, 0, 0, 0, time.UTC)
	}
	if err := file.rows(e.row); err != nil {
		return nil, err
	}
	if e.columns == nil {
		return nil, ErrColumns
	}
	return e.sheet, nil
}

type editReader struct {
	zone    *time.Location
	name    string
	epoch   time.Time
	columns []int // position of each column of sheetColumns
	seal    int
	seen    map[int64]bool
	sheet   *Sheet
}

// header finds the columns by their names, which may have been moved.
func (e *editReader) header(cells []sheetCell) error {
	at := map[string]int{}
	for i, c := range cells {
		at[strings.TrimSpace(c.text)] = i
	}
	var missing []string
	columns := make([]int, 0, len(sheetColumns()))
	for _, c := range sheetColumns() {
		i, ok := at[c.zh]
		if !ok {
			i, ok = at[c.en]
		}
		if !ok {
			missing = append(missing, c.zh)
		}
		columns = append(columns, i)
	}
	seal, ok := at[sealColumn]
	if !ok {
		missing = append(missing, sealColumn)
	}
	if len(missing) > 0 {
		return fmt.Errorf("%w: row 1 lacks %s", ErrColumns, strings.Join(missing, ", "))
	}
	e.columns, e.seal = columns, seal
	return nil
}

func (e *editReader) row(row int, cells []sheetCell) error {
	if e.columns == nil {
		return e.header(cells)
	}
	get := func(col int) sheetCell {
		if col < len(cells) {
			return cells[col]
		}
		return sheetCell{}
	}
	reject := func(col int, err error) {
		e.sheet.Rejected = append(e.sheet.Rejected, Rejected{Sheet: e.name, Cell: cellName(col, row), Err: err})
	}
	empty := true
	for _, c := range cells {
		empty = empty && c == sheetCell{}
	}
	if empty {
		return nil
	}
	texts := make([]string, len(e.columns))
	for i, c := range sheetColumns() {
		x := get(e.columns[i])
		switch {
		case x.formula:
			reject(e.columns[i], ErrFormula)
			return nil
		case x.err != "":
			reject(e.columns[i], fmt.Errorf("%w: %s", ErrCellError, x.err))
			return nil
		}
		text, err := e.textOf(c.id, x)
		if err != nil {
			reject(e.columns[i], fmt.Errorf("%q %w", x.text, err))
			return nil
		}
		texts[i] = text
	}
	e.edit(row, texts, strings.TrimSpace(get(e.seal).text), reject)
	return nil
}

// textOf is a cell as rowCells would have written it.
func (e *editReader) textOf(id string, c sheetCell) (string, error) {
	if id != "due" && id != "found" {
		return strings.TrimSpace(c.text), nil
	}
	text := strings.TrimSpace(c.text)
	if text == "" {
		return "", nil
	}
	if c.number {
		days, err := strconv.ParseFloat(text, 64)
		if err != nil || days < 1 || days > 2_958_465 || math.IsNaN(days) { // 9999-12-31
			return "", ErrNotADate
		}
		return e.epoch.AddDate(0, 0, int(days)).Format(time.DateOnly), nil
	}
	for _, layout := range []string{time.DateOnly, "2006-1-2", "2006/1/2", "2006.1.2", "2006年1月2日", time.RFC3339, "2006-01-02T15:04:05"} {
		if t, err := time.Parse(layout, text); err == nil {
			return t.Format(time.DateOnly), nil
		}
	}
	return "", ErrNotADate
}

func (e *editReader) edit(row int, texts []string, seal string, reject func(col int, err error)) {
	value := map[string]string{}
	col := map[string]int{}
	for i, c := range sheetColumns() {
		value[c.id], col[c.id] = texts[i], e.columns[i]
	}
	id, err := strconv.ParseInt(value["number"], 10, 64)
	if err != nil || id < 1 {
		reject(col["number"], fmt.Errorf("%q: the row %w", value["number"], ErrNoNumber))
		return
	}
	version, hashes, ok := readSeal(seal)
	switch {
	case !ok:
		reject(e.seal, fmt.Errorf("the row %w", ErrNoSeal))
		return
	case e.seen[id]:
		reject(col["number"], fmt.Errorf("%d %w", id, ErrTwice))
		return
	}
	e.seen[id] = true
	edited := map[string]bool{}
	for i, h := range cellHashes(texts) {
		c := sheetColumns()[i]
		if h == hashes[i] || c.id == "seq" {
			continue
		}
		if !c.edit {
			reject(e.columns[i], fmt.Errorf("%s %w", c.zh, ErrFixedColumn))
			return
		}
		edited[c.id] = true
	}
	if len(edited) == 0 {
		e.sheet.Untouched++
		return
	}
	edit := Edit{Sheet: e.name, Row: row, Cell: cellName(col["number"], row), Case: id, Version: version}
	if edited["state"] {
		edit.Cell = cellName(col["state"], row)
		state, err := cases.ParseState(value["state"])
		if err != nil {
			reject(col["state"], fmt.Errorf("%q %w: %s", value["state"], ErrUnknownState, stateList()))
			return
		}
		edit.State = &state
	}
	if edited["due"] {
		var due time.Time
		if value["due"] != "" {
			day, err := time.ParseInLocation(time.DateOnly, value["due"], e.zone)
			if err != nil {
				reject(col["due"], fmt.Errorf("%q %w", value["due"], ErrNotADate))
				return
			}
			due = day.Add(24*time.Hour - time.Second)
		}
		edit.Due = &due
	}
	if edited["assignee"] {
		v := value["assignee"]
		edit.Assignee = &v
	}
	if edited["note"] {
		v := value["note"]
		edit.Note = &v
	}
	e.sheet.Edits = append(e.sheet.Edits, edit)
}

func stateList() string {
	var out []string
	for _, s := range cases.States() {
		out = append(out, s.Name("zh"))
	}
	return strings.Join(out, "、")
}
