package document

import (
	"encoding/binary"
	"strings"
	"testing"

	"prescreen/scanner"
)

// tnefAttr is one attribute of a TNEF stream, its checksum left out.
func tnefAttr(level byte, id uint16, body string) string {
	b := binary.LittleEndian.AppendUint16([]byte{level}, id)
	b = append(b, 0, 0)
	b = binary.LittleEndian.AppendUint32(b, uint32(len(body)))
	return string(b) + body + "\x00\x00"
}

// mapiList is a list of properties with one value each; a string goes in as
// UTF-16, bytes as they are.
func mapiList(props ...any) string {
	b := words(uint32(len(props) / 2))
	for i := 0; i < len(props); i += 2 {
		typ, data := 0x102, []byte(nil)
		switch v := props[i+1].(type) {
		case string:
			typ, data = 0x1F, append(wide(v), 0, 0)
		case []byte:
			data = v
		}
		b = append(b, shorts(int16(typ), int16(props[i].(int)))...)
		b = append(b, words(1, uint32(len(data)))...)
		b = append(b, data...)
		b = append(b, make([]byte, (4-len(data)%4)%4)...)
	}
	return string(b)
}

func tinyTNEF() []byte {
	inner := "\x78\x9F\x3E\x22\x01\x00" + tnefAttr(1, tnefProps, mapiList(0x0037, "转发的信", 0x1000, "信中信"))
	object := string(words(1)) + string(shorts(0xD, 0x3701)) + string(words(1, uint32(16+len(inner)))) +
		strings.Repeat("\x07", 16) + inner + strings.Repeat("\x00", (4-len(inner)%4)%4)
	return []byte("\x78\x9F\x3E\x22\x01\x00" +
		tnefAttr(1, tnefCodepage, string(words(936, 0))) +
		tnefAttr(1, tnefSubject, gbkBytes("报送名单")+"\x00") +
		tnefAttr(1, tnefBody, gbkBytes("请查收附件")+"\r\n") +
		tnefAttr(1, tnefRecipients, string(words(1))+mapiList(0x3001, "收件人甲", 0x3003, "a@b.example")) +
		tnefAttr(2, tnefRendData, "x") + tnefAttr(2, tnefTitle, gbkBytes("名单.txt")+"\x00") + tnefAttr(2, tnefAttachData, "附件里的内容") +
		tnefAttr(2, tnefRendData, "x") + tnefAttr(2, tnefAttachData, "第二个附件") + tnefAttr(2, tnefAttachment, mapiList(0x3707, "长文件名.txt")) +
		tnefAttr(2, tnefRendData, "x") + tnefAttr(2, tnefAttachment, object))
}

func TestTNEF(t *testing.T) {
	mail := "From: a@b.example\r\nSubject: x\r\nContent-Type: application/ms-tnef; name=winmail.dat\r\n\r\n" + string(tinyTNEF()) + "\r\n"
	for name, data := range map[string]string{"winmail.dat": string(tinyTNEF()), "a.eml": mail} {
		res := parseBytes(t, parserForTest(t, Config{}), name, []byte(data))
		in := func(file string) func(scanner.Segment) bool {
			return func(s scanner.Segment) bool { return strings.HasSuffix(s.Place.File, file) }
		}
		checkWants(t, res, []want{
			{"报送名单", scanner.KindTitle, in("winmail.dat")}, {"请查收附件", scanner.KindBody, nil},
			{"收件人甲", scanner.KindProperty, nil}, {"a@b.example", scanner.KindProperty, nil},
			{"附件里的内容", scanner.KindBody, in("!/名单.txt")}, {"第二个附件", scanner.KindBody, in("!/长文件名.txt")},
			{"转发的信", scanner.KindTitle, in("!/attachment")}, {"信中信", scanner.KindBody, in("!/attachment")},
		})
		if got := problemsOf(res); got != "" {
			t.Errorf("%s: %s", name, got)
		}
	}
	cut := tinyTNEF()
	res := parseBytes(t, parserForTest(t, Config{}), "winmail.dat", cut[:len(cut)-20])
	if statuses(res)[scanner.StatusPartial] == 0 || len(texts(res, scanner.KindBody)) == 0 {
		t.Errorf("cut off: %v %v", res.Problems, res.Segments)
	}
}

// uuText was made with uuencode of sharutils.
const uuText = "见附件\n\nbegin 644 list.txt\n@Z+JKY+N]Z*^!Y8^W(#$Q,#$P-3$Y-#DQ,C,Q,#`R6`H`\n`\nend\n"

func TestUuencode(t *testing.T) {
	plain := "身份证号 11010519491231002X，联系电话 13800138000，以及一些别的内容好让它超过一行。\n"
	encoded := uuencode(plain)
	b64 := "begin-base64 644 二.txt\n6Lqr5Lu96K+B\n====\n"
	checkWants(t, parseBytes(t, parserForTest(t, Config{}), "a.txt", []byte(uuText)), []want{{"身份证号 11010519491231002X", scanner.KindBody, nil}})
	for name, data := range map[string]string{
		"a.txt": "第一行\n" + encoded + "中间\n" + b64 + "最后一行\n",
		"a.eml": "From: a@b.example\nTo: b@c.example\nSubject: x\n\n第一行\n\n" + encoded + "\n中间\n\n" + strings.ReplaceAll(b64, "\n", "\r\n") + "\n最后一行\n",
	} {
		res := parseBytes(t, parserForTest(t, Config{}), name, []byte(data))
		checkWants(t, res, []want{
			{strings.TrimSpace(plain), scanner.KindBody, func(s scanner.Segment) bool { return s.Place.File == name+"!/一.txt" }},
			{"身份证", scanner.KindBody, func(s scanner.Segment) bool { return s.Place.File == name+"!/二.txt" }},
		})
		all := strings.Join(texts(res, scanner.KindBody), "\n")
		for _, want := range []string{"第一行", "中间", "最后一行"} {
			if !strings.Contains(all, want) {
				t.Errorf("%s: %q is missing in %q", name, want, all)
			}
		}
		if strings.Contains(all, "begin") || strings.Contains(all, "====") || problemsOf(res) != "" {
			t.Errorf("%s: %q, %s", name, all, problemsOf(res))
		}
	}
	res := parseBytes(t, parserForTest(t, Config{}), "a.txt", []byte("begin 644 a.txt\n"+encoded[strings.IndexByte(encoded, '\n')+1:][:62]+"\n}}}}\n后面的话\n"))
	if statuses(res)[scanner.StatusPartial] != 1 || !containsAny(texts(res, scanner.KindBody), "后面的话") {
		t.Errorf("damaged: %v %v", res.Problems, texts(res, scanner.KindBody))
	}
}

// uuencode is the encoder of POSIX.1, 45 bytes a line.
func uuencode(s string) string {
	var out strings.Builder
	out.WriteString("begin 644 一.txt\n")
	for at := 0; at < len(s); at += 45 {
		line := []byte(s[at:min(at+45, len(s))])
		out.WriteByte(byte(' ' + len(line)))
		for len(line)%3 != 0 {
			line = append(line, 0)
		}
		for i := 0; i < len(line); i += 3 {
			v := uint32(line[i])<<16 | uint32(line[i+1])<<8 | uint32(line[i+2])
			for shift := 18; shift >= 0; shift -= 6 {
				c := byte(v>>shift&0x3F) + ' '
				if c == ' ' {
					c = '`'
				}
				out.WriteByte(c)
			}
		}
		out.WriteByte('\n')
	}
	out.WriteString("`\nend\n")
	return out.String()
}
