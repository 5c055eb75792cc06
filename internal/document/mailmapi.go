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

// mapiProps are the properties of a message, a recipient or an attachment by
// their numbers in hexadecimal ([MS-OXPROPS]), whatever they are stored in.
type mapiProps interface {
	text(id string) string   // "" when there is none
	binary(id string) []byte // nil when there is none
	number(id string) int    // 0 when there is none
}

var mapiTexts = []struct {
	id   string
	kind scanner.Kind
}{
	{"0037", scanner.KindTitle}, {"0C1A", scanner.KindProperty}, {"0C1F", scanner.KindProperty},
	{"5D01", scanner.KindProperty}, {"0042", scanner.KindProperty}, {"0E04", scanner.KindProperty},
	{"0E03", scanner.KindProperty}, {"0E02", scanner.KindProperty}, {"007D", scanner.KindProperty},
}

// readMAPI gives subject, people, headers and bodies of a message.
func readMAPI(ctx context.Context, f *file, m mapiProps) error {
	for _, p := range mapiTexts {
		text := strings.TrimSpace(m.text(p.id))
		if p.kind == scanner.KindTitle {
			f.title(text)
		}
		if err := f.text(p.kind, text); err != nil {
			return err
		}
	}
	return mapiBodies(ctx, f, m)
}

func mapiRecipient(f *file, r mapiProps) error {
	for _, id := range []string{"3001", "3003", "39FE"} {
		if err := f.text(scanner.KindProperty, r.text(id)); err != nil {
			return err
		}
	}
	return nil
}

// mapiName is the name of an attachment: the long one, the short one, the one
// shown.
func mapiName(a mapiProps) string {
	for _, id := range []string{"3707", "3704", "3001"} {
		if name := a.text(id); name != "" {
			return name
		}
	}
	return ""
}

// mapiBodies gives the message in plain text, HTML and RTF: they can differ.
func mapiBodies(ctx context.Context, f *file, m mapiProps) error {
	plain := m.text("1000")
	plain, err := f.takeUuencoded(ctx, plain)
	if err != nil {
		return err
	}
	for line := range strings.Lines(plain) {
		if err := f.text(scanner.KindBody, strings.TrimSpace(line)); err != nil {
			return err
		}
	}
	if html := m.binary("1013"); html != nil {
		label := "text/html"
		for _, id := range []string{"3FDE", "3FFD"} {
			if name, ok := charset.Lookup(fmt.Sprintf("cp%d", m.number(id))); ok {
				label = "text/html; charset=" + name
				break
			}
		}
		return f.childBytes(ctx, "", label, html)
	}
	if html := m.text("1013"); html != "" {
		return f.childBytes(ctx, "", "text/html; charset=utf-8", []byte(html))
	}
	rtf := m.binary("1009")
	if rtf == nil {
		return nil
	}
	text, err := rtfDecompress(rtf)
	if err != nil {
		f.problem(scanner.StatusPartial, "the formatted body is damaged")
		return nil
	}
	if isBlank(plain) || strings.Contains(string(text[:min(len(text), 4096)]), `\fromhtml`) {
		return f.childBytes(ctx, "", "application/rtf", text)
	}
	return nil
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
