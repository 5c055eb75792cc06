package document

import (
	"mime"
	"net/url"
	"path"
	"strings"
	"unicode"
	"unicode/utf8"

	"prescreen/internal/charset"
)

// FileName returns the name under which a downloaded file goes: the one of
// its Content-Disposition header, else the last part of its address, decoded.
// It is a label for people and rules, never a path to write to.
func FileName(address, disposition string) string {
	if disposition != "" {
		if _, params, err := mime.ParseMediaType(disposition); err == nil && params["filename"] != "" {
			return cleanName(decodeName(params["filename"]))
		}
		if _, after, ok := strings.Cut(disposition, "filename="); ok { // servers send raw GBK, which mime refuses
			after, _, _ = strings.Cut(after, ";")
			if name := strings.Trim(after, "\" \t"); name != "" {
				return cleanName(decodeName(name))
			}
		}
	}
	if address == "" {
		return ""
	}
	address, _, _ = strings.Cut(address, "#")
	address, _, _ = strings.Cut(address, "?")
	if i := strings.Index(address, "://"); i >= 0 {
		_, rest, ok := strings.Cut(address[i+3:], "/")
		if !ok {
			return ""
		}
		address = rest
	}
	return cleanName(decodeName(path.Base("/" + address[strings.LastIndexByte(address, '/')+1:])))
}

// decodeName undoes percent-encoding and MIME encoded words, and reads raw
// bytes in the encoding they are in.
func decodeName(s string) string {
	if strings.Contains(s, "=?") {
		dec := mime.WordDecoder{CharsetReader: charset.NewReader}
		if t, err := dec.DecodeHeader(s); err == nil {
			s = t
		}
	}
	if strings.Contains(s, "%") {
		if t, err := url.PathUnescape(s); err == nil {
			s = t
		}
	}
	if !utf8.ValidString(s) {
		s, _ = charset.Decode([]byte(s), charset.Hint{})
	}
	return s
}

// cleanName makes a foreign name printable: control characters go, and so
// does the mark that would let it pass for a path of ours. "" becomes "?".
func cleanName(s string) string {
	s = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || r == utf8.RuneError {
			return -1
		}
		return r
	}, strings.ReplaceAll(s, "!/", "/"))
	s = strings.TrimSpace(s)
	if s == "/" || s == "." {
		return ""
	}
	const most = 512
	if len(s) > most {
		s = strings.ToValidUTF8(s[:most], "") + "…"
	}
	return s
}

// isPageName reports whether name is that of a web page rather than of a file
// somebody named.
func isPageName(name string) bool {
	switch strings.ToLower(path.Ext(name)) {
	case "", ".html", ".htm", ".shtml", ".xhtml", ".jsp", ".jspx", ".asp", ".aspx", ".php", ".do", ".action", ".jhtml":
		return true
	}
	return false
}

func isASCII(s string) bool {
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

func isLetter(c byte) bool { return c|0x20 >= 'a' && c|0x20 <= 'z' }

// isBlank reports whether s has nothing to read.
func isBlank(s string) bool {
	for i := range len(s) {
		switch s[i] {
		case ' ', '\t', '\n', '\r', '\f', '\v', 0:
			continue
		}
		if s[i] < utf8.RuneSelf {
			return false
		}
		for _, r := range s[i:] {
			if !unicode.IsSpace(r) && r != 0xFEFF && r != 0 {
				return false
			}
		}
		return true
	}
	return true
}

// oneLine makes a message fit one line.
func oneLine(s string) string {
	s = strings.Join(strings.Fields(s), " ")
	if len(s) > 300 {
		s = strings.ToValidUTF8(s[:300], "") + "…"
	}
	return s
}
