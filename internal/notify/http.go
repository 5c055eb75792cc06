package notify

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"time"
)

// maxAnswer bounds what is read of an answer.
const maxAnswer = 64 << 10

// poster sends JSON over HTTP. The addresses of robots hold their key, so no
// error of it names more than the host.
type poster struct {
	client *http.Client
	now    func() time.Time
}

func newPoster(client *http.Client, now func() time.Time) poster {
	if client == nil {
		client = &http.Client{}
	}
	c := *client
	// A signed request is for the host that was configured and for no other.
	c.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	if now == nil {
		now = time.Now
	}
	return poster{&c, now}
}

// post sends a body and returns the answer of a 2xx.
func (p poster) post(ctx context.Context, address string, body []byte, header map[string]string) ([]byte, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, address, bytes.NewReader(body))
	if err != nil {
		return nil, errors.New("the address of the channel is not valid")
	}
	req.Header.Set("Content-Type", "application/json; charset=utf-8")
	req.Header.Set("User-Agent", "prescreen")
	for k, v := range header {
		req.Header.Set(k, v)
	}
	resp, err := p.client.Do(req)
	if err != nil {
		return nil, &Temporary{Err: fmt.Errorf("ask %s: %w", req.URL.Host, withoutAddress(err))}
	}
	defer resp.Body.Close()
	answer, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer))
	switch {
	case resp.StatusCode/100 == 2 && err != nil:
		return nil, &Temporary{Err: fmt.Errorf("read answer of %s: %w", req.URL.Host, withoutAddress(err))}
	case resp.StatusCode/100 == 2:
		return answer, nil
	}
	refused := fmt.Errorf("%s answered %s", req.URL.Host, resp.Status)
	switch {
	case resp.StatusCode == http.StatusTooManyRequests, resp.StatusCode == http.StatusRequestTimeout,
		resp.StatusCode == http.StatusTooEarly, resp.StatusCode >= 500:
		return nil, &Temporary{Err: refused, After: retryAfter(resp.Header.Get("Retry-After"), p.now())}
	}
	return nil, refused
}

// withoutAddress drops the address that net/http puts into its errors.
func withoutAddress(err error) error {
	var u *url.Error
	if errors.As(err, &u) {
		return u.Err
	}
	return err
}

// retryAfter reads the header (RFC 9110): seconds or a date.
func retryAfter(v string, now time.Time) time.Duration {
	if seconds, err := strconv.Atoi(v); err == nil && seconds > 0 {
		return time.Duration(min(seconds, 86_400)) * time.Second
	}
	if t, err := http.ParseTime(v); err == nil {
		return max(t.Sub(now), 0)
	}
	return 0
}

// encode is json.Marshal without the escapes for HTML.
func encode(v any) ([]byte, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return nil, fmt.Errorf("encode message: %w", err)
	}
	return bytes.TrimSpace(b.Bytes()), nil
}
