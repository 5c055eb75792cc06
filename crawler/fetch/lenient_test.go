package fetch

import (
	"bufio"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
)

// script is a connection that gives what it is told to, in pieces.
type script struct {
	net.Conn
	rest string
	step int
}

func (s *script) Write(b []byte) (int, error) { return len(b), nil }

func (s *script) Read(p []byte) (int, error) {
	if s.rest == "" {
		return 0, io.EOF
	}
	n := copy(p, s.rest[:min(len(s.rest), s.step)])
	s.rest = s.rest[n:]
	return n, nil
}

func readAll(t testing.TB, answer string, step, maxHead int) (string, error) {
	t.Helper()
	c := newLenient(&script{rest: answer, step: step}, &conn{}, maxHead)
	if _, err := c.Write([]byte("GET / HTTP/1.1\r\n\r\n")); err != nil {
		t.Fatal(err)
	}
	b, err := io.ReadAll(c)
	return string(b), err
}

// FuzzHead: however a response begins and however it comes in pieces, what is
// passed on is a head net/http accepts, or what the server sent.
func FuzzHead(f *testing.F) {
	f.Add("HTTP/1.1 200 OK\r\nA: b\r\n c\r\nContent-Length: 3\r\n\r\nabcd", 7)
	f.Add("HTTP/1.1 100 Continue\n\nHTTP/1.0 200\nTransfer-Encoding: gzip, chunked\n\n3\r\nabc\r\n0\r\n\r\n", 1)
	f.Add("Content-Type: text/html\r\n\r\n<html>", 3)
	f.Add("<html>", 2)
	f.Add("\r\nHTTP /1.1 304 x\r\nConnection: keep-alive\r\n\r\n", 512)
	f.Add("SSH-2.0-x\r\n", 100)
	f.Fuzz(func(t *testing.T, answer string, step int) {
		if step < 1 {
			step = 1
		}
		got, err := readAll(t, answer, step, 1<<20)
		whole, wholeErr := readAll(t, answer, len(answer)+1, 1<<20)
		if got != whole || (err == nil) != (wholeErr == nil) {
			t.Fatalf("in pieces of %d: %q, %v; at once: %q, %v", step, got, err, whole, wholeErr)
		}
		if err != nil || got == answer {
			return
		}
		resp, err := http.ReadResponse(bufio.NewReader(strings.NewReader(got)), nil)
		if err != nil {
			// A head that was cut off is passed on as it is, interim ones removed.
			if strings.HasSuffix(answer, got) {
				return
			}
			t.Fatalf("%q became %q: %v", answer, got, err)
		}
		_ = resp.Body.Close()
	})
}

func TestHeadLimit(t *testing.T) {
	long := "HTTP/1.1 200 OK\r\n" + strings.Repeat("A: b\r\n", 1000) + "\r\n"
	for _, step := range []int{100, 1 << 20} {
		if _, err := readAll(t, long, step, 5000); err == nil {
			t.Errorf("in pieces of %d: no error", step)
		}
		if _, err := readAll(t, long, step, 7000); err != nil {
			t.Errorf("in pieces of %d: %v", step, err)
		}
	}
}
