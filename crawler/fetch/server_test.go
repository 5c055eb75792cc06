package fetch

import (
	"bufio"
	"context"
	"errors"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"prescreen/crawler"
)

// quiet swallows what servers say about clients that hang up.
var quiet = log.New(io.Discard, "", 0)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// quick are limits that let tests of slow servers end soon.
var quick = Limits{
	Connect: 2 * time.Second, Header: 400 * time.Millisecond, Idle: 400 * time.Millisecond,
	RateWindow: 300 * time.Millisecond, MinRate: 100, Total: 5 * time.Second,
}

func newFetcher(t testing.TB, cfg Config) *Fetcher {
	t.Helper()
	if cfg.AllowAddresses == nil {
		cfg.AllowAddresses = []netip.Prefix{netip.MustParsePrefix("127.0.0.1/32"), netip.MustParsePrefix("::1/128")}
	}
	cfg.TempDir = t.TempDir()
	f, err := New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = f.Close() })
	return f
}

func get(t testing.TB, f *Fetcher, url string) (*crawler.Page, string, error) {
	t.Helper()
	return fetch(t, f, crawler.Request{Task: crawler.Task{URL: url}})
}

func fetch(t testing.TB, f *Fetcher, req crawler.Request) (*crawler.Page, string, error) {
	t.Helper()
	p, err := f.Fetch(context.Background(), req)
	if err != nil {
		if p != nil {
			t.Errorf("%s: a page beside the error %v", req.Task.URL, err)
		}
		return nil, "", err
	}
	if p.Body == nil {
		return p, "", nil
	}
	b, err := p.Body.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	if int64(len(b)) != p.Body.Size() {
		t.Errorf("%s: body of %d bytes says it has %d", req.Task.URL, len(b), p.Body.Size())
	}
	if err := p.Body.Close(); err != nil {
		t.Error(err)
	}
	return p, string(b), nil
}

func web(t testing.TB, h http.HandlerFunc) string {
	t.Helper()
	s := httptest.NewServer(h)
	t.Cleanup(s.Close)
	return s.URL
}

// rawServer answers each request on a connection with the next of the
// answers, byte for byte, and then closes it.
func rawServer(t testing.TB, serve func(c net.Conn, n int)) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	done := make(chan struct{})
	wg.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			wg.Go(func() {
				defer c.Close()
				stop := context.AfterFunc(t.Context(), func() { _ = c.Close() })
				defer stop()
				br := bufio.NewReader(c)
				for n := 0; ; n++ {
					if !readRequest(br) {
						return
					}
					serve(c, n)
					select {
					case <-done:
						return
					default:
					}
				}
			})
		}
	})
	t.Cleanup(func() {
		close(done)
		_ = l.Close()
		wg.Wait()
	})
	return "http://" + l.Addr().String() + "/"
}

func readRequest(br *bufio.Reader) bool {
	for {
		line, err := br.ReadString('\n')
		if err != nil {
			return false
		}
		if strings.TrimSpace(line) == "" {
			return true
		}
	}
}

// once sends one answer and closes the connection.
func once(answer string) func(net.Conn, int) {
	return func(c net.Conn, _ int) {
		_, _ = io.WriteString(c, answer)
		_ = c.Close()
	}
}

func wantClass(t *testing.T, name string, err error, want crawler.ErrorClass) {
	t.Helper()
	var fe *Error
	if !errors.As(err, &fe) || fe.Class != want || crawler.ClassOf(err) != want {
		t.Errorf("%s: error %v, want class %q", name, err, want)
	}
}
