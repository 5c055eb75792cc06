package charset

import (
	"bytes"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"golang.org/x/text/encoding/simplifiedchinese"
)

// Decode returns data as valid UTF-8 text. The order of belief: byte order
// mark, declaration of the header, declaration of the page, then the bytes
// themselves; a declaration the bytes contradict is not followed. Parts in
// another encoding than the rest, as pages glued from includes have them, are
// decoded for themselves. A character cut off by the end of data is dropped.
func Decode(data []byte, hint Hint) (string, Result) {
	if name, skip := mark(data); name != "" {
		text, bad := decodeAs(name, data[skip:])
		return text, Result{Name: name, Bad: bad}
	}
	label := headerLabel(hint.ContentType)
	declared, ok := Lookup(label)
	valid := utf8.Valid(data)
	if valid && certainUTF8(data) {
		return string(data), Result{Name: "utf-8", Declared: label, Lying: ok && declared != "utf-8"}
	}
	if !ok && hint.HTML {
		if meta := metaLabel(data); meta != "" {
			label = meta
			declared, _ = Lookup(meta)
			if strings.HasPrefix(declared, "utf-16") {
				declared = "utf-8" // the meta element itself was readable
			}
		}
	}
	res := Result{Declared: label}
	name := choose(data, declared, valid)
	res.Name = name
	res.Lying = declared != "" && declared != name && name != "us-ascii"
	if name == "us-ascii" {
		res.Name = "utf-8"
		if declared != "" {
			res.Name = declared
		}
		return string(data), res
	}
	if valid && name == "utf-8" {
		return string(data), res
	}
	text, bad := decodeAs(name, data)
	res.Bad = bad
	return text, res
}

// mark returns the encoding a byte order mark tells, and its length.
func mark(data []byte) (string, int) {
	switch {
	case bytes.HasPrefix(data, []byte("\xEF\xBB\xBF")):
		return "utf-8", 3
	case bytes.HasPrefix(data, []byte("\xFF\xFE\x00\x00")):
		return "utf-32le", 4
	case bytes.HasPrefix(data, []byte("\x00\x00\xFE\xFF")):
		return "utf-32be", 4
	case bytes.HasPrefix(data, []byte("\xFF\xFE")):
		return "utf-16le", 2
	case bytes.HasPrefix(data, []byte("\xFE\xFF")):
		return "utf-16be", 2
	case bytes.HasPrefix(data, []byte("\x84\x31\x95\x33")):
		return "gb18030", 4
	}
	return "", 0
}

// choose decides what data is decoded as; valid tells that it is valid UTF-8, though not
// certainly meant so.
func choose(data []byte, declared string, valid bool) string {
	if valid && isASCII(data) {
		return chooseASCII(data, declared)
	}
	if declared == "" && (!valid || len(data) < 64) || bytes.IndexByte(data[:min(len(data), unitWindow)], 0) >= 0 {
		if name := detectUnits(data); name != "" {
			return name
		}
	}
	if valid {
		return detect(data, declared).name
	}
	switch declared {
	case "", "gb18030", "big5":
		if mostlyUTF8(data) {
			return "utf-8"
		}
	case "utf-8":
		if mostlyUTF8(data) {
			return "utf-8"
		}
	case "euc-tw":
		if r := eucTWReading(sample(data)); r.bad*20 <= r.chars {
			return declared
		}
	case "hz-gb-2312", "iso-2022-jp", "utf-16le", "utf-16be", "utf-32", "utf-32le", "utf-32be": // 7 bit, or no bytes
	default:
		return chooseForeign(data, declared)
	}
	return detect(data, declared).name
}

// chooseForeign weighs a declared encoding that is none of the usual ones:
// servers say ISO-8859-1 for everything.
func chooseForeign(data []byte, declared string) string {
	if mostlyUTF8(data) {
		return "utf-8"
	}
	best := detect(data, declared)
	switch best.name {
	case "gb18030", "big5":
		text, err := byName(declared).NewDecoder().Bytes(sample(data))
		broken := bytes.Count(text, []byte("\uFFFD"))
		single := strings.HasPrefix(declared, "windows-") || strings.HasPrefix(declared, "iso-8859") || declared == "macintosh"
		if err != nil || broken*50 > best.chars || single && best.chars >= 2 && best.bad*20 <= best.chars && best.perChar() < 12 {
			return best.name
		}
	}
	return declared
}

// chooseASCII looks for the encodings that hide in 7 bits.
func chooseASCII(data []byte, declared string) string {
	if bytes.IndexByte(data[:min(len(data), unitWindow)], 0) >= 0 {
		if name := detectUnits(data); name != "" {
			return name
		}
	}
	if bytes.IndexByte(data, 0x1B) >= 0 {
		switch {
		case bytes.Contains(data, []byte("\x1B$B")), bytes.Contains(data, []byte("\x1B$@")), bytes.Contains(data, []byte("\x1B(J")):
			return "iso-2022-jp"
		case bytes.Contains(data, []byte("\x1B$)C")):
			return "iso-2022-kr"
		}
	}
	if (declared == "" || declared == "hz-gb-2312") && isHZ(data) {
		return "hz-gb-2312"
	}
	if name := detectUnits(data); len(data) <= 64 && name != "" {
		return name
	}
	return "us-ascii"
}

// isHZ reports whether data has GB 2312 between "~{" and "~}", readable as
// Chinese: the same marks occur in program text.
func isHZ(data []byte) bool {
	i := bytes.Index(data, []byte("~{"))
	if i < 0 {
		return false
	}
	text := data[i+2:]
	end := bytes.Index(text, []byte("~}"))
	if end < 4 || end%2 != 0 {
		return false
	}
	high := make([]byte, 0, min(end, 512))
	for _, c := range text[:min(end, 512)] {
		if c < 0x21 || c > 0x7E {
			return false
		}
		high = append(high, c|0x80)
	}
	r := gbPairs().reading(high)
	return r.bad == 0 && r.perChar() < 11
}

func isASCII(data []byte) bool {
	for len(data) >= 8 {
		if (data[0]|data[1]|data[2]|data[3]|data[4]|data[5]|data[6]|data[7])&0x80 != 0 {
			return false
		}
		data = data[8:]
	}
	for _, c := range data {
		if c >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// certainUTF8 reports whether data, which is valid UTF-8, can be nothing
// else: GBK text of a few characters may be valid by chance, and then reads
// as two-byte characters of scripts nobody uses here.
func certainUTF8(data []byte) bool {
	long, short := 0, 0
	for i := 0; i < len(data); {
		c := data[i]
		switch {
		case c < utf8.RuneSelf:
			i++
		case c >= 0xE0:
			if long++; long >= 4 {
				return true
			}
			i += 3
		default:
			if short++; short > 32 {
				return true
			}
			i += 2
		}
	}
	return false
}

// mostlyUTF8 reports whether the sequences of data that are valid UTF-8 far
// outnumber those that are not.
func mostlyUTF8(data []byte) bool {
	good, bad := 0, 0
	for i := 0; i < len(data); {
		if data[i] < utf8.RuneSelf {
			i++
			continue
		}
		r, n := utf8.DecodeRune(data[i:])
		switch {
		case r == utf8.RuneError && n == 1:
			if !utf8.FullRune(data[i:]) {
				return good >= bad*4 && good > 0 // cut off at the end
			}
			bad++
		case n >= 3:
			good++
		}
		i += n
		if bad > 50 && bad > good {
			return false
		}
	}
	return good > 0 && good >= bad*4
}

// decodeAs decodes data from the encoding called name.
func decodeAs(name string, data []byte) (string, int) {
	switch name {
	case "utf-8", "us-ascii":
		if utf8.Valid(data) {
			return string(data), 0
		}
		return decodeUTF8(data)
	case "gb18030":
		return decodePairs(gbPairs(), data)
	case "big5":
		return decodePairs(big5Pairs(), data)
	case "euc-tw":
		return decodeEUCTW(data)
	case "utf-16le":
		return decodeUTF16(data, 1)
	case "utf-16be":
		return decodeUTF16(data, 0)
	case "utf-32", "utf-32le":
		return decodeUTF32(data, true)
	case "utf-32be":
		return decodeUTF32(data, false)
	case "iso-2022-kr":
		data, name = sevenBitKorean(data), "euc-kr"
	case "hz-gb-2312":
		if out, err := simplifiedchinese.HZGB2312.NewDecoder().Bytes(data); err == nil {
			return string(out), bytes.Count(out, []byte("\uFFFD"))
		}
	}
	out, err := byName(name).NewDecoder().Bytes(data)
	if err != nil {
		return strings.ToValidUTF8(string(data), "\uFFFD"), 1
	}
	return string(out), bytes.Count(out, []byte("\uFFFD"))
}

// sevenBitKorean turns ISO-2022-KR into EUC-KR.
func sevenBitKorean(data []byte) []byte {
	data = bytes.ReplaceAll(data, []byte("\x1B$)C"), nil)
	out := make([]byte, 0, len(data))
	shifted := byte(0)
	for _, c := range data {
		switch {
		case c == 0x0E:
			shifted = 0x80
		case c == 0x0F:
			shifted = 0
		case c > 0x20:
			out = append(out, c|shifted)
		default:
			out = append(out, c)
		}
	}
	return out
}

func decodeUTF16(data []byte, hi int) (string, int) {
	out := make([]byte, 0, len(data)*3/2)
	bad := 0
	for i := 0; i+1 < len(data); i += 2 {
		r := rune(data[i+hi])<<8 | rune(data[i+1-hi])
		if utf16.IsSurrogate(r) {
			low := rune(0)
			if i+3 < len(data) {
				low = rune(data[i+2+hi])<<8 | rune(data[i+3-hi])
			}
			if r = utf16.DecodeRune(r, low); r == utf8.RuneError {
				bad++
			} else {
				i += 2
			}
		}
		out = utf8.AppendRune(out, r)
	}
	return strings.TrimPrefix(string(out), "\uFEFF"), bad
}

func decodeUTF32(data []byte, little bool) (string, int) {
	out := make([]byte, 0, len(data))
	bad := 0
	for i := 0; i+3 < len(data); i += 4 {
		v := uint32(data[i])<<24 | uint32(data[i+1])<<16 | uint32(data[i+2])<<8 | uint32(data[i+3])
		if little {
			v = uint32(data[i+3])<<24 | uint32(data[i+2])<<16 | uint32(data[i+1])<<8 | uint32(data[i])
		}
		r := utf8.RuneError
		if v <= utf8.MaxRune && utf8.ValidRune(rune(v)) {
			r = rune(v)
		} else {
			bad++
		}
		out = utf8.AppendRune(out, r)
	}
	return strings.TrimPrefix(string(out), "\uFEFF"), bad
}
