package robots

import (
	"container/list"
	"context"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"time"
)

// Response is what a Getter brings back: one response, redirects not followed.
type Response struct {
	Status   int
	Location string // absolute target of a redirect
	Body     []byte // at most MaxSize+1 bytes are looked at
	// RetryAfter is how long the host asked to be left alone; 0 if it did not.
	RetryAfter time.Duration
}

// Getter fetches one URL under the crawler's politeness. An error means no
// usable response; it may refuse a redirect target that leaves the scope.
type Getter interface {
	Get(ctx context.Context, url string) (*Response, error)
}

// Policy is what a host's robots.txt comes to.
type Policy string

// The policies.
const (
	// Rules: there is a robots.txt; ask Access.Allowed.
	Rules Policy = "rules"
	// AllowAll: there is none (4xx, or too many redirects).
	AllowAll Policy = "allow-all"
	// Wait: the host could not answer (5xx, 429, no connection). Nothing may
	// be fetched until Access.Until; then robots.txt is asked for again.
	Wait Policy = "wait"
)

// Access is the answer for one host. It is immutable.
type Access struct {
	Policy   Policy
	Why      string    // for reports: "503 Service Unavailable", "dial …"
	Until    time.Time // when the answer is no longer good
	Sitemaps []string  // as written, not resolved
	group    *Group
}

// Allowed reports whether url may be fetched now.
func (a *Access) Allowed(url string) bool {
	return a.Policy != Wait && a.group.Allowed(url)
}

// Delay returns the crawl-delay, if one was given.
func (a *Access) Delay() (time.Duration, bool) { return a.group.Delay() }

// Config of a Cache. Agent must be set; the rest has useful zero values.
type Config struct {
	Agent string // user-agent or product token, matched by its ProductToken
	// TTL of an answer; 0 is 24 hours, the most the RFC allows.
	TTL time.Duration
	// Wait is how long to leave a host alone that could not answer; 0 is 5
	// minutes. A longer Retry-After wins, up to TTL.
	Wait time.Duration
	// MaxHosts bounds the memory; 0 is 20,000. The longest unused go first.
	MaxHosts int
	// Now is the clock; nil is time.Now.
	Now func() time.Time
}

// Cache holds the answers of many hosts. Concurrent questions about one host
// lead to one fetch.
type Cache struct {
	cfg    Config
	getter Getter

	mu      sync.Mutex
	entries map[string]*entry
	used    list.List // of *entry, the most recently used in front
}

type entry struct {
	origin string
	elem   *list.Element
	ready  chan struct{} // closed when access is set or the fetch was given up
	access *Access       // nil: given up, because the asker's context ended
}

// NewCache checks the configuration.
func NewCache(getter Getter, cfg Config) (*Cache, error) {
	cfg.Agent = ProductToken(cfg.Agent)
	if getter == nil || cfg.Agent == "" {
		return nil, errors.New("robots: a getter and an agent that begins with letters are needed")
	}
	if cfg.TTL < 0 || cfg.Wait < 0 || cfg.MaxHosts < 0 {
		return nil, errors.New("robots: TTL, wait and number of hosts must not be negative")
	}
	if cfg.TTL == 0 {
		cfg.TTL = 24 * time.Hour
	}
	if cfg.Wait == 0 {
		cfg.Wait = 5 * time.Minute
	}
	if cfg.MaxHosts == 0 {
		cfg.MaxHosts = 20000
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	return &Cache{cfg: cfg, getter: getter, entries: make(map[string]*entry)}, nil
}

// Get returns the answer for an origin, "http://host[:port]", and fetches
// robots.txt if there is none or the old one has run out. The only error is
// the end of ctx.
func (c *Cache) Get(ctx context.Context, origin string) (*Access, error) {
	for {
		e, mine := c.entry(origin)
		if mine {
			return c.fill(ctx, e)
		}
		select {
		case <-e.ready:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
		if e.access != nil {
			return e.access, nil
		}
	}
}

// Peek returns the answer for an origin if it is at hand and still good.
func (c *Cache) Peek(origin string) (*Access, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	e := c.entries[origin]
	if e == nil || e.access == nil || !c.cfg.Now().Before(e.access.Until) {
		return nil, false
	}
	return e.access, true
}

// entry finds a good or a pending answer, or makes a new one that the caller
// has to fill.
func (c *Cache) entry(origin string) (e *entry, mine bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if e := c.entries[origin]; e != nil {
		if e.access == nil || c.cfg.Now().Before(e.access.Until) {
			c.used.MoveToFront(e.elem)
			return e, false
		}
		c.remove(e)
	}
	e = &entry{origin: origin, ready: make(chan struct{})}
	e.elem = c.used.PushFront(e)
	c.entries[origin] = e
	for len(c.entries) > c.cfg.MaxHosts {
		c.remove(c.used.Back().Value.(*entry))
	}
	return e, true
}

// remove takes an entry out; whoever waits for it still gets its answer.
func (c *Cache) remove(e *entry) {
	if c.entries[e.origin] == e {
		delete(c.entries, e.origin)
		c.used.Remove(e.elem)
	}
}

func (c *Cache) fill(ctx context.Context, e *entry) (*Access, error) {
	a, err := c.fetch(ctx, e.origin)
	c.mu.Lock()
	defer c.mu.Unlock()
	defer close(e.ready)
	if err != nil {
		c.remove(e)
		return nil, err
	}
	e.access = a
	return a, nil
}

// maxRedirects is how many hops RFC 9309, 2.3.1.2 asks a crawler to follow.
const maxRedirects = 5

func (c *Cache) fetch(ctx context.Context, origin string) (*Access, error) {
	url := origin + "/robots.txt"
	for range maxRedirects + 1 {
		r, err := c.getter.Get(ctx, url)
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		if err != nil {
			return c.wait(err.Error(), 0), nil
		}
		if r.Status >= 300 && r.Status < 400 && r.Location != "" {
			url = r.Location
			continue
		}
		return c.answer(r), nil
	}
	return c.allowAll(fmt.Sprintf("more than %d redirects", maxRedirects)), nil
}

func (c *Cache) answer(r *Response) *Access {
	why := fmt.Sprintf("%d %s", r.Status, http.StatusText(r.Status))
	switch {
	case r.Status >= 200 && r.Status < 300:
		f := Parse(r.Body)
		return &Access{
			Policy: Rules, Why: why, Until: c.cfg.Now().Add(c.cfg.TTL),
			Sitemaps: f.Sitemaps, group: f.Agent(c.cfg.Agent),
		}
	case r.Status >= 500, r.Status == http.StatusTooManyRequests:
		// The RFC counts 429 among "unavailable", which would let a crawler
		// loose on a host that has just asked it to go away.
		return c.wait(why, r.RetryAfter)
	default:
		return c.allowAll(why)
	}
}

func (c *Cache) wait(why string, retryAfter time.Duration) *Access {
	d := min(max(c.cfg.Wait, retryAfter), c.cfg.TTL)
	return &Access{Policy: Wait, Why: why, Until: c.cfg.Now().Add(d)}
}

func (c *Cache) allowAll(why string) *Access {
	return &Access{Policy: AllowAll, Why: why, Until: c.cfg.Now().Add(c.cfg.TTL)}
}
