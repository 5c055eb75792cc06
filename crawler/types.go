// Package crawler visits every URL in scope once, politely, and hands each
// page, or the reason why there is none, to a Visitor.
//
// One worker carries one page from start to finish as plain function calls;
// the only concurrency is N such workers on one Frontier. The Frontier owns
// everything that must be exact over all workers: the seen set, the politeness
// clock of each host and address, budgets and counts.
//
// The life of a URL: a reference is brought to its canonical form, belongs to a
// site or is counted as out of scope, and is enqueued unless it was seen, after
// the robots.txt of its host. The Frontier hands it out when its host and
// address may be asked again and no budget is used up. Then robots.txt is
// consulted, the History decides whether it is due and with which validators,
// it is fetched, and the Visitor screens it. Redirects and links go the same
// way from the beginning. It ends in exactly one Result, with a Reason where
// it was not screened.
//
// It does not fetch (Fetcher, package fetch), keep state (Frontier, packages
// disk and internal/redis; History, the store), parse documents or judge them
// (Visitor), and it never leaves the configured hosts.
package crawler

import (
	"context"
	"crypto/sha256"
	"io"
	"net/http"
	"strings"
	"time"
)

// Class says what a task is expected to return; it picks size limits and
// what is done with the body.
type Class string

// The classes of task.
const (
	ClassPage       Class = "page"
	ClassAttachment Class = "attachment"
	ClassSitemap    Class = "sitemap"
	// ClassRobots is a host's robots.txt. A Frontier hands it out before and
	// never beside any other task of its host.
	ClassRobots Class = "robots"
)

// Task is one URL to fetch. URL is canonical (see package weburl).
type Task struct {
	URL      string `json:"url"`
	Site     string `json:"site"`            // name of the configured site it belongs to
	Host     string `json:"host"`            // host[:port], the politeness key
	Class    Class  `json:"class,omitempty"` // a hint; the response decides
	Depth    int    `json:"depth,omitempty"` // links followed from a seed
	Referrer string `json:"referrer,omitempty"`
	Via      string `json:"via,omitempty"`     // seed, a, iframe, sitemap, redirect (and its trail), script, meta-refresh …
	Attempt  int    `json:"attempt,omitempty"` // failed tries so far
	Cost     int    `json:"cost,omitempty"`    // 0 normal; likely traps are fetched later, never dropped
	Hops     int    `json:"hops,omitempty"`    // redirects in a row that led here
	// Again enqueues the URL although it was seen: a redirect that came back
	// to where it started, as servers do that test for cookies.
	Again bool `json:"again,omitempty"`
	// Address is the politeness group of the host's resolved address; empty:
	// not known, the host is a group of its own.
	Address string `json:"address,omitempty"`
	// Skip is set on a URL that is known not to be fetched (too deep, …); it
	// is handed out in a Lease with the same Cut, to be reported.
	Skip Reason `json:"skip,omitempty"`
}

// origin is Via without what the crawler adds to it.
func (t *Task) origin() string {
	via, _, _ := strings.Cut(t.Via, " ")
	return via
}

// Auxiliary says that the task serves the crawl and is no page to screen.
func (t *Task) Auxiliary() bool { return t.Class == ClassRobots || t.Class == ClassSitemap }

// Link is a reference found on a page, before scope, canonical form and
// deduplication.
type Link struct {
	URL string // as found, already resolved against the document's base
	Via string // element or pattern it came from
}

// Validators are what a server gave us to ask "changed since?" with.
type Validators struct {
	ETag         string `json:"etag,omitempty"`
	LastModified string `json:"last_modified,omitempty"`
}

// Request is what a Fetcher needs to fetch one task.
type Request struct {
	Task  Task
	Prior Validators // zero: unconditional
}

// Body is a fetched body: in memory when small, spooled to a file when large.
// Close removes the file.
type Body interface {
	io.ReaderAt
	io.Closer
	Size() int64
	// Bytes returns the whole body; for a spooled body it reads the file.
	Bytes() ([]byte, error)
}

// Values of Page.Truncated, optionally followed by ": " and detail.
const (
	TruncatedSize    = "size limit"        // fetching again gives the same
	TruncatedRatio   = "compression ratio" // a bomb; fetching again gives the same
	TruncatedNetwork = "connection lost"   // fetching again may help
	TruncatedIdle    = "server went silent"
	TruncatedCoding  = "broken content coding"
)

// Page is one response. Redirects are not followed: Location holds the target.
type Page struct {
	Task        Task
	Status      int
	Header      http.Header
	Body        Body // nil for redirects, 304 and failed statuses without a body; decoded from content codings
	Location    string
	NotModified bool
	Truncated   string // why the body is incomplete (Truncated…); empty when whole
	Hash        [sha256.Size]byte
	Validators  Validators
	RemoteAddr  string
	Fetched     time.Time
	Duration    time.Duration
	// Unchanged is set by the crawler: 304, or the same Hash as last time, under
	// conditions the History vouches for. Past is what the History knew.
	Unchanged bool
	Past      *Past
	// Next is what History.Put is going to be told of an unchanged page.
	Next *Past
	// BadCertificate is the verification error of a site that is configured
	// to be read in spite of it.
	BadCertificate string
}

// Fetcher fetches one URL. An error means no usable response; its class
// decides about retries (see ErrorClass).
type Fetcher interface {
	Fetch(ctx context.Context, req Request) (*Page, error)
}

// Visitor receives every page, or the reason that took its place, exactly once
// per completed task (again only where a worker died between the call and
// Frontier.Done). Its methods are called by many workers at once.
type Visitor interface {
	// Visit screens one page and returns what was found on it. The page and
	// its body are not used after it returns. An error or a panic costs this
	// page only: it is reported with ReasonVisit.
	Visit(ctx context.Context, page *Page) (Visited, error)
	// Skip is told of every URL in scope that will not be visited, and why.
	Skip(ctx context.Context, task Task, reason Reason, detail string)
}

// Visited is what a Visitor found out about a page.
type Visited struct {
	Links []Link
	// NearDuplicate says that the text is almost that of an earlier page of
	// the site. Its links are followed later; a long line of such pages is a
	// trap.
	NearDuplicate bool
	// SoftMissing says that the page is an error page in spite of status 200.
	SoftMissing bool
	// Incomplete says that part of the page could not be read (counted).
	Incomplete bool
	// Put says that Page.Next was stored together with what the Visitor stores,
	// so that History.Put need not be called: most pages of a night are
	// unchanged, and one transaction less is a good part of what they cost.
	Put bool
}
