package crawler

import (
	"context"
	"crypto/sha256"
	"io"
	"net/http"
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
)

// Task is one URL to fetch. URL is canonical (see package weburl).
type Task struct {
	URL      string `json:"url"`
	Site     string `json:"site"`            // name of the configured site it belongs to
	Host     string `json:"host"`            // host[:port], the politeness key
	Class    Class  `json:"class,omitempty"` // a hint; the response decides
	Depth    int    `json:"depth,omitempty"` // links followed from a seed
	Referrer string `json:"referrer,omitempty"`
	Via      string `json:"via,omitempty"`     // seed, a, iframe, sitemap, redirect, script, meta-refresh …
	Attempt  int    `json:"attempt,omitempty"` // failed tries so far
	Cost     int    `json:"cost,omitempty"`    // 0 normal; likely traps are fetched later, never dropped
}

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

// Page is one response. Redirects are not followed: Location holds the target.
type Page struct {
	Task        Task
	Status      int
	Header      http.Header
	Body        Body // nil for redirects, 304 and failed statuses without a body; decoded from content codings
	Location    string
	NotModified bool
	Truncated   string // why the body is incomplete; empty when whole
	Hash        [sha256.Size]byte
	Validators  Validators
	RemoteAddr  string
	Fetched     time.Time
	Duration    time.Duration
	// BadCertificate is the verification error of a site that is configured
	// to be read in spite of it.
	BadCertificate string
}

// Fetcher fetches one URL. An error means no usable response; its class
// decides about retries (see ErrorClass).
type Fetcher interface {
	Fetch(ctx context.Context, req Request) (*Page, error)
}

// Visitor receives every page exactly once, or the error that took its place.
// Visit returns the links of the page; it owns nothing of page afterwards.
type Visitor interface {
	Visit(ctx context.Context, page *Page) ([]Link, error)
	// Skip is told of every URL in scope that will not be visited, and why.
	Skip(ctx context.Context, task Task, reason Reason, detail string)
}

// Reason says why a URL in scope was not screened.
type Reason string
