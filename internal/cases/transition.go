package cases

import (
	"errors"
	"fmt"
	"slices"

	"prescreen/internal/lang"
)

// Errors that callers decide on.
var (
	ErrNotFound = errors.New("no such case")
	// ErrConflict says that somebody changed the case meanwhile.
	ErrConflict = errors.New("the case was changed meanwhile: read it again")
	// ErrIncomplete says that a change lacks something, see its text.
	ErrIncomplete = errors.New("the change is not complete")
)

// TransitionError says that a case in the state From cannot be put into To by
// a person.
type TransitionError struct {
	ID       int64
	From, To State
}

func (e *TransitionError) Error() string {
	return fmt.Sprintf("case %d is %s and cannot become %s; it may become %v", e.ID, e.From, e.To, Next(e.From))
}

// next is what a person may make of a case. What a run does is in the store:
// it closes what it no longer finds and reopens what has returned.
var next = map[State][]State{
	Open:      {Confirmed, Dismissed, Fixing, Fixed},
	Confirmed: {Fixing, Fixed, Dismissed},
	Dismissed: {Open, Confirmed},
	Fixing:    {Fixed, Confirmed, Dismissed},
	Fixed:     {Fixing, Closed},
	Closed:    {Reopened},
	Reopened:  {Confirmed, Fixing, Fixed, Dismissed},
}

// Next returns the states that a person may put a case into.
func Next(from State) []State { return slices.Clone(next[from]) }

// May reports whether a person may put a case from one state into another.
func May(from, to State) bool { return slices.Contains(next[from], to) }

// Pending reports whether something is still to be done about a case: only
// such cases can be overdue.
func (s State) Pending() bool {
	return s == Open || s == Confirmed || s == Fixing || s == Reopened
}

// States lists all states in the order of a case's life.
func States() []State {
	return []State{Open, Confirmed, Dismissed, Fixing, Fixed, Closed, Reopened}
}

// Name says a state for people: 待处理, open.
func (s State) Name(l lang.Lang) string {
	switch s {
	case Open:
		return l.Pick("待处理", "open")
	case Confirmed:
		return l.Pick("已确认", "confirmed")
	case Dismissed:
		return l.Pick("误报", "dismissed")
	case Fixing:
		return l.Pick("整改中", "being fixed")
	case Fixed:
		return l.Pick("已整改", "fixed, to be checked")
	case Closed:
		return l.Pick("复查通过", "closed")
	case Reopened:
		return l.Pick("复发", "reopened")
	}
	return string(s)
}

// ParseState reads a state by its code or by either of its names.
func ParseState(text string) (State, error) {
	for _, s := range States() {
		if text == string(s) || text == s.Name(lang.Chinese) || text == s.Name(lang.English) {
			return s, nil
		}
	}
	return "", fmt.Errorf("%q is no state: use %v", text, States())
}

// Name says a step for people: 下线, take down.
func (n StepName) Name(l lang.Lang) string {
	switch n {
	case TakeDown:
		return l.Pick("下线", "take down")
	case PurgeCache:
		return l.Pick("清缓存", "purge caches")
	case Seal:
		return l.Pick("封存", "seal the evidence")
	case Report:
		return l.Pick("报告", "report")
	}
	return string(n)
}

// StepNames lists the steps in their order.
func StepNames() []StepName { return []StepName{TakeDown, PurgeCache, Seal, Report} }
