package fetch

import (
	"fmt"
	"io"
	"net"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"prescreen/crawler"
)

const page = "<html><body>你好, world</body></html>"

func chunked(parts ...string) string {
	var b strings.Builder
	for _, p := range parts {
		fmt.Fprintf(&b, "%x\r\n%s\r\n", len(p), p)
	}
	return b.String()
}

// TestBadServers goes through what servers get wrong; most of the list is
// that of the Nutch project.
func TestBadServers(t *testing.T) {
	ok := "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n"
	zipped := string(compress(t, "gzip", page+strings.Repeat(" filler", 5000)))
	for _, tc := range []struct {
		name, answer string
		status       int // 0: an error is expected
		body         string
		truncated    string             // prefix of Page.Truncated
		class        crawler.ErrorClass // of the error
	}{
		{"plain", ok + "Content-Length: 39\r\n\r\n" + page, 200, page, "", ""},
		{"no length", ok + "\r\n" + page, 200, page, "", ""},
		{"bare line feeds", "HTTP/1.1 200 OK\nContent-Type: text/html\n\n" + page, 200, page, "", ""},
		{"blank lines first", "\r\n\r\n" + ok + "\r\n" + page, 200, page, "", ""},
		{"no head at all", page, 200, page, "", ""},
		{"no head, plain text", "This is a text containing non-ASCII characters: äöüß", 200, "This is a text containing non-ASCII characters: äöüß", "", ""},
		{"headers without status line", "Content-Type: text/html\r\nServer: x\r\n\r\n" + page, 200, page, "", ""},
		{"no reason", "HTTP/1.1 404\r\nContent-Length: 3\r\n\r\nabc", 404, "abc", "", ""},
		{"lower-case protocol", "http/1.0 200 ok\r\n\r\n" + page, 200, page, "", ""},
		{"space in protocol", "HTTP /1.1 200 OK\r\n\r\n" + page, 200, page, "", ""},
		{"other protocol", "ICY 200 OK\r\n\r\n" + page, 200, page, "", ""},
		{"reason glued to status", "HTTP/1.1 200OK\r\n\r\n" + page, 200, page, "", ""},
		{"colon behind the status", "HTTP/1.1 200: OK\r\n\r\n" + page, 200, page, "", ""},
		{"header of almost the right name", ok + "Client-Transfer-Encoding: chunked\r\n\r\n" + page, 200, page, "", ""},
		{"redirect with a broken body", "HTTP/1.1 302 Found\r\nLocation: http://example.com/\r\nTransfer-Encoding: chunked\r\n\r\nNot a valid chunk.", 302, "", "", ""},
		{"redirect with no body to come", "HTTP/1.1 302 Found\r\nLocation: http://example.com/\r\nContent-Length: 9\r\n\r\n", 302, "", "", ""},
		{"status with control characters", "HTTP/1.1 200 O\x01K\r\n\r\n" + page, 200, page, "", ""},
		{"header without colon", ok + "this line is broken\r\nX-A: b\r\n\r\n" + page, 200, page, "", ""},
		{"header name with spaces", ok + "X Y: z\r\nContent-Length : 3\r\n\r\nabc", 200, "abc", "", ""},
		{"header value with control characters", ok + "X-A: a\x00b\x01\r\n\r\n" + page, 200, page, "", ""},
		{"folded headers", ok + "Set-Cookie: UserID=JohnDoe;\r\n  Max-Age=3600;\r\n\tVersion=1\r\n\r\n" + page, 200, page, "", ""},
		{"folded first line", "HTTP/1.1 200 OK\r\n folded\r\n\r\n" + page, 200, page, "", ""},
		{"interim responses", "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n" + ok + "\r\n" + page, 200, page, "", ""},
		{"length is no number", ok + "Content-Length: thisIsNotANumber\r\n\r\n" + page, 200, page, "", ""},
		{"length is negative", ok + "Content-Length: -1\r\n\r\n" + page, 200, page, "", ""},
		{"length is empty", ok + "Content-Length:\r\n\r\n" + page, 200, page, "", ""},
		{"length overflows", ok + "Content-Length: 99999999999999999999999\r\n\r\n" + page, 200, page, "", ""},
		{"two lengths", ok + "Content-Length: 5\r\nContent-Length: 38\r\n\r\n" + page, 200, page, "", ""},
		{"the same length twice", ok + "Content-Length: 39\r\nContent-Length: 39, 39\r\n\r\n" + page, 200, page, "", ""},
		{"length too small", ok + "Content-Length: 12\r\n\r\n" + page, 200, page[:12], "", ""},
		{"length too large", ok + "Content-Length: 99\r\n\r\n" + page, 200, page, crawler.TruncatedNetwork, ""},
		{"length and no body", ok + "Content-Length: 99\r\n\r\n", 0, "", "", crawler.ErrorProtocol},
		{"length and chunks", ok + "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n" + chunked(page) + "0\r\n\r\n", 200, page, "", ""},
		{"chunks", ok + "Transfer-Encoding: chunked\r\n\r\n" + chunked(page[:9], page[9:]) + "0\r\n\r\n", 200, page, "", ""},
		{"chunks that are none", ok + "Transfer-Encoding: chunked\r\n\r\n" + page, 200, page, "", ""},
		{"chunks cut in a chunk", ok + "Transfer-Encoding: chunked\r\n\r\n" + chunked(page) + "ff\r\nabc", 200, page + "abc", crawler.TruncatedNetwork, ""},
		{"chunks without an end", ok + "Transfer-Encoding: chunked\r\n\r\n" + chunked(page), 200, page, crawler.TruncatedNetwork, ""},
		{"chunk size is no number", ok + "Transfer-Encoding: chunked\r\n\r\n" + chunked(page) + "zz\r\nabc\r\n0\r\n\r\n", 200, page, crawler.TruncatedNetwork, ""},
		{"unknown transfer coding", ok + "Transfer-Encoding: identity\r\n\r\n" + page, 200, page, "", ""},
		{"gzip as transfer coding", ok + "Transfer-Encoding: gzip, chunked\r\n\r\n" + chunked(string(compress(t, "gzip", page))) + "0\r\n\r\n", 200, page, "", ""},
		{"gzip that is none", ok + "Content-Encoding: gzip\r\n\r\n" + page, 200, page, "", ""},
		{"deflate that is none", ok + "Content-Encoding: deflate\r\n\r\n" + page, 200, page, "", ""},
		{"br that is none", ok + "Content-Encoding: br\r\n\r\n" + page, 200, page, "", ""},
		{"zstd that is none", ok + "Content-Encoding: zstd\r\n\r\n" + page, 200, page, "", ""},
		{"nonsense coding", ok + "Content-Encoding: UTF-8\r\n\r\n" + page, 200, page, "", ""},
		{"unknown coding", ok + "Content-Encoding: compress\r\n\r\n" + page, 200, page, crawler.TruncatedCoding, ""},
		{"gzip with garbage behind it", ok + "Content-Encoding: gzip\r\n\r\n" + string(compress(t, "gzip", page)) + "garbage", 200, page, "", ""},
		{"gzip of two members", ok + "Content-Encoding: gzip\r\n\r\n" + string(compress(t, "gzip", page)) + string(compress(t, "gzip", "more")), 200, page + "more", "", ""},
		{"gzip cut, no length", ok + "Content-Encoding: gzip\r\n\r\n" + zipped[:len(zipped)-9], 200, "*", crawler.TruncatedNetwork, ""},
		{"gzip cut, right length", ok + fmt.Sprintf("Content-Encoding: gzip\r\nContent-Length: %d\r\n\r\n", len(zipped)-9) + zipped[:len(zipped)-9], 200, "*", crawler.TruncatedCoding, ""},
		{"gzip cut, length too large", ok + fmt.Sprintf("Content-Encoding: gzip\r\nContent-Length: %d\r\n\r\n", len(zipped)) + zipped[:len(zipped)-9], 200, "*", crawler.TruncatedNetwork, ""},
		{"gzip with a wrong checksum", ok + "Content-Encoding: gzip\r\n\r\n" + zipped[:len(zipped)-8] + "12345678", 200, "*", crawler.TruncatedCoding, ""},
		{"a cookie of 1 MB", ok + "Set-Cookie: a=" + strings.Repeat("x", 1<<20) + "\r\nX-A: b\r\n\r\n" + page, 200, page, "", ""},
		{"a thousand cookies", ok + strings.Repeat("Set-Cookie: a=b\r\n", 1000) + "\r\n" + page, 200, page, "", ""},
		{"ten thousand headers", ok + strings.Repeat("X-A: b\r\n", 10000) + "\r\n" + page, 200, page, "", ""},
		{"a head of 5 MB", ok + strings.Repeat("X-A: "+strings.Repeat("b", 1000)+"\r\n", 5000) + "\r\n" + page, 0, "", "", crawler.ErrorProtocol},
		{"no content", "HTTP/1.1 204 No Content\r\nTransfer-Encoding: chunked\r\n\r\n", 204, "", "", ""},
		{"nothing", "", 0, "", "", crawler.ErrorProtocol},
		{"only a status line", "HTTP/1.1 200 OK\r\n", 0, "", "", crawler.ErrorProtocol},
		{"status is no number", "HTTP/1.1 OK\r\n\r\nx", 0, "", "", crawler.ErrorProtocol},
		{"another service", "SSH-2.0-OpenSSH_9.2\r\n", 0, "", "", crawler.ErrorProtocol},
		{"a TLS alert", "\x15\x03\x01\x00\x02\x02\x50", 0, "", "", crawler.ErrorProtocol},
	} {
		t.Run(tc.name, func(t *testing.T) {
			f := newFetcher(t, Config{Limits: quick})
			p, body, err := get(t, f, rawServer(t, once(tc.answer)))
			if tc.status == 0 {
				wantClass(t, tc.name, err, tc.class)
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if tc.body == "*" {
				// What a decoder gives before the damage is its own affair.
				if !strings.HasPrefix(body, page) {
					t.Errorf("body begins with %.60q", body)
				}
			} else if body != tc.body {
				t.Errorf("body %.200q, want %.200q", body, tc.body)
			}
			if p.Status != tc.status || !strings.HasPrefix(p.Truncated, tc.truncated) || (p.Truncated == "") != (tc.truncated == "") {
				t.Errorf("status %d, truncated %q; want %d, %q", p.Status, p.Truncated, tc.status, tc.truncated)
			}
			if p.Truncated != "" && p.Validators != (crawler.Validators{}) {
				t.Error("half a page has validators")
			}
		})
	}
}

// TestSlowServers: each must end by its own limit, long before the total one.
func TestSlowServers(t *testing.T) {
	drip := func(head, body string, every time.Duration) func(net.Conn, int) {
		return func(c net.Conn, _ int) {
			_, _ = io.WriteString(c, head)
			for i := range len(body) {
				time.Sleep(every)
				if _, err := c.Write([]byte{body[i]}); err != nil {
					return
				}
			}
		}
	}
	hang := func(answer string) func(net.Conn, int) {
		return func(c net.Conn, _ int) {
			_, _ = io.WriteString(c, answer)
			_, _ = c.Read(make([]byte, 1))
		}
	}
	ok := "HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n"
	for _, tc := range []struct {
		name      string
		serve     func(net.Conn, int)
		truncated string // empty: an error of class timeout
	}{
		{"says nothing", hang(""), ""},
		{"hangs in the head", hang("HTTP/1.1 200 OK\r\nX-"), ""},
		{"hangs after the head", hang(ok), ""},
		{"hangs after the head, chunked", hang("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"), ""},
		{"hangs in the body", hang(ok + "abc"), crawler.TruncatedIdle},
		{"hangs in a chunk", hang("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nff\r\nabc"), crawler.TruncatedIdle},
		{"hangs in gzip", hang("HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 60000\r\n\r\n" + string(compress(t, "gzip", noise(50000)))[:40000]), crawler.TruncatedIdle},
		{"drips the body", drip(ok, strings.Repeat("x", 1000), 20*time.Millisecond), crawler.TruncatedIdle},
		{"drips the head", drip("", ok, 40*time.Millisecond), ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			f := newFetcher(t, Config{Limits: quick})
			start := time.Now()
			p, _, err := get(t, f, rawServer(t, tc.serve))
			if took := time.Since(start); took > 30*time.Second { // a guard against hanging, not a figure
				t.Errorf("took %v", took)
			}
			if tc.truncated == "" {
				wantClass(t, tc.name, err, crawler.ErrorTimeout)
			} else if err != nil || !strings.HasPrefix(p.Truncated, tc.truncated) {
				t.Errorf("page %+v, error %v", p, err)
			}
		})
	}
}

// TestKeepAlive: what is rewritten must not break the next response.
func TestKeepAlive(t *testing.T) {
	conns := 0
	f := newFetcher(t, Config{Limits: quick})
	url := rawServer(t, func(c net.Conn, n int) {
		if n == 0 {
			conns++
		}
		body := fmt.Sprintf("answer %d", n)
		switch n % 3 {
		case 0:
			fmt.Fprintf(c, "HTTP/1.1 200 OK\r\nbroken\r\nContent-Length: %d\r\n\r\n%s", len(body), body)
		case 1:
			fmt.Fprintf(c, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n%x\r\n%s\r\n0\r\n\r\n", len(body), body)
		default:
			fmt.Fprintf(c, "\r\nHTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: %d\r\n\r\n%s", len(body), body)
		}
	})
	for i := range 9 {
		if _, body, err := get(t, f, url); err != nil || body != fmt.Sprintf("answer %d", i) {
			t.Fatalf("request %d: %q, %v", i, body, err)
		}
	}
	if conns != 1 {
		t.Errorf("%d connections for 9 requests", conns)
	}
}

// TestSurplus: bytes beyond the announced length belong to no later response.
func TestSurplus(t *testing.T) {
	f := newFetcher(t, Config{Limits: quick})
	url := rawServer(t, func(c net.Conn, n int) {
		_, _ = io.WriteString(c, "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nfirstHTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nforged")
	})
	for range 3 {
		if _, body, err := get(t, f, url); err != nil || body != "first" {
			t.Fatalf("%q, %v", body, err)
		}
	}
}

// TestNoSilentRetry: a request that the server took and did not answer is the
// caller's to repeat, when politeness allows.
func TestNoSilentRetry(t *testing.T) {
	var requests atomic.Int32
	f := newFetcher(t, Config{Limits: quick})
	url := rawServer(t, func(c net.Conn, n int) {
		requests.Add(1)
		if n == 0 {
			_, _ = io.WriteString(c, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
			return
		}
		_ = c.Close()
	})
	if _, _, err := get(t, f, url); err != nil {
		t.Fatal(err)
	}
	_, _, err := get(t, f, url)
	wantClass(t, "second request", err, crawler.ErrorProtocol)
	if n := requests.Load(); n != 2 {
		t.Errorf("the server saw %d requests, want 2", n)
	}
}
