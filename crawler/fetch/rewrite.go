package fetch

import (
	"bytes"
	"strconv"
	"strings"
)

// rewrite returns the head as net/http accepts it, followed by the rest of
// raw, and how many body bytes are to come after that (-1: not known here).
func (h *head) rewrite(raw []byte) (out []byte, left int64) {
	if h.bare {
		out = append(make([]byte, 0, len(raw)+64), "HTTP/1.0 200 OK\r\nConnection: close\r\n\r\n"...)
		return append(out, raw[h.start:]...), -1
	}
	if h.status == 0 {
		return raw, -1
	}
	lines := raw[h.start:h.end]
	if !h.noLine {
		_, lines, _ = bytes.Cut(lines, []byte("\n"))
	}
	body := raw[h.end:]
	f := framing{}
	out = make([]byte, 0, len(raw)+64)
	out = append(out, "HTTP/1.1 "...)
	if h.http10 {
		out = append(out[:0], "HTTP/1.0 "...)
	}
	out = strconv.AppendInt(out, int64(h.status), 10)
	out = append(out, ' ')
	out = append(out, h.reason...)
	out = append(out, "\r\n"...)
	out = f.appendLines(out, lines)

	out, left = f.appendFraming(out, h, body)
	out = append(out, "\r\n"...)
	if left >= 0 {
		if int64(len(body)) > left {
			body = body[:left]
		}
		left -= int64(len(body))
	}
	return append(out, body...), left
}

// framing collects the headers that say where a body ends.
type framing struct {
	lengths  []string
	chunked  bool
	gzipped  bool // as a transfer coding
	closing  bool
	keeping  bool
	accepted int
}

// appendLines copies header lines that are header lines.
func (f *framing) appendLines(out []byte, lines []byte) []byte {
	last := len(out) // where the line in progress begins
	for len(lines) > 0 {
		line, rest, _ := bytes.Cut(lines, []byte("\n"))
		lines = rest
		line = bytes.TrimRight(line, "\r")
		folded := len(line) > 0 && (line[0] == ' ' || line[0] == '\t')
		text := bytes.TrimSpace(line)
		if len(text) == 0 {
			continue
		}
		if folded {
			if last < len(out) && len(out)-last+len(text) < maxHeaderLine {
				out = append(out[:len(out)-2], ' ')
				out = append(out, cleanValue(string(text))...)
				out = append(out, "\r\n"...)
			}
			continue
		}
		last = len(out)
		name, value, ok := bytes.Cut(text, []byte(":"))
		name = bytes.TrimRight(name, " \t")
		if !ok || !isToken(name) || len(text) > maxHeaderLine || f.accepted >= maxHeaderLines {
			continue
		}
		if f.take(strings.ToLower(string(name)), strings.TrimSpace(string(value))) {
			continue
		}
		f.accepted++
		out = append(out, name...)
		out = append(out, ": "...)
		out = append(out, cleanValue(string(bytes.TrimSpace(value)))...)
		out = append(out, "\r\n"...)
	}
	return out
}

// take keeps the framing headers to itself.
func (f *framing) take(name, value string) bool {
	switch name {
	case "content-length":
		for _, v := range strings.Split(value, ",") {
			f.lengths = append(f.lengths, strings.TrimSpace(v))
		}
	case "transfer-encoding":
		for _, v := range strings.Split(strings.ToLower(value), ",") {
			switch strings.TrimSpace(v) {
			case "chunked":
				f.chunked = true
			case "gzip", "x-gzip":
				f.gzipped = true
			}
		}
	case "connection", "proxy-connection":
		// Only closing matters; the rest names hop-by-hop headers.
		value = strings.ToLower(value)
		f.closing = f.closing || strings.Contains(value, "close")
		f.keeping = f.keeping || strings.Contains(value, "keep-alive")
	default:
		return false
	}
	return true
}

// appendFraming writes the one framing that makes sense of what was said.
func (f *framing) appendFraming(out []byte, h *head, body []byte) ([]byte, int64) {
	if f.gzipped {
		out = append(out, "Content-Encoding: gzip\r\n"...)
	}
	chunked := f.chunked && (len(body) == 0 || isHexDigit(body[0]) || body[0] == ' ')
	length, known := f.length()
	left := int64(-1)
	switch {
	case h.bodyless():
		left = 0
	case chunked:
		out = append(out, "Transfer-Encoding: chunked\r\n"...)
	case known && !f.chunked:
		out = append(out, "Content-Length: "...)
		out = strconv.AppendInt(out, length, 10)
		out = append(out, "\r\n"...)
		left = length
	default:
		f.closing = true
	}
	if f.closing {
		out = append(out, "Connection: close\r\n"...)
	} else if h.http10 && f.keeping {
		out = append(out, "Connection: keep-alive\r\n"...)
	}
	return out, left
}

// length is what all Content-Length values agree upon.
func (f *framing) length() (int64, bool) {
	if len(f.lengths) == 0 {
		return 0, false
	}
	for _, v := range f.lengths[1:] {
		if v != f.lengths[0] {
			return 0, false
		}
	}
	n, err := strconv.ParseUint(f.lengths[0], 10, 63)
	return int64(n), err == nil
}

func isHexDigit(c byte) bool {
	return '0' <= c && c <= '9' || 'a' <= c|0x20 && c|0x20 <= 'f'
}

func isToken(name []byte) bool {
	for _, c := range name {
		switch {
		case 'a' <= c|0x20 && c|0x20 <= 'z', '0' <= c && c <= '9', strings.IndexByte("!#$%&'*+-.^_`|~", c) >= 0:
		default:
			return false
		}
	}
	return len(name) > 0
}
