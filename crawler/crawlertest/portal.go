package crawlertest

import (
	"fmt"
	"hash/fnv"
	"io"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"prescreen/crawler"
)

// PortalConfig describes a portal. Everything follows from it: two portals
// with the same configuration are the same.
type PortalConfig struct {
	Seed            uint64
	Hosts           int
	Pages           int // per host; the page numbered 0 links to all others, over some steps
	HostsPerAddress int // 0: 1
	Limits          Limits
	// Faulty is the fraction of pages that misbehave, each in its own way; 0: none.
	Faulty float64
	// OddRobots lets the hosts differ in their robots.txt (absent, moved,
	// failing at first, with a crawl-delay, …).
	OddRobots bool
	// RetryAfter is what 503 answers ask for; 0: 1 s. HTTP knows full seconds.
	RetryAfter time.Duration
	CrawlDelay time.Duration // of the robots.txt of some hosts; 0: 200 ms
	// Links is the number of navigation links on each page, besides its own.
	Links int
	// Body is text put on each page.
	Body string
}

// Portal is a server of many virtual hosts named h0.portal.test, h1.… .
type Portal struct {
	Referee *Referee
	cfg     PortalConfig

	mu    sync.Mutex
	tries map[string]int
	down  map[string]bool
}

// NewPortal returns a portal; it is a http.Handler.
func NewPortal(cfg PortalConfig) *Portal {
	if cfg.HostsPerAddress == 0 {
		cfg.HostsPerAddress = 1
	}
	if cfg.RetryAfter == 0 {
		cfg.RetryAfter = time.Second
	}
	if cfg.CrawlDelay == 0 {
		cfg.CrawlDelay = 200 * time.Millisecond
	}
	return &Portal{Referee: NewReferee(cfg.Limits), cfg: cfg, tries: map[string]int{}, down: map[string]bool{}}
}

const domain = ".portal.test"

func hostName(n int) string { return "h" + strconv.Itoa(n) + domain }

func hostNumber(name string) int {
	n, err := strconv.Atoi(strings.TrimSuffix(strings.TrimPrefix(name, "h"), domain))
	if err != nil {
		return -1
	}
	return n
}

// Address returns the address that a host name resolves to. Nothing listens
// there: requests must be dialled through the portal's listener.
func (p *Portal) Address(host string) netip.Addr {
	n := max(hostNumber(host), 0) / p.cfg.HostsPerAddress
	return netip.AddrFrom4([4]byte{198, 18, byte(n >> 8), byte(n)})
}

// Site returns the configuration to crawl the portal with.
func (p *Portal) Site() crawler.Site {
	return crawler.Site{Name: "portal", Seeds: []string{"http://" + hostName(0) + "/"}, Hosts: []string{"*" + domain}}
}

// SetDown makes a host refuse to answer: its connections are closed.
func (p *Portal) SetDown(host string, down bool) {
	p.mu.Lock()
	p.down[host] = down
	p.mu.Unlock()
}

// Restarted tells the portal that the process that crawled it was killed.
func (p *Portal) Restarted() { p.Referee.restart() }

// kind is how a page behaves.
type kind int

// Transient faults answer properly when asked again; permanent ones do not,
// and are given to leaves of the tree of pages only, so that all pages can be
// found.
const (
	kindOK kind = iota
	kindUnavailable
	kindBusy
	kindError
	kindSlow
	kindCut
	firstPermanent
	kindMissing = iota - 1
	kindGone
	kindForbidden
	kindBroken
	kindGarbage
	kindChain
	kindLoop
	kindLeaving
	kindDisallowed
	kindAlwaysCut
	kindCookie
	kindHang
	kinds
)

func (p *Portal) roll(host, page int, salt string) uint64 {
	h := fnv.New64a()
	fmt.Fprintf(h, "%d/%d/%d/%s", p.cfg.Seed, host, page, salt)
	v := h.Sum64()
	v ^= v >> 29
	v *= 0xbf58476d1ce4e5b9
	return v ^ v>>32
}

func (p *Portal) leaf(page int) bool { return 2*page+1 >= p.cfg.Pages && page > 0 }

func (p *Portal) kind(host, page int) kind {
	if page == 0 || float64(p.roll(host, page, "faulty")%10000) >= p.cfg.Faulty*10000 {
		return kindOK
	}
	n := firstPermanent
	if p.leaf(page) {
		n = kinds
	}
	return kind(1 + p.roll(host, page, "kind")%uint64(n-1))
}

// path returns the path under which a page is linked.
func (p *Portal) path(host, page int) string {
	if page == 0 {
		return "/"
	}
	n := strconv.Itoa(page)
	switch p.kind(host, page) {
	case kindChain:
		return "/chain/" + n + "/3"
	case kindLoop:
		return "/loop/" + n + "/a"
	case kindDisallowed:
		if p.robots(host) == robotsRules || p.robots(host) == robotsDelay || p.robots(host) == robotsMoved {
			return "/private/" + n
		}
	}
	return "/p/" + n
}

// Expected is how a URL must end.
type Expected struct {
	Visited    bool
	Incomplete bool
	Reason     crawler.Reason
}

// Expect returns every URL of the portal with the way it must end, not
// counting robots.txt and sitemaps. What differs from it in a crawl was lost
// or made up.
func (p *Portal) Expect() map[string]Expected {
	out := map[string]Expected{}
	for h := range p.cfg.Hosts {
		root := "http://" + hostName(h)
		for n := range p.cfg.Pages {
			e := Expected{Visited: true}
			url := root + p.path(h, n)
			switch p.kind(h, n) {
			case kindMissing, kindGone:
				e = Expected{Reason: crawler.ReasonMissing}
			case kindForbidden:
				e = Expected{Reason: crawler.ReasonForbidden}
			case kindBroken:
				e = Expected{Reason: crawler.ReasonStatus}
			case kindGarbage:
				e = Expected{Reason: crawler.ReasonNetwork}
			case kindHang, kindAlwaysCut:
				e.Incomplete = true
			case kindLeaving:
				e = Expected{Reason: crawler.ReasonRedirect}
			case kindDisallowed:
				if strings.Contains(url, "/private/") {
					e = Expected{Reason: crawler.ReasonRobots}
				}
			case kindChain:
				for i := 3; i > 0; i-- {
					out[fmt.Sprintf("%s/chain/%d/%d", root, n, i)] = Expected{Reason: crawler.ReasonRedirect}
				}
				url = fmt.Sprintf("%s/chain/%d/0", root, n)
			case kindLoop:
				// a → b → a again → b again, which gives up.
				out[fmt.Sprintf("%s/loop/%d/a", root, n)] = Expected{Reason: crawler.ReasonRedirect}
				url, e = fmt.Sprintf("%s/loop/%d/b", root, n), Expected{Reason: crawler.ReasonRedirLoop}
			}
			out[url] = e
		}
	}
	return out
}

// links returns the references on a page: its children in the tree, its
// parent, the next host, a few pages anywhere, and the navigation.
func (p *Portal) links(host, page int) []string {
	var out []string
	for _, c := range []int{2*page + 1, 2*page + 2} {
		if c < p.cfg.Pages {
			out = append(out, p.path(host, c))
		}
	}
	if page == 0 && host+1 < p.cfg.Hosts {
		out = append(out, "http://"+hostName(host+1)+"/")
	}
	out = append(out, "/", "//"+hostName(int(p.roll(host, page, "far")%uint64(p.cfg.Hosts)))+"/#top", "http://elsewhere.example/")
	for i := range p.cfg.Links {
		out = append(out, p.path(host, i%p.cfg.Pages))
	}
	return out
}

// The kinds of robots.txt.
const (
	robotsRules = iota
	robotsAbsent
	robotsMoved
	robotsLate
	robotsDelay
	robotsElsewhere
	robotsBusy
	robotsKinds
)

func (p *Portal) robots(host int) int {
	if !p.cfg.OddRobots || host == 0 {
		return robotsRules
	}
	return int(p.roll(host, 0, "robots") % robotsKinds)
}

// answer is a response before it is written.
type answer struct {
	status int
	header [][2]string
	body   string
	slow   time.Duration
	cut    bool   // close the connection in the middle of the body
	raw    string // written in place of a response
	hang   bool   // go silent in the middle of the body
	robots bool   // rules were read
	gap    time.Duration
	after  time.Duration
	drop   bool // close the connection without a word
}

// ServeHTTP answers for all hosts.
func (p *Portal) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	host, address := r.Host, p.Address(r.Host).String()
	n := hostNumber(host)
	if n < 0 || n >= p.cfg.Hosts {
		http.Error(w, "no such host", http.StatusMisdirectedRequest)
		return
	}
	forbidden := strings.HasPrefix(r.URL.Path, "/private/")
	p.Referee.begin(host, address, r.URL.Path, forbidden)
	p.mu.Lock()
	key := host + r.URL.Path
	p.tries[key]++
	try, down := p.tries[key], p.down[host]
	p.mu.Unlock()
	a := p.answer(n, r, try)
	if down {
		a = answer{drop: true}
	}
	if a.slow > 0 {
		time.Sleep(a.slow)
	}
	p.Referee.end(host, address, a.after, a.robots, a.gap)
	a.write(w, r)
}

// Tries returns how often a URL was asked for.
func (p *Portal) Tries(url string) int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.tries[strings.TrimPrefix(url, "http://")]
}

func (a answer) write(w http.ResponseWriter, r *http.Request) {
	if a.drop || a.raw != "" {
		conn, _, err := w.(http.Hijacker).Hijack()
		if err == nil {
			_, _ = io.WriteString(conn, a.raw)
			_ = conn.Close()
		}
		return
	}
	for _, h := range a.header {
		w.Header().Add(h[0], h[1])
	}
	if a.status != http.StatusNotModified {
		w.Header().Set("Content-Length", strconv.Itoa(len(a.body)))
	}
	w.WriteHeader(a.status)
	if !a.cut && !a.hang {
		_, _ = io.WriteString(w, a.body)
		return
	}
	_, _ = io.WriteString(w, a.body[:len(a.body)/2])
	_ = http.NewResponseController(w).Flush()
	if a.hang {
		<-r.Context().Done()
	}
	panic(http.ErrAbortHandler)
}

func (p *Portal) answer(host int, r *http.Request, try int) answer {
	parts := strings.Split(strings.Trim(r.URL.Path, "/"), "/")
	switch {
	case r.URL.Path == "/robots.txt" || r.URL.Path == "/robots-moved.txt":
		return p.answerRobots(host, r.URL.Path, try)
	case r.URL.Path == "/":
		return p.page(host, 0, r)
	case len(parts) < 2:
		return answer{status: 404, body: "not here"}
	}
	page, err := strconv.Atoi(parts[1])
	if err != nil || page <= 0 || page >= p.cfg.Pages {
		return answer{status: 404, body: "not here"}
	}
	to := func(url string) answer {
		return answer{status: 302, header: [][2]string{{"Location", url}}}
	}
	switch parts[0] {
	case "chain":
		if i, err := strconv.Atoi(parts[2]); err == nil && i > 0 {
			return to(strconv.Itoa(i - 1))
		}
	case "loop":
		if parts[2] == "a" {
			return to("b")
		}
		return to("a")
	}
	return p.misbehave(host, page, r, try, to)
}

func (p *Portal) misbehave(host, page int, r *http.Request, try int, to func(string) answer) answer {
	ok := p.page(host, page, r)
	first := try == 1
	switch k := p.kind(host, page); {
	case k == kindUnavailable && first:
		return answer{status: 503, header: [][2]string{{"Retry-After", strconv.Itoa(int(p.cfg.RetryAfter / time.Second))}}, after: p.cfg.RetryAfter, body: "later"}
	case k == kindBusy && first:
		return answer{status: 429, body: "slower"}
	case k == kindError && first, k == kindBroken:
		return answer{status: 500, body: "oops"}
	case k == kindSlow:
		ok.slow = 50 * time.Millisecond
	case k == kindCut && first, k == kindAlwaysCut:
		ok.cut = true
	case k == kindMissing:
		return answer{status: 404, body: "not here"}
	case k == kindGone:
		return answer{status: 410, body: "no more"}
	case k == kindForbidden:
		return answer{status: 403, body: "no"}
	case k == kindGarbage:
		return answer{raw: "\x00\x01 what is HTTP?\r\n\r\n"}
	case k == kindLeaving:
		return to("http://elsewhere.example/")
	case k == kindHang:
		ok.hang = true
	case k == kindCookie && first:
		ok = to(r.URL.Path)
		ok.header = append(ok.header, [2]string{"Set-Cookie", "seen=1; Path=/"})
	}
	return ok
}

func (p *Portal) answerRobots(host int, path string, try int) answer {
	rules := "User-agent: *\nDisallow: /private/\n"
	ok := answer{status: 200, header: [][2]string{{"Content-Type", "text/plain"}}, body: rules, robots: true}
	switch k := p.robots(host); {
	case k == robotsAbsent:
		return answer{status: 404, body: "not here", robots: true}
	case k == robotsMoved && path == "/robots.txt":
		return answer{status: 301, header: [][2]string{{"Location", "/robots-moved.txt"}}}
	case k == robotsLate && try < 3:
		return answer{status: 500, body: "oops"}
	case k == robotsDelay:
		ok.gap = p.cfg.CrawlDelay
		ok.body += fmt.Sprintf("Crawl-delay: %g\n", p.cfg.CrawlDelay.Seconds())
	case k == robotsElsewhere:
		return answer{status: 302, header: [][2]string{{"Location", "http://" + hostName(0) + "/robots.txt"}}, robots: true}
	case k == robotsBusy && try == 1:
		return answer{status: 503, header: [][2]string{{"Retry-After", strconv.Itoa(int(p.cfg.RetryAfter / time.Second))}}, after: p.cfg.RetryAfter, body: "later"}
	}
	return ok
}

// page is a proper page. It honours If-None-Match.
func (p *Portal) page(host, page int, r *http.Request) answer {
	etag := fmt.Sprintf("%q", strconv.FormatUint(p.roll(host, page, "etag"), 16))
	if r.Header.Get("If-None-Match") == etag {
		return answer{status: 304, header: [][2]string{{"ETag", etag}}}
	}
	var b strings.Builder
	fmt.Fprintf(&b, "<!DOCTYPE html><title>Page %d of host %d</title>\n<p>%s\n", page, host, p.cfg.Body)
	for _, l := range p.links(host, page) {
		fmt.Fprintf(&b, "<a href=%q>link</a>\n", l)
	}
	return answer{status: 200, header: [][2]string{{"Content-Type", "text/html; charset=utf-8"}, {"ETag", etag}}, body: b.String()}
}

// Hosts returns all host names.
func (p *Portal) Hosts() []string {
	out := make([]string, p.cfg.Hosts)
	for i := range out {
		out[i] = hostName(i)
	}
	return out
}

// Listener is a network in memory: what Dial connects to, Accept returns.
type Listener struct {
	conns  chan net.Conn
	closed chan struct{}
	once   sync.Once
}

// NewListener returns a listener for http.Serve. It works inside
// testing/synctest, where time costs nothing.
func NewListener() *Listener {
	return &Listener{conns: make(chan net.Conn), closed: make(chan struct{})}
}

// Accept implements net.Listener.
func (l *Listener) Accept() (net.Conn, error) {
	select {
	case c := <-l.conns:
		return c, nil
	case <-l.closed:
		return nil, net.ErrClosed
	}
}

// Close implements net.Listener.
func (l *Listener) Close() error {
	l.once.Do(func() { close(l.closed) })
	return nil
}

// Addr implements net.Listener.
func (l *Listener) Addr() net.Addr { return &net.UnixAddr{Name: "memory", Net: "memory"} }

// Dial connects to the listener.
func (l *Listener) Dial() (net.Conn, error) {
	client, server := net.Pipe()
	select {
	case l.conns <- server:
		return client, nil
	case <-l.closed:
		return nil, &net.OpError{Op: "dial", Net: "memory", Err: net.ErrClosed}
	}
}

// Compare returns what differs between what a portal holds and how its URLs
// ended: URL → every end it was reported with.
func Compare(want map[string]Expected, got map[string][]Expected) []string {
	var diff []string
	for url, w := range want {
		ends := got[url]
		switch {
		case len(ends) == 0:
			diff = append(diff, fmt.Sprintf("%s was not accounted for, want %+v", url, w))
		case ends[len(ends)-1] != w:
			diff = append(diff, fmt.Sprintf("%s ended as %+v, want %+v", url, ends, w))
		}
	}
	for url := range got {
		if _, ok := want[url]; !ok {
			diff = append(diff, fmt.Sprintf("%s ended as %+v, but is no URL of the portal", url, got[url]))
		}
	}
	slices.Sort(diff)
	return diff
}
