package portal

import (
	"bytes"
	"compress/gzip"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"
)

func TestRedirects(t *testing.T) {
	p, c := started(t, Config{})
	for path, want := range map[string]struct {
		status   int
		location string
	}{
		pathMoved:   {http.StatusMovedPermanently, "/"},
		pathRenamed: {http.StatusFound, renamedTo},
		pathAway:    {http.StatusFound, OutsideURL},
		pathLoopA:   {http.StatusFound, pathLoopB},
		pathLoopB:   {http.StatusFound, pathLoopA},
	} {
		resp, _, err := get(t, c, p.Base(Main)+path)
		if err != nil || resp.StatusCode != want.status || resp.Header.Get("Location") != want.location {
			t.Errorf("%s: status %d to %q (error %v), want %d to %q", path, resp.StatusCode, resp.Header.Get("Location"), err, want.status, want.location)
		}
	}
}

func TestMissingPages(t *testing.T) {
	p, c := started(t, Config{})
	resp, body, err := get(t, c, p.Base(Main)+"/zwgk/tzgg/t20240101_001.html")
	if err != nil || resp.StatusCode != http.StatusNotFound || !strings.Contains(string(body), "页面未找到") {
		t.Errorf("dead link: status %d, error %v", resp.StatusCode, err)
	}
	resp, body, err = get(t, c, p.Base(Main)+pathSoft404)
	if err != nil || resp.StatusCode != http.StatusOK || !strings.Contains(string(body), "页面不存在") {
		t.Errorf("soft 404: status %d, error %v", resp.StatusCode, err)
	}
	resp, _, err = get(t, c, p.Base(Edu)+pathRobots)
	if err != nil || resp.StatusCode != http.StatusNotFound {
		t.Errorf("robots.txt of the education site: status %d, want 404", resp.StatusCode)
	}
}

func TestUnavailableOnceThenBack(t *testing.T) {
	p, c := started(t, Config{})
	resp, _, _ := get(t, c, p.Base(Main)+pathRecovers)
	if resp.StatusCode != http.StatusServiceUnavailable || resp.Header.Get("Retry-After") != "1" {
		t.Errorf("first: status %d, Retry-After %q", resp.StatusCode, resp.Header.Get("Retry-After"))
	}
	for range 2 {
		resp, body, err := get(t, c, p.Base(Main)+pathRecovers)
		if err != nil || resp.StatusCode != http.StatusOK || !strings.Contains(string(body), "平台当前运行正常") {
			t.Errorf("later: status %d, error %v", resp.StatusCode, err)
		}
	}
}

func TestSlowPage(t *testing.T) {
	const delay = 120 * time.Millisecond
	p, c := started(t, Config{Slow: delay})
	start := time.Now()
	resp, _, err := get(t, c, p.Base(Main)+pathSlow)
	if took := time.Since(start); err != nil || resp.StatusCode != http.StatusOK || took < delay {
		t.Errorf("status %d after %v, error %v", resp.StatusCode, took, err)
	}
}

func TestTruncatedResponse(t *testing.T) {
	p, c := started(t, Config{})
	resp, body, err := get(t, c, p.Base(Main)+pathTruncated)
	if !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("error %v, want an unexpected end", err)
	}
	if int64(len(body)) >= resp.ContentLength || len(body) == 0 {
		t.Errorf("%d of %d bytes came", len(body), resp.ContentLength)
	}
}

func TestGzipBomb(t *testing.T) {
	p, c := started(t, Config{})
	resp, body, err := get(t, c, p.Base(Main)+pathBomb)
	if err != nil {
		t.Fatal(err)
	}
	if resp.Header.Get("Content-Encoding") != "gzip" || len(body) > 256<<10 {
		t.Errorf("encoding %q, %d bytes", resp.Header.Get("Content-Encoding"), len(body))
	}
	r, err := gzip.NewReader(bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	n, err := io.Copy(io.Discard, r)
	if err != nil || n < 2*MaxPageBytes {
		t.Errorf("unpacks to %d bytes, error %v; the limit is %d", n, err, MaxPageBytes)
	}
}

func TestOversizedFile(t *testing.T) {
	p, c := started(t, Config{})
	resp, body, err := get(t, c, p.Base(Main)+pathOversized)
	if err != nil || len(body) != oversizedSize || resp.ContentLength != oversizedSize {
		t.Errorf("%d bytes, length %d, error %v", len(body), resp.ContentLength, err)
	}
	if oversizedSize <= MaxAttachmentBytes {
		t.Errorf("%d bytes are within the limit of %d", oversizedSize, MaxAttachmentBytes)
	}
}

func TestCalendarNeverEnds(t *testing.T) {
	p, c := started(t, Config{})
	url := p.Base(Main) + pathCalendar + "?ym=2026-11"
	seen := map[string]bool{}
	for range 60 {
		if seen[url] {
			t.Fatalf("%q comes again", url)
		}
		seen[url] = true
		_, body, err := get(t, c, url)
		if err != nil {
			t.Fatal(err)
		}
		_, rest, ok := strings.Cut(string(body), "上一月</a>")
		if !ok {
			t.Fatalf("%q has no month before", url)
		}
		_, rest, _ = strings.Cut(rest, `href="`)
		next, _, ok := strings.Cut(rest, `"`)
		if !ok {
			t.Fatalf("%q has no next month", url)
		}
		url = p.Base(Main) + next
	}
	if !seen[p.Base(Main)+pathCalendar+"?ym=2031-10"] {
		t.Error("the months do not follow each other")
	}
}

func TestSessionsLeadToOnePage(t *testing.T) {
	p, c := started(t, Config{})
	_, plain, err := get(t, c, p.Base(Main)+"/bsfw/jindu.html")
	if err != nil {
		t.Fatal(err)
	}
	_, session, err := get(t, c, p.Base(Main)+"/bsfw/jindu.html;jsessionid=0A9B8C7D6E5F4A3B2C1D")
	if err != nil || !bytes.Equal(plain, session) {
		t.Errorf("the page with a session id differs (error %v)", err)
	}
}

func TestSearchEscapesWhatItRepeats(t *testing.T) {
	p, c := started(t, Config{})
	_, body, err := get(t, c, p.Base(Main)+pathSearch+"?q=%3Cscript%3Ealert(1)%3C%2Fscript%3E")
	if err != nil || strings.Contains(string(body), "<script>") || !strings.Contains(string(body), "没有找到") {
		t.Errorf("search result:\n%s\nerror %v", body, err)
	}
}
