package server

import (
	"net/http"
	"strconv"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// limiter keeps every user, token and unknown address to a rate of requests.
type limiter struct {
	limits Limits
	now    func() time.Time

	mu sync.Mutex
	m  map[string]*limited
}

type limited struct {
	*rate.Limiter
	used time.Time
}

const (
	// limitedMax bounds the memory of limiters; the ones not used for longest
	// go first.
	limitedMax  = 20_000
	limitedIdle = 2 * time.Minute

	// Who is not logged in can load the login page and its files.
	addressRate = 10
	burstFactor = 4
)

func newLimiter(l Limits, now func() time.Time) *limiter {
	return &limiter{limits: l, now: now, m: map[string]*limited{}}
}

// allow takes one request from the asker's account.
func (l *limiter) allow(r *http.Request, p *Principal) bool {
	key, perSecond := "", float64(addressRate)
	switch {
	case p == nil:
		if a := aboutOf(r.Context()); a != nil {
			key = "a" + a.address.String()
		}
	case p.Token != nil:
		key, perSecond = "t"+strconv.FormatInt(p.Token.ID, 10), l.limits.TokenRate
	default:
		key, perSecond = "u"+strconv.FormatInt(p.User.ID, 10), l.limits.UserRate
	}
	if perSecond < 0 {
		return true
	}
	return l.take(key, perSecond, int(burstFactor*perSecond))
}

func (l *limiter) take(key string, perSecond float64, burst int) bool {
	now := l.now()
	l.mu.Lock()
	defer l.mu.Unlock()
	e := l.m[key]
	if e == nil {
		if len(l.m) >= limitedMax {
			l.makeRoom(now)
		}
		e = &limited{Limiter: rate.NewLimiter(rate.Limit(perSecond), max(burst, 1))}
		l.m[key] = e
	}
	e.used = now
	return e.AllowN(now, 1)
}

// makeRoom drops limiters that are full again, and all of them if that is not
// enough.
func (l *limiter) makeRoom(now time.Time) {
	for k, e := range l.m {
		if now.Sub(e.used) > limitedIdle {
			delete(l.m, k)
		}
	}
	if len(l.m) >= limitedMax {
		clear(l.m)
	}
}
