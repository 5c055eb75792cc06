package document

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"strings"

	"prescreen/scanner"
)

// dbfField is a column of a dBASE table.
type dbfField struct {
	name string
	typ  byte
	at   int // in the record
	size int
}

const (
	dbfHead      = 32 // of the file, and of each field
	dbfFields    = 1024
	dbfMaxRecord = 64 << 10
)

// isDBF tells a dBASE or FoxPro table: a version, the date of the last change,
// and a header and records of lengths that fit the file.
func isDBF(head []byte, size int64) bool {
	if len(head) < dbfHead || !strings.ContainsRune("\x02\x03\x04\x05\x30\x31\x32\x43\x7B\x83\x8B\x8C\x8E\xCB\xF5", rune(head[0])) {
		return false
	}
	header, record := int64(binary.LittleEndian.Uint16(head[8:])), int64(binary.LittleEndian.Uint16(head[10:]))
	month, day := head[2], head[3]
	return month <= 12 && day <= 31 && header > dbfHead && header <= size && record > 1 && (header%dbfHead <= 1 || head[0] >= 0x30 && head[0] <= 0x32) &&
		header+record*int64(binary.LittleEndian.Uint32(head[4:])) <= size+record
}

// readDBF reads a table of dBASE or FoxPro, in which land and household
// registers were kept: every cell with its row and column, records that are
// marked as deleted but still there as hidden ones.
func readDBF(_ context.Context, f *file) error {
	head, err := readAtMost(f.reader(), 64<<10)
	if err != nil {
		return fmt.Errorf("read table: %w", err)
	}
	fields, memo := dbfColumns(head)
	if len(fields) == 0 {
		return failf(scanner.StatusDamaged, "the header of the table is damaged")
	}
	if memo {
		f.problem(scanner.StatusPartial, "long texts of the table are in a file of their own")
	}
	codepage := dbfCodepage(head[29])
	tab := sheetTable{f: f, id: f.nextTable()}
	for i, c := range fields {
		if err := tab.add(1, i+1, codepageString([]byte(c.name), codepage), false); err != nil {
			return err
		}
	}
	if err := tab.flush(); err != nil {
		return err
	}
	return dbfRecords(f, fields, head, &tab, codepage)
}

func dbfRecords(f *file, fields []dbfField, head []byte, tab *sheetTable, codepage int) error {
	const deleted = '*'
	r := io.NewSectionReader(f.data, int64(binary.LittleEndian.Uint16(head[8:])), f.size)
	record := make([]byte, min(int(binary.LittleEndian.Uint16(head[10:])), dbfMaxRecord))
	for row := range binary.LittleEndian.Uint32(head[4:]) {
		n, err := io.ReadFull(r, record)
		if err != nil && n < 2 {
			f.problem(scanner.StatusPartial, fmt.Sprintf("the table ends after %d records", row))
			break
		}
		for i, c := range fields {
			if c.at >= n || c.typ == 'M' || c.typ == 'G' || c.typ == 'P' {
				continue
			}
			text := c.text(record[c.at:min(n, c.at+c.size)], codepage)
			if err := tab.add(int(row)+2, i+1, text, record[0] == deleted); err != nil {
				return err
			}
		}
		if err := tab.flush(); err != nil {
			return err
		}
	}
	return nil
}

// dbfColumns reads the descriptions of the fields; memo says whether there are
// fields whose content is elsewhere.
func dbfColumns(head []byte) (fields []dbfField, memo bool) {
	if len(head) < dbfHead {
		return nil, false
	}
	at := 1 // the first byte marks deleted records
	for b := head[dbfHead:]; len(b) >= dbfHead && b[0] != '\r' && b[0] != '\n' && len(fields) < dbfFields; b = b[dbfHead:] {
		name, _, _ := bytes.Cut(b[:11], []byte{0})
		f := dbfField{name: strings.TrimSpace(string(name)), typ: b[11], at: at, size: int(b[16])}
		if f.typ == 'C' {
			f.size += int(b[17]) << 8 // FoxPro and Clipper: long texts
		}
		if f.size == 0 {
			return fields, memo
		}
		memo = memo || f.typ == 'M'
		at += f.size
		fields = append(fields, f)
	}
	return fields, memo
}

// text is the content of a field as people read it.
func (c dbfField) text(b []byte, codepage int) string {
	switch {
	case c.typ == 'I' && len(b) == 4:
		return fmt.Sprint(int32(binary.LittleEndian.Uint32(b)))
	case (c.typ == 'B' || c.typ == 'O') && len(b) == 8:
		return plainNumber(float(&byteReader{data: b}))
	case c.typ == 'T' && len(b) == 8:
		return dbfTime(binary.LittleEndian.Uint32(b), binary.LittleEndian.Uint32(b[4:]))
	case c.typ == 'Y' && len(b) == 8:
		return plainNumber(float64(int64(binary.LittleEndian.Uint64(b))) / 10000)
	}
	s := strings.Trim(codepageString(bytes.Trim(b, "\x00 "), codepage), " \x00")
	if c.typ == 'D' && len(s) == 8 && isDigits(s) {
		return s[:4] + "-" + s[4:6] + "-" + s[6:]
	}
	return s
}

// dbfTime reads a Julian day and the milliseconds of the day.
func dbfTime(day, ms uint32) string {
	const julian1900 = 2415019 // day 0 of a spreadsheet is two days before
	if day <= julian1900 {
		return ""
	}
	return serialDate(float64(day-julian1900+1)+float64(ms)/86_400_000, numberFormat{date: true}, dates1900)
}

// dbfCodepage is the code page of a language driver; where none is named, the
// bytes tell.
func dbfCodepage(driver byte) int {
	switch driver {
	case 0x4D, 0x7A:
		return 936
	case 0x4F, 0x78:
		return 950
	case 0x13, 0x7B:
		return 932
	case 0x4E, 0x79:
		return 949
	case 0xC9:
		return 1251
	}
	return 0
}
