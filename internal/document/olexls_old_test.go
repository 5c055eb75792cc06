package document

import (
	"encoding/binary"
	"testing"

	"prescreen/scanner"
)

// New versions of Excel that write the format of Excel 95 give the sheets their
// own version: their texts were read as UTF-16, and nothing was said.
func TestExcel95(t *testing.T) {
	le := binary.LittleEndian
	record := func(typ uint16, body ...byte) []byte {
		return append(le.AppendUint16(le.AppendUint16(nil, typ), uint16(len(body))), body...)
	}
	bof := func(version, kind byte) []byte { return record(xlsBOF, 0, version, kind, 0, 0, 0, 0, 0) }
	sheetName, text := gbkBytes("名单"), gbkBytes("某单位")
	sheet := append([]byte{0, 0, 0, 0, 0, 0, byte(len(sheetName))}, sheetName...)
	globals := append(append(bof(5, 5), record(xlsSheetRec, sheet...)...), record(xlsEOF)...)
	le.PutUint32(globals[len(bof(5, 5))+4:], uint32(len(globals)))
	label := append([]byte{1, 0, 2, 0, 0, 0, byte(len(text)), 0}, text...)
	book := append(append(append(globals, bof(6, 0x10)...), record(xlsLabel, label...)...), record(xlsEOF)...)
	res := parseBytes(t, parserForTest(t, Config{}), "a.xls", oleOf(t, oleStreams{{"Book", string(book)}}))
	checkWants(t, res, []want{
		{"名单", scanner.KindHeading, nil},
		{"某单位", scanner.KindBody, func(s scanner.Segment) bool { return s.Place.Sheet == "名单" && s.Place.Cell == "C2" }},
	})
}
