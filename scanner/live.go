package scanner

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"

	"prescreen/dictionaries"
)

// Live holds the scanner in use and swaps it whole. Whoever scans a document
// asks for the scanner once and keeps it for that document.
type Live struct {
	current atomic.Pointer[Scanner]
}

// NewLive returns a Live that holds s.
func NewLive(s *Scanner) *Live {
	l := &Live{}
	l.current.Store(s)
	return l
}

// Scanner returns the scanner in use.
func (l *Live) Scanner() *Scanner { return l.current.Load() }

// ErrSelfTest is wrapped by the error of Reload when rules fail their own
// tests.
var ErrSelfTest = errors.New("rules fail their own tests")

// Reload builds a scanner from set beside the one in use, runs the rules' own
// tests, and swaps it in. On any error the old one stays. It reports whether
// the rules are different ones.
func (l *Live) Reload(ctx context.Context, set *dictionaries.Set) (changed bool, err error) {
	old := l.Scanner()
	if old.set.Fingerprint() == set.Fingerprint() {
		return false, nil
	}
	failures, err := SelfTest(ctx, set, old.cfg)
	if err != nil {
		return false, fmt.Errorf("reload rules: %w", err)
	}
	if len(failures) > 0 {
		return false, fmt.Errorf("reload rules: %w: %d failures, first: %s", ErrSelfTest, len(failures), failures[0])
	}
	s, err := New(set, old.cfg)
	if err != nil {
		return false, fmt.Errorf("reload rules: %w", err)
	}
	l.current.Store(s)
	return true, nil
}
