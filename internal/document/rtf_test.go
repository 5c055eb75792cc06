package document

import (
	"fmt"
	"strings"
	"testing"

	"golang.org/x/text/encoding/simplifiedchinese"

	"prescreen/scanner"
)

// rtfBytes writes s as the hexadecimal escapes of its GBK bytes.
func rtfBytes(s string) string {
	b, _ := simplifiedchinese.GBK.NewEncoder().String(s)
	var out strings.Builder
	for i := range len(b) {
		fmt.Fprintf(&out, `\'%02x`, b[i])
	}
	return out.String()
}

// rtfUnicode writes s as Unicode escapes with a question mark for old readers.
func rtfUnicode(s string) string {
	var out strings.Builder
	for _, r := range s {
		if r >= 0x10000 {
			r -= 0x10000
			fmt.Fprintf(&out, `\u%d?\u%d?`, int16(0xD800+r>>10), int16(0xDC00+r&0x3FF))
			continue
		}
		fmt.Fprintf(&out, `\u%d?`, int16(r))
	}
	return out.String()
}

func tinyRTF() string {
	return `{\rtf1\ansi\ansicpg936{\fonttbl{\f0\fcharset134 SimSun;}{\f1\fcharset0 Arial;}}{\colortbl;\red255\green255\blue255;\red0\green0\blue0;}` +
		`{\info{\upr{\title ???}{\*\ud{\title ` + rtfUnicode("文件标题") + `}}}{\author ` + rtfBytes("作者甲") + `}}` +
		`{\header\pard ` + rtfBytes("页眉机密") + `\par}` +
		`\pard\f0 ` + rtfBytes("身份证号") + `11010519491231002X` + `{\footnote\pard ` + rtfBytes("脚注内容") + `\par}\par` +
		`\f0 {\v ` + rtfBytes("隐藏") + `}{\cf1 ` + rtfBytes("白字") + `}{\deleted ` + rtfBytes("删除") + `}{\revised ` + rtfBytes("插入") + `}\par` +
		rtfUnicode("生僻字𠮷") + `\par` +
		`{\field{\*\fldinst HYPERLINK "http://10.0.0.1/a"}{\fldrslt ` + rtfBytes("链接") + `}}\par` +
		`\trowd\cellx1\cellx2\pard\intbl ` + rtfBytes("甲") + `\cell ` + rtfBytes("乙") + `\cell\row\pard ` +
		`{\*\atnauthor ` + rtfBytes("批者") + `}{\*\annotation\pard ` + rtfBytes("批注") + `}` +
		`{\*\unknowndest secret}\par}`
}

func TestRTF(t *testing.T) {
	res := parseBytes(t, parserForTest(t, Config{}), "a.rtf", []byte(tinyRTF()))
	checkWants(t, res, []want{
		{"文件标题", scanner.KindProperty, nil},
		{"作者甲", scanner.KindProperty, nil},
		{"页眉机密", scanner.KindHeader, nil},
		{"身份证号11010519491231002X", scanner.KindBody, nil},
		{"脚注内容", scanner.KindNote, nil},
		{"隐藏白字", scanner.KindHidden, nil},
		{"删除", scanner.KindRevision, nil},
		{"插入", scanner.KindRevision, nil},
		{"生僻字𠮷", scanner.KindBody, nil},
		{"http://10.0.0.1/a", scanner.KindLink, nil},
		{"链接", scanner.KindBody, nil},
		{"甲", scanner.KindBody, func(s scanner.Segment) bool { return s.Table == 1 && s.Row == 1 && s.Col == 1 }},
		{"乙", scanner.KindBody, func(s scanner.Segment) bool { return s.Row == 1 && s.Col == 2 }},
		{"批者", scanner.KindComment, nil},
		{"批注", scanner.KindComment, nil},
	})
	if res.Title != "文件标题" {
		t.Errorf("title %q", res.Title)
	}
	for _, s := range res.Segments {
		if strings.Contains(s.Text, "???") || strings.Contains(s.Text, "secret") {
			t.Errorf("segment %q should not be there", s.Text)
		}
	}
}

func TestRTFCutOff(t *testing.T) {
	whole := tinyRTF()
	res := parseBytes(t, parserForTest(t, Config{}), "a.rtf", []byte(whole[:strings.Index(whole, `\trowd`)]))
	if !containsAny(texts(res, scanner.KindBody), "身份证号") || statuses(res)[scanner.StatusPartial] == 0 {
		t.Errorf("segments %+v, problems %+v", res.Segments, res.Problems)
	}
}

// TestRTFHidden has text where readers do not look, and what other producers
// write otherwise than Word.
func TestRTFHidden(t *testing.T) {
	bmp := strings.Repeat("00", 4)
	data := `{\rtf1\ansi\ansicpg936{\fonttbl{\f0\fcharset134 SimSun;}}` +
		`\pard\f0 {\loch\f0\*\cs7 ` + rtfBytes("星号不在组首") + `}\par` +
		`{\*\ownstuff ` + rtfBytes("自定义目的地") + `}{\*\ownhex 0123456789abcdef}` +
		rtfBytes("前") + `{\xe ` + rtfBytes("索引项") + `}` + rtfBytes("后") + `\par` +
		`{\pict\wmetafile8 010009000003160000000000090000000000` + `0800000021050400c4dac1a600000000` + `030000000000}` +
		`{\pict\dibitmap0 28000000010000000100000001001800` + strings.Repeat("00", 24) + bmp + `}` +
		`{\object\objemb{\*\objdata 0105000002000000` + `05000000` + `5061636b00` + `0000000000000000` + `0400000074657874` + `}}` +
		`\par}`
	res := parseBytes(t, parserForTest(t, Config{OCR: OCR{Command: "-"}}), "a.rtf", []byte(data))
	checkWants(t, res, []want{
		{"星号不在组首", scanner.KindBody, nil},
		{"自定义目的地", scanner.KindHidden, nil},
		{"索引项", scanner.KindHidden, nil},
		{"前后", scanner.KindBody, nil},
		{"内力", scanner.KindImage, func(s scanner.Segment) bool { return s.Place.File == "a.rtf!/image1.wmf" }},
		{"image2.bmp", scanner.KindFilename, nil},
		{"text", scanner.KindBody, func(s scanner.Segment) bool { return s.Place.File == "a.rtf!/object.bin" }},
	})
	if containsAny(texts(res, scanner.KindHidden), "0123456789abcdef") {
		t.Error("hexadecimal data of a private destination is given as text")
	}
}
