package document

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"strings"

	"prescreen/internal/charset"
	"prescreen/scanner"
)

// readMsg reads an Outlook message ([MS-OXMSG]): subject, people, headers,
// bodies in every form, attachments, messages within.
func readMsg(ctx context.Context, s *oleStorage) error {
	m := &msgReader{s: s, codepage: 0}
	m.codepage = m.number("3FFD")
	if m.codepage == 0 {
		m.codepage = m.number("3FDE")
	}
	if m.codepage == 0 {
		m.codepage = m.guessCodepage()
	}
	for _, p := range msgTexts {
		text := m.text(p.id)
		if p.id == "0037" {
			s.f.title(text)
		}
		if err := s.f.text(p.kind, strings.TrimSpace(text)); err != nil {
			return err
		}
	}
	if err := m.bodies(ctx); err != nil {
		return err
	}
	for _, dir := range s.storages() {
		var err error
		switch {
		case strings.HasPrefix(dir, "__recip_version1.0_"):
			r := &msgReader{s: s.sub(dir), codepage: m.codepage}
			for _, id := range []string{"3001", "3003", "39FE"} {
				if err = s.f.text(scanner.KindProperty, r.text(id)); err != nil {
					break
				}
			}
		case strings.HasPrefix(dir, "__attach_version1.0_"):
			err = m.attachment(ctx, s.sub(dir))
		}
		if err != nil {
			return err
		}
	}
	return nil
}

type msgReader struct {
	s        *oleStorage
	codepage int
}

var msgTexts = []struct {
	id   string
	kind scanner.Kind
}{
	{"0037", scanner.KindTitle}, {"0C1A", scanner.KindProperty}, {"0C1F", scanner.KindProperty},
	{"5D01", scanner.KindProperty}, {"0042", scanner.KindProperty}, {"0E04", scanner.KindProperty},
	{"0E03", scanner.KindProperty}, {"0E02", scanner.KindProperty}, {"007D", scanner.KindProperty},
}

// text returns a string property, Unicode or in the message's code page.
func (m *msgReader) text(id string) string {
	if b := m.s.stream("__substg1.0_" + id + "001F"); b != nil {
		return trimNul(utf16String(b))
	}
	if b := m.s.stream("__substg1.0_" + id + "001E"); b != nil {
		return trimNul(codepageString(b, m.codepage))
	}
	return ""
}

// guessCodepage tells the code page of a message that does not name it by all
// of its text, because short strings alone are ambiguous.
func (m *msgReader) guessCodepage() int {
	var all []byte
	for _, id := range []string{"0037", "1000", "1013", "0E04"} {
		all = append(all, m.s.stream("__substg1.0_"+id+"001E")...)
	}
	switch _, res := charset.Decode(all, charset.Hint{}); res.Name {
	case "big5":
		return 950
	case "gbk", "gb18030":
		return 936
	case "utf-8":
		return 65001
	case "shift_jis":
		return 932
	}
	return 0
}

// number returns a 32-bit property from the table of fixed properties.
func (m *msgReader) number(id string) int {
	want := parseHex(id)
	data := m.s.stream("__properties_version1.0")
	for _, header := range []int{32, 24, 8} {
		for at := header; at+16 <= len(data); at += 16 {
			if uint64(binary.LittleEndian.Uint16(data[at+2:])) == want && binary.LittleEndian.Uint16(data[at:]) == 3 {
				return int(binary.LittleEndian.Uint32(data[at+8:]))
			}
		}
	}
	return 0
}

// bodies gives the message in plain text, HTML and RTF: they can differ.
func (m *msgReader) bodies(ctx context.Context) error {
	plain := m.text("1000")
	for line := range strings.Lines(plain) {
		if err := m.s.f.text(scanner.KindBody, strings.TrimSpace(line)); err != nil {
			return err
		}
	}
	html := m.s.stream("__substg1.0_10130102")
	label := ""
	if html == nil {
		if u := m.s.stream("__substg1.0_1013001F"); u != nil {
			html, label = []byte(utf16String(u)), "text/html; charset=utf-8"
		} else {
			html = m.s.stream("__substg1.0_1013001E")
		}
	}
	if html != nil {
		if label == "" {
			if name, ok := charset.Lookup(fmt.Sprintf("cp%d", m.codepage)); ok {
				label = "text/html; charset=" + name
			} else {
				label = "text/html"
			}
		}
		if err := m.s.f.childBytes(ctx, "", label, html); err != nil {
			return err
		}
	}
	if rtf := m.s.stream("__substg1.0_10090102"); rtf != nil && html == nil {
		text, err := rtfDecompress(rtf)
		if err != nil {
			m.s.f.problem(scanner.StatusPartial, "the formatted body is damaged")
			return nil
		}
		if plain == "" || strings.Contains(string(text[:min(len(text), 4096)]), `\fromhtml`) {
			return m.s.f.childBytes(ctx, "", "application/rtf", text)
		}
	}
	return nil
}

func (m *msgReader) attachment(ctx context.Context, s *oleStorage) error {
	if s == nil {
		return nil
	}
	a := &msgReader{s: s, codepage: m.codepage}
	name := a.text("3707")
	if name == "" {
		name = a.text("3704")
	}
	if name == "" {
		name = a.text("3001")
	}
	if inner := s.sub("__substg1.0_3701000D"); inner != nil {
		if name == "" {
			name = "message.msg"
		}
		return m.s.f.childStorage(ctx, name, inner)
	}
	data := s.stream("__substg1.0_37010102")
	if data == nil {
		return nil
	}
	if name == "" {
		name = "attachment"
	}
	return m.s.f.childBytes(ctx, name, a.text("370E"), data)
}

var errShortRTF = errors.New("corrupt compressed RTF")

const rtfPrebuf = "{\\rtf1\\ansi\\mac\\deff0\\deftab720{\\fonttbl;}{\\f0\\fnil \\froman \\fswiss \\fmodern \\fscript \\fdecor MS Sans SerifSymbolArialTimes New RomanCourier{\\colortbl\\red0\\green0\\blue0\r\n\\par \\pard\\plain\\f0\\fs20\\b\\i\\u\\tab\\tx"

// rtfDecompress undoes the compression of message bodies ([MS-OXRTFCP]).
func rtfDecompress(data []byte) ([]byte, error) {
	if len(data) < 16 {
		return nil, errShortRTF
	}
	size := int(binary.LittleEndian.Uint32(data[4:]))
	kind := string(data[8:12])
	data = data[16:]
	if kind == "MELA" {
		return data[:min(len(data), max(size, 0))], nil
	}
	if kind != "LZFu" || size > oleMaxStream {
		return nil, errShortRTF
	}
	var dict [4096]byte
	write := copy(dict[:], rtfPrebuf)
	var out []byte
	for i := 0; i < len(data); {
		flags := data[i]
		i++
		for bit := 0; bit < 8 && i < len(data); bit++ {
			if flags>>bit&1 == 0 {
				out = append(out, data[i])
				dict[write] = data[i]
				write = (write + 1) & 4095
				i++
				continue
			}
			if i+2 > len(data) {
				return out, nil
			}
			ref := int(data[i])<<8 | int(data[i+1])
			i += 2
			offset, length := ref>>4, ref&15+2
			if offset == write {
				return out, nil
			}
			for range length {
				c := dict[offset]
				offset = (offset + 1) & 4095
				out = append(out, c)
				dict[write] = c
				write = (write + 1) & 4095
			}
		}
	}
	return out, nil
}
