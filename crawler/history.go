package crawler

import (
	"context"
	"crypto/sha256"
	"time"
)

// History is what is known of URLs from earlier runs. The store implements it.
type History interface {
	// Get returns what is known of a canonical URL; nil: nothing. An
	// implementation whose dictionary changed since then returns Stale, so
	// that the page is fetched and screened again.
	Get(ctx context.Context, url string) (*Past, error)
	// Put replaces it.
	Put(ctx context.Context, past Past) error
	// Known calls yield for every URL of a site that existed when it was last
	// fetched, until yield returns false.
	Known(ctx context.Context, site string, yield func(url string, class Class, depth int) bool) error
}

// Past is what is known of one URL.
type Past struct {
	URL        string
	Site       string
	Class      Class
	Depth      int
	Status     int // of the last fetch; 404 and 410: it has vanished
	Validators Validators
	Hash       [sha256.Size]byte // of the decoded body
	Fetched    time.Time
	Changed    time.Time     // when the hash was last seen to differ
	Interval   time.Duration // until it is due again
	Referrer   string        // where the link to it was found, if it was
	Via        string        // how; "history": known from an earlier run only
	// Stale asks for an unconditional fetch; set by the History only.
	Stale bool
}
