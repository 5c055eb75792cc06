// Package cases is the life of a finding over many runs: its states, which
// change may follow which, its deadlines, and the shapes in which the store,
// the reports and the web pages speak of it.
//
// It keeps nothing and shows nothing; see the packages store, report and
// server.
package cases

import (
	"net/url"
	"strings"
	"time"

	"prescreen/scanner"
)

// State of a case.
type State string

// The states, in the order of a case's life.
const (
	Open      State = "open"      // 待处理: found, nobody has judged it
	Confirmed State = "confirmed" // 已确认
	Dismissed State = "dismissed" // 误报
	Fixing    State = "fixing"    // 整改中
	Fixed     State = "fixed"     // 已整改: said to be gone, waits for the next run
	Closed    State = "closed"    // 复查通过: a run looked and did not find it
	Reopened  State = "reopened"  // 复发: found again after it was closed or fixed
)

// Case is one finding over all runs. It holds what Finding holds: masked
// excerpts, places, hashes; never the value.
type Case struct {
	ID          int64  `json:"id"`          // 问题编号, counts up
	Fingerprint string `json:"fingerprint"` // of the finding
	Site        string `json:"site"`
	Unit        string `json:"unit,omitempty"`   // responsible for the site
	Column      string `json:"column,omitempty"` // 栏目 of the site
	Title       string `json:"title,omitempty"`  // of the page
	// Published is when the page says that it was published, 2006-01-02 or
	// 2006-01-02 15:04.
	Published string          `json:"published,omitempty"`
	Finding   scanner.Finding `json:"finding"` // as last seen
	State     State           `json:"state"`
	Assignee  string          `json:"assignee,omitempty"`
	Due       time.Time       `json:"due,omitzero"`
	Note      string          `json:"note,omitempty"` // the latest
	// Clock is when the 24 hours of a suspected state secret began, zero
	// where they do not run; Steps are what is to be done within them.
	Clock     time.Time `json:"clock,omitzero"`
	Steps     []Step    `json:"steps,omitempty"`
	FirstSeen time.Time `json:"first_seen"`
	LastSeen  time.Time `json:"last_seen"`
	FirstRun  string    `json:"first_run"`
	LastRun   string    `json:"last_run"` // the last run that found it
	Returned  int       `json:"returned"` // how often it came back
	Version   int       `json:"version"`  // counts changes, for optimistic locking
}

// Step is one thing to do about a suspected state secret.
type Step struct {
	Name StepName  `json:"name"`
	Done time.Time `json:"done,omitzero"`
	By   string    `json:"by,omitempty"`
}

// StepName names a step.
type StepName string

// The steps, in their order (保密法实施条例 61: 补救措施, report within 24 h).
const (
	TakeDown   StepName = "take_down"   // 下线
	PurgeCache StepName = "purge_cache" // 清缓存
	Seal       StepName = "seal"        // 封存
	Report     StepName = "report"      // 报告
)

// Event is one entry in the history of a case.
type Event struct {
	Time   time.Time `json:"time"`
	Actor  string    `json:"actor"` // a user, or "run ID"
	Action string    `json:"action"`
	From   State     `json:"from,omitempty"`
	To     State     `json:"to,omitempty"`
	Note   string    `json:"note,omitempty"`
}

// Change is what a person does to some cases. Fields that are nil or zero
// stay as they are.
type Change struct {
	IDs      []int64
	To       State
	Assignee *string
	Due      *time.Time
	Note     string
	Step     StepName // marked as done
	// Reason, Owner and Expires belong to a dismissal: an exception for this
	// rule and value on the site has all three.
	Reason, Owner string
	Expires       time.Time // zero: after the configured time
	// Version refuses the change of a single case that was changed meanwhile;
	// 0 does not look.
	Version int
}

// Filter selects cases; its zero value selects all.
type Filter struct {
	IDs        []int64
	States     []State
	Severities []scanner.Severity
	Categories []string
	Rules      []string
	Sites      []string
	Units      []string
	Assignee   string
	Run        string // found by this run
	NewIn      string // first found by this run
	Overdue    bool
	Text       string // in title, address, rule or note
	URL        string
}

// Page is a part of a long list.
type Page struct {
	Cursor string // as returned with the part before, "" for the first
	Limit  int    // 0: 100
	Sort   Sort
}

// Sort is the order of a list.
type Sort string

// The orders. Cases that are equal in it follow by number, the newest first.
const (
	BySeverity Sort = ""    // the worst first
	ByNewest   Sort = "new" // the highest number first
	ByDue      Sort = "due" // the most urgent first, those without a deadline last
)

// Counts of the cases that a filter selects.
type Counts struct {
	Total      int                      `json:"total"`
	Overdue    int                      `json:"overdue"`
	States     map[State]int            `json:"states"`
	Severities map[scanner.Severity]int `json:"severities"`
	Categories map[string]int           `json:"categories"`
	Sites      map[string]int           `json:"sites"`
	Units      map[string]int           `json:"units"`
	// Pending and Urgent count what is still to be dealt with, and of that
	// the suspected state secrets whose clock runs.
	Pending int `json:"pending"`
	Urgent  int `json:"urgent"`
}

// Trend is what one run saw, for a chart over runs.
type Trend struct {
	Run        string    `json:"run"`
	Started    time.Time `json:"started"`
	New        int       `json:"new"`
	Persisting int       `json:"persisting"`
	Reopened   int       `json:"reopened"`
	Resolved   int       `json:"resolved"` // closed because the run did not find them any more
}

// Exception keeps findings of a rule with one value dismissed on a site.
type Exception struct {
	ID      int64     `json:"id"`
	Site    string    `json:"site"`
	Rule    string    `json:"rule"`
	Case    int64     `json:"case"` // the case it was decided on
	Owner   string    `json:"owner"`
	Reason  string    `json:"reason"`
	Created time.Time `json:"created"`
	Expires time.Time `json:"expires"`
	Revoked time.Time `json:"revoked,omitzero"`
}

// Subject is what an exception for a finding is about: its value, wherever it
// stands, or the finding alone where it stands for changing values.
func Subject(f *scanner.Finding) string {
	if f.ValueKey != "" {
		return f.ValueKey
	}
	return f.Fingerprint
}

// Accepted is one line of a baseline: what was there before anybody looked.
type Accepted struct {
	Site    string `json:"site"`
	Rule    string `json:"rule"`
	Subject string `json:"subject"` // see Subject; keyed, says nothing to others
}

// Site is a portal with the unit that is responsible for it.
type Site struct {
	Name    string   `json:"name"`
	Unit    string   `json:"unit,omitempty"`
	Columns []Column `json:"columns,omitempty"`
}

// Column is a part of a site (栏目), by the path its pages begin with.
type Column struct {
	Path string `json:"path" yaml:"path"` // /zwgk/
	Name string `json:"name" yaml:"name"` // 政务公开
}

// Column returns the name of the column that an address belongs to: that of
// the longest path it begins with, "" where there is none.
func (s *Site) Column(address string) string {
	path := "/"
	if u, err := url.Parse(address); err == nil && u.Path != "" {
		path = u.Path
	}
	best := Column{}
	for _, c := range s.Columns {
		if len(c.Path) > len(best.Path) && strings.HasPrefix(path, c.Path) {
			best = c
		}
	}
	return best.Name
}
