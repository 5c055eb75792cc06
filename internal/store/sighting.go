package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"time"

	"prescreen/crawler"
	"prescreen/internal/cases"
	"prescreen/internal/pipeline"
	"prescreen/scanner"
)

// The kinds of run_cases.
const (
	kindNew        = "new"
	kindPersisting = "persisting"
	kindReopened   = "reopened"
	kindResolved   = "resolved"
)

// sighting turns the findings of one page of a run into cases. It does the
// same when it is done twice.
type sighting struct {
	store *Store
	run   string
	rec   *pipeline.Record
	now   time.Time

	opened, reopened, expired []int64 // for the audit log
}

// seenCase is what a sighting needs to know of a case.
type seenCase struct {
	id    int64
	state cases.State
	note  string
	about about
}

// about is what lists say of a case and a later run may see differently.
type about struct {
	site, column, title, published, category string
	severity                                 int
}

func (g *sighting) about(f *scanner.Finding) about {
	site := g.store.site(g.rec.Site)
	column := site.Column(g.rec.URL)
	if column == "" {
		column = text(g.rec.Result.Column)
	}
	return about{site.Name, column, text(g.rec.Result.Title), text(g.rec.Result.Published), f.Category, f.Severity.Rank()}
}

func (g *sighting) write(ctx context.Context, t *tx) error {
	g.opened, g.reopened, g.expired = nil, nil, nil
	if g.rec.Result == nil {
		return nil
	}
	// In the order of fingerprints, so that two writers do not wait for one
	// another; a page may say the same twice.
	found := slices.Clone(g.rec.Result.Findings)
	slices.SortStableFunc(found, func(a, b scanner.Finding) int { return strings.Compare(a.Fingerprint, b.Fingerprint) })
	found = slices.CompactFunc(found, func(a, b scanner.Finding) bool { return a.Fingerprint == b.Fingerprint })
	for chunk := range slices.Chunk(found, 200) {
		known, err := t.known(ctx, chunk)
		if err != nil {
			return err
		}
		for i := range chunk {
			f := &chunk[i]
			if c, ok := known[f.Fingerprint]; ok {
				err = g.again(ctx, t, c, f)
			} else {
				err = g.first(ctx, t, f)
			}
			if err != nil {
				return err
			}
		}
	}
	if len(g.opened)+len(g.reopened)+len(g.expired) == 0 {
		return nil
	}
	return t.audit(ctx, g.now, "run "+g.run, "cases.found", g.rec.URL, struct {
		Opened   []int64 `json:"opened,omitempty"`
		Reopened []int64 `json:"reopened,omitempty"`
		Expired  []int64 `json:"expired,omitempty"`
	}{g.opened, g.reopened, g.expired})
}

// forUpdate locks the rows that a query reads; SQLite locks the database.
func (t *tx) forUpdate() string {
	if t.d == postgres {
		return " FOR UPDATE"
	}
	return ""
}

func (t *tx) known(ctx context.Context, found []scanner.Finding) (map[string]seenCase, error) {
	args := make([]any, len(found))
	for i := range found {
		args[i] = found[i].Fingerprint
	}
	rows, err := t.query(ctx, `SELECT fingerprint, id, state, note, site, page_column, title, published, category, severity FROM cases WHERE fingerprint IN (`+list(len(args))+`) ORDER BY fingerprint`+t.forUpdate(), args...)
	if err != nil {
		return nil, err
	}
	known := map[string]seenCase{}
	err = each(rows, func(rows *sql.Rows) error {
		var fingerprint string
		var c seenCase
		a := &c.about
		err := rows.Scan(&fingerprint, &c.id, &c.state, &c.note, &a.site, &a.column, &a.title, &a.published, &a.category, &a.severity)
		known[fingerprint] = c
		return err
	})
	return known, err
}

// first opens a case, dismissed where an exception covers it.
func (g *sighting) first(ctx context.Context, t *tx, f *scanner.Finding) error {
	site := g.store.site(g.rec.Site)
	c := cases.Case{State: cases.Open, Finding: *f}
	reason, dismissed, err := t.exception(ctx, site.Name, f, g.now)
	if err != nil {
		return err
	}
	if dismissed {
		c.State = cases.Dismissed
	} else {
		g.store.opt.Deadlines.Start(&c, g.now)
	}
	steps, data, err := encode(&c)
	if err != nil {
		return err
	}
	a := g.about(f)
	var id int64
	err = t.row(ctx, `INSERT INTO cases (fingerprint, value_key, site, unit, page_column, title, published, url, rule, category, severity, state,
			due, clock, steps, first_seen, last_seen, first_run, last_run)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
		ON CONFLICT (fingerprint) DO NOTHING RETURNING id`,
		f.Fingerprint, f.ValueKey, a.site, site.Unit, a.column, a.title, a.published, g.rec.URL, f.Rule, a.category, a.severity, c.State,
		dueNanos(c.Due), nanos(c.Clock), steps, nanos(g.now), nanos(g.now), g.run, g.run).Scan(&id)
	if errors.Is(err, sql.ErrNoRows) { // another worker was first
		known, err := t.known(ctx, []scanner.Finding{*f})
		if err != nil {
			return err
		}
		return g.again(ctx, t, known[f.Fingerprint], f)
	}
	if err != nil {
		return err
	}
	if _, err := t.exec(ctx, `INSERT INTO case_findings (case_id, finding) VALUES (?, ?)`, id, data); err != nil {
		return err
	}
	if err := t.saveWords(ctx, id, a.title, g.rec.URL, f.Rule, ""); err != nil {
		return err
	}
	g.opened = append(g.opened, id)
	if err := g.event(ctx, t, id, "found", "", c.State, reason); err != nil {
		return err
	}
	return g.count(ctx, t, id, kindNew)
}

// again notes that a case was found once more, which reopens one that was
// closed or said to be fixed.
func (g *sighting) again(ctx context.Context, t *tx, was seenCase, f *scanner.Finding) error {
	kind := kindPersisting
	switch {
	case was.state == cases.Dismissed:
		_, still, err := t.exception(ctx, g.rec.Site, f, g.now)
		if err != nil {
			return err
		}
		if still {
			break
		}
		if err := g.restart(ctx, t, was, cases.Open, "expired", f); err != nil {
			return err
		}
		g.expired = append(g.expired, was.id)
	case (was.state == cases.Closed || was.state == cases.Fixed) && askedFor(g.rec):
		if err := g.restart(ctx, t, was, cases.Reopened, "returned", f); err != nil {
			return err
		}
		g.reopened, kind = append(g.reopened, was.id), kindReopened
	}
	if _, err := t.exec(ctx, `UPDATE cases SET last_seen = ?, last_run = ? WHERE id = ?`, nanos(g.now), g.run, was.id); err != nil {
		return err
	}
	if a := g.about(f); a != was.about {
		_, err := t.exec(ctx, `UPDATE cases SET site = ?, page_column = ?, title = ?, published = ?, category = ?, severity = ? WHERE id = ?`,
			a.site, a.column, a.title, a.published, a.category, a.severity, was.id)
		if err != nil {
			return err
		}
		if err := t.saveWords(ctx, was.id, a.title, g.rec.URL, f.Rule, was.note); err != nil {
			return err
		}
	}
	_, data, err := encode(&cases.Case{Finding: *f})
	if err != nil {
		return err
	}
	if _, err := t.exec(ctx, `UPDATE case_findings SET finding = ? WHERE case_id = ? AND finding <> ?`, data, was.id, data); err != nil {
		return err
	}
	return g.count(ctx, t, was.id, kind)
}

// askedFor reports whether the page was asked for, even if it could not be
// read to its end: what was found was there.
func askedFor(rec *pipeline.Record) bool {
	return rec.Outcome == pipeline.Screened || rec.Outcome == pipeline.Unchanged && rec.Reason != crawler.ReasonNotDue
}

// restart opens a case anew, with a deadline of its own.
func (g *sighting) restart(ctx context.Context, t *tx, was seenCase, to cases.State, action string, f *scanner.Finding) error {
	c := cases.Case{Finding: *f}
	g.store.opt.Deadlines.Start(&c, g.now)
	steps, _, err := encode(&c)
	if err != nil {
		return err
	}
	returned := 0
	if to == cases.Reopened {
		returned = 1
	}
	_, err = t.exec(ctx, `UPDATE cases SET state = ?, due = ?, clock = ?, steps = ?, returned = returned + ?, version = version + 1 WHERE id = ?`,
		to, dueNanos(c.Due), nanos(c.Clock), steps, returned, was.id)
	if err != nil {
		return err
	}
	return g.event(ctx, t, was.id, action, was.state, to, "")
}

func (g *sighting) event(ctx context.Context, t *tx, id int64, action string, from, to cases.State, note string) error {
	return t.event(ctx, id, cases.Event{Time: g.now, Actor: "run " + g.run, Action: action, From: from, To: to, Note: note})
}

// count notes the case among those of the run; what it was first stays, but
// for a case that was taken for gone.
func (g *sighting) count(ctx context.Context, t *tx, id int64, kind string) error {
	_, err := t.exec(ctx, `INSERT INTO run_cases (run, case_id, kind) VALUES (?, ?, ?)
		ON CONFLICT (run, case_id) DO UPDATE SET kind = excluded.kind WHERE run_cases.kind = 'resolved'`, g.run, id, kind)
	return err
}

// event adds to the history of a case.
func (t *tx) event(ctx context.Context, id int64, e cases.Event) error {
	_, err := t.exec(ctx, `INSERT INTO case_events (case_id, time, actor, action, from_state, to_state, note) VALUES (?, ?, ?, ?, ?, ?, ?)`,
		id, nanos(e.Time), text(e.Actor), e.Action, e.From, e.To, text(e.Note))
	return err
}

// encode gives the JSON of what is kept as such.
func encode(c *cases.Case) (steps, finding string, err error) {
	a, err1 := json.Marshal(append([]cases.Step{}, c.Steps...))
	b, err2 := json.Marshal(c.Finding)
	return string(a), text(string(b)), errors.Join(err1, err2)
}
