package dictionaries

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io/fs"
	"slices"
)

// Set is a checked, complete and immutable collection of rules: lists are
// written out, files are read.
type Set struct {
	rules       []*Rule
	files       []FileInfo
	fingerprint string
	data        map[string][]byte
}

// FileInfo tells about one dictionary file.
type FileInfo struct {
	Name  string `json:"name"`
	Path  string `json:"path"`
	Title Text   `json:"title"`
	Rules int    `json:"rules"`
}

// Rules returns the rules in the order of their ids. They must not be changed.
func (s *Set) Rules() []*Rule { return s.rules }

// Rule returns the rule with the given id, or nil.
func (s *Set) Rule(id string) *Rule {
	for _, r := range s.rules {
		if r.ID == id {
			return r
		}
	}
	return nil
}

// Files returns the dictionary files the rules came from.
func (s *Set) Files() []FileInfo { return s.files }

// Fingerprint identifies the rules, lists, term files and data, to the last
// byte: 16 hexadecimal digits. What was scanned with another fingerprint may
// have to be scanned again.
func (s *Set) Fingerprint() string { return s.fingerprint }

// Version is what people see: the number of rules and the fingerprint.
func (s *Set) Version() string { return fmt.Sprintf("%d rules, %s", len(s.rules), s.fingerprint) }

// Terms returns the number of literals in all rules.
func (s *Set) Terms() int {
	n := 0
	for _, r := range s.rules {
		n += len(r.Match.Terms) + len(r.Match.Pairs) + len(r.SecretTerms)
	}
	return n
}

// Data returns one of the shipped tables below data/ (regions.tsv), nil where
// there is none.
func (s *Set) Data(name string) []byte { return s.data[name] }

// set puts the checked rules together.
func (l *loader) set(base fs.FS) (*Set, error) {
	s := &Set{files: l.files, data: map[string][]byte{}}
	for _, r := range l.byID {
		s.rules = append(s.rules, r)
	}
	slices.SortFunc(s.rules, func(a, b *Rule) int { return cmpString(a.ID, b.ID) })
	h := sha256.New()
	for _, name := range l.hashes {
		fmt.Fprintln(h, name)
	}
	for _, r := range s.rules {
		b, err := json.Marshal(r)
		if err != nil {
			return nil, fmt.Errorf("fingerprint rule %q: %w", r.ID, err)
		}
		h.Write(b)
	}
	entries, err := fs.ReadDir(base, "data")
	if err != nil {
		return nil, fmt.Errorf("read shipped data: %w", err)
	}
	for _, e := range entries {
		if e.IsDir() {
			continue
		}
		b, err := fs.ReadFile(base, "data/"+e.Name())
		if err != nil {
			return nil, fmt.Errorf("read shipped data: %w", err)
		}
		s.data[e.Name()] = b
		fmt.Fprintln(h, e.Name(), digest(b))
	}
	s.fingerprint = hex.EncodeToString(h.Sum(nil)[:8])
	return s, nil
}

func digest(b []byte) string {
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}

func cmpString(a, b string) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}
