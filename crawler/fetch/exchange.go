package fetch

import (
	"context"
	"errors"
	"fmt"
	"io"
	"mime"
	"net"
	"net/http"
	"net/http/httptrace"
	"net/netip"
	"net/url"
	"strings"
	"time"
	"unicode/utf8"

	"prescreen/crawler"
	"prescreen/crawler/weburl"
)

// newTransport makes the connections of one site, or of all plain ones.
func (f *Fetcher) newTransport(s *siteConfig) *http.Transport {
	d := &dialer{
		dns:      f.dns,
		allowed:  [][]netip.Prefix{f.cfg.AllowAddresses, s.allowed},
		timeout:  f.cfg.Limits.Connect,
		override: f.cfg.Dial,
		tls:      tlsConfig(s.roots, s.insecure),
		insecure: s.insecure,
		maxHead:  f.cfg.Limits.Head,
	}
	t := &http.Transport{
		DialContext:            d.dialPlain,
		DialTLSContext:         d.dialTLS,
		ForceAttemptHTTP2:      true,
		DisableCompression:     true, // done here, with limits
		TLSClientConfig:        d.tls,
		TLSHandshakeTimeout:    f.cfg.Limits.Connect,
		ResponseHeaderTimeout:  f.cfg.Limits.Header,
		MaxResponseHeaderBytes: int64(f.cfg.Limits.Head),
		MaxIdleConns:           512,
		MaxIdleConnsPerHost:    2,
		IdleConnTimeout:        time.Minute,
		WriteBufferSize:        16 << 10, // a request in one write, see lenientConn
		// A connection whose other end has vanished is found out in between.
		HTTP2: &http.HTTP2Config{SendPingTimeout: 15 * time.Second, PingTimeout: 10 * time.Second},
	}
	if s.proxy != nil {
		// The proxy is where the operator says it is, and only what comes
		// through it is a response.
		t.Proxy = http.ProxyURL(s.proxy)
		t.DialTLSContext = nil
		t.DialContext = (&net.Dialer{Timeout: f.cfg.Limits.Connect}).DialContext
		if f.cfg.Dial != nil {
			t.DialContext = f.cfg.Dial
		}
	}
	return t
}

// roundTripper is what colly's client calls. The whole exchange happens in
// there; colly is handed status and headers, the page takes the body.
type roundTripper struct{}

func (roundTripper) RoundTrip(r *http.Request) (*http.Response, error) {
	x, ok := r.Context().Value(exchangeKey{}).(*exchange)
	if !ok {
		return nil, errors.New("request from outside Fetch")
	}
	resp, err := x.run(r)
	if err != nil {
		x.err = err
		return nil, err
	}
	// Without its Location nothing below can think of following it, and
	// Uncompressed keeps colly from guessing at content codings.
	header := resp.Header
	if _, ok := header["Location"]; ok {
		header = header.Clone()
		header.Del("Location")
	}
	return &http.Response{
		Status: resp.Status, StatusCode: resp.StatusCode, Proto: resp.Proto, ProtoMajor: resp.ProtoMajor, ProtoMinor: resp.ProtoMinor,
		Header: header, Body: http.NoBody, Uncompressed: true, Request: r,
	}, nil
}

// exchange is one request and its response.
type exchange struct {
	f        *Fetcher
	req      crawler.Request
	url      *url.URL
	site     *siteConfig
	page     *crawler.Page
	answered bool
	err      error
}

// discard gives back what an exchange holds that ends in an error.
func (x *exchange) discard() {
	if x.page != nil && x.page.Body != nil {
		_ = x.page.Body.Close()
	}
}

// header builds the request's headers.
func (x *exchange) header() http.Header {
	h := http.Header{
		"User-Agent":      {x.f.cfg.UserAgent},
		"Accept":          {"text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"},
		"Accept-Language": {"zh-CN,zh;q=0.9,en;q=0.5"},
		"Accept-Encoding": {acceptEncoding},
	}
	if x.site.userAgent != "" {
		h.Set("User-Agent", x.site.userAgent)
	}
	// Some portals serve attachments only to who comes from their pages. No
	// other host is told where we come from.
	if ref := x.req.Task.Referrer; ref != "" && weburl.HostKey(ref) == x.url.Host && strings.HasPrefix(ref, x.url.Scheme+"://") {
		h.Set("Referer", ref)
	}
	for name, values := range x.site.headers {
		h[name] = values
	}
	if c := x.f.jar.header(x.url.Host, x.url.EscapedPath(), x.url.Scheme == "https", x.site.cookies); c != "" {
		h.Set("Cookie", c)
	}
	if v := x.req.Prior; v.ETag != "" || v.LastModified != "" {
		if v.ETag != "" {
			h.Set("If-None-Match", v.ETag)
		}
		if v.LastModified != "" {
			h.Set("If-Modified-Since", v.LastModified)
		}
	}
	return h
}

// run does the exchange and fills the page.
func (x *exchange) run(r *http.Request) (*http.Response, error) {
	if x.site.proxy != nil {
		if addr, err := netip.ParseAddr(x.url.Hostname()); err == nil {
			if err := checkAddress(x.url.Hostname(), addr, x.f.cfg.AllowAddresses, x.site.allowed); err != nil {
				return nil, err
			}
		}
	}
	ctx, cancel := context.WithCancelCause(r.Context())
	defer cancel(nil)
	total := time.AfterFunc(x.f.cfg.Limits.Total, func() { cancel(errEnd) })
	defer total.Stop()

	var used *conn
	abort := func(err error) { cancel(err) }
	ctx = httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{GotConn: func(i httptrace.GotConnInfo) {
		if used = baseOf(i.Conn); used != nil {
			used.owner.Store(&abort)
		}
	}})
	out := r.WithContext(ctx)
	out.URL = x.url
	if x.site.proxy != nil {
		// A body that cannot be had twice keeps net/http from sending the
		// request twice where there is no lenientConn to tell of a dead
		// connection. It is empty, and nothing of it is sent.
		out.Body, out.GetBody = io.NopCloser(strings.NewReader("")), nil
	}
	start := x.f.cfg.Now()
	began := time.Now()
	resp, err := x.f.transports[x.site].RoundTrip(out)
	if err != nil {
		return nil, cause(ctx, err)
	}
	defer resp.Body.Close()
	if used != nil {
		used.owner.Store(nil)
	}
	x.page = &crawler.Page{Task: x.req.Task, Status: resp.StatusCode, Header: resp.Header, Fetched: start}
	x.describe(used, resp)
	x.f.jar.set(x.url.Host, x.url.EscapedPath(), resp.Header)
	if err := x.take(ctx, cancel, resp); err != nil {
		return nil, cause(ctx, err)
	}
	x.page.Duration = time.Since(began)
	return resp, nil
}

// cause replaces "context canceled" by our reason for cancelling.
func cause(ctx context.Context, err error) error {
	if c := context.Cause(ctx); c != nil && (errors.Is(err, context.Canceled) || errors.Is(err, c)) {
		return c
	}
	return err
}

// describe notes what the connection has to say.
func (x *exchange) describe(used *conn, resp *http.Response) {
	if x.site.proxy != nil {
		// The proxy's address says nothing about the host.
		if x.site.insecure && resp.TLS != nil {
			if err := verify(*resp.TLS, x.site.roots, x.url.Hostname()); err != nil {
				x.page.BadCertificate = err.Error()
			}
		}
		return
	}
	if used != nil {
		x.page.RemoteAddr = used.RemoteAddr().String()
		x.page.BadCertificate = used.certError()
	}
}

// take reads the response into the page.
func (x *exchange) take(ctx context.Context, cancel context.CancelCauseFunc, resp *http.Response) error {
	p := x.page
	if loc := resp.Header.Get("Location"); loc != "" && resp.StatusCode >= 300 && resp.StatusCode < 400 && resp.StatusCode != 304 {
		if p.Location = x.resolve(loc); p.Location != "" {
			wire := newWireReader(resp.Body, &x.f.cfg.Limits, cancel)
			defer wire.timer.Stop()
			drain(wire, resp.ContentLength)
			return nil
		}
	}
	if resp.StatusCode == http.StatusNotModified {
		p.NotModified = true
		p.Validators = x.req.Prior
		return nil
	}
	limit := bodyLimit{size: x.limit(resp), ratio: x.f.cfg.Limits.Ratio}
	if resp.ContentLength > limit.size && !x.partOfUse(resp) {
		// Not worth the site's bandwidth: the page says so, without a body.
		why := fmt.Sprintf("%s: %d bytes announced, %d allowed; not downloaded", crawler.TruncatedSize, resp.ContentLength, limit.size)
		x.finish(resp, newSink(0, limit.size, ""), why)
		return nil
	}
	list, codingErr := codings(resp.Header["Content-Encoding"])
	expect := resp.ContentLength
	if len(list) > 0 {
		expect *= 4
	}
	wire := newWireReader(resp.Body, &x.f.cfg.Limits, cancel)
	defer wire.timer.Stop()
	d := x.f.decoders.decode(wire, list)
	defer d.close()
	s := newSink(min(expect, limit.size), x.f.cfg.Limits.Memory, x.f.cfg.TempDir)
	truncated, err := readBody(d, wire, s, limit)
	if err != nil {
		if wire.err != nil {
			err = wire.err // a decoder may have put it in words of its own
		}
		err = cause(ctx, err)
		delimited := resp.ContentLength >= 0 || len(resp.TransferEncoding) > 0 || resp.ProtoMajor >= 2
		if truncated, err = x.salvage(ctx, err, wire, s, delimited); err != nil {
			s.discard()
			return err
		}
	}
	if truncated == "" && codingErr != nil {
		truncated = fmt.Sprintf("%s: %v", crawler.TruncatedCoding, codingErr)
	}
	x.finish(resp, s, truncated)
	return nil
}

// drain reads what little there is of a body nobody wants, to keep the
// connection. The caller's limits of time still apply.
func drain(wire *wireReader, length int64) {
	if length > 0 && length <= 4096 {
		_, _ = io.Copy(io.Discard, wire)
	}
}

// salvage decides what an error in the middle of a body means: a page cut off,
// or nothing at all.
func (x *exchange) salvage(ctx context.Context, err error, wire *wireReader, s *sink, delimited bool) (string, error) {
	var local *localError
	if errors.As(err, &local) {
		return "", err
	}
	if outer := ctx.Err(); outer != nil && !errors.Is(err, errIdle) && !errors.Is(err, errSlow) && !errors.Is(err, errEnd) {
		return "", err // the caller's context ended
	}
	if s.written == 0 {
		return "", err
	}
	return truncation(err, wire, delimited), nil
}

// finish completes the page with its body.
func (x *exchange) finish(resp *http.Response, s *sink, truncated string) {
	p := x.page
	p.Body = s.body()
	p.Hash = s.sum()
	p.Truncated = truncated
	if truncated == "" && resp.StatusCode == http.StatusOK {
		// Validators of half a page would have it called unchanged tomorrow.
		p.Validators = crawler.Validators{ETag: resp.Header.Get("ETag"), LastModified: resp.Header.Get("Last-Modified")}
	}
}

// resolve makes a Location absolute, without fragment; empty if it is no URL.
func (x *exchange) resolve(loc string) string {
	if !utf8.ValidString(loc) {
		// Bytes in whatever encoding: browsers send them back as they came.
		var b strings.Builder
		for i := range len(loc) {
			if loc[i] < utf8.RuneSelf {
				b.WriteByte(loc[i])
			} else {
				fmt.Fprintf(&b, "%%%02X", loc[i])
			}
		}
		loc = b.String()
	}
	base, err := weburl.Parse(x.req.Task.URL)
	if err != nil {
		return ""
	}
	u, err := weburl.Resolve(base, loc)
	if err != nil {
		return ""
	}
	return u.WithoutFragment()
}

// limit is the largest body wanted, by what the response says it is.
func (x *exchange) limit(resp *http.Response) int64 {
	l := &x.f.cfg.Limits
	switch {
	case x.req.Task.Class == crawler.ClassRobots:
		return l.Robots
	case x.req.Task.Class == crawler.ClassSitemap:
		return l.Sitemap
	case textual(resp):
		return l.Page
	}
	return l.Attachment
}

// textual reports types of which the beginning alone can be read.
func textual(resp *http.Response) bool {
	t, _, err := mime.ParseMediaType(resp.Header.Get("Content-Type"))
	if err != nil {
		t, _, _ = strings.Cut(strings.ToLower(resp.Header.Get("Content-Type")), ";")
		t = strings.TrimSpace(t)
	}
	return strings.HasPrefix(t, "text/") || strings.HasSuffix(t, "+xml") || strings.HasSuffix(t, "+json") ||
		t == "application/xml" || t == "application/json" || t == "application/javascript"
}

// partOfUse says that a body too large is still worth its beginning: text, or
// a list. Half an archive or document cannot be opened.
func (x *exchange) partOfUse(resp *http.Response) bool {
	return x.req.Task.Auxiliary() || textual(resp)
}
