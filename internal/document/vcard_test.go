package document

import (
	"testing"

	"prescreen/scanner"
)

// tinyVCard has what telephones and calendars write: folded lines,
// quoted-printable over several lines, GBK, a picture, an attachment.
const tinyVCard = "BEGIN:VCARD\r\nVERSION:2.1\r\nN;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:=E6=9F=90;=E6=9F=90=\r\n=E4=B8=80\r\n" +
	"ORG;CHARSET=GBK;ENCODING=QUOTED-PRINTABLE:=C4=B3=B5=A5=CE=BB\r\nitem1.TEL;CELL:13800138000\r\nNOTE:内部电话\\, 请勿\r\n  外传\\n第二行\r\n" +
	"PHOTO;ENCODING=BASE64;TEXT:\r\n 5p+Q5p+Q55qE54Wn54mH6K+05piO\r\n\r\nEND:VCARD\r\n" +
	"BEGIN:VCALENDAR\r\nATTENDEE;CN=\"参会者: 甲\":mailto:a@example.cn\r\nATTACH:data:text/plain;base64,6ZmE5Lu255qE5YaF5a65\r\nEND:VCALENDAR\r\n"

func TestVCard(t *testing.T) {
	p := parserForTest(t, Config{})
	res := parseBytes(t, p, "通讯录.vcf", []byte(tinyVCard))
	checkWants(t, res, []want{
		{"某 某一", scanner.KindBody, func(s scanner.Segment) bool { return s.Place.Line == 3 }}, {"某单位", scanner.KindBody, nil},
		{"13800138000", scanner.KindBody, nil}, {"内部电话, 请勿 外传\n第二行", scanner.KindBody, nil}, {"某某的照片说明", scanner.KindBody, nil},
		{"参会者: 甲", scanner.KindProperty, nil}, {"mailto:a@example.cn", scanner.KindBody, nil}, {"附件的内容", scanner.KindBody, nil},
	})
	if got := problemsOf(res); got != "" || res.Type != "vcard" {
		t.Errorf("%s: %s", res.Type, got)
	}
	res = parseBytes(t, p, "a.vcf", []byte(gbkBytes("BEGIN:VCARD\r\nFN:名册\r\nORG:某单位办公室\r\nEND:VCARD")))
	checkWants(t, res, []want{{"名册", scanner.KindBody, nil}})
}

func FuzzVCard(f *testing.F) { fuzzExtractor(f, "vcard", readVCard, []byte(tinyVCard)) }
