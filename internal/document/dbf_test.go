package document

import (
	"encoding/binary"
	"strings"
	"testing"

	"prescreen/scanner"
)

// tinyDBF is a FoxPro table in GBK with two records, one of them deleted.
func tinyDBF() []byte {
	le := binary.LittleEndian
	var fields, row []byte
	field := func(name string, typ byte, size int) {
		b := make([]byte, 32)
		copy(b, gbkBytes(name))
		b[11], b[16] = typ, byte(size)
		fields = append(fields, b...)
	}
	cell := func(s string, size int) { row = append(row, append([]byte(s), strings.Repeat(" ", size-len(s))...)...) }
	field("姓名", 'C', 10)
	field("证件", 'C', 18)
	field("日期", 'D', 8)
	field("人数", 'I', 4)
	field("备注", 'M', 4)
	for i, name := range []string{"某某一", "某某二"} {
		row = append(row, " *"[i])
		cell(gbkBytes(name), 10)
		cell("440301199001011234", 18)
		cell("20260305", 8)
		row = le.AppendUint32(row, uint32(i+7))
		cell("", 4)
	}
	head := make([]byte, 32)
	head[0], head[1], head[2], head[3], head[29] = 0x30, 126, 3, 5, 0x7A
	le.PutUint32(head[4:], 2)
	le.PutUint16(head[8:], uint16(32+len(fields)+1))
	le.PutUint16(head[10:], uint16(len(row)/2))
	return append(append(append(head, fields...), '\r'), row...)
}

func TestDBF(t *testing.T) {
	cell := func(name string) func(scanner.Segment) bool {
		return func(s scanner.Segment) bool { return s.Place.Cell == name }
	}
	p := parserForTest(t, Config{})
	res := parseBytes(t, p, "名册.dbf", tinyDBF())
	checkWants(t, res, []want{
		{"姓名", scanner.KindBody, func(s scanner.Segment) bool { return s.Header && s.Place.Cell == "A1" }},
		{"某某一", scanner.KindBody, cell("A2")}, {"440301199001011234", scanner.KindBody, cell("B2")}, {"2026-03-05", scanner.KindBody, cell("C2")},
		{"7", scanner.KindBody, cell("D2")}, {"某某二", scanner.KindHidden, cell("A3")},
	})
	if res.Type != "dbf" || statuses(res)[scanner.StatusPartial] != 1 || len(res.Problems) != 1 {
		t.Errorf("%s: %+v", res.Type, res.Problems)
	}
	data := tinyDBF()
	res = parseBytes(t, p, "a.dbf", data[:len(data)-60])
	checkWants(t, res, []want{{"某某一", scanner.KindBody, nil}})
}

func FuzzDBF(f *testing.F) { fuzzExtractor(f, "dbf", readDBF, tinyDBF()) }
