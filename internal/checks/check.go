// Package checks is the shape of a check that somebody asked for: who, what,
// when, and what came of it.
//
// A record holds the masked result and never the text, file or page itself.
package checks

import (
	"errors"
	"time"

	"prescreen/internal/pipeline"
)

// Kind of a check.
type Kind string

// The kinds.
const (
	Text Kind = "text"
	HTML Kind = "html"
	File Kind = "file"
	URL  Kind = "url"
	Hook Kind = "hook" // a CMS asked
)

// State of a check.
type State string

// The states.
const (
	Running State = "running"
	Done    State = "done"
	// Lost: the server ended before the check did. Nothing was kept of what
	// was to be checked, so it must be sent again.
	Lost State = "lost"
)

// Record is one check.
type Record struct {
	ID      string           `json:"id"`
	Owner   int64            `json:"-"`
	Kind    Kind             `json:"kind"`
	Label   string           `json:"label"` // file name, address or the caller's id; never content
	State   State            `json:"state"`
	Created time.Time        `json:"created"`
	Ended   time.Time        `json:"ended,omitzero"`
	Verdict string           `json:"verdict,omitempty"`
	Result  *pipeline.Result `json:"result,omitempty"` // nil in lists
}

// Errors that callers decide on.
var (
	// ErrNotFound: there is no such check, or it is somebody else's.
	ErrNotFound = errors.New("no such check")
	// ErrKeyReused: an idempotency key came again with another request.
	ErrKeyReused = errors.New("the idempotency key was used for another request")
)
