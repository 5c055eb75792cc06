package dictionaries

import (
	"fmt"
	"strings"
)

// Error is one thing wrong with a dictionary, and where.
type Error struct {
	File  string
	Line  int    // 1-based, 0 if unknown
	Rule  string // id, empty outside rules
	Field string // as written: match.terms, empty if none is to blame
	Msg   string // what is wrong and what to do
}

// Error returns file:line: rule "id": field: message, on one line.
func (e *Error) Error() string {
	var b strings.Builder
	b.WriteString(e.File)
	if e.Line > 0 {
		fmt.Fprintf(&b, ":%d", e.Line)
	}
	b.WriteString(": ")
	if e.Rule != "" {
		fmt.Fprintf(&b, "rule %q: ", e.Rule)
	}
	if e.Field != "" {
		b.WriteString(e.Field + ": ")
	}
	b.WriteString(e.Msg)
	return b.String()
}

// Errors is everything wrong with the dictionaries that were to be loaded.
type Errors []*Error

// Error returns one line for each of them.
func (es Errors) Error() string {
	s := make([]string, len(es))
	for i, e := range es {
		s[i] = e.Error()
	}
	return strings.Join(s, "\n")
}

// Unwrap lets errors.As find a single Error.
func (es Errors) Unwrap() []error {
	out := make([]error, len(es))
	for i, e := range es {
		out[i] = e
	}
	return out
}
