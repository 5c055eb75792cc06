package document

import (
	"archive/zip"
	"encoding/binary"
	"hash/crc32"
	"unicode/utf8"

	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/traditionalchinese"
)

// nameDecoder reads the entry names of one ZIP file. Names without the UTF-8
// flag are judged together, because one short name is often ambiguous: the
// GBK bytes of 目录 are also valid UTF-8.
type nameDecoder struct {
	legacy func([]byte) string
}

func newNameDecoder(files []*zip.File) nameDecoder {
	var names [][]byte
	for _, e := range files {
		if e.NonUTF8 || !utf8.ValidString(e.Name) || e.Flags&0x800 == 0 {
			names = append(names, []byte(e.Name))
		}
	}
	return nameDecoder{legacy: legacyNames(names)}
}

func (d nameDecoder) name(e *zip.File) string {
	if s, ok := unicodePath(e.Extra, e.Name); ok {
		return s
	}
	if e.Flags&0x800 != 0 && utf8.ValidString(e.Name) {
		return e.Name
	}
	return d.legacy([]byte(e.Name))
}

// unicodePath reads the Info-ZIP Unicode Path extra field (0x7075), which
// counts only while its checksum fits the name it was made for.
func unicodePath(extra []byte, name string) (string, bool) {
	for len(extra) >= 4 {
		id, n := binary.LittleEndian.Uint16(extra), int(binary.LittleEndian.Uint16(extra[2:]))
		extra = extra[4:]
		if n > len(extra) {
			return "", false
		}
		if field := extra[:n]; id == 0x7075 && n > 5 && field[0] == 1 &&
			binary.LittleEndian.Uint32(field[1:]) == crc32.ChecksumIEEE([]byte(name)) && utf8.Valid(field[5:]) {
			return string(field[5:]), true
		}
		extra = extra[n:]
	}
	return "", false
}

func decodeZipName(name []byte, flagged bool) string {
	if flagged && utf8.Valid(name) {
		return string(name)
	}
	return legacyNames([][]byte{name})(name)
}

// legacyNames picks the encoding that reads all of names best: UTF-8 when it
// is valid and shows Chinese characters, else GB18030 or Big5, whichever
// gives more common characters.
func legacyNames(names [][]byte) func([]byte) string {
	ascii, validUTF8, cjk := true, true, false
	gb, big5 := 0, 0
	for _, n := range names {
		if isASCII(string(n)) {
			continue
		}
		ascii = false
		validUTF8 = validUTF8 && utf8.Valid(n)
		for _, r := range string(n) {
			cjk = cjk || r >= 0x2E80 && r != utf8.RuneError
		}
		gb += nameScore(decodeWith(simplifiedchinese.GB18030.NewDecoder().Bytes, n))
		big5 += nameScore(decodeWith(traditionalchinese.Big5.NewDecoder().Bytes, n))
	}
	switch {
	case ascii, validUTF8 && cjk, validUTF8 && gb <= 0 && big5 <= 0:
		return func(b []byte) string { return string(b) }
	case big5 > gb:
		return func(b []byte) string { return decodeWith(traditionalchinese.Big5.NewDecoder().Bytes, b) }
	}
	return func(b []byte) string { return decodeWith(simplifiedchinese.GB18030.NewDecoder().Bytes, b) }
}

func decodeWith(decode func([]byte) ([]byte, error), b []byte) string {
	out, err := decode(b)
	if err != nil {
		return string(b)
	}
	return string(out)
}

// nameScore says how much s looks like Chinese words rather than a wrong
// decoding: GB2312 level 1 characters are the common ones; wrong decodings
// fall on rare ones, on symbols and on U+FFFD.
func nameScore(s string) int {
	score := 0
	for _, r := range s {
		switch {
		case r == utf8.RuneError:
			score -= 6
		case r < 0x80:
		case commonHan(r):
			score += 2
		case r >= 0x4E00 && r <= 0x9FFF:
		case r >= 0xE000 && r <= 0xF8FF:
			score -= 4
		case r >= 0x3000 && r <= 0x303F, r >= 0xFF00 && r <= 0xFF5E, r >= 0x2010 && r <= 0x2026:
			score++
		default:
			score -= 2
		}
	}
	return score
}

// commonHan reports whether r is one of the 3,755 characters of GB2312 level
// 1, or a character of Big5 level 1 (its 5,401 frequent ones).
func commonHan(r rune) bool {
	if r < 0x4E00 || r > 0x9FFF {
		return false
	}
	var dst [4]byte
	n, _, err := simplifiedchinese.GBK.NewEncoder().Transform(dst[:], []byte(string(r)), true)
	if err == nil && n == 2 && dst[0] >= 0xB0 && dst[0] <= 0xD7 && dst[1] >= 0xA1 {
		return true
	}
	n, _, err = traditionalchinese.Big5.NewEncoder().Transform(dst[:], []byte(string(r)), true)
	return err == nil && n == 2 && dst[0] >= 0xA4 && dst[0] <= 0xC6
}
