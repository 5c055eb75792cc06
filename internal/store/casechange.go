package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"prescreen/internal/cases"
)

// Change does one thing to some cases, all of them or none. Errors:
// cases.ErrNotFound, cases.ErrConflict, cases.ErrIncomplete and
// *cases.TransitionError; ErrUnknown where the connection broke at the end.
func (s *Store) Change(ctx context.Context, actor string, change cases.Change) error {
	now := s.opt.Now()
	if err := s.complete(actor, &change, now); err != nil {
		return fmt.Errorf("change cases: %w", err)
	}
	err := s.once(ctx, func(t *tx) error {
		if err := t.changeAll(ctx, actor, change, now); err != nil {
			return err
		}
		return t.audit(ctx, now, actor, action(change), "cases", auditOf(change))
	})
	if err != nil {
		return fmt.Errorf("change cases: %w", err)
	}
	return nil
}

func (t *tx) changeAll(ctx context.Context, actor string, change cases.Change, now time.Time) error {
	list, err := t.cases(ctx, change.IDs)
	if err != nil {
		return err
	}
	for i := range list {
		if err := t.change(ctx, &list[i], actor, change, now); err != nil {
			return err
		}
	}
	return nil
}

// Check says whether Change would do it, and changes nothing.
func (s *Store) Check(ctx context.Context, actor string, change cases.Change) error {
	now := s.opt.Now()
	if err := s.complete(actor, &change, now); err != nil {
		return fmt.Errorf("change cases: %w", err)
	}
	err := s.again(ctx, func(t *tx) error {
		if err := t.changeAll(ctx, actor, change, now); err != nil {
			return err
		}
		return errUndo
	})
	if errors.Is(err, errUndo) {
		return nil
	}
	return fmt.Errorf("change cases: %w", err)
}

// errUndo ends a transaction that was only a trial.
var errUndo = errors.New("undo")

// complete fills in defaults and refuses what can never be done.
func (s *Store) complete(actor string, c *cases.Change, now time.Time) error {
	slices.Sort(c.IDs)
	c.IDs = slices.Compact(c.IDs)
	switch {
	case actor == "":
		return fmt.Errorf("%w: who makes it", cases.ErrIncomplete)
	case len(c.IDs) == 0:
		return fmt.Errorf("%w: no case is named", cases.ErrIncomplete)
	case c.Version != 0 && len(c.IDs) > 1:
		return fmt.Errorf("%w: a version goes with one case", cases.ErrIncomplete)
	case c.To == "" && c.Assignee == nil && c.Due == nil && c.Note == "" && c.Step == "":
		return fmt.Errorf("%w: nothing is to be changed", cases.ErrIncomplete)
	case c.To != "" && !slices.Contains(cases.States(), c.To):
		return fmt.Errorf("%w: %q is no state", cases.ErrIncomplete, c.To)
	case c.Step != "" && !slices.Contains(cases.StepNames(), c.Step):
		return fmt.Errorf("%w: %q is no step", cases.ErrIncomplete, c.Step)
	case c.To == cases.Closed && c.Note == "":
		return fmt.Errorf("%w: closing by hand needs a note of what was seen", cases.ErrIncomplete)
	}
	if c.To != cases.Dismissed {
		return nil
	}
	if c.Owner == "" {
		c.Owner = actor
	}
	if c.Expires.IsZero() {
		c.Expires = now.Add(s.opt.ExceptionFor)
	}
	switch {
	case c.Reason == "":
		return fmt.Errorf("%w: a dismissal needs a reason", cases.ErrIncomplete)
	case !c.Expires.After(now):
		return fmt.Errorf("%w: the exception would have expired already", cases.ErrIncomplete)
	}
	return nil
}

// cases reads and locks cases by number.
func (t *tx) cases(ctx context.Context, ids []int64) (list []cases.Case, err error) {
	for chunk := range slices.Chunk(ids, 500) {
		w := &where{}
		in(w, "c.id", chunk)
		lock := t.forUpdate()
		if lock != "" {
			lock += " OF c"
		}
		rows, err := t.query(ctx, caseColumns+w.String()+` ORDER BY c.id`+lock, w.args...)
		if err != nil {
			return nil, err
		}
		n := len(list)
		err = each(rows, func(rows *sql.Rows) error {
			c, err := scanCase(rows)
			list = append(list, c)
			return err
		})
		if err != nil {
			return nil, err
		}
		for i, id := range chunk {
			if n+i >= len(list) || list[n+i].ID != id {
				return nil, fmt.Errorf("case %d: %w", id, cases.ErrNotFound)
			}
		}
	}
	return list, nil
}

func (t *tx) change(ctx context.Context, c *cases.Case, actor string, change cases.Change, now time.Time) error {
	if change.Version != 0 && change.Version != c.Version {
		return fmt.Errorf("case %d: %w", c.ID, cases.ErrConflict)
	}
	e := cases.Event{Time: now, Actor: actor, Action: action(change), From: c.State, To: c.State, Note: change.Note}
	if change.To != "" && change.To != c.State {
		if !cases.May(c.State, change.To) {
			return &cases.TransitionError{ID: c.ID, From: c.State, To: change.To}
		}
		if err := t.except(ctx, c, actor, change, now); err != nil {
			return err
		}
		e.To, c.State = change.To, change.To
		if change.To == cases.Dismissed {
			e.Note = joinNotes(change.Note, change.Reason)
		}
	}
	if change.Assignee != nil {
		c.Assignee = text(*change.Assignee)
		e.Note = joinNotes(e.Note, "→ "+c.Assignee)
	}
	if change.Due != nil {
		c.Due = *change.Due
		e.Note = joinNotes(e.Note, change.Due.Format(time.DateOnly))
	}
	if e.Note != "" && (change.Note != "" || change.Reason != "") {
		c.Note = joinNotes(change.Note, change.Reason)
	}
	if change.Step != "" {
		if err := doneStep(c, actor, change.Step, now); err != nil {
			return err
		}
		e.Note = joinNotes(string(change.Step), e.Note)
	}
	if err := t.save(ctx, c); err != nil {
		return err
	}
	return t.event(ctx, c.ID, e)
}

func joinNotes(a, b string) string {
	if a == "" || b == "" {
		return a + b
	}
	return a + "; " + b
}

func doneStep(c *cases.Case, actor string, name cases.StepName, now time.Time) error {
	i := slices.IndexFunc(c.Steps, func(s cases.Step) bool { return s.Name == name })
	if i < 0 {
		return fmt.Errorf("case %d: %w: its 24 hours do not run, so it has no step %s", c.ID, cases.ErrIncomplete, name)
	}
	if c.Steps[i].Done.IsZero() {
		c.Steps[i].Done, c.Steps[i].By = now, actor
	}
	return nil
}

func (t *tx) save(ctx context.Context, c *cases.Case) error {
	steps, err := json.Marshal(append([]cases.Step{}, c.Steps...))
	if err != nil {
		return err
	}
	_, err = t.exec(ctx, `UPDATE cases SET state = ?, assignee = ?, due = ?, note = ?, steps = ?, version = version + 1 WHERE id = ?`,
		c.State, c.Assignee, dueNanos(c.Due), text(c.Note), string(steps), c.ID)
	if err != nil {
		return err
	}
	return t.saveWords(ctx, c.ID, c.Title, c.Finding.URL, c.Finding.Rule, c.Note)
}

// except makes the exception of a dismissal, or revokes it when the dismissal
// is taken back.
func (t *tx) except(ctx context.Context, c *cases.Case, actor string, change cases.Change, now time.Time) error {
	sub := cases.Subject(&c.Finding)
	if c.State == cases.Dismissed {
		_, err := t.exec(ctx, `UPDATE exceptions SET revoked = ? WHERE site = ? AND rule = ? AND subject = ? AND revoked = 0`,
			nanos(now), c.Site, c.Finding.Rule, sub)
		return err
	}
	if change.To != cases.Dismissed {
		return nil
	}
	_, err := t.exec(ctx, `INSERT INTO exceptions (site, rule, subject, case_id, owner, reason, created, expires) VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
		c.Site, c.Finding.Rule, sub, c.ID, text(change.Owner), text(change.Reason), nanos(now), nanos(change.Expires))
	if err != nil {
		return err
	}
	_, err = t.dismissAlike(ctx, alike{c.Site, c.Finding.Rule, sub, c.ID}, cases.Event{Time: now, Actor: actor, Action: "alike", Note: change.Reason})
	return err
}

// action names a change in events and in the audit log.
func action(c cases.Change) string {
	switch {
	case c.To != "":
		return string(c.To)
	case c.Step != "":
		return "step"
	case c.Assignee != nil:
		return "assigned"
	case c.Due != nil:
		return "due"
	}
	return "note"
}

// auditOf is what the audit log keeps of a change: everything that was said.
func auditOf(c cases.Change) any {
	detail := map[string]any{"cases": c.IDs}
	if c.Assignee != nil {
		detail["assignee"] = *c.Assignee
	}
	if c.Due != nil {
		detail["due"] = c.Due.UTC()
	}
	if c.To == cases.Dismissed {
		detail["owner"], detail["reason"], detail["expires"] = c.Owner, c.Reason, c.Expires.UTC()
	}
	if c.Note != "" {
		detail["note"] = c.Note
	}
	if c.Step != "" {
		detail["step"] = c.Step
	}
	return detail
}
