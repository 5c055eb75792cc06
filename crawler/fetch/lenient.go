package fetch

import (
	"bytes"
	"io"
	"net"
	"strconv"
	"strings"
	"sync/atomic"
)

// lenientConn stands between an HTTP/1 connection and net/http and writes the
// head of each response anew, because net/http gives up on what browsers and
// old servers have agreed upon: no status line, header lines without a colon,
// a Content-Length that is no number, chunked bodies that are not.
//
// It needs no parser of bodies: on a connection without pipelining a response
// head is what comes first after a request was written.
type lenientConn struct {
	net.Conn
	base    *conn // for what a page tells about its connection
	maxHead int

	asked atomic.Bool // a request was written whose response was not seen

	out    []byte // to be read before anything else
	raw    []byte // of a head that is not complete yet
	left   int64  // body bytes to come; -1: until something else ends it
	failed error  // sticky
}

// Limits of a response head. What is over them is left out, the page is not.
const (
	maxHeaderLine  = 64 << 10
	maxHeaderLines = 500
)

func newLenient(c net.Conn, base *conn, maxHead int) *lenientConn {
	return &lenientConn{Conn: c, base: base, maxHead: maxHead}
}

func (c *lenientConn) Write(b []byte) (int, error) {
	c.asked.Store(true)
	n, err := c.Conn.Write(b)
	if err != nil {
		c.base.lost(err)
	}
	return n, err
}

func (c *lenientConn) Read(p []byte) (int, error) {
	if len(p) == 0 {
		return 0, nil
	}
	for {
		if len(c.out) > 0 {
			n := copy(p, c.out)
			if c.out = c.out[n:]; len(c.out) == 0 {
				c.out = nil
			}
			return n, nil
		}
		if c.failed != nil {
			return 0, c.failed
		}
		n, err := c.Conn.Read(p)
		if n > 0 && c.asked.Swap(false) {
			c.failed = c.readHead(p[:n], err)
			continue
		}
		if n == 0 && err != nil && c.asked.Load() {
			c.base.lost(err)
		}
		if c.left >= 0 {
			if int64(n) > c.left {
				// More than announced. Browsers stop where the length says;
				// the connection is of no more use.
				n = int(c.left)
				if err = io.EOF; n > 0 {
					err = nil
				}
				c.failed = io.EOF
			}
			c.left -= int64(n)
		}
		return n, err
	}
}

// readHead reads on until the head is complete and puts it, rewritten, and
// what came after it into out. Interim responses (1xx) are left out.
func (c *lenientConn) readHead(first []byte, err error) error {
	c.raw = append(c.raw[:0], first...)
	var h head
	for {
		done := h.scan(c.raw, err != nil)
		if h.end > c.maxHead || !done && len(c.raw) > c.maxHead {
			return errHead
		}
		if done && h.interim() {
			c.raw = c.raw[h.end:]
			h = head{}
			continue
		}
		if done {
			break
		}
		if err != nil {
			c.out, c.left = c.raw, -1
			c.raw = nil
			return err
		}
		c.raw, err = readMore(c.Conn, c.raw)
	}
	c.out, c.left = h.rewrite(c.raw)
	c.raw = nil
	return err
}

func readMore(r io.Reader, b []byte) ([]byte, error) {
	if cap(b)-len(b) < 4096 {
		grown := make([]byte, len(b), 2*cap(b)+8192)
		copy(grown, b)
		b = grown
	}
	n, err := r.Read(b[len(b):cap(b)])
	return b[:len(b)+n], err
}

type headError string

func (e headError) Error() string { return string(e) }

const errHead = headError("response head is too large")

// head is one response head while it is being read.
type head struct {
	pos    int  // scanned so far
	start  int  // of the status line
	end    int  // behind the empty line
	bare   bool // no head at all: HTTP/0.9
	noLine bool // header lines, but no status line before them

	status int // 0: not HTTP
	http10 bool
	reason string
}

func (h *head) interim() bool { return h.status >= 100 && h.status < 200 && h.status != 101 }

// bodyless are the statuses that never have a body.
func (h *head) bodyless() bool { return h.status < 200 || h.status == 204 || h.status == 304 }

// scan reports whether raw holds the whole head, and a byte of the body where
// one is needed to tell a chunked body from one that only claims to be.
func (h *head) scan(raw []byte, eof bool) bool {
	if h.pos == 0 && !h.firstLine(raw, eof) {
		return false
	}
	if h.bare {
		return true
	}
	for h.end == 0 {
		i := bytes.IndexByte(raw[h.pos:], '\n')
		if i < 0 {
			return false
		}
		line := raw[h.pos : h.pos+i]
		h.pos += i + 1
		if len(line) == 0 || len(line) == 1 && line[0] == '\r' {
			h.end = h.pos
		}
	}
	return len(raw) > h.end || eof || h.bodyless() || !bytes.Contains(bytes.ToLower(raw[h.start:h.end]), []byte("chunked"))
}

// firstLine looks at how the response begins; false asks for more.
func (h *head) firstLine(raw []byte, eof bool) bool {
	start := 0
	for start < len(raw) && (raw[start] == '\r' || raw[start] == '\n') {
		start++ // left over from the response before
	}
	line := raw[start:]
	nl := bytes.IndexByte(line, '\n')
	if nl < 0 && len(line) < 512 && !eof {
		return false
	}
	if nl >= 0 {
		line = line[:nl+1]
	}
	h.start = start
	lower := strings.ToLower(string(line[:min(len(line), 512)]))
	switch {
	case nl >= 0 && (strings.HasPrefix(lower, "http") || strings.HasPrefix(lower, "icy ")) && h.statusLine(string(line)):
		h.pos = start + nl + 1
	case nl >= 0 && knownHeader(lower):
		h.noLine, h.status = true, 200
		h.pos = start + nl + 1
	case isText(line) && !strings.HasPrefix(lower, "http/"):
		h.bare, h.status = true, 200
		h.pos = len(raw)
	case nl < 0 && strings.HasPrefix(lower, "http") && len(line) < maxHeaderLine && !eof:
		return false
	default:
		// Not HTTP: let net/http say so.
		h.pos, h.end = len(raw), len(raw)
	}
	return true
}

// statusLine takes what has a three-digit number where the status should be.
func (h *head) statusLine(line string) bool {
	version, rest, ok := strings.Cut(strings.TrimRight(line, "\r\n"), " ")
	if !ok {
		return false
	}
	version = strings.ToLower(version)
	rest = strings.TrimLeft(rest, " \t")
	if i := strings.IndexByte(rest, ' '); i > 0 && rest[0] == '/' {
		// "HTTP /1.1 200 OK"
		version, rest = version+rest[:i], strings.TrimLeft(rest[i:], " ")
	}
	if len(rest) < 3 {
		return false
	}
	n, err := strconv.Atoi(rest[:3])
	if err != nil || n < 100 || len(rest) > 3 && '0' <= rest[3] && rest[3] <= '9' {
		return false
	}
	h.status = n
	h.reason = cleanValue(strings.TrimSpace(rest[3:]))
	h.http10 = strings.HasSuffix(version, "/1.0") || strings.HasSuffix(version, "/0.9") || version == "icy"
	return true
}

// knownHeader tells a head without a status line from text that happens to
// have a colon in its first line.
func knownHeader(lower string) bool {
	name, _, ok := strings.Cut(lower, ":")
	if !ok {
		return false
	}
	switch strings.TrimSpace(name) {
	case "content-type", "content-length", "content-encoding", "transfer-encoding", "server", "date", "connection",
		"cache-control", "set-cookie", "last-modified", "etag", "expires", "pragma", "location", "vary", "x-powered-by", "accept-ranges":
		return true
	}
	return false
}

// isText keeps the greetings of other services from being taken for pages.
func isText(line []byte) bool {
	s := string(line[:min(len(line), 256)])
	for _, greeting := range []string{"SSH-", "220 ", "220-", "+OK", "* OK", "RFB ", "-ERR", "@RSYNCD"} {
		if strings.HasPrefix(s, greeting) {
			return false
		}
	}
	for i := range len(s) {
		if c := s[i]; c < ' ' && c != '\t' && c != '\r' && c != '\n' && c != '\f' || c == 0x7f {
			return false
		}
	}
	return s != ""
}

func cleanValue(s string) string {
	for i := range len(s) {
		if s[i] < ' ' && s[i] != '\t' || s[i] == 0x7f {
			b := []byte(s)
			for j := i; j < len(b); j++ {
				if b[j] < ' ' && b[j] != '\t' || b[j] == 0x7f {
					b[j] = ' '
				}
			}
			return string(b)
		}
	}
	return s
}
