package document

import (
	"bytes"
	"path"
	"strings"
)

// looksText reports whether head is text in some encoding: hardly any control
// characters, or the NUL pattern of UTF-16 and UTF-32.
func looksText(head []byte) bool {
	if len(head) == 0 {
		return true
	}
	if bytes.HasPrefix(head, []byte("\xFF\xFE")) || bytes.HasPrefix(head, []byte("\xFE\xFF")) ||
		bytes.HasPrefix(head, []byte("\x00\x00\xFE\xFF")) {
		return true
	}
	control, nuls := 0, [2]int{}
	for i, c := range head {
		switch {
		case c == 0:
			nuls[i&1]++
		case c < 0x20 && c != '\t' && c != '\n' && c != '\r' && c != '\f' && c != 0x1B && c != 0x1A:
			control++
		}
	}
	if (nuls[0]+nuls[1])*5 <= len(head) && control*50 <= len(head) {
		return true // a stray NUL is damage, not a format
	}
	return looksUTF16(head)
}

// looksUTF16 reports whether head reads as UTF-16 of either byte order: in
// one of the two, nearly every unit is ASCII, CJK or punctuation of either.
func looksUTF16(head []byte) bool {
	units := len(head) / 2
	if units < 2 {
		return false
	}
	for _, hi := range [2]int{1, 0} {
		good := 0
		for i := 0; i+1 < len(head); i += 2 {
			h, l := head[i+hi], head[i+1-hi]
			switch {
			case h == 0 && (l >= 0x20 && l < 0x7F || l == '\n' || l == '\r' || l == '\t'):
				good++
			case h >= 0x4E && h <= 0x9F, h == 0x30 && l <= 0x3F, h == 0xFF && l <= 0x5E, h == 0x20 && l >= 0x10 && l <= 0x3B:
				good++
			}
		}
		if good*10 >= units*9 {
			return true
		}
	}
	return false
}

// sniffText tells the formats of plain text apart.
func sniffText(f *file, head []byte) string {
	ext := strings.ToLower(path.Ext(f.name))
	if f.name == "" {
		ext = strings.ToLower(path.Ext(FileName(f.url, "")))
	}
	mt, _, _ := strings.Cut(strings.ToLower(f.contentType), ";")
	mt = strings.TrimSpace(mt)
	if f.fragment {
		return "html"
	}
	s := asciiView(head)
	if typ := sniffMarkup(s, mt, ext); typ != "" {
		return typ
	}
	switch {
	case looksMbox(s):
		return "mbox"
	case looksVCard(s):
		return "vcard"
	case looksMail(s):
		if strings.Contains(s, "multipart/related") || strings.HasPrefix(s, "From: <Saved by") || ext == ".mht" || ext == ".mhtml" {
			return "mhtml"
		}
		return "eml"
	case looksJSON(s):
		return "json"
	case ext == ".js" || ext == ".mjs" || strings.Contains(mt, "javascript"):
		return "script"
	case ext == ".css" || mt == "text/css":
		return "style"
	case ext == ".md" || ext == ".markdown" || mt == "text/markdown":
		return "markdown"
	case ext == ".csv" || ext == ".tsv" || ext == ".tab" || mt == "text/csv" || mt == "text/tab-separated-values":
		return "csv"
	case ext != ".txt" && mt != "text/plain" && SniffMarkup(s):
		return "html"
	case looksTable(s, strings.HasPrefix(ext, ".xls") || ext == ".et"):
		return "csv"
	}
	return "text"
}

// asciiView returns head with NUL bytes and a byte order mark removed and
// leading white space cut, so that UTF-16 tags and braces read like ASCII.
func asciiView(head []byte) string {
	b := bytes.TrimPrefix(head, []byte("\xEF\xBB\xBF"))
	if bytes.HasPrefix(b, []byte("\xFF\xFE")) || bytes.HasPrefix(b, []byte("\xFE\xFF")) {
		b = b[2:]
	}
	if bytes.IndexByte(b, 0) >= 0 {
		b = bytes.ReplaceAll(b, []byte{0}, nil)
	}
	return string(bytes.TrimLeft(b, " \t\r\n\f"))
}

// sniffMarkup tells HTML and the XML formats apart, "" for no markup.
func sniffMarkup(s, mt, ext string) string {
	rest := skipComments(s)
	lower := strings.ToLower(rest[:min(len(rest), 2048)])
	if strings.HasPrefix(lower, "<?xml") {
		return xmlType(lower)
	}
	if mt == "text/html" || mt == "application/xhtml+xml" {
		if looksJSON(s) {
			return "" // what scripts fetch is often declared so
		}
		return "html"
	}
	if !strings.HasPrefix(lower, "<") {
		return ""
	}
	if strings.HasPrefix(lower, "<svg") {
		return "svg"
	}
	if isHTMLTag(lower) || strings.Contains(lower, "<html") || strings.Contains(lower, "<!doctype html") {
		return "html"
	}
	if typ := xmlType(lower); typ != "xml" {
		return typ
	}
	switch {
	case len(lower) > 1 && (isLetter(lower[1]) || lower[1] == '!' || lower[1] == '?'):
		if ext == ".htm" || ext == ".html" || ext == ".shtml" {
			return "html"
		}
		return "xml"
	}
	return ""
}

// xmlType tells the XML formats by their root element or processing
// instruction, given the lower-cased start of the file.
func xmlType(lower string) string {
	switch {
	case strings.Contains(lower, "<html"), strings.Contains(lower, "<!doctype html"):
		return "html"
	case strings.Contains(lower, "<pkg:package"):
		return "flatopc"
	case strings.Contains(lower, "w:worddocument"), strings.Contains(lower, `progid="word.document"`):
		return "wordml"
	case strings.Contains(lower, "urn:schemas-microsoft-com:office:spreadsheet"), strings.Contains(lower, `progid="excel.sheet"`):
		return "excelml"
	case strings.Contains(lower, "<office:document"):
		return "flatodf"
	case strings.Contains(lower, "<svg"):
		return "svg"
	}
	return "xml"
}

// skipComments drops white space and comments before the first tag.
func skipComments(s string) string {
	for {
		s = strings.TrimLeft(s, " \t\r\n\f")
		if !strings.HasPrefix(s, "<!--") {
			return s
		}
		end := strings.Index(s, "-->")
		if end < 0 {
			return "<html" // a comment longer than the head: only HTML does that
		}
		s = s[end+3:]
	}
}

// looksMail reports whether s starts with header lines of a message.
func looksMail(s string) bool {
	known := 0
	for line := range strings.Lines(s[:min(len(s), 2048)]) {
		if line[0] == ' ' || line[0] == '\t' {
			continue
		}
		key, _, ok := strings.Cut(line, ":")
		if !ok || strings.ContainsAny(key, " \t<{") {
			break
		}
		switch strings.ToLower(key) {
		case "from", "to", "subject", "date", "received", "return-path", "message-id", "mime-version",
			"content-type", "delivered-to", "x-mailer", "reply-to", "content-transfer-encoding":
			known++
		}
	}
	return known >= 2
}

// looksVCard reports whether s starts like a card or a calendar.
func looksVCard(s string) bool {
	s = strings.ToUpper(s[:min(len(s), 16)])
	return strings.HasPrefix(s, "BEGIN:VCARD") || strings.HasPrefix(s, "BEGIN:VCALENDAR") || strings.HasPrefix(s, "BEGIN:VNOTE")
}

// looksMbox reports whether s starts like a mailbox: a line "From " with an
// address and a date, then a message.
func looksMbox(s string) bool {
	if !strings.HasPrefix(s, "From ") {
		return false
	}
	_, rest, ok := strings.Cut(s, "\n")
	return ok && looksMail(rest)
}

// looksJSON reports whether s starts like a JSON object or array.
func looksJSON(s string) bool {
	if s == "" || s[0] != '{' && s[0] != '[' {
		return false
	}
	rest := strings.TrimLeft(s[1:], " \t\r\n")
	if rest == "" {
		return true
	}
	switch c := rest[0]; {
	case c == '"':
		return true
	case s[0] == '{':
		return c == '}'
	case c >= '0' && c <= '9' || c == '-':
		rest = strings.TrimLeft(rest, "0123456789-+.eE \t\r\n")
		return rest != "" && rest[0] == ',' // [1] alone is a footnote
	default:
		return c == '{' || c == '['
	}
}

// looksTable reports whether the lines of s are rows of one width, separated
// by tabs, or by commas where a spreadsheet was promised.
func looksTable(s string, promised bool) bool {
	for _, sep := range []byte("\t,;|") {
		if sep != '\t' && !promised {
			break
		}
		rows, width := 0, 0
		for line := range strings.Lines(s) {
			if !strings.HasSuffix(line, "\n") && rows > 0 {
				break // cut by the end of the head
			}
			n := strings.Count(line, string(sep))
			if n == 0 || (width != 0 && n != width) {
				rows = 0
				break
			}
			width = n
			rows++
		}
		if rows >= 2 || rows == 1 && promised {
			return true
		}
	}
	return false
}
