package scanner

import (
	"context"
	"fmt"
	"hash/maphash"
	"sync"
	"time"

	"prescreen/dictionaries"
	"prescreen/scanner/words"
)

// DefaultMaxFindings is how many findings a rule gives for one document
// unless Config says otherwise.
const DefaultMaxFindings = 500

// Config of a Scanner. The zero value works; its fingerprints are then not
// keyed, so whoever sees one can try values against it.
type Config struct {
	Key   []byte           // of the installation; keys the fingerprints
	Lang  string           // of titles, messages and advice: "zh" (default) or "en"
	Today func() time.Time // for dates and validity; default time.Now

	// Words answers questions about word boundaries and names. Nil: rules
	// with boundary "word" take every candidate, and names are told by
	// surname alone.
	Words *words.Segmenter

	// MaxFindings is the most findings one rule gives for one document. What
	// goes beyond is counted in one more finding, marked Capped.
	MaxFindings int
}

// Scanner finds what a rule set describes. It is immutable and safe for
// concurrent use; the findings of a document depend on nothing but the
// document, the rules, the configuration and the day.
type Scanner struct {
	cfg  Config
	set  *dictionaries.Set
	prog *program
	pool sync.Pool
	seed maphash.Seed // of the hashes that find equal segments
}

// New compiles a rule set.
func New(set *dictionaries.Set, cfg Config) (*Scanner, error) {
	if cfg.Lang == "" {
		cfg.Lang = "zh"
	}
	if cfg.Lang != "zh" && cfg.Lang != "en" {
		return nil, fmt.Errorf("build scanner: unknown language %q: want zh or en", cfg.Lang)
	}
	if cfg.Today == nil {
		cfg.Today = time.Now
	}
	if cfg.MaxFindings <= 0 {
		cfg.MaxFindings = DefaultMaxFindings
	}
	prog, err := compile(set)
	if err != nil {
		return nil, fmt.Errorf("build scanner: %w", err)
	}
	prog.tables.today = cfg.Today
	s := &Scanner{cfg: cfg, set: set, prog: prog, seed: maphash.MakeSeed()}
	s.pool.New = func() any { return newScan(s) }
	return s, nil
}

// Set returns the rules the scanner was built from.
func (s *Scanner) Set() *dictionaries.Set { return s.set }

// Scan appends the findings of doc to dst, in the order of place, position
// and rule, and returns it. It allocates nothing for a document without
// candidates. When ctx ends early the findings so far are returned; check
// ctx.Err.
func (s *Scanner) Scan(ctx context.Context, doc *Document, dst []Finding) []Finding {
	sc := s.pool.Get().(*scan)
	dst = sc.run(ctx, doc, dst)
	s.pool.Put(sc)
	return dst
}
