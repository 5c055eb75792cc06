package document

import (
	"bytes"
	"encoding/hex"
	"strconv"
	"strings"
	"unicode/utf16"
)

// What is looked at of one object at most.
const (
	pdfDictStrings = 20_000
	pdfDictDepth   = 60
	pdfDictRefs    = 8 << 10 // bytes of the references under one key
)

// parsePDFDict reads the dictionary, or the array, an object begins with.
// What is no dictionary gives an empty one.
func parsePDFDict(id int, body []byte) *pdfDict {
	d := &pdfDict{id: id, refs: map[string]string{}}
	p := pdfParser{data: body, dict: d}
	p.value("", 0)
	rest := bytes.TrimLeft(p.data[min(p.pos, len(p.data)):], " \r\n\t")
	if after, ok := bytes.CutPrefix(rest, []byte("stream")); ok {
		after = bytes.TrimPrefix(after, []byte("\r"))
		d.stream = bytes.TrimPrefix(after, []byte("\n"))
		if end := bytes.LastIndex(d.stream, []byte("endstream")); end >= 0 {
			d.stream = d.stream[:end]
		}
	}
	return d
}

// pdfParser walks the values of one object.
type pdfParser struct {
	data []byte
	pos  int
	dict *pdfDict
}

// value reads one value that stands under key; false at the end.
func (p *pdfParser) value(key string, depth int) bool {
	p.space()
	if p.pos >= len(p.data) || depth > pdfDictDepth {
		return false
	}
	switch c := p.data[p.pos]; {
	case c == '<' && p.pos+1 < len(p.data) && p.data[p.pos+1] == '<':
		p.pos += 2
		return p.dictionary(depth)
	case c == '[':
		p.pos++
		for {
			p.space()
			if p.pos >= len(p.data) {
				return false
			}
			if p.data[p.pos] == ']' {
				p.pos++
				return true
			}
			if !p.value(key, depth+1) {
				return false
			}
		}
	case c == '(':
		p.add(key, p.literal())
	case c == '<':
		p.add(key, p.hexadecimal())
	case c == '/':
		p.named(key, p.name())
	case isDigit(c):
		p.number(key)
	case c == ')' || c == '>' || c == ']' || c == '{' || c == '}':
		return false
	default:
		return p.word()
	}
	return true
}

func (p *pdfParser) dictionary(depth int) bool {
	for {
		p.space()
		switch {
		case p.pos >= len(p.data):
			return false
		case p.data[p.pos] == '>':
			p.pos = min(len(p.data), p.pos+2)
			return true
		case p.data[p.pos] != '/':
			return false
		}
		if !p.value(p.name(), depth+1) {
			return false
		}
	}
}

func (p *pdfParser) space() {
	for p.pos < len(p.data) {
		switch c := p.data[p.pos]; c {
		case ' ', '\t', '\r', '\n', '\f', 0:
			p.pos++
		case '%':
			for p.pos < len(p.data) && p.data[p.pos] != '\n' && p.data[p.pos] != '\r' {
				p.pos++
			}
		default:
			return
		}
	}
}

func (p *pdfParser) name() string {
	p.pos++
	from := p.pos
	for p.pos < len(p.data) && !bytes.ContainsRune([]byte(" \t\r\n\f\x00()<>[]{}/%"), rune(p.data[p.pos])) {
		p.pos++
	}
	name := string(p.data[from:p.pos])
	if !strings.Contains(name, "#") {
		return name
	}
	var out strings.Builder
	for i := 0; i < len(name); i++ {
		if name[i] == '#' && i+2 < len(name) {
			if v := parseHex(name[i+1 : i+3]); v > 0 {
				out.WriteByte(byte(v))
				i += 2
				continue
			}
		}
		out.WriteByte(name[i])
	}
	return out.String()
}

func (p *pdfParser) named(key, value string) {
	switch key {
	case "Type", "Subtype", "S", "FT":
		p.dict.types = append(p.dict.types, value)
	case "Filter":
		if p.dict.filter != "" {
			value = p.dict.filter + " " + value
		}
		p.dict.filter = value
	}
}

// number reads a number or, as it begins like two of them, a reference.
func (p *pdfParser) number(key string) {
	from := p.pos
	p.digits()
	first := p.pos
	if p.skip(' ') && p.digits() && p.skip(' ') && p.skip('R') {
		if before := p.dict.refs[key]; before == "" {
			p.dict.refs[key] = string(p.data[from:p.pos])
		} else if len(before) < pdfDictRefs {
			p.dict.refs[key] = before + " " + string(p.data[from:p.pos])
		}
		return
	}
	p.pos = first
	for p.pos < len(p.data) && (isDigit(p.data[p.pos]) || p.data[p.pos] == '.') {
		p.pos++
	}
	if key == "ca" {
		alpha, err := strconv.ParseFloat(string(p.data[from:p.pos]), 64)
		p.dict.clear = p.dict.clear || err == nil && alpha < pdfClear
	}
}

func (p *pdfParser) digits() bool {
	from := p.pos
	for p.pos < len(p.data) && isDigit(p.data[p.pos]) {
		p.pos++
	}
	return p.pos > from
}

func (p *pdfParser) skip(c byte) bool {
	if p.pos < len(p.data) && p.data[p.pos] == c {
		p.pos++
		return true
	}
	return false
}

// word reads true, null, a signed number; the keywords that end an object end
// the walk.
func (p *pdfParser) word() bool {
	from := p.pos
	for p.pos < len(p.data) && !bytes.ContainsRune([]byte(" \t\r\n\f\x00()<>[]{}/%"), rune(p.data[p.pos])) {
		p.pos++
	}
	switch string(p.data[from:p.pos]) {
	case "stream", "endobj", "endstream", "xref", "trailer", "startxref", "":
		p.pos = from
		return false
	}
	return true
}

func (p *pdfParser) add(key string, raw []byte) {
	if len(raw) == 0 || len(p.dict.strings) >= pdfDictStrings {
		return
	}
	p.dict.strings = append(p.dict.strings, pdfEntry{key, pdfTextString(raw)})
}

// literal reads a string in parentheses.
func (p *pdfParser) literal() []byte {
	var out []byte
	p.pos++
	for depth := 1; p.pos < len(p.data); p.pos++ {
		c := p.data[p.pos]
		switch c {
		case '(':
			depth++
		case ')':
			if depth--; depth == 0 {
				p.pos++
				return out
			}
		case '\\':
			p.pos++
			if p.pos >= len(p.data) {
				return out
			}
			var ok bool
			if c, ok = p.escape(); !ok {
				continue
			}
		}
		out = append(out, c)
	}
	return out
}

// escape reads what follows a backslash; false when it stands for nothing.
func (p *pdfParser) escape() (byte, bool) {
	switch c := p.data[p.pos]; c {
	case 'n':
		return '\n', true
	case 'r':
		return '\r', true
	case 't':
		return '\t', true
	case 'b', 'f':
		return ' ', true
	case '\n':
		return 0, false
	case '\r':
		if p.pos+1 < len(p.data) && p.data[p.pos+1] == '\n' {
			p.pos++
		}
		return 0, false
	default:
		if c < '0' || c > '7' {
			return c, true
		}
		v := 0
		for n := 0; n < 3 && p.pos < len(p.data) && p.data[p.pos] >= '0' && p.data[p.pos] <= '7'; n++ {
			v = v*8 + int(p.data[p.pos]-'0')
			p.pos++
		}
		p.pos--
		return byte(v), true
	}
}

// hexadecimal reads a string in angle brackets.
func (p *pdfParser) hexadecimal() []byte {
	end := bytes.IndexByte(p.data[p.pos:], '>')
	if end < 0 {
		p.pos = len(p.data)
		return nil
	}
	digits := bytes.Map(func(r rune) rune {
		if r <= ' ' {
			return -1
		}
		return r
	}, p.data[p.pos+1:p.pos+end])
	p.pos += end + 1
	if len(digits)%2 == 1 {
		digits = append(digits, '0')
	}
	out := make([]byte, hex.DecodedLen(len(digits)))
	n, _ := hex.Decode(out, digits) // what came before a wrong digit
	return out[:n]
}

// pdfTextString decodes a text string (ISO 32000-1, 7.9.2.2): UTF-16 or UTF-8 with
// a mark, else PDFDocEncoding, which is near enough to Latin-1.
func pdfTextString(raw []byte) string {
	switch {
	case bytes.HasPrefix(raw, []byte{0xFE, 0xFF}):
		units := make([]uint16, 0, len(raw)/2)
		for i := 2; i+1 < len(raw); i += 2 {
			units = append(units, uint16(raw[i])<<8|uint16(raw[i+1]))
		}
		return string(utf16.Decode(units))
	case bytes.HasPrefix(raw, []byte{0xFF, 0xFE}):
		return utf16String(raw[2:])
	case bytes.HasPrefix(raw, []byte{0xEF, 0xBB, 0xBF}):
		return string(raw[3:])
	}
	out := make([]rune, len(raw))
	for i, c := range raw {
		out[i] = rune(c)
	}
	return pdfString(string(out))
}
