package fetch

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"sync"
	"time"
)

// How long answers of the resolver are kept. The system's resolver does not
// say for how long they are good; five minutes is short for a crawl and long
// for the load it saves.
const (
	dnsTTL         = 5 * time.Minute
	dnsNegativeTTL = 30 * time.Second
	dnsMaxNames    = 20000
)

// ResolveFunc looks up the addresses of a name.
type ResolveFunc func(ctx context.Context, host string) ([]netip.Addr, error)

// dnsCache answers each name with one look-up at a time.
type dnsCache struct {
	resolve ResolveFunc
	now     func() time.Time

	mu    sync.Mutex
	names map[string]*dnsEntry
}

type dnsEntry struct {
	ready   chan struct{} // closed when the fields below are set
	addrs   []netip.Addr
	err     error
	gaveUp  bool // the asker's context ended: ask again
	expires time.Time
}

func newDNSCache(resolve ResolveFunc, now func() time.Time) *dnsCache {
	return &dnsCache{resolve: resolve, now: now, names: make(map[string]*dnsEntry)}
}

// lookup returns the addresses of a name or of an IP literal.
func (d *dnsCache) lookup(ctx context.Context, host string) ([]netip.Addr, error) {
	if addr, err := netip.ParseAddr(host); err == nil {
		return []netip.Addr{addr}, nil
	}
	for {
		e, mine := d.entry(host)
		if mine {
			d.fill(ctx, host, e)
		}
		select {
		case <-e.ready:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
		if !e.gaveUp {
			return e.addrs, e.err
		}
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
	}
}

func (d *dnsCache) entry(host string) (e *dnsEntry, mine bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if e := d.names[host]; e != nil && (!e.done() || !e.gaveUp && d.now().Before(e.expires)) {
		return e, false
	}
	if len(d.names) >= dnsMaxNames {
		// Names that nobody asked for again make room; failing that, any.
		for name, e := range d.names {
			if e.done() && !d.now().Before(e.expires) {
				delete(d.names, name)
			}
		}
		for name := range d.names {
			if len(d.names) < dnsMaxNames {
				break
			}
			delete(d.names, name)
		}
	}
	e = &dnsEntry{ready: make(chan struct{})}
	d.names[host] = e
	return e, true
}

func (e *dnsEntry) done() bool {
	select {
	case <-e.ready:
		return true
	default:
		return false
	}
}

func (d *dnsCache) fill(ctx context.Context, host string, e *dnsEntry) {
	defer close(e.ready)
	addrs, err := d.resolve(ctx, host)
	switch {
	case ctx.Err() != nil:
		e.gaveUp = true
	case err != nil:
		e.err = &dnsError{fmt.Errorf("resolve %q: %w", host, err)}
		e.expires = d.now().Add(dnsNegativeTTL)
	case len(addrs) == 0:
		e.err = &dnsError{fmt.Errorf("resolve %q: %w", host, errNoAddress)}
		e.expires = d.now().Add(dnsNegativeTTL)
	default:
		e.addrs = slices.Clone(addrs)
		for i, a := range e.addrs {
			e.addrs[i] = a.Unmap()
		}
		e.expires = d.now().Add(dnsTTL)
	}
}

var errNoAddress = errors.New("the name has no address")

// forget drops an answer that led nowhere, so that the next try asks again.
func (d *dnsCache) forget(host string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if e := d.names[host]; e != nil && e.done() {
		delete(d.names, host)
	}
}
