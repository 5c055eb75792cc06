package document

import (
	"bytes"
	"encoding/binary"
	"io"
	"math"
	"strings"
	"testing"

	"prescreen/scanner"
)

// binRecord is a record of a binary part.
func binRecord(typ int, fields ...any) string {
	body := binFields(fields...)
	var b []byte
	if typ < 0x80 {
		b = append(b, byte(typ))
	} else {
		b = append(b, byte(typ)|0x80, byte(typ>>7))
	}
	n := len(body)
	for ; n >= 0x80; n >>= 7 {
		b = append(b, byte(n)|0x80)
	}
	return string(append(b, byte(n))) + body
}

// binFields puts fields one behind the other, a text with its length before it.
func binFields(fields ...any) string {
	var b []byte
	le := binary.LittleEndian
	for _, f := range fields {
		switch v := f.(type) {
		case byte:
			b = append(b, v)
		case uint16:
			b = le.AppendUint16(b, v)
		case uint32:
			b = le.AppendUint32(b, v)
		case float64:
			b = le.AppendUint64(b, math.Float64bits(v))
		case string:
			w := wide(v)
			b = append(le.AppendUint32(b, uint32(len(w)/2)), w...)
		case []byte:
			b = append(b, v...)
		}
	}
	return string(b)
}

// tinyXLSB is a workbook of binary parts with something in every place.
func tinyXLSB(t testing.TB) []byte {
	type u = uint32
	none := u(0xFFFFFFFF)
	row := func(r u, flags byte) string { return binRecord(binRow, r, u(0), uint16(300), byte(0), flags) }
	black, white := []byte{5, 0, 0, 0, 0, 0, 0, 255}, []byte{5, 0, 0, 0, 255, 255, 255, 255}
	font := func(color []byte) string { return binRecord(binFont, uint16(220), make([]byte, 10), color) }
	xf := func(format, font uint16) string { return binRecord(binXF, uint16(0), format, font, uint16(0)) }
	literal := append([]byte{0x17, 4, 0}, wide("机密文件")...)
	return zipOf(t, map[string]string{
		"_rels/.rels":                relsPart("rId1 officeDocument xl/workbook.bin"),
		"xl/_rels/workbook.bin.rels": relsPart("rId1 worksheet worksheets/sheet1.bin", "rId2 worksheet worksheets/sheet2.bin", "rId3 sharedStrings sharedStrings.bin", "rId4 styles styles.bin"),
		"xl/workbook.bin": binRecord(binBundleSheet, u(0), u(1), "rId1", "名单") + binRecord(binBundleSheet, u(2), u(2), "rId2", "底册") +
			binRecord(binName, u(0), byte(0), none, "内部区域", u(0), u(0), none),
		"xl/sharedStrings.bin": binRecord(binStringItem, byte(0), "姓名") + binRecord(binStringItem, byte(2), "富文本", "注音说明") + binRecord(binStringItem, byte(0), "删掉的姓名"),
		"xl/styles.bin": binRecord(binFormat, uint16(166), "000000") + font(black) + font(white) + binRecord(binBeginXFs, u(4)) +
			xf(0, 0) + xf(14, 0) + xf(166, 0) + xf(0, 1) + binRecord(binEndXFs),
		"xl/worksheets/sheet1.bin": binRecord(binColumn, u(4), u(5), u(256), u(0), uint16(1)) +
			row(0, 0) + binRecord(binShared, u(0), u(0), u(0)) + binRecord(binString+11, u(0), "号码") +
			row(1, 0) + binRecord(binShared, u(0), u(0), u(1)) + binRecord(binReal, u(1), u(0), 130100199001011e3) + binRecord(binReal, u(2), u(1), 46086.0) +
			binRecord(binRK, u(3), u(2), u(123<<2|2)) + binRecord(binString, u(4), u(0), "隐藏列") + binRecord(binString, u(6), u(3), "白字") +
			row(2, 0x10) + binRecord(binFmlaString, u(0), u(0), "隐藏行", uint16(0), u(len(literal)), literal) +
			binRecord(binHeaderFooter, uint16(0), "&C秘密", none, none, none, none, none) +
			binRecord(binLink, u(1), u(1), u(1), u(1), "rId9", "", "链接提示", "") +
			binRecord(binValidation, u(0), u(0), none, none, none, "请填写"),
		"xl/worksheets/sheet2.bin":             row(0, 0) + binRecord(binRich, u(0), u(0), byte(0), "隐私"),
		"xl/worksheets/_rels/sheet1.bin.rels":  relsPart("rId1 comments ../comments1.bin"),
		"xl/comments1.bin":                     binRecord(binAuthor, "批者") + binRecord(binComment, u(0), u(1), u(1), u(1), u(1), make([]byte, 16)) + binRecord(binCommentText, byte(0), "勿公开"),
		"xl/pivotCache/pivotCacheRecords1.bin": binRecord(24, "透视缓存姓名"),
	})
}

func TestXLSB(t *testing.T) {
	cell := func(sheet, cell string) func(scanner.Segment) bool {
		return func(s scanner.Segment) bool { return s.Place.Sheet == sheet && s.Place.Cell == cell }
	}
	p := parserForTest(t, Config{})
	data := tinyXLSB(t)
	res := parseBytes(t, p, "a.xlsb", data)
	checkWants(t, res, []want{
		{"名单", scanner.KindHeading, nil}, {"底册", scanner.KindHidden, nil}, {"内部区域", scanner.KindProperty, nil},
		{"姓名", scanner.KindBody, func(s scanner.Segment) bool { return s.Header && s.Place.Cell == "A1" }},
		{"号码", scanner.KindBody, cell("名单", "B1")}, {"富文本", scanner.KindBody, cell("名单", "A2")}, {"注音说明", scanner.KindAttribute, nil},
		{"130100199001011000", scanner.KindBody, cell("名单", "B2")}, {"2026-03-05", scanner.KindBody, cell("名单", "C2")},
		{"000123", scanner.KindBody, cell("名单", "D2")}, {"隐藏列", scanner.KindHidden, cell("名单", "E2")}, {"白字", scanner.KindHidden, cell("名单", "G2")},
		{"隐藏行", scanner.KindHidden, cell("名单", "A3")}, {"机密文件", scanner.KindHidden, cell("名单", "A3")},
		{"秘密", scanner.KindHeader, nil}, {"链接提示", scanner.KindAttribute, cell("名单", "B2")}, {"请填写", scanner.KindForm, nil},
		{"隐私", scanner.KindHidden, cell("底册", "A1")}, {"勿公开", scanner.KindComment, cell("名单", "B2")}, {"批者", scanner.KindComment, nil},
		{"透视缓存姓名", scanner.KindHidden, nil}, {"删掉的姓名", scanner.KindHidden, nil},
	})
	if got := problemsOf(res); got != "" || res.Type != "xlsb" {
		t.Errorf("%s: %s", res.Type, got)
	}
	cut := zipOf(t, map[string]string{"[Content_Types].xml": "<Types/>", "xl/workbook.bin": "", "xl/worksheets/sheet1.bin": binRecord(binRow, uint32(0), make([]byte, 8)) +
		binRecord(binString, uint32(0), uint32(0), "在前") + strings.TrimSuffix(binRecord(binString, uint32(1), uint32(0), "断了"), "\x86\x4e")})
	res = parseBytes(t, p, "a.xlsb", cut)
	checkWants(t, res, []want{{"在前", scanner.KindBody, nil}})
	if statuses(res)[scanner.StatusPartial] != 1 {
		t.Errorf("a sheet cut off: %v", res.Problems)
	}
}

func FuzzXLSB(f *testing.F) { fuzzExtractor(f, "xlsb", readOOXML, tinyXLSB(f)) }

// FuzzXLSBSheet reads any bytes as the records of a sheet.
func FuzzXLSBSheet(f *testing.F) {
	f.Add([]byte(binRecord(binRow, uint32(0), make([]byte, 8)) + binRecord(binString, uint32(0), uint32(0), "在前")))
	p := parserForTest(f, Config{OCR: OCR{Command: "-"}})
	f.Fuzz(func(t *testing.T, data []byte) {
		file := fileForTest(t, p, "xlsb", data)
		pkg := newPackage(file, []zipMember{{name: "a.bin", open: func() (io.Reader, error) { return bytes.NewReader(data), nil }}})
		_ = pkg.readWorkbook(t.Context())                                                              // makes the workbook the sheet is of
		_ = pkg.walkBin("a.bin", func(b *binRecords) error { return pkg.readBinSheet(sheetRef{}, b) }) // an error is an answer
	})
}
