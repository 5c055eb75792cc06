package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"prescreen/internal/cases"
	"prescreen/scanner"
)

// where gathers the conditions of a query.
type where struct {
	conds []string
	args  []any
}

func (w *where) add(cond string, args ...any) {
	w.conds = append(w.conds, cond)
	w.args = append(w.args, args...)
}

func (w *where) String() string {
	if len(w.conds) == 0 {
		return ""
	}
	return " WHERE " + strings.Join(w.conds, " AND ")
}

// in adds a condition that a column has one of some values; none: any.
func in[T any](w *where, column string, values []T) {
	if len(values) == 0 {
		return
	}
	args := make([]any, len(values))
	for i, v := range values {
		args[i] = v
	}
	w.add(column+" IN ("+list(len(args))+")", args...)
}

func (s *Store) filter(f cases.Filter) *where {
	w := &where{}
	in(w, "c.id", f.IDs)
	in(w, "c.state", f.States)
	ranks := make([]int, len(f.Severities))
	for i, sev := range f.Severities {
		ranks[i] = sev.Rank()
	}
	in(w, "c.severity", ranks)
	in(w, "c.category", f.Categories)
	in(w, "c.rule", f.Rules)
	in(w, "c.site", f.Sites)
	in(w, "c.unit", f.Units)
	if f.Assignee != "" {
		w.add("c.assignee = ?", f.Assignee)
	}
	if f.URL != "" {
		w.add("c.url = ?", f.URL)
	}
	const inRun = "EXISTS (SELECT 1 FROM run_cases k WHERE k.run = ? AND k.case_id = c.id AND k.kind "
	if f.Run != "" {
		w.add(inRun+"<> 'resolved')", f.Run)
	}
	if f.NewIn != "" {
		w.add(inRun+"= 'new')", f.NewIn)
	}
	if f.Overdue {
		w.add(overdue, nanos(s.opt.Now()))
	}
	if words := strings.Fields(strings.ToLower(text(f.Text))); len(words) > 0 {
		all, args := make([]string, len(words)), make([]any, len(words))
		for i, word := range words {
			all[i], args[i] = s.dialect.contains("words"), word
		}
		w.add("c.id IN (SELECT case_id FROM case_texts WHERE "+strings.Join(all, " AND ")+")", args...)
	}
	return w
}

const overdue = `(c.due < ? AND c.state IN ('open', 'confirmed', 'fixing', 'reopened'))`

const caseColumns = `SELECT c.id, c.fingerprint, c.site, c.unit, c.page_column, c.title, c.published, c.state, c.assignee, c.due, c.note, c.clock, c.steps,
	c.first_seen, c.last_seen, c.first_run, c.last_run, c.returned, c.version, f.finding
	FROM cases c JOIN case_findings f ON f.case_id = c.id`

func scanCase(row interface{ Scan(...any) error }) (c cases.Case, err error) {
	var due, clock, first, last int64
	var steps, finding string
	err = row.Scan(&c.ID, &c.Fingerprint, &c.Site, &c.Unit, &c.Column, &c.Title, &c.Published, &c.State, &c.Assignee, &due, &c.Note, &clock, &steps,
		&first, &last, &c.FirstRun, &c.LastRun, &c.Returned, &c.Version, &finding)
	if err != nil {
		return c, err
	}
	if due != noDue {
		c.Due = fromNanos(due)
	}
	c.Clock, c.FirstSeen, c.LastSeen = fromNanos(clock), fromNanos(first), fromNanos(last)
	if err := json.Unmarshal([]byte(finding), &c.Finding); err != nil {
		return c, fmt.Errorf("case %d: %w", c.ID, err)
	}
	if err := json.Unmarshal([]byte(steps), &c.Steps); err != nil {
		return c, fmt.Errorf("case %d: %w", c.ID, err)
	}
	return c, nil
}

// noDue stands for a case without a deadline, and sorts after all others.
const noDue = math.MaxInt64

func dueNanos(t time.Time) int64 {
	if t.IsZero() {
		return noDue
	}
	return t.UnixNano()
}

// saveWords keeps what Filter.Text looks at.
func (t *tx) saveWords(ctx context.Context, id int64, texts ...string) error {
	_, err := t.exec(ctx, `INSERT INTO case_texts (case_id, words) VALUES (?, ?) ON CONFLICT (case_id) DO UPDATE SET words = excluded.words`,
		id, strings.ToLower(text(strings.Join(texts, "\n"))))
	return err
}

// order is one way to sort cases; those that are equal in it go from the
// newest to the oldest.
type order struct {
	sort string
	// key is what the cursor keeps of a case beside its number, after the
	// condition that what follows it fulfils.
	key   func(*cases.Case) int64
	after func(key, id int64) (cond string, args []any)
}

func orderOf(s cases.Sort) (order, error) {
	switch s {
	case cases.BySeverity:
		return order{
			sort:  "c.severity DESC, c.id DESC",
			key:   func(c *cases.Case) int64 { return int64(c.Finding.Severity.Rank()) },
			after: func(key, id int64) (string, []any) { return "(c.severity, c.id) < (?, ?)", []any{key, id} },
		}, nil
	case cases.ByNewest:
		return order{
			sort:  "c.id DESC",
			key:   func(*cases.Case) int64 { return 0 },
			after: func(_, id int64) (string, []any) { return "c.id < ?", []any{id} },
		}, nil
	case cases.ByDue:
		return order{
			sort: "c.due, c.id DESC",
			key:  func(c *cases.Case) int64 { return dueNanos(c.Due) },
			after: func(key, id int64) (string, []any) {
				return "(c.due > ? OR c.due = ? AND c.id < ?)", []any{key, key, id}
			},
		}, nil
	}
	return order{}, fmt.Errorf("%q is no order of cases: use severity, new or due", s)
}

// DefaultLimit is how many cases a page has where its limit is 0.
const DefaultLimit = 100

// Cases returns a page of the cases that a filter selects, and the cursor of
// the next one, "" after the last. Cases that are added or change meanwhile
// make no other case appear twice or be left out.
func (s *Store) Cases(ctx context.Context, f cases.Filter, p cases.Page) (found []cases.Case, next string, err error) {
	o, err := orderOf(p.Sort)
	if err != nil {
		return nil, "", err
	}
	if p.Limit <= 0 {
		p.Limit = DefaultLimit
	}
	w := s.filter(f)
	if p.Cursor != "" {
		key, id, err := parseCursor(p.Cursor)
		if err != nil {
			return nil, "", err
		}
		cond, args := o.after(key, id)
		w.add(cond, args...)
	}
	// The narrow table is searched first; findings are read for the page only.
	q := caseColumns + ` JOIN (SELECT c.id FROM cases c` + w.String() + ` ORDER BY ` + o.sort + ` LIMIT ?) x ON x.id = c.id ORDER BY ` + o.sort
	err = s.rows(ctx, func(rows *sql.Rows) error {
		c, err := scanCase(rows)
		found = append(found, c)
		return err
	}, q, append(w.args, p.Limit+1)...)
	if err != nil {
		return nil, "", fmt.Errorf("read cases: %w", err)
	}
	if len(found) > p.Limit {
		found = found[:p.Limit]
		last := &found[p.Limit-1]
		next = fmt.Sprintf("%d.%d", o.key(last), last.ID)
	}
	return found, next, nil
}

func parseCursor(text string) (key, id int64, err error) {
	a, b, _ := strings.Cut(text, ".")
	key, err1 := strconv.ParseInt(a, 10, 64)
	id, err2 := strconv.ParseInt(b, 10, 64)
	if err1 != nil || err2 != nil {
		return 0, 0, fmt.Errorf("%q is no cursor of a list of cases", text)
	}
	return key, id, nil
}

// EachCase calls yield for every case that a filter selects, in an order,
// until it returns an error. No more than some hundred are in memory.
func (s *Store) EachCase(ctx context.Context, f cases.Filter, sort cases.Sort, yield func(cases.Case) error) error {
	p := cases.Page{Limit: 500, Sort: sort}
	for {
		part, next, err := s.Cases(ctx, f, p)
		if err != nil {
			return err
		}
		for _, c := range part {
			if err := yield(c); err != nil {
				return err
			}
		}
		if next == "" {
			return nil
		}
		p.Cursor = next
	}
}

// Case returns a case and its history, oldest first; cases.ErrNotFound where
// there is none.
func (s *Store) Case(ctx context.Context, id int64) (c cases.Case, events []cases.Event, err error) {
	err = s.retry(ctx, func() error {
		c, err = scanCase(s.db.QueryRowContext(ctx, s.dialect.query(caseColumns+` WHERE c.id = ?`), id))
		return err
	})
	if errors.Is(err, sql.ErrNoRows) {
		err = cases.ErrNotFound
	}
	if err == nil {
		err = s.rows(ctx, func(rows *sql.Rows) error {
			var e cases.Event
			var at int64
			err := rows.Scan(&at, &e.Actor, &e.Action, &e.From, &e.To, &e.Note)
			e.Time = fromNanos(at)
			events = append(events, e)
			return err
		}, `SELECT time, actor, action, from_state, to_state, note FROM case_events WHERE case_id = ? ORDER BY id`, id)
	}
	if err != nil {
		return c, nil, fmt.Errorf("read case %d: %w", id, err)
	}
	return c, events, nil
}

// severityOf is the reverse of Severity.Rank.
func severityOf(rank int) scanner.Severity {
	for _, s := range []scanner.Severity{scanner.SeverityLow, scanner.SeverityMedium, scanner.SeverityHigh, scanner.SeverityCritical} {
		if s.Rank() == rank {
			return s
		}
	}
	return ""
}
