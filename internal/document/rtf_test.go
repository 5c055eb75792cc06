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
