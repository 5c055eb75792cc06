package crawlertest

import (
	"fmt"
	"hash/fnv"
	"net/http"
	"net/netip"
	"net/url"
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
	// NoHangs leaves out pages that never end: they cost a time-out each try.
	NoHangs bool
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
	k := kind(1 + p.roll(host, page, "kind")%uint64(n-1))
	if k == kindHang && p.cfg.NoHangs {
		return kindOK
	}
	return k
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

// Leaf reports whether a page leads to no other.
func (p *Portal) Leaf(page string) bool {
	u, err := url.Parse(page)
	if err != nil {
		return false
	}
	h := hostNumber(u.Hostname())
	for n := range p.cfg.Pages {
		if p.path(h, n) == u.Path {
			return p.leaf(n)
		}
	}
	return false
}

// Hosts returns all host names.
func (p *Portal) Hosts() []string {
	out := make([]string, p.cfg.Hosts)
	for i := range out {
		out[i] = hostName(i)
	}
	return out
}
