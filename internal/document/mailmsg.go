package document

import (
	"context"
	"encoding/binary"
	"strings"

	"prescreen/internal/charset"
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
	if err := readMAPI(ctx, s.f, m); err != nil {
		return err
	}
	for _, dir := range s.storages() {
		var err error
		switch {
		case strings.HasPrefix(dir, "__recip_version1.0_"):
			err = mapiRecipient(s.f, &msgReader{s: s.sub(dir), codepage: m.codepage})
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

// binary returns a property of bytes.
func (m *msgReader) binary(id string) []byte { return m.s.stream("__substg1.0_" + id + "0102") }

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

func (m *msgReader) attachment(ctx context.Context, s *oleStorage) error {
	if s == nil {
		return nil
	}
	a := &msgReader{s: s, codepage: m.codepage}
	name := mapiName(a)
	if inner := s.sub("__substg1.0_3701000D"); inner != nil {
		if name == "" {
			name = "message.msg"
		}
		return m.s.f.childStorage(ctx, name, inner)
	}
	data := a.binary("3701")
	if data == nil {
		return nil
	}
	if name == "" {
		name = "attachment"
	}
	return m.s.f.childBytes(ctx, name, a.text("370E"), data)
}
