package server

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"prescreen/internal/checks"
	"prescreen/internal/tracing"
)

// Hook is a CMS that may ask by signed webhook, and be told of results. The
// signature is that of Standard Webhooks (standardwebhooks.com): the headers
// webhook-id, webhook-timestamp and webhook-signature, which is
// "v1," + base64(HMAC-SHA256(secret, id + "." + timestamp + "." + body)).
type Hook struct {
	Name     string
	Secret   []byte // 24 bytes or more
	Callback string // where results are sent; empty: nowhere
	Client   *http.Client

	seen *seenIDs
}

// hookSkew is how old a signed message may be, and how long its id is
// remembered so that it cannot be sent twice.
const hookSkew = 5 * time.Minute

// ParseHookSecret reads a secret: "whsec_" and base64, or base64 alone.
func ParseHookSecret(s string) ([]byte, error) {
	secret, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(strings.TrimSpace(s), "whsec_"))
	if err != nil {
		return nil, errors.New("not base64, with or without whsec_ before it; make one with: openssl rand -base64 32")
	}
	if len(secret) < 24 {
		return nil, fmt.Errorf("%d bytes are too few, use 24 or more: openssl rand -base64 32", len(secret))
	}
	return secret, nil
}

func (h *Hook) sign(id string, at int64, body []byte) string {
	m := hmac.New(sha256.New, h.Secret)
	fmt.Fprintf(m, "%s.%d.", id, at)
	m.Write(body)
	return "v1," + base64.StdEncoding.EncodeToString(m.Sum(nil))
}

// errSignature is all that whoever sends a bad signature learns.
var errSignature = errors.New("the signature is missing, wrong, too old, or was used before")

// verify checks the signature of a message and that it comes for the first
// time.
func (h *Hook) verify(head http.Header, body []byte, now time.Time) (id string, err error) {
	id = head.Get("webhook-id")
	at, err := strconv.ParseInt(head.Get("webhook-timestamp"), 10, 64)
	if err != nil || id == "" || len(id) > 128 {
		return "", errSignature
	}
	if age := now.Sub(time.Unix(at, 0)); age > hookSkew || age < -hookSkew {
		return "", errSignature
	}
	want := h.sign(id, at, body)
	good := false
	for sig := range strings.FieldsSeq(head.Get("webhook-signature")) { // several while a secret is replaced
		good = hmac.Equal([]byte(sig), []byte(want)) || good
	}
	if !good || !h.seen.first(id, now) {
		return "", errSignature
	}
	return id, nil
}

// send tells the CMS what came of a check. It is tried a few times.
func (h *Hook) send(ctx context.Context, now time.Time, rec checks.Record) (err error) {
	ctx, span := tracing.Start(ctx, "callback", tracing.String("prescreen.hook", h.Name))
	defer func() {
		if err != nil {
			span.Fail("callback")
		}
		span.End()
	}()
	body, err := json.Marshal(rec)
	if err != nil {
		return err
	}
	pause := time.Second
	for try := 1; ; try++ {
		if err = h.post(ctx, now, rec.ID, body); err == nil || try == 4 {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(pause):
		}
		pause *= 4
		now = time.Now()
	}
}

func (h *Hook) post(ctx context.Context, now time.Time, id string, body []byte) error {
	ctx, cancel := context.WithTimeout(ctx, 15*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, h.Callback, bytes.NewReader(body))
	if err != nil {
		return err
	}
	at := now.Unix()
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("webhook-id", id)
	req.Header.Set("webhook-timestamp", strconv.FormatInt(at, 10))
	req.Header.Set("webhook-signature", h.sign(id, at, body))
	tracing.Inject(ctx, req.Header)
	resp, err := h.Client.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	_, _ = io.Copy(io.Discard, io.LimitReader(resp.Body, 64<<10)) // so that the connection can be used again
	if resp.StatusCode < 200 || resp.StatusCode > 299 {
		return fmt.Errorf("it answered HTTP %d", resp.StatusCode)
	}
	return nil
}

// seenIDs remembers ids of messages for as long as they could be sent again.
type seenIDs struct {
	mu sync.Mutex
	m  map[string]time.Time
}

func (s *seenIDs) first(id string, now time.Time) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.m == nil {
		s.m = map[string]time.Time{}
	}
	for old, at := range s.m {
		if now.Sub(at) > 2*hookSkew {
			delete(s.m, old)
		}
	}
	if _, ok := s.m[id]; ok {
		return false
	}
	s.m[id] = now
	return true
}

// NewHook returns a hook that can be used.
func NewHook(name string, secret []byte, callback string) Hook {
	return Hook{Name: name, Secret: secret, Callback: callback, seen: &seenIDs{}, Client: &http.Client{
		// A CMS that answers with a redirect is not the one that is configured.
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}
