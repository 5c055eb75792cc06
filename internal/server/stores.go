package server

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"time"

	"prescreen/crawler"
	"prescreen/dictionaries"
	"prescreen/internal/accounts"
	"prescreen/internal/cases"
	"prescreen/internal/checks"
	"prescreen/internal/document"
	"prescreen/internal/lang"
	"prescreen/internal/pipeline"
	"prescreen/internal/report"
	"prescreen/scanner"
)

// Accounts keeps users, sessions and tokens. Names, hashes and subjects are
// looked up exactly; what is not there is accounts.ErrNotFound.
type Accounts interface {
	Users(ctx context.Context) ([]accounts.User, error)
	User(ctx context.Context, id int64) (accounts.User, error)
	UserByName(ctx context.Context, name string) (accounts.User, error)
	UserBySubject(ctx context.Context, subject string) (accounts.User, error)
	AddUser(ctx context.Context, u accounts.User) (int64, error) // accounts.ErrTaken
	AddFirstUser(ctx context.Context, u accounts.User) (int64, error)
	UpdateUser(ctx context.Context, u accounts.User) error
	// LoginFailed counts a wrong password and locks the user for a while at
	// every max-th; LoginDone resets the count.
	LoginFailed(ctx context.Context, user int64, max int, until time.Time) error
	LoginDone(ctx context.Context, user int64, now time.Time) error

	AddSession(ctx context.Context, s accounts.Session) error
	SessionByHash(ctx context.Context, hash string) (accounts.Session, accounts.User, error)
	TouchSession(ctx context.Context, hash string, now time.Time) error
	EndSession(ctx context.Context, hash string) error
	EndSessions(ctx context.Context, user int64) error

	AddToken(ctx context.Context, t accounts.Token) (int64, error)
	Tokens(ctx context.Context, user int64) ([]accounts.Token, error) // 0: everybody's
	TokenByHash(ctx context.Context, hash string) (accounts.Token, accounts.User, error)
	TouchToken(ctx context.Context, id int64, now time.Time) error
	RevokeToken(ctx context.Context, id int64) error
}

// Checks keeps what became of checks.
type Checks interface {
	// BeginCheck records a check. Where key is not empty and was used by the
	// owner before, the earlier record is returned and nothing is written;
	// with another request behind the key, checks.ErrKeyReused.
	BeginCheck(ctx context.Context, r checks.Record, instance, key, request string) (earlier *checks.Record, err error)
	EndCheck(ctx context.Context, r checks.Record) error
	CheckByID(ctx context.Context, owner int64, id string) (checks.Record, error)
	// Checks lists the latest of an owner, newest first, without results.
	Checks(ctx context.Context, owner int64, before string, limit int) ([]checks.Record, error)
	// LoseChecks marks the running checks of an instance that has ended, and
	// all that began before a moment.
	LoseChecks(ctx context.Context, instance string, before time.Time) (int, error)
}

// Checking checks single documents.
type Checking interface {
	Check(ctx context.Context, id string, in document.Input) pipeline.Result
	// CheckURL fetches an address of a host that may be checked and checks
	// what it finds there.
	CheckURL(ctx context.Context, id, address string) pipeline.Result
	// MayCheck says why an address may not be checked.
	MayCheck(address string) error
}

// Rules are those in force.
type Rules interface {
	Set() *dictionaries.Set
	// Why says what a text fires, what it nearly fires, and what held that
	// back.
	Why(ctx context.Context, text string) ([]scanner.Finding, []scanner.NearMiss, error)
}

// Cases keeps findings over runs. Its errors are those of package cases.
type Cases interface {
	Cases(ctx context.Context, f cases.Filter, p cases.Page) (list []cases.Case, next string, err error)
	Case(ctx context.Context, id int64) (cases.Case, []cases.Event, error)
	Change(ctx context.Context, actor string, c cases.Change) error
	Counts(ctx context.Context, f cases.Filter) (cases.Counts, error)
	// Trend is what the last runs up to one saw; "": up to the latest.
	Trend(ctx context.Context, run string, last int) ([]cases.Trend, error)
}

// Log is the audit log, append-only.
type Log interface {
	Audit(ctx context.Context, actor, action, object string, detail any) error
	// Entries lists entries, newest first.
	Entries(ctx context.Context, f LogFilter) ([]Entry, error)
}

// Entry is one line of the log of who did what.
type Entry struct {
	Seq    int64           `json:"seq"`
	Time   time.Time       `json:"time"`
	Actor  string          `json:"actor"`
	Action string          `json:"action"` // login, view, confirmed, denied …
	Object string          `json:"object"` // case 12, run …, user …
	Detail json.RawMessage `json:"detail,omitempty"`
}

// LogFilter selects entries of the log.
type LogFilter struct {
	Actor, Action string // exact; "": any
	Object        string // begins with
	Before        int64  // entries with a smaller Seq; 0: from the newest
	Limit         int
}

// Runs starts, watches and remembers crawls.
type Runs interface {
	Start(ctx context.Context, sites []string, by string) (id string, err error) // ErrRunning
	// Set pauses, resumes or cancels a run, whoever works on it.
	Set(ctx context.Context, id, by string, to RunState) error // ErrNoRun, ErrRunOver
	// Progress of a run that is under way, here or on other machines; ok is
	// false for any other.
	Progress(ctx context.Context, id string, hosts int) (p crawler.Progress, ok bool, err error)
	List(ctx context.Context, limit int) ([]Run, error)
	Run(ctx context.Context, id string) (Run, error) // ErrNoRun
	// Gaps lists what a run did not check, at most limit.
	Gaps(ctx context.Context, id string, limit int) ([]report.Gap, error)
	Report(ctx context.Context, id, format string, l lang.Lang, w io.Writer) error
}

// Reports writes what came of a check as a file.
type Reports interface {
	// Formats are those that Check writes.
	Formats() []string
	Check(ctx context.Context, rec checks.Record, format string, l lang.Lang, w io.Writer) error
	// Print writes an HTML page, which needs no other file, as PDF;
	// report.ErrNoBrowser where that cannot be done.
	Print(ctx context.Context, page []byte, w io.Writer) error
}

// Run is one crawl.
type Run struct {
	ID       string    `json:"id"`
	State    RunState  `json:"state"`
	Sites    []string  `json:"sites"`
	Started  time.Time `json:"started"`
	Finished time.Time `json:"finished,omitzero"`
	By       string    `json:"by,omitempty"`
	// Elsewhere: other machines work on it, this one does not.
	Elsewhere bool            `json:"elsewhere,omitempty"`
	Summary   *report.Summary `json:"summary,omitempty"`
}

// RunState is where a run stands.
type RunState string

// The states of runs.
const (
	RunRunning   RunState = "running"   // here, or on other machines
	RunOpen      RunState = "open"      // begun, and nobody is known to work on it; starting the same sites goes on
	RunPaused    RunState = "paused"    // by a person
	RunCancelled RunState = "cancelled" // by a person; what was found stays
	RunFinished  RunState = "finished"  // and reported
	RunAbandoned RunState = "abandoned" // given up, because the rules changed
)

// Errors that those who implement these interfaces wrap.
var (
	ErrNoRun   = errors.New("no such run")
	ErrRunning = errors.New("a run of these sites is under way")
	ErrRunOver = errors.New("the run has ended")
)

// Site is a configured portal as people see it.
type Site struct {
	Name    string   `json:"name"`
	Unit    string   `json:"unit,omitempty"`
	Seeds   []string `json:"seeds"`
	Hosts   []string `json:"hosts"`
	Robots  string   `json:"robots"`
	Quiet   []string `json:"quiet_hours,omitempty"`
	Private bool     `json:"private,omitempty"`
}
