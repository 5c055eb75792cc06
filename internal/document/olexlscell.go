package document

import (
	"encoding/binary"
	"math"
	"strings"

	"prescreen/scanner"
)

// text reads a string with its length before it: two bytes when long, else
// one. BIFF8 says in a flag how wide its characters are.
func (x *xlsReader) text(r *byteReader, long bool) string {
	n := 0
	if long && !x.biff5 {
		n = r.u16()
	} else {
		n = r.u8()
	}
	if x.biff5 {
		return codepageString(r.take(min(n, len(r.data)-r.pos)), x.codepage)
	}
	return x.chars(r, n)
}

// chars reads n characters behind their flag.
func (x *xlsReader) chars(r *byteReader, n int) string {
	flags := r.u8()
	runs, ext := 0, 0
	if flags&8 != 0 {
		runs = r.u16()
	}
	if flags&4 != 0 {
		ext = int(r.u32())
	}
	left := len(r.data) - r.pos
	var s string
	if flags&1 != 0 {
		s = utf16String(r.take(min(2*n, left&^1)))
	} else {
		s = latin1String(r.take(min(n, left)))
	}
	r.pos = min(len(r.data), r.pos+4*runs+max(0, ext))
	return s
}

func latin1String(b []byte) string {
	var out strings.Builder
	for _, c := range b {
		out.WriteRune(rune(c))
	}
	return out.String()
}

func (x *xlsReader) format(xf int) numberFormat {
	if xf >= 0 && xf < len(x.xfs) {
		return x.xfs[xf].number
	}
	return numberFormat{}
}

func (x *xlsReader) cell(row, col, xf int, text string) error {
	hidden := x.rows[row] || xf >= 0 && xf < len(x.xfs) && (x.xfs[xf].white || x.xfs[xf].number.hides)
	for _, c := range x.cols {
		hidden = hidden || col >= c.from && col <= c.to
	}
	return x.tab.add(row+1, col+1, text, hidden)
}

func (x *xlsReader) cellRecord(typ int, r *byteReader) error {
	switch typ {
	case xlsRow:
		row := r.u16()
		r.pos = 12
		if r.u32()&0x20 != 0 {
			x.rows[row] = true
		}
		return nil
	case xlsColInfo:
		c := colRange{r.u16(), r.u16()}
		width := r.u16()
		r.u16()
		if r.u16()&1 != 0 || width == 0 {
			x.cols = append(x.cols, c)
		}
		return nil
	case xlsLabelSST, xlsLabel, xlsRString, xlsNumber, xlsRK, xlsBoolErr, xlsFormula:
		row, col, xf := r.u16(), r.u16(), r.u16()
		return x.value(typ, row, col, xf, r)
	case xlsMulRK:
		row, col := r.u16(), r.u16()
		for r.pos+8 <= len(r.data) {
			xf := r.u16()
			if err := x.cell(row, col, xf, x.format(xf).number(rkNumber(r.u32()), x.date)); err != nil {
				return err
			}
			col++
		}
		return nil
	case xlsString:
		if p := x.pending; p != nil {
			x.pending = nil
			return x.cell(p.row, p.col, -1, x.text(r, true))
		}
		return nil
	}
	return x.sheetRecord(typ, r)
}

func (x *xlsReader) value(typ, row, col, xf int, r *byteReader) error {
	switch typ {
	case xlsLabelSST:
		text, _ := x.shared.get(int(r.u32()))
		return x.cell(row, col, xf, text)
	case xlsLabel, xlsRString:
		if x.biff5 {
			n := r.u16()
			return x.cell(row, col, xf, codepageString(r.take(min(n, len(r.data)-r.pos)), x.codepage))
		}
		return x.cell(row, col, xf, x.text(r, true))
	case xlsNumber:
		return x.cell(row, col, xf, x.format(xf).number(float(r), x.date))
	case xlsRK:
		return x.cell(row, col, xf, x.format(xf).number(rkNumber(r.u32()), x.date))
	case xlsBoolErr:
		v, isErr := r.u8(), r.u8()
		if isErr == 0 && !r.short {
			return x.cell(row, col, xf, [2]string{"FALSE", "TRUE"}[v&1])
		}
		return nil
	}
	result := r.take(8)
	if result == nil {
		return nil
	}
	if err := x.literals(scanner.KindHidden, cellName(row+1, col+1), r.data[r.pos:]); err != nil {
		return err
	}
	if result[6] == 0xFF && result[7] == 0xFF {
		switch result[0] {
		case 0:
			x.pending = &sheetCell{row: row, col: col}
		case 1:
			return x.cell(row, col, xf, [2]string{"FALSE", "TRUE"}[result[2]&1])
		}
		return nil
	}
	v := math.Float64frombits(binary.LittleEndian.Uint64(result))
	return x.cell(row, col, xf, x.format(xf).number(v, x.date))
}

func float(r *byteReader) float64 {
	b := r.take(8)
	if b == nil {
		return 0
	}
	return math.Float64frombits(binary.LittleEndian.Uint64(b))
}

// rkNumber unpacks a number of 30 bits.
func rkNumber(rk uint32) float64 {
	var v float64
	if rk&2 != 0 {
		v = float64(int32(rk) >> 2)
	} else {
		v = math.Float64frombits(uint64(rk&^3) << 32)
	}
	if rk&1 != 0 {
		v /= 100
	}
	return v
}
