package pipeline

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"sync"

	"prescreen/internal/document"
	"prescreen/scanner"
)

// Texts remembers what was found in the texts of a run, so that the same text
// at another address, of the same or another site, is scanned once.
type Texts interface {
	// Text returns what was kept under a hash; nil: nothing.
	Text(ctx context.Context, hash string) (*Text, error)
	// KeepText keeps it. Who keeps the same hash again keeps the same.
	KeepText(ctx context.Context, hash string, t Text) error
}

// Text is what a scan found. The findings are those of the address where the
// text was seen first; Checker moves them.
type Text struct {
	Findings []scanner.Finding `json:"findings,omitempty"`
	Simhash  uint64            `json:"simhash,omitempty"`
}

// Sharing returns a Checker that scans each text once, as long as t remembers
// it.
func (c *Checker) Sharing(t Texts) *Checker {
	out := *c
	out.texts = t
	return &out
}

// mover is a scanner that can tell what a finding is at another address.
type mover interface {
	Moved(f scanner.Finding, url string) scanner.Finding
}

// known returns what an earlier scan found in the same text, moved to url.
func (c *Checker) known(ctx context.Context, s Scanner, hash, url string) (*Text, bool) {
	m, ok := s.(mover)
	if !ok || c.texts == nil {
		return nil, false
	}
	t, err := c.texts.Text(ctx, hash)
	if err != nil {
		c.cfg.Logger.Warn("it is not known whether the text was scanned before; it is scanned", "url", url, "err", err)
	}
	if t == nil || err != nil {
		return nil, false
	}
	moved := Text{Simhash: t.Simhash, Findings: make([]scanner.Finding, 0, len(t.Findings))}
	for _, f := range t.Findings {
		moved.Findings = append(moved.Findings, m.Moved(f, url))
	}
	return &moved, true
}

// keep remembers a text that was scanned to its end.
func (c *Checker) keep(ctx context.Context, hash, url string, t Text) {
	if c.texts == nil || ctx.Err() != nil {
		return
	}
	if err := c.texts.KeepText(ctx, hash, t); err != nil {
		c.cfg.Logger.Warn("a text could not be remembered; it is scanned again at its next address", "url", url, "err", err)
	}
}

// textHash is the hash of all that a scan looks at, except the address: the
// rules, and each segment with its place. A file name that rules may look at is
// a segment of its own, so the same text under another name has another hash.
func textHash(ruleSet string, segments []scanner.Segment) string {
	h := sha256.New()
	var n [8]byte
	number := func(v int) {
		binary.LittleEndian.PutUint64(n[:], uint64(v))
		h.Write(n[:])
	}
	text := func(s string) {
		number(len(s))
		h.Write([]byte(s))
	}
	text(ruleSet)
	for i := range segments {
		s := &segments[i]
		text(s.Text)
		text(string(s.Place.Kind))
		text(s.Place.File)
		text(s.Place.Sheet)
		text(s.Place.Cell)
		text(s.Place.XPath)
		header := 0
		if s.Header {
			header = 1
		}
		for _, v := range []int{s.Place.Page, s.Place.Line, s.Table, s.Row, s.Col, s.Confidence, header} {
			number(v)
		}
	}
	return hex.EncodeToString(h.Sum(nil))
}

// scanOnce scans a parsed document, unless its text is known.
func (c *Checker) scanOnce(ctx context.Context, s Scanner, ruleSet string, doc *scanner.Document, parsed *document.Result) (t Text, shared bool) {
	var hash string
	if c.texts != nil {
		hash = textHash(ruleSet, parsed.Segments)
		if known, ok := c.known(ctx, s, hash, doc.URL); ok {
			return *known, true
		}
	}
	t = Text{Findings: s.Scan(ctx, doc, []scanner.Finding{}), Simhash: simhash(parsed.Segments)}
	c.keep(ctx, hash, doc.URL, t)
	return t, false
}

// textsKept is how many texts one generation of Memory holds.
const textsKept = 1 << 16

// Memory is Texts in memory, for the workers of one process. It forgets the
// texts that have not been seen for the longest time.
type Memory struct {
	mu       sync.Mutex
	now, old map[string]Text
}

// Text implements Texts.
func (m *Memory) Text(_ context.Context, hash string) (*Text, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	t, ok := m.now[hash]
	if !ok {
		if t, ok = m.old[hash]; !ok {
			return nil, nil
		}
		m.put(hash, t)
	}
	return &t, nil
}

// KeepText implements Texts.
func (m *Memory) KeepText(_ context.Context, hash string, t Text) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.put(hash, t)
	return nil
}

func (m *Memory) put(hash string, t Text) {
	if m.now == nil || len(m.now) >= textsKept {
		m.now, m.old = map[string]Text{}, m.now
	}
	m.now[hash] = t
}

// Near is Texts that many processes share, with a Memory of this process in
// front of them.
type Near struct {
	Memory Memory
	Far    Texts
}

// Text implements Texts.
func (n *Near) Text(ctx context.Context, hash string) (*Text, error) {
	if t, err := n.Memory.Text(ctx, hash); t != nil || err != nil {
		return t, err
	}
	t, err := n.Far.Text(ctx, hash)
	if t == nil || err != nil {
		return nil, err
	}
	return t, n.Memory.KeepText(ctx, hash, *t)
}

// KeepText implements Texts.
func (n *Near) KeepText(ctx context.Context, hash string, t Text) error {
	if err := n.Memory.KeepText(ctx, hash, t); err != nil {
		return err
	}
	return n.Far.KeepText(ctx, hash, t)
}
