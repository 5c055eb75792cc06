package document

import (
	"bytes"
	"cmp"
	"context"
	"path"
	"strings"

	"prescreen/internal/charset"
	"prescreen/scanner"
)

// readVCard reads address cards and calendars (RFC 6350, RFC 5545, and the
// vCard 2.1 of telephones): lines that are folded, quoted-printable and in
// charsets of their own, pictures and files among them.
func readVCard(ctx context.Context, f *file) error {
	data, err := f.bytes(textWhole)
	if len(data) == 0 {
		return err
	}
	_, all := charset.Decode(data, charset.Hint{ContentType: f.contentType})
	f.setCharset(all, len(data))
	for at, number := 0, 1; at < len(data); {
		line, lines, n := contentLine(data[at:])
		at += n
		if e := f.contentLine(ctx, line, number); e != nil {
			return e
		}
		number += lines
	}
	return err
}

// contentLine takes the first line of b, put together where it is folded:
// the next one begins with white space, or this one ends in "=" and is
// quoted-printable. It returns how many lines and bytes it stood on.
func contentLine(b []byte) (line []byte, lines, n int) {
	for n < len(b) {
		end := bytes.IndexByte(b[n:], '\n') + 1
		if end == 0 {
			end = len(b) - n
		}
		part := bytes.TrimRight(b[n:n+end], "\r\n")
		if lines > 0 && !softBreak(line) {
			part = part[1:]
		}
		line = append(bytes.TrimSuffix(line, softEnd(line)), part...)
		n += end
		lines++
		if n >= len(b) || b[n] != ' ' && b[n] != '\t' && !softBreak(line) {
			break
		}
	}
	return line, lines, n
}

// softBreak reports whether a quoted-printable line goes on.
func softBreak(line []byte) bool {
	head, _, ok := bytes.Cut(line, []byte(":"))
	return ok && bytes.HasSuffix(line, []byte("=")) && bytes.Contains(bytes.ToUpper(head), []byte("QUOTED-PRINTABLE"))
}

func softEnd(line []byte) []byte {
	if softBreak(line) {
		return []byte("=")
	}
	return nil
}

// contentLine gives the value of one line, and the parameters that name
// somebody.
func (f *file) contentLine(ctx context.Context, line []byte, number int) error {
	colon := valueColon(line)
	if colon < 0 {
		text, _ := charset.Decode(line, charset.Hint{ContentType: f.charset})
		return f.emit(scanner.Segment{Place: scanner.Place{Kind: scanner.KindBody, Line: number}, Text: text})
	}
	head, _ := charset.Decode(line[:colon], charset.Hint{ContentType: f.charset})
	name, params := mailParams(head)
	name = strings.ToUpper(name[strings.LastIndexByte(name, '.')+1:]) // without its group
	if boringLine(name) {
		return nil
	}
	upper := strings.ToUpper(head)
	value := line[colon+1:]
	switch {
	case strings.Contains(upper, "QUOTED-PRINTABLE"):
		value, _ = mailDecode("quoted-printable", value)
	case strings.Contains(upper, "BASE64") || strings.EqualFold(params["encoding"], "b"):
		data, _ := mailDecode("base64", value)
		return f.childBytes(ctx, strings.ToLower(name), "", data)
	}
	if inner, ok := bytes.CutPrefix(value, []byte("data:")); ok {
		if kind, b64, ok := bytes.Cut(inner, []byte(";base64,")); ok {
			data, _ := mailDecode("base64", b64)
			return f.childBytes(ctx, strings.ToLower(name)+"."+path.Base(string(kind)), "", data)
		}
	}
	text, _ := charset.Decode(value, charset.Hint{ContentType: cmp.Or(params["charset"], f.charset)})
	for _, s := range []string{params["cn"], params["x-filename"], params["filename"]} {
		if err := f.text(scanner.KindProperty, s); err != nil {
			return err
		}
	}
	return f.emit(scanner.Segment{Place: scanner.Place{Kind: scanner.KindBody, Line: number}, Text: plainValue(text)})
}

// valueColon finds the colon before the value; parameters in quotes may have
// colons of their own.
func valueColon(line []byte) int {
	quoted := false
	for i, c := range line {
		switch {
		case c == '"':
			quoted = !quoted
		case c == ':' && !quoted:
			return i
		}
	}
	return -1
}

// plainValue undoes the escapes of a value; the parts of a name or an address
// stand behind each other.
func plainValue(s string) string {
	const comma, semicolon = "\x00", "\x01"
	s = strings.NewReplacer(`\n`, "\n", `\N`, "\n", `\\`, `\`, `\,`, comma, `\;`, semicolon).Replace(s)
	parts := strings.FieldsFunc(s, func(r rune) bool { return r == ';' })
	return strings.NewReplacer(comma, ",", semicolon, ";").Replace(strings.Join(parts, " "))
}

// boringLine names the properties no person has written.
func boringLine(name string) bool {
	switch name {
	case "BEGIN", "END", "VERSION", "PRODID", "CALSCALE", "METHOD", "REV", "DTSTAMP", "SEQUENCE", "TZID", "TZOFFSETFROM", "TZOFFSETTO", "TRIGGER":
		return true
	}
	return false
}
