package document

import (
	"bytes"
	"context"
	"encoding/base64"
	"fmt"
	"io"
	"maps"
	"mime"
	"mime/quotedprintable"
	"net/url"
	"path"
	"slices"
	"strconv"
	"strings"

	"prescreen/internal/charset"
	"prescreen/scanner"
)

// mailMax bounds a message: it is kept in memory while it is taken apart.
const mailMax = 256 << 20

// readMail reads a message (RFC 5322, MIME) or a web page saved as one: its
// headers, every part of it, and messages within.
func readMail(ctx context.Context, f *file) error {
	data, err := f.bytes(mailMax)
	if len(data) == 0 {
		return err
	}
	if e := readMessage(ctx, f, data, 0); e != nil {
		return e
	}
	return err
}

// mailHeader is a header with its names in lower case.
type mailHeader map[string][]string

func (h mailHeader) get(name string) string {
	if v := h[name]; len(v) > 0 {
		return v[0]
	}
	return ""
}

// splitHeader separates the header from the body. Faulty lines are skipped.
func splitHeader(data []byte) (mailHeader, []byte) {
	h := mailHeader{}
	last := ""
	for len(data) > 0 {
		line := data
		if i := bytes.IndexByte(data, '\n'); i >= 0 {
			line, data = data[:i], data[i+1:]
		} else {
			data = nil
		}
		line = bytes.TrimRight(line, "\r")
		if len(line) == 0 {
			return h, data
		}
		if line[0] == ' ' || line[0] == '\t' {
			if v := h[last]; len(v) > 0 {
				v[len(v)-1] += " " + string(bytes.TrimSpace(line))
			}
			continue
		}
		name, value, ok := bytes.Cut(line, []byte(":"))
		if !ok {
			continue
		}
		last = strings.ToLower(string(bytes.TrimSpace(name)))
		h[last] = append(h[last], string(bytes.TrimSpace(value)))
	}
	return h, nil
}

var mailNames = []string{
	"from", "to", "cc", "bcc", "sender", "reply-to", "return-path", "delivered-to", "organization",
	"comments", "keywords", "thread-topic", "received", "x-originating-ip", "disposition-notification-to",
}

func readMessage(ctx context.Context, f *file, data []byte, depth int) error {
	h, body := splitHeader(data)
	if subject := mailWords(h.get("subject")); subject != "" {
		f.title(subject)
		if err := f.text(scanner.KindTitle, subject); err != nil {
			return err
		}
	}
	for _, name := range mailNames {
		for _, v := range h[name] {
			if err := f.text(scanner.KindProperty, mailWords(v)); err != nil {
				return err
			}
		}
	}
	for _, name := range slices.Sorted(maps.Keys(h)) { // headers of one's own, where they say something
		if name == "subject" || slices.Contains(mailNames, name) || strings.HasPrefix(name, "content-") {
			continue
		}
		for _, v := range h[name] {
			if text := mailWords(v); !isASCII(text) {
				if err := f.text(scanner.KindProperty, text); err != nil {
					return err
				}
			}
		}
	}
	return readPart(ctx, f, h, body, depth)
}

// readMbox reads the messages of a mailbox (RFC 4155), each as a file.
func readMbox(ctx context.Context, f *file) error {
	data, err := f.bytes(mailMax)
	for n := 1; len(data) > 0; n++ {
		if i := bytes.IndexByte(data, '\n'); i >= 0 {
			data = data[i+1:] // the line that separates
		}
		end := len(data)
		for at := 0; ; {
			i := bytes.Index(data[at:], []byte("\nFrom "))
			if i < 0 {
				break
			}
			at += i + 1
			if _, header, ok := bytes.Cut(data[at:], []byte("\n")); ok && looksMail(string(header[:min(len(header), 2048)])) {
				end = at
				break
			}
		}
		message := data[:end]
		data = data[end:]
		e := f.childRun(fmt.Sprintf("message %d.eml", n), "eml", int64(len(message)), func(m *file) error { return readMessage(ctx, m, message, 0) })
		if e != nil {
			return e
		}
	}
	return err
}

// mailWords decodes a header: RFC 2047 words in any charset, and raw bytes
// that nobody declared.
func mailWords(s string) string {
	dec := mime.WordDecoder{CharsetReader: func(label string, in io.Reader) (io.Reader, error) {
		b, err := io.ReadAll(in)
		if err != nil {
			return nil, err
		}
		text, _ := charset.Decode(b, charset.Hint{ContentType: label})
		return strings.NewReader(text), nil
	}}
	if out, err := dec.DecodeHeader(s); err == nil {
		s = out
	}
	if isASCII(s) {
		return s
	}
	text, _ := charset.Decode([]byte(s), charset.Hint{})
	return text
}

func readPart(ctx context.Context, f *file, h mailHeader, body []byte, depth int) error {
	typ, params := mailParams(h.get("content-type"))
	_, disposition := mailParams(h.get("content-disposition"))
	if strings.HasPrefix(typ, "multipart/") && params["boundary"] != "" && depth < 20 {
		for _, part := range splitParts(body, params["boundary"]) {
			ph, pb := splitHeader(part)
			if err := readPart(ctx, f, ph, pb, depth+1); err != nil {
				return err
			}
		}
		return nil
	}
	data, whole := mailDecode(h.get("content-transfer-encoding"), body)
	if !whole {
		f.problem(scanner.StatusPartial, "a part of the message is damaged")
	}
	if len(bytes.TrimSpace(data)) == 0 || typ == "application/pkcs7-signature" || typ == "application/pgp-signature" {
		return nil
	}
	if strings.EqualFold(params["charset"], "utf-7") {
		data = decodeUTF7(data)
	}
	if err := f.budget.unpack(int64(len(data))); err != nil {
		return err
	}
	name := mailWords(disposition["filename"])
	if name == "" {
		name = mailWords(params["name"])
	}
	if name == "" {
		if loc := h.get("content-location"); loc != "" && typ != "text/html" {
			name = path.Base(strings.ReplaceAll(loc, "\\", "/"))
		}
	}
	switch {
	case typ == "" || typ == "text/plain" && name == "":
		return mailText(ctx, f, h.get("content-type"), data)
	case typ == "message/rfc822":
		if name == "" {
			name = "message.eml"
		}
		return f.childRun(name, "eml", int64(len(data)), func(m *file) error { return readMessage(ctx, m, data, depth+1) })
	case typ == "text/html" && name == "":
		// a page without a name stands for the message itself
	case name == "":
		name = "part"
	}
	return f.childBytes(ctx, name, h.get("content-type"), data)
}

// mailText gives a plain body, a segment for each paragraph.
func mailText(ctx context.Context, f *file, contentType string, data []byte) error {
	text, _ := charset.Decode(data, charset.Hint{ContentType: contentType})
	text, err := f.takeUuencoded(ctx, text)
	if err != nil {
		return err
	}
	line, first := 0, 1
	var block []string
	flush := func() error {
		s := strings.Join(block, "\n")
		block = block[:0]
		return f.emit(scanner.Segment{Place: scanner.Place{Kind: scanner.KindBody, Line: first}, Text: s})
	}
	for l := range strings.Lines(text) {
		line++
		if l = strings.TrimSpace(l); l == "" || len(block) >= 40 {
			if err := flush(); err != nil {
				return err
			}
		}
		if l != "" {
			if len(block) == 0 {
				first = line
			}
			block = append(block, l)
		}
	}
	return flush()
}

// mailParams reads a header value with parameters, RFC 2231 continuations and
// charsets included, more forgiving than the standard.
func mailParams(v string) (value string, params map[string]string) {
	params = map[string]string{}
	value, rest, _ := strings.Cut(v, ";")
	pieces := map[string][]string{}
	for rest != "" {
		var name, val string
		name, rest, _ = strings.Cut(rest, "=")
		name = strings.ToLower(strings.TrimSpace(name))
		rest = strings.TrimLeft(rest, " \t")
		if strings.HasPrefix(rest, `"`) {
			val, rest, _ = strings.Cut(rest[1:], `"`)
			_, rest, _ = strings.Cut(rest, ";")
		} else {
			val, rest, _ = strings.Cut(rest, ";")
			val = strings.TrimSpace(val)
		}
		base, section, split := strings.Cut(name, "*")
		if !split {
			params[name] = val
			continue
		}
		section = strings.TrimSuffix(section, "*")
		n := max(0, atoi(section))
		if strings.HasSuffix(name, "*") {
			val = percentValue(val, n == 0)
		}
		if n < 100 {
			for len(pieces[base]) <= n {
				pieces[base] = append(pieces[base], "")
			}
			pieces[base][n] = val
		}
	}
	for base, p := range pieces {
		params[base] = strings.Join(p, "")
	}
	return strings.ToLower(strings.TrimSpace(value)), params
}

// percentValue decodes charset'language'text.
func percentValue(v string, first bool) string {
	label := ""
	if first {
		if parts := strings.SplitN(v, "'", 3); len(parts) == 3 {
			label, v = parts[0], parts[2]
		}
	}
	raw, err := url.PathUnescape(v)
	if err != nil {
		return v
	}
	if isASCII(raw) {
		return raw
	}
	text, _ := charset.Decode([]byte(raw), charset.Hint{ContentType: label})
	return text
}

// splitParts cuts a multipart body at its boundary; the last part of a
// message that was cut off counts.
func splitParts(body []byte, boundary string) [][]byte {
	mark := []byte("--" + boundary)
	var parts [][]byte
	start := -1
	for pos := 0; pos <= len(body); {
		i := bytes.Index(body[pos:], mark)
		if i < 0 {
			break
		}
		at := pos + i
		pos = at + len(mark)
		if at > 0 && body[at-1] != '\n' {
			continue
		}
		if start >= 0 {
			parts = append(parts, body[start:at])
		}
		if bytes.HasPrefix(body[pos:], []byte("--")) {
			return parts
		}
		nl := bytes.IndexByte(body[pos:], '\n')
		if nl < 0 {
			return parts
		}
		pos += nl + 1
		start = pos
		if len(parts) >= 10000 {
			return parts
		}
	}
	if start >= 0 {
		parts = append(parts, body[start:])
	}
	return parts
}

// mailDecode undoes the transfer encoding; whole is false when it was broken.
func mailDecode(encoding string, body []byte) (data []byte, whole bool) {
	switch strings.ToLower(strings.TrimSpace(encoding)) {
	case "base64":
		clean := make([]byte, 0, len(body))
		for _, c := range body {
			if c >= 'A' && c <= 'Z' || c >= 'a' && c <= 'z' || c >= '0' && c <= '9' || c == '+' || c == '/' {
				clean = append(clean, c)
			}
		}
		n, err := base64.RawStdEncoding.Decode(clean, clean)
		return clean[:n], err == nil
	case "quoted-printable":
		out, err := io.ReadAll(quotedprintable.NewReader(bytes.NewReader(body)))
		if err != nil {
			// A broken escape: the rest as it stands is better than nothing.
			return append(out, lenientQP(body[min(len(body), len(out)):])...), false
		}
		return out, true
	}
	return body, true
}

// lenientQP decodes what it can and keeps the rest.
func lenientQP(b []byte) []byte {
	out := make([]byte, 0, len(b))
	for i := 0; i < len(b); i++ {
		if b[i] == '=' && i+2 < len(b) {
			if v, err := strconv.ParseUint(string(b[i+1:i+3]), 16, 8); err == nil {
				out = append(out, byte(v))
				i += 2
				continue
			}
		}
		out = append(out, b[i])
	}
	return out
}

// decodeUTF7 undoes UTF-7 (RFC 2152), in which old mail programs write; what
// is no UTF-7 stays as it is.
func decodeUTF7(b []byte) []byte {
	var out []byte
	for len(b) > 0 {
		i := bytes.IndexByte(b, '+')
		if i < 0 {
			break
		}
		out = append(out, b[:i]...)
		b = b[i+1:]
		n := 0
		for n < len(b) && (isLetter(b[n]) || isDigit(b[n]) || b[n] == '+' || b[n] == '/') {
			n++
		}
		wide, err := base64.RawStdEncoding.DecodeString(string(b[:n]))
		if n == 0 || err != nil {
			out = append(out, '+')
			if n == 0 && len(b) > 0 && b[0] == '-' {
				b = b[1:]
			}
			continue
		}
		for i := 0; i+1 < len(wide); i += 2 {
			wide[i], wide[i+1] = wide[i+1], wide[i]
		}
		out = append(out, utf16String(wide)...)
		if b = b[n:]; len(b) > 0 && b[0] == '-' {
			b = b[1:]
		}
	}
	return append(out, b...)
}
