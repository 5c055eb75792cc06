package crawler

import (
	"context"
	"errors"
	"time"
)

// Errors of a Frontier that a caller decides on.
var (
	// ErrDrained: no task is queued, leased or blocked. The run is over.
	ErrDrained = errors.New("frontier is drained")
	// ErrLeaseLost: the lease expired and was given to someone else, or was
	// closed. What was found under it must be thrown away.
	ErrLeaseLost = errors.New("lease is lost")
	// ErrUnavailable: the frontier cannot answer now (storage away, disk
	// full). Nothing was changed; the same call can be made again later.
	ErrUnavailable = errors.New("frontier is unavailable")
	// ErrClosed: Close was called.
	ErrClosed = errors.New("frontier is closed")
)

// Frontier holds the URLs still to fetch, with the seen set inside. It is
// shared by all workers of a run, in one process or in many.
//
// It promises (package crawlertest tests it):
//   - a URL is handed out again only after a retry, a release or a lost lease;
//   - a host has at most Politeness.Concurrency leases at a time, an address
//     likewise; between two requests lies at least the delay of both;
//   - Done is one atomic step: a crash leaves either all of it or nothing;
//   - a page budget is never overshot;
//   - every call with a lost lease fails with ErrLeaseLost and changes nothing;
//   - Found = Visited + Auxiliary + Skipped + Failed once drained.
//
// All durations are relative, so that the clocks of workers do not matter.
type Frontier interface {
	// Add enqueues the tasks whose URL was not seen before and returns their
	// number.
	Add(ctx context.Context, tasks []Task) (added int, err error)

	// Next returns a lease on one host that may be fetched from now, with at
	// most max of its tasks (at least one; more only in a lease with Cut, which
	// knows no politeness). With no host ready it returns a
	// zero Lease and how long to wait at most before asking again; it never
	// blocks on politeness. ErrDrained when the run is over.
	Next(ctx context.Context, worker string, max int) (Lease, time.Duration, error)

	// Extend keeps a lease from expiring for another Lease.TTL.
	Extend(ctx context.Context, lease Lease) error

	// Done ends one task of the lease: it checks the token, acknowledges the
	// task, enqueues the links not seen before, counts, and sets the time of
	// the host's next request, all in one step. The lease ends with its last
	// task.
	Done(ctx context.Context, lease Lease, task Task, out Outcome) (Receipt, error)

	// Release gives the tasks of a lease that are not done back to the front
	// of their host, as if they had never been handed out.
	Release(ctx context.Context, lease Lease) error

	// Block keeps a host from being handed out for a while; why is shown by
	// Stats.
	Block(ctx context.Context, host string, d time.Duration, why string) error

	// Note returns what Outcome.Note stored for the host; nil: nothing yet.
	Note(ctx context.Context, host string) ([]byte, error)

	// Reap takes back expired leases and returns their number. Their tasks go
	// to the front of their hosts; those that were lost MaxAttempts times come
	// back in a lease with Cut ReasonLost.
	Reap(ctx context.Context) (int, error)

	// Stats returns counts, and at most hosts hosts with work, each with the
	// reason why it is idle; hosts < 0: all.
	Stats(ctx context.Context, hosts int) (Stats, error)

	// Close gives all leases of this process back and frees what it holds.
	// State on disk or on a server stays.
	Close() error
}

// Lease is the exclusive right to work on some tasks of one host for a while.
type Lease struct {
	Host  string
	Site  string
	Token uint64 // fencing token: grows with every lease; 0: no lease
	Tasks []Task
	TTL   time.Duration // how long it holds without Extend
	// Cut is set when the tasks shall not be fetched but reported with this
	// reason (a budget is used up, the host was given up, …) and ended with an
	// Outcome of that Reason.
	Cut Reason
	// NoteVersion changes with every new Note of the host; 0: none.
	NoteVersion uint64
	// Faults is the number of host faults in a row, Faulty how long ago the
	// first of them was.
	Faults int
	Faulty time.Duration
	// Epoch changes when the frontier may have lost the last of what it was
	// told (its server was restarted, or another one took over): what was
	// enqueued before must be offered again.
	Epoch uint64
}

// Result is how a task ended.
type Result uint8

// The results.
const (
	ResultVisited   Result = iota + 1 // screened
	ResultUnchanged                   // the same as last time
	ResultAuxiliary                   // robots.txt, sitemap: read, not a page
	ResultSkipped                     // not fetched or nothing to read; see Reason
	ResultFailed                      // see Reason
	ResultRetry                       // to the back of its host with one more Attempt
	ResultDefer                       // to the back of its host as it was
)

// Outcome is what Frontier.Done is told about a task.
type Outcome struct {
	Result Result
	Reason Reason // of ResultSkipped and ResultFailed
	Links  []Task // canonical and in scope; seen ones are dropped

	// Duration of the request; 0: none was made, and the clocks of host and
	// address do not move.
	Duration time.Duration
	// RetryAfter is the least time until the host's next request, beyond the
	// ordinary delay: the server's wish or a back-off.
	RetryAfter time.Duration
	// TaskDelay is the least time until this task is handed out again, for
	// ResultRetry and ResultDefer.
	TaskDelay  time.Duration
	HostFault  bool          // the host is to blame (429, 503, refused connections): Lease.Faults + 1; otherwise a Duration > 0 resets it
	Why        string        // shown by Stats while RetryAfter lasts
	Bytes      int64         // body bytes received
	Incomplete bool          // visited, but not all of it could be read
	Address    string        // politeness group the host was really reached at; empty: unknown
	MinDelay   time.Duration // from robots.txt: raises the host's delay from now on; 0: as before
	Note       []byte        // replaces the host's note when not nil
	// CutHost gives the host up: all of its tasks, also those found later, are
	// handed out with this Cut.
	CutHost Reason
}

// Receipt is what Done returns.
type Receipt struct {
	Added int // links that were new
	// Wait is how long to wait before the next task of the same lease may be
	// fetched. That moment is reserved for it.
	Wait time.Duration
}

// Counts are numbers of URLs and bytes. Found = Visited + Auxiliary +
// sum(Skipped) + sum(Failed) + Queued + InFlight, at any moment.
type Counts struct {
	Found      int64            `json:"found"`
	Queued     int64            `json:"queued"`
	InFlight   int64            `json:"in_flight"`
	Visited    int64            `json:"visited"` // screened, unchanged ones included
	Unchanged  int64            `json:"unchanged"`
	Incomplete int64            `json:"incomplete"` // visited, but not all of it could be read
	Auxiliary  int64            `json:"auxiliary"`
	Retries    int64            `json:"retries"`
	Bytes      int64            `json:"bytes"`
	Skipped    map[Reason]int64 `json:"skipped,omitempty"`
	Failed     map[Reason]int64 `json:"failed,omitempty"`
}

// Plus adds other to c.
func (c *Counts) Plus(other Counts) {
	c.Found += other.Found
	c.Queued += other.Queued
	c.InFlight += other.InFlight
	c.Visited += other.Visited
	c.Unchanged += other.Unchanged
	c.Incomplete += other.Incomplete
	c.Auxiliary += other.Auxiliary
	c.Retries += other.Retries
	c.Bytes += other.Bytes
	for r, n := range other.Skipped {
		if c.Skipped == nil {
			c.Skipped = map[Reason]int64{}
		}
		c.Skipped[r] += n
	}
	for r, n := range other.Failed {
		if c.Failed == nil {
			c.Failed = map[Reason]int64{}
		}
		c.Failed[r] += n
	}
}

// Stats is the state of a frontier.
type Stats struct {
	Counts
	Sites  map[string]Counts `json:"sites,omitempty"`
	Hosts  []HostStats       `json:"hosts,omitempty"` // by name
	Ready  int               `json:"ready"`           // hosts that may be fetched from now
	Active int               `json:"active"`          // hosts with work
	// Paused says why nothing is handed out at all (low disk, …).
	Paused string `json:"paused,omitempty"`
	// Recovered says what was repaired when the frontier was opened.
	Recovered string `json:"recovered,omitempty"`
}

// HostStats is the state of one host.
type HostStats struct {
	Host     string        `json:"host"`
	Site     string        `json:"site"`
	Address  string        `json:"address,omitempty"`
	Queued   int           `json:"queued"`
	InFlight int           `json:"in_flight"`
	Faults   int           `json:"faults,omitempty"`
	Wait     time.Duration `json:"wait,omitempty"` // until it may be fetched from, as far as known
	Why      string        `json:"why"`            // why it is idle; empty: ready
}

// Politeness says how fast a host, or an address, is asked.
// After each request comes a delay of clamp(Factor × its duration, Min, Max).
type Politeness struct {
	Factor      float64       // 0: 1
	Min         time.Duration // 0: 1 s for a host, 100 ms for an address; negative: none
	Max         time.Duration // 0: 30 s, or Min when that is longer
	Concurrency int           // requests at a time; 0: 1 for a host, 4 for an address
}

// Delay returns the time to leave after a request of duration d. Min, Max and
// Factor must have been filled in (see Config).
func (p Politeness) Delay(d time.Duration) time.Duration {
	return min(max(time.Duration(p.Factor*float64(d)), p.Min), p.Max)
}

// Budget limits what is fetched of one site in one run. 0: no limit.
// What is cut off is reported URL by URL, never dropped.
type Budget struct {
	Pages int           // pages visited
	Bytes int64         // body bytes received; overshot by what is in flight
	Depth int           // links followed from a seed
	Time  time.Duration // since the first request, while the run is open
	Traps int           // pages with Task.Cost ≥ TrapCost; 0: 500, negative: no limit
}

// TrapCost is the Task.Cost from which on a page counts against Budget.Traps.
const TrapCost = 4

// Policy is what a Frontier needs to know about a site.
type Policy struct {
	Site string
	Politeness
	Budget
}

// Policies is what a Frontier needs to know of a Config; see Config.Policies.
type Policies struct {
	Sites       []Policy
	Address     Politeness
	MaxAttempts int
}
