package server_test

import (
	"bytes"
	"mime/multipart"
	"net/http"
	"strings"
	"testing"

	"prescreen/internal/accounts"
	"prescreen/internal/checks"
	"prescreen/internal/pipeline"
	"prescreen/scanner"
)

const leak = "机密★1年\n关于召开会议的通知"

func TestCheckText(t *testing.T) {
	e := newEnv(t, nil)
	token := e.token(e.user(accounts.Editor))
	a := e.call(token, "POST", "/api/v1/checks/text", map[string]string{"id": "doc-7", "text": leak, "url": "https://www.example.gov.cn/n.html"})
	var res pipeline.Result
	a.json(t, &res)
	if a.StatusCode != 200 || res.ID != "doc-7" || res.Verdict != scanner.VerdictBlock || len(res.Findings) == 0 || res.Findings[0].Rule != "secrecy.mark.star" {
		t.Errorf("%d %.400s", a.StatusCode, a.body)
	}
	a = e.call(token, "POST", "/api/v1/checks/html", map[string]string{"html": "<p>春季植树</p>"})
	a.json(t, &res)
	if res.Verdict != scanner.VerdictPass || !strings.Contains(a.body, `"findings":[]`) {
		t.Errorf("%.400s", a.body)
	}
	// Without an idempotency key nothing is kept.
	if a := e.call(token, "GET", "/api/v1/checks", nil); !strings.Contains(a.body, `"checks":[]`) {
		t.Errorf("%.400s", a.body)
	}
}

// TestProblems: errors are problem+json and give nothing back of what was
// sent.
func TestProblems(t *testing.T) {
	e := newEnv(t, nil)
	token := e.token(e.user(accounts.Editor))
	const secret = "绝密的内容"
	for name, c := range map[string]struct {
		method, path, body string
		status             int
	}{
		"not JSON":       {"POST", "/api/v1/checks/text", `{"text": "` + secret, 400},
		"empty":          {"POST", "/api/v1/checks/text", `{}`, 422},
		"wrong type":     {"POST", "/api/v1/checks/text", `{"text": ["` + secret + `"]}`, 422},
		"unknown":        {"POST", "/api/v1/checks/text", `{"text": "x", "more": "` + secret + `"}`, 422},
		"other host":     {"POST", "/api/v1/checks/url", `{"url": "https://elsewhere.example/"}`, 422},
		"no callback":    {"POST", "/api/v1/checks/url", `{"url": "https://www.example.gov.cn/", "callback": "nobody"}`, 422},
		"no check":       {"GET", "/api/v1/checks/none", "", 404},
		"no route":       {"GET", "/api/v1/nothing", "", 404},
		"other method":   {"DELETE", "/api/v1/checks/text", "", 405},
		"batch too long": {"POST", "/api/v1/checks/batch", `{"items": [` + strings.Repeat(`{"text":"x"},`, 200) + `{"text":"x"}]}`, 422},
		"too big":        {"POST", "/api/v1/checks/text", `{"text": "` + strings.Repeat("x", 9<<20) + `"}`, 413},
	} {
		a := e.call(token, c.method, c.path, c.body)
		var p struct {
			Title  string
			Status int
		}
		if kind := a.Header.Get("Content-Type"); a.StatusCode != c.status || kind != "application/problem+json" {
			t.Errorf("%s: %d %s %.300s", name, a.StatusCode, kind, a.body)
			continue
		}
		if a.json(t, &p); p.Status != c.status || p.Title == "" || strings.Contains(a.body, secret) {
			t.Errorf("%s: %.300s", name, a.body)
		}
		if a.Header.Get("X-Request-Id") == "" || a.Header.Get("Cache-Control") != "no-store" {
			t.Errorf("%s: headers %v", name, a.Header)
		}
	}
}

func form(t *testing.T, files map[string]string, fields map[string]string) (body []byte, kind string) {
	t.Helper()
	var b bytes.Buffer
	w := multipart.NewWriter(&b)
	for k, v := range fields {
		if err := w.WriteField(k, v); err != nil {
			t.Fatal(err)
		}
	}
	for name, data := range files {
		p, err := w.CreateFormFile("file", name)
		if err == nil {
			_, err = p.Write([]byte(data))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes(), w.FormDataContentType()
}

func TestCheckFile(t *testing.T) {
	e := newEnv(t, nil)
	token := e.token(e.user(accounts.Editor))
	body, kind := form(t, map[string]string{`..\..\etc/名单.csv`: "姓名,身份证号\n张三丰,110101199003070011\n"}, nil)
	a := e.call(token, "POST", "/api/v1/checks/file", body, "Content-Type", kind)
	var rec checks.Record
	a.json(t, &rec)
	if a.StatusCode != 200 || rec.State != checks.Done || rec.Label != "名单.csv" || rec.Result == nil || len(rec.Result.Findings) == 0 {
		t.Fatalf("%d %.500s", a.StatusCode, a.body)
	}
	if strings.Contains(a.body, "110101199003070011") {
		t.Error("the answer shows the number")
	}
	again := e.call(token, "GET", "/api/v1/checks/"+rec.ID, nil)
	if again.StatusCode != 200 || !strings.Contains(again.body, rec.Result.Findings[0].Rule) {
		t.Errorf("%d %.300s", again.StatusCode, again.body)
	}
	// The bytes alone.
	a = e.call(token, "POST", "/api/v1/checks/file?filename=a.txt", []byte(leak))
	a.json(t, &rec)
	if a.StatusCode != 200 || rec.Verdict != "block" {
		t.Errorf("%d %.500s", a.StatusCode, a.body)
	}
	for name, files := range map[string]map[string]string{"none": {}, "two": {"a.txt": "a", "b.txt": "b"}} {
		body, kind := form(t, files, nil)
		if a := e.call(token, "POST", "/api/v1/checks/file", body, "Content-Type", kind); a.StatusCode != 422 {
			t.Errorf("%s: %d %.300s", name, a.StatusCode, a.body)
		}
	}
	// Own checks only.
	other := e.token(e.user(accounts.Officer))
	if a := e.call(other, "GET", "/api/v1/checks/"+rec.ID, nil); a.StatusCode != 404 {
		t.Errorf("somebody else's check: %d", a.StatusCode)
	}
}

func TestIdempotency(t *testing.T) {
	e := newEnv(t, nil)
	token := e.token(e.user(accounts.Editor))
	body := map[string]string{"text": leak}
	first := e.call(token, "POST", "/api/v1/checks/text", body, "Idempotency-Key", "k1")
	second := e.call(token, "POST", "/api/v1/checks/text", body, "Idempotency-Key", "k1")
	if first.StatusCode != 200 || first.body != second.body {
		t.Errorf("%d %.200s\n%d %.200s", first.StatusCode, first.body, second.StatusCode, second.body)
	}
	if a := e.call(token, "POST", "/api/v1/checks/text", map[string]string{"text": "x"}, "Idempotency-Key", "k1"); a.StatusCode != 422 {
		t.Errorf("another request with the key: %d %.200s", a.StatusCode, a.body)
	}
	other := e.token(e.user(accounts.Officer))
	if a := e.call(other, "POST", "/api/v1/checks/text", map[string]string{"text": "x"}, "Idempotency-Key", "k1"); a.StatusCode != 200 {
		t.Errorf("the key of somebody else: %d %.200s", a.StatusCode, a.body)
	}
	list := e.call(token, "GET", "/api/v1/checks", nil)
	if n := strings.Count(list.body, `"state":"done"`); n != 1 {
		t.Errorf("%d checks are recorded: %.300s", n, list.body)
	}
}

// TestSlowCheck: an answer that takes too long becomes a job.
func TestSlowCheck(t *testing.T) {
	e := newEnv(t, nil)
	e.check.gate = make(chan struct{})
	token := e.token(e.user(accounts.Editor))
	a := e.call(token, "POST", "/api/v1/checks/url", map[string]string{"url": "https://www.example.gov.cn/a.html"}, "Prefer", "wait=0", "Idempotency-Key", "u1")
	where := a.Header.Get("Location")
	if a.StatusCode != http.StatusAccepted || !strings.HasPrefix(where, "/api/v1/checks/") || a.Header.Get("Retry-After") == "" {
		t.Fatalf("%d %v %.300s", a.StatusCode, a.Header, a.body)
	}
	if p := e.call(token, "GET", where, nil); p.StatusCode != http.StatusAccepted || !strings.Contains(p.body, `"state":"running"`) {
		t.Errorf("%d %.300s", p.StatusCode, p.body)
	}
	// The same again is the same job.
	b := e.call(token, "POST", "/api/v1/checks/url", map[string]string{"url": "https://www.example.gov.cn/a.html"}, "Prefer", "wait=0", "Idempotency-Key", "u1")
	if b.Header.Get("Location") != where || b.Header.Get("Idempotent-Replayed") != "true" {
		t.Errorf("%d %v", b.StatusCode, b.Header)
	}
	close(e.check.gate)
	c := e.call(token, "POST", "/api/v1/checks/url", map[string]string{"url": "https://www.example.gov.cn/a.html"}, "Idempotency-Key", "u1")
	var rec checks.Record
	if c.json(t, &rec); c.StatusCode != 200 || rec.Verdict != "block" {
		t.Errorf("%d %.300s", c.StatusCode, c.body)
	}
	if p := e.call(token, "GET", where, nil); p.StatusCode != 200 || !strings.Contains(p.body, "secrecy.mark.star") {
		t.Errorf("%d %.300s", p.StatusCode, p.body)
	}
}

func TestBatch(t *testing.T) {
	e := newEnv(t, nil)
	token := e.token(e.user(accounts.Editor))
	a := e.call(token, "POST", "/api/v1/checks/batch", `{"items": [{"id":"a","text":"机密★1年"},{"text":"春季植树"},{"base64":"!"},{},{"id":"u","url":"https://www.example.gov.cn/"},{"url":"http://127.0.0.1/"}]}`)
	var out struct{ Results []pipeline.Result }
	a.json(t, &out)
	want := []scanner.Verdict{"block", "pass", "incomplete", "incomplete", "block", "incomplete"}
	if len(out.Results) != len(want) {
		t.Fatalf("%d %.500s", a.StatusCode, a.body)
	}
	for i, v := range want {
		if out.Results[i].Verdict != v {
			t.Errorf("item %d: %s, want %s: %+v", i+1, out.Results[i].Verdict, v, out.Results[i].Errors)
		}
	}
}

func TestRulesAPI(t *testing.T) {
	e := newEnv(t, nil)
	token := e.token(e.user(accounts.Editor))
	a := e.call(token, "GET", "/api/v1/rules?q=star", nil)
	if a.StatusCode != 200 || !strings.Contains(a.body, "secrecy.mark.star") || a.Header.Get("ETag") == "" {
		t.Errorf("%d %.300s", a.StatusCode, a.body)
	}
	if b := e.call(token, "GET", "/api/v1/rules?q=star", nil, "If-None-Match", a.Header.Get("ETag")); b.StatusCode != 304 || b.body != "" {
		t.Errorf("%d %.300s", b.StatusCode, b.body)
	}
	if a := e.call(token, "GET", "/api/v1/rules/secrecy.mark.star", nil); a.StatusCode != 200 || !strings.Contains(a.body, "hit") {
		t.Errorf("%d %.300s", a.StatusCode, a.body)
	}
	if a := e.call(token, "GET", "/api/v1/rules/no.such", nil); a.StatusCode != 404 {
		t.Errorf("%d %.300s", a.StatusCode, a.body)
	}
	if a := e.call(token, "POST", "/api/v1/rules/try", map[string]string{"text": "国家秘密标志形式为“密级★保密期限”", "rule": "secrecy.mark.star"}); a.StatusCode != 200 || !strings.Contains(a.body, `"findings":[]`) {
		t.Errorf("%d %.500s", a.StatusCode, a.body)
	}
}
