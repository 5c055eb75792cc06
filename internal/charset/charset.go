// Package charset tells the encoding of text that does not say it, or says it
// wrongly, and decodes it to UTF-8. It is made for Chinese portals: GB18030,
// GBK, Big5, UTF-8 and UTF-16 are told apart from two characters up; other
// encodings are recognised where their bytes leave no doubt.
//
// It does not parse documents: of HTML it reads only the declared charset.
package charset

import (
	"io"
	"strconv"
	"strings"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/htmlindex"
	"golang.org/x/text/encoding/simplifiedchinese"
)

// Hint is what is known about the bytes from outside.
type Hint struct {
	ContentType string // Content-Type header as sent, or a bare charset label
	HTML        bool   // look for a meta element or an XML declaration in the bytes
}

// Result says how text was decoded.
type Result struct {
	Name     string // WHATWG name, lower case: utf-8, gb18030, big5, utf-16le …
	Declared string // label that was declared, "" for none
	Lying    bool   // the declaration was wrong and not followed
	Bad      int    // bytes or sequences that could not be decoded
}

// aliases are labels that portals use and the WHATWG list does not know.
var aliases = map[string]string{
	"cp936": "gb18030", "ms936": "gb18030", "windows-936": "gb18030", "gbk2312": "gb18030", "gb-2312": "gb18030",
	"gb-18030": "gb18030", "gb18030-2000": "gb18030", "gb18030-2005": "gb18030", "gb18030-2022": "gb18030",
	"gb_18030": "gb18030", "gbk-2312": "gb18030", "gb": "gb18030", "gbk18030": "gb18030", "x-gb18030": "gb18030",
	"x-gb2312": "gb18030", "gb2312-80": "gb18030", "gb2312_80": "gb18030", "euc-cn": "gb18030", "euccn": "gb18030", "936": "gb18030",
	"utf8": "utf-8", "utf-8n": "utf-8", "utf_8": "utf-8", "u8": "utf-8", "utf-8-sig": "utf-8", "utf8mb4": "utf-8", "65001": "utf-8",
	"cp950": "big5", "ms950": "big5", "big-5": "big5", "big5-eten": "big5", "950": "big5", "windows-950": "big5",
	"unicode": "utf-16le", "utf16": "utf-16le", "ucs-2": "utf-16le", "ucs2": "utf-16le", "utf-16": "utf-16le",
	"utf16le": "utf-16le", "utf16be": "utf-16be", "unicodefffe": "utf-16be", "utf-32": "utf-32", "ucs-4": "utf-32",
	"utf-32le": "utf-32le", "utf-32be": "utf-32be", "hz": "hz-gb-2312", "hz-gb-2312": "hz-gb-2312",
	"euc-tw": "euc-tw", "euctw": "euc-tw", "x-euc-tw": "euc-tw", "cp932": "shift_jis", "cp949": "euc-kr",
}

// Lookup returns the name of the encoding that label stands for.
func Lookup(label string) (name string, ok bool) {
	label = strings.ToLower(strings.Trim(label, " \t\r\n\"';"))
	if name, ok := aliases[label]; ok {
		return name, true
	}
	enc, err := htmlindex.Get(label)
	if err != nil {
		return "", false
	}
	name, err = htmlindex.Name(enc)
	if err != nil || name == "replacement" || name == "x-user-defined" {
		return "", false
	}
	if name == "gbk" {
		name = "gb18030" // a superset
	}
	return name, true
}

// NewReader decodes r from the encoding that label stands for; its signature
// is that of mime.WordDecoder.CharsetReader.
func NewReader(label string, r io.Reader) (io.Reader, error) {
	b, err := io.ReadAll(r)
	if err != nil {
		return nil, err
	}
	s, _ := Decode(b, Hint{ContentType: label})
	return strings.NewReader(s), nil
}

func byName(name string) encoding.Encoding {
	enc, err := htmlindex.Get(name)
	if err != nil {
		return encoding.Replacement
	}
	return enc
}

// NewDecoder returns r as UTF-8, decoded from the encoding called name as
// Decode returned it. It is for files too large to decode in memory.
func NewDecoder(name string, r io.Reader) io.Reader {
	if name == "utf-8" {
		return r
	}
	return byName(name).NewDecoder().Reader(r)
}

// AppendQuery appends s as browsers write it into the query of an address that
// stands on a page in the encoding called name: bytes beyond ASCII as %XX of
// that encoding, what it lacks as an escaped numeric entity. Pages in Unicode
// use UTF-8.
func AppendQuery(dst []byte, name, s string) []byte {
	var enc *encoding.Encoder
	switch name {
	case "gb18030":
		enc = simplifiedchinese.GBK.NewEncoder() // what servers mean by it
	default:
		if e := byName(name); !strings.HasPrefix(name, "utf-") && e != encoding.Replacement {
			enc = e.NewEncoder()
		}
	}
	for _, r := range s {
		if r < 0x80 {
			dst = append(dst, byte(r))
			continue
		}
		b := string(r)
		if enc != nil {
			out, err := enc.String(b)
			if err != nil {
				dst = append(dst, "%26%23"...)
				dst = strconv.AppendInt(dst, int64(r), 10)
				dst = append(dst, "%3B"...)
				continue
			}
			b = out
		}
		for i := range len(b) {
			if b[i] < 0x80 {
				dst = append(dst, b[i]) // trail bytes of GBK and Big5 may be letters
				continue
			}
			dst = append(dst, '%', upperHex[b[i]>>4], upperHex[b[i]&15])
		}
	}
	return dst
}

const upperHex = "0123456789ABCDEF"
