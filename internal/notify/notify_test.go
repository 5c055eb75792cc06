package notify

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/goleak"

	"prescreen/internal/lang"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// now is the moment at which the signatures below were computed, with another
// implementation than this package uses.
func now() time.Time { return time.UnixMilli(1772668800123).In(time.FixedZone("CST", 8*3600)) }

func sampleMessage(kind Kind) Message {
	return Message{
		Kind: kind, Time: now(), Organisation: "云岭县保密办", Sites: []string{"县政府门户", "县教育局"}, Run: "20260305-080000-ab", Verdict: "建议阻断",
		Critical: 3, High: 12, Medium: 4, Low: 1, New: 5, Resolved: 2, NotChecked: 7, Overdue: 6, Clocks: 1,
		Link: "https://prescreen.example.gov.cn/runs/20260305-080000-ab", Lang: lang.Chinese,
	}
}

// receiver records requests and answers as told.
type receiver struct {
	*httptest.Server
	mu       sync.Mutex
	requests []*http.Request
	bodies   []string
}

func newReceiver(t *testing.T, answer func(n int, w http.ResponseWriter)) *receiver {
	r := &receiver{}
	r.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		body, _ := io.ReadAll(req.Body)
		r.mu.Lock()
		r.requests, r.bodies = append(r.requests, req), append(r.bodies, string(body))
		n := len(r.requests)
		r.mu.Unlock()
		answer(n, w)
	}))
	t.Cleanup(func() {
		r.Close()
		http.DefaultTransport.(*http.Transport).CloseIdleConnections()
	})
	return r
}

func says(s string) func(int, http.ResponseWriter) {
	return func(_ int, w http.ResponseWriter) { io.WriteString(w, s) }
}

func TestWeCom(t *testing.T) {
	r := newReceiver(t, says(`{"errcode":0,"errmsg":"ok"}`))
	if err := NewWeCom(RobotConfig{URL: r.URL + "/cgi-bin/webhook/send?key=K", Now: now}).Send(t.Context(), sampleMessage(RunEnd)); err != nil {
		t.Fatal(err)
	}
	var body struct {
		Type     string `json:"msgtype"`
		Markdown struct{ Content string }
	}
	if err := json.Unmarshal([]byte(r.bodies[0]), &body); err != nil || body.Type != "markdown" {
		t.Fatalf("%v: %s", err, r.bodies[0])
	}
	for _, want := range []string{"疑似问题 20 个", "严重 3，高 12，中 4，低 1", "县政府门户、县教育局", "[查看](https://prescreen.example.gov.cn/runs/20260305-080000-ab)"} {
		if !strings.Contains(body.Markdown.Content, want) {
			t.Errorf("%q is missing in %s", want, body.Markdown.Content)
		}
	}
	if len(body.Markdown.Content) > 4096 { // the vendor's limit in bytes
		t.Errorf("%d bytes", len(body.Markdown.Content))
	}
}

func TestDingTalkSignature(t *testing.T) {
	r := newReceiver(t, says(`{"errcode":0,"errmsg":"ok"}`))
	err := NewDingTalk(RobotConfig{URL: r.URL + "/robot/send?access_token=T", Secret: "SECfixture-0123456789", Now: now}).Send(t.Context(), sampleMessage(Overdue))
	if err != nil {
		t.Fatal(err)
	}
	q := r.requests[0].URL.Query()
	if q.Get("access_token") != "T" || q.Get("timestamp") != "1772668800123" || q.Get("sign") != "GdnA4p7dJaUYmzJITXOrkD6jh9Y70SjXbOha3AsdQsA=" {
		t.Errorf("query %v", q)
	}
	if !strings.Contains(r.bodies[0], "逾期未整改问题 6 个") {
		t.Errorf("body %s", r.bodies[0])
	}
}

func TestFeishuSignature(t *testing.T) {
	r := newReceiver(t, says(`{"code":0,"msg":"success","data":{}}`))
	if err := NewFeishu(RobotConfig{URL: r.URL + "/open-apis/bot/v2/hook/x", Secret: "feishu-fixture-secret", Now: now}).Send(t.Context(), sampleMessage(Critical)); err != nil {
		t.Fatal(err)
	}
	var body struct {
		Timestamp, Sign string
		Type            string `json:"msg_type"`
		Content         struct {
			Post struct {
				ZH struct {
					Title   string
					Content [][]map[string]string
				} `json:"zh_cn"`
			}
		}
	}
	if err := json.Unmarshal([]byte(r.bodies[0]), &body); err != nil {
		t.Fatal(err)
	}
	if body.Timestamp != "1772668800" || body.Sign != "1RyqmMIDm892nVHW9Wm6+F0NYFgUCMgOkV3hF86BipQ=" || body.Type != "post" {
		t.Errorf("%+v", body)
	}
	lines := body.Content.Post.ZH.Content
	if last := lines[len(lines)-1][0]; last["tag"] != "a" || last["href"] == "" || !strings.Contains(body.Content.Post.ZH.Title, "严重疑似问题 3 个") {
		t.Errorf("%+v", body.Content)
	}
}

// hmacByHand is RFC 2104 written out, for keys shorter than a block.
func hmacByHand(key, text string) string {
	var ipad, opad [64]byte
	copy(ipad[:], key)
	copy(opad[:], key)
	for i := range ipad {
		ipad[i] ^= 0x36
		opad[i] ^= 0x5c
	}
	inner := sha256.Sum256(append(ipad[:], text...))
	outer := sha256.Sum256(append(opad[:], inner[:]...))
	return hex.EncodeToString(outer[:])
}

func TestWebhookSignature(t *testing.T) {
	r := newReceiver(t, func(_ int, w http.ResponseWriter) { w.WriteHeader(http.StatusNoContent) })
	if err := NewWebhook(WebhookConfig{URL: r.URL, Secret: "hook-secret", Now: now}).Send(t.Context(), sampleMessage(RunEnd)); err != nil {
		t.Fatal(err)
	}
	h := r.requests[0].Header
	if want := "sha256=" + hmacByHand("hook-secret", h.Get("X-Prescreen-Timestamp")+"."+r.bodies[0]); h.Get("X-Prescreen-Signature") != want || h.Get("X-Prescreen-Timestamp") != "1772668800" {
		t.Errorf("headers %v, want %s", h, want)
	}
	if got := hmacByHand("hook-secret", "1772668800.BODY"); got != "838a6b26f5a2375fe4a83414128bd668c9bf8374c4cb6c6e98b3dabfdf94d1a5" {
		t.Errorf("the test's own HMAC is wrong: %s", got)
	}
	var body webhookBody
	if err := json.Unmarshal([]byte(r.bodies[0]), &body); err != nil || body.Version != 1 || body.Findings["critical"] != 3 || body.Event != RunEnd {
		t.Errorf("%v %+v", err, body)
	}
}

// What a vendor says in its answer counts, not the status 200.
func TestRefusals(t *testing.T) {
	for answer, temporary := range map[string]bool{
		`{"errcode":93000,"errmsg":"invalid webhook url"}`:   false,
		`{"errcode":310000,"errmsg":"sign not match"}`:       false,
		`{"errcode":45009,"errmsg":"api freq out of limit"}`: true,
		`{"code":19021,"msg":"sign match fail"}`:             false,
		`<html>login</html>`:                                 true,
		`{}`:                                                 true,
	} {
		err := accepted([]byte(answer), 45009)
		var temp *Temporary
		if err == nil || errors.As(err, &temp) != temporary {
			t.Errorf("%s: %v", answer, err)
		}
	}
}

// A robot's address holds its key: no error may say it.
func TestErrorsNameNoKey(t *testing.T) {
	closed := httptest.NewServer(nil)
	closed.Close()
	refuses := newReceiver(t, func(_ int, w http.ResponseWriter) { w.WriteHeader(http.StatusForbidden) })
	redirects := newReceiver(t, func(_ int, w http.ResponseWriter) {
		w.Header().Set("Location", "http://elsewhere.example/?key=SECRETKEY")
		w.WriteHeader(http.StatusFound)
	})
	for _, url := range []string{closed.URL, refuses.URL, redirects.URL, "http://%zz", "gopher://x"} {
		err := NewWeCom(RobotConfig{URL: url + "/?key=SECRETKEY"}).Send(t.Context(), sampleMessage(Test))
		if err == nil || strings.Contains(err.Error(), "SECRETKEY") {
			t.Errorf("%s: %v", url, err)
		}
	}
	if len(redirects.requests) != 1 {
		t.Error("a redirect was followed")
	}
}

// channelFunc is a channel for faults that no server provokes.
type channelFunc func(context.Context, Message) error

func (f channelFunc) Send(ctx context.Context, m Message) error { return f(ctx, m) }

func quick(subs ...Subscription) Config {
	return Config{Subscriptions: subs, Backoff: time.Millisecond, MaxWait: 20 * time.Millisecond, Timeout: 10 * time.Second}
}

func TestRetriesUntilAccepted(t *testing.T) {
	r := newReceiver(t, func(n int, w http.ResponseWriter) {
		switch n {
		case 1:
			w.Header().Set("Retry-After", "1")
			w.WriteHeader(http.StatusTooManyRequests)
		case 2:
			w.WriteHeader(http.StatusBadGateway)
		}
	})
	n := New(quick(Subscription{Name: "hook", Channel: NewWebhook(WebhookConfig{URL: r.URL})}))
	n.Notify(sampleMessage(RunEnd))
	if err := n.Close(t.Context()); err != nil || len(r.requests) != 3 {
		t.Errorf("%d requests, %v", len(r.requests), err)
	}
}

func TestRetryAfter(t *testing.T) {
	at := time.Date(2026, 3, 5, 8, 0, 0, 0, time.UTC)
	for v, want := range map[string]time.Duration{
		"": 0, "17": 17 * time.Second, "-4": 0, "soon": 0, "99999999": 24 * time.Hour,
		"Thu, 05 Mar 2026 08:00:30 GMT": 30 * time.Second, "Thu, 05 Mar 2026 07:00:00 GMT": 0,
	} {
		if got := retryAfter(v, at); got != want {
			t.Errorf("%q: %v, want %v", v, got, want)
		}
	}
	// The pause that the other side asks for is kept, up to the longest one.
	var asked atomic.Int64
	n := New(Config{Backoff: time.Nanosecond, MaxWait: 5 * time.Millisecond, Attempts: 2, Subscriptions: []Subscription{{Name: "x", Channel: channelFunc(func(context.Context, Message) error {
		asked.Add(1)
		return &Temporary{Err: errors.New("busy"), After: time.Hour}
	})}}})
	n.Notify(sampleMessage(RunEnd))
	if err := n.Close(t.Context()); err == nil || asked.Load() != 2 {
		t.Errorf("%d attempts, %v", asked.Load(), err)
	}
}

func TestPermanentErrorIsNotRetried(t *testing.T) {
	r := newReceiver(t, func(_ int, w http.ResponseWriter) { w.WriteHeader(http.StatusUnauthorized) })
	err := Send(t.Context(), quick(Subscription{Name: "hook", Channel: NewWebhook(WebhookConfig{URL: r.URL})}), "hook", sampleMessage(Test))
	if err == nil || len(r.requests) != 1 || !strings.Contains(err.Error(), `"hook"`) {
		t.Errorf("%d requests, %v", len(r.requests), err)
	}
}

// A channel that hangs delays neither the caller nor the others, its queue is
// bounded, and the end of the program does not wait for it for ever.
func TestNeverBlocks(t *testing.T) {
	entered := make(chan struct{}, 1)
	hang := channelFunc(func(ctx context.Context, _ Message) error {
		select {
		case entered <- struct{}{}:
		default:
		}
		<-ctx.Done()
		return &Temporary{Err: ctx.Err()}
	})
	var got atomic.Int64
	fine := channelFunc(func(context.Context, Message) error { got.Add(1); return nil })
	var log bytes.Buffer
	n := New(Config{
		Queue: 4, Timeout: time.Hour, Logger: slog.New(slog.NewTextHandler(&log, nil)),
		Subscriptions: []Subscription{{Name: "hangs", Channel: hang}, {Name: "fine", Channel: fine, Kinds: []Kind{Overdue}}},
	})
	n.Notify(sampleMessage(RunEnd))
	<-entered // the worker holds one, the queue is empty
	for range 10 {
		n.Notify(sampleMessage(RunEnd))
	}
	n.Notify(sampleMessage(Overdue))
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	err := n.Close(ctx)
	if err == nil {
		t.Fatal("nothing was said of what was lost")
	}
	if lost := strings.Count(err.Error(), `to "hangs"`); lost != 12 {
		t.Errorf("%d lost, want all 12: %v", lost, err)
	}
	if got.Load() != 1 {
		t.Errorf("the other channel got %d messages, want the one it asked for", got.Load())
	}
	if !strings.Contains(log.String(), "notification not delivered") {
		t.Error("the loss was not logged")
	}
	n.Notify(sampleMessage(RunEnd)) // after Close: ignored
}

// No message can carry content, whatever the caller puts into the fields it
// has: they are counts, names from the configuration and one link.
func TestMessagesNameNoPages(t *testing.T) {
	m := sampleMessage(RunEnd)
	m.Sites = []string{"恶意\n# 标题 [点我](http://evil.example/)", strings.Repeat("长", 500)}
	for range 30 {
		m.Sites = append(m.Sites, "站点")
	}
	for _, kind := range append(Kinds(), Test) {
		m.Kind = kind
		text := markdown(&m, "\n")
		if strings.Contains(text, "](http://evil") || strings.Count(text, "](") != 1 {
			t.Errorf("%s: a name became a link: %s", kind, text)
		}
		if len(m.text()) > 2048 {
			t.Errorf("%s: %d bytes", kind, len(m.text()))
		}
		m.Lang = lang.English
		if m.Title() == "" || len(m.Lines()) < 3 {
			t.Errorf("%s: %q %q", kind, m.Title(), m.Lines())
		}
		m.Lang = lang.Chinese
	}
}

func TestUnknownChannel(t *testing.T) {
	err := Send(t.Context(), quick(Subscription{Name: "邮箱"}, Subscription{Name: "群"}), "钉钉", sampleMessage(Test))
	if want := fmt.Sprintf("no channel is named %q; configured are: 邮箱, 群", "钉钉"); err == nil || err.Error() != want {
		t.Errorf("%v", err)
	}
}
