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
	// Put replaces it. Every URL in scope is put once it was found, also one
	// that was skipped, failed or incomplete (then without validators and
	// hash): the page that links to it may not be read again for a long time.
	Put(ctx context.Context, past Past) error
	// Known calls yield for every URL of a site and class that was put, until
	// yield returns false. It may leave out those that have been missing (404,
	// 410) for a long time.
	Known(ctx context.Context, site string, class Class, yield func(url string, depth int) bool) error
}

// ViaHistory is Task.Via of URLs that are known from an earlier run. An
// attachment with it was not found by a link this time: no page of the site
// links to it any more, and yet it may still be there.
const ViaHistory = "history"

// Past is what is known of one URL.
type Past struct {
	URL        string
	Site       string
	Class      Class
	Depth      int
	Status     int // of the last fetch; 404 and 410: it has vanished; 0: none yet
	Validators Validators
	Hash       [sha256.Size]byte // of the decoded body
	Fetched    time.Time
	Changed    time.Time     // when the hash, or a missing page's status, was last seen to differ
	Interval   time.Duration // until it is due again
	Referrer   string        // where the link to it was found, if it was
	Via        string        // how; ViaHistory: known from an earlier run only
	// Attachments are the canonical URLs of the attachments linked on the page.
	// They count as linked for as long as the page does not change.
	Attachments []string
	// Stale asks for an unconditional fetch, at once or, where it Waits, when
	// it is due. Both are set by the History only.
	Stale, Waits bool
}

// read says that the page was read to its end when it was last put.
func (p *Past) read() bool { return p.Hash != [sha256.Size]byte{} }
