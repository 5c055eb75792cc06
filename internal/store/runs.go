package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"prescreen/internal/cases"
)

// RunState says how far a run is.
type RunState string

// The states of a run.
const (
	Running   RunState = "running"
	Paused    RunState = "paused"
	Cancelled RunState = "cancelled" // by a person
	Finished  RunState = "finished"
	Abandoned RunState = "abandoned" // the rules changed before it ended
)

// Run is one crawl.
type Run struct {
	ID       string          `json:"id"`
	Scope    string          `json:"scope"` // fingerprint of the sites it covers
	Sites    []string        `json:"sites"`
	RuleSet  string          `json:"rule_set"` // fingerprint of the rules
	Config   string          `json:"config"`   // fingerprint of the configuration
	State    RunState        `json:"state"`
	Started  time.Time       `json:"started"`
	Finished time.Time       `json:"finished,omitzero"` // zero while it is open
	Summary  json.RawMessage `json:"summary,omitempty"` // as given to FinishRun
	Cases    cases.Trend     `json:"cases"`
}

// OpenRun returns the run with the scope of want that was not finished, if it
// was begun with the same rules, or begins want. abandoned lists open runs of
// the scope that are given up because the rules have changed.
func (s *Store) OpenRun(ctx context.Context, want Run) (run Run, resumed bool, abandoned []string, err error) {
	sites, err := json.Marshal(append([]string{}, want.Sites...))
	if err != nil {
		return run, false, nil, err
	}
	err = s.again(ctx, func(t *tx) error {
		run, resumed, abandoned = want, false, nil
		run.State = Running
		if err := s.saveSites(ctx, t); err != nil {
			return err
		}
		var started int64
		row := t.row(ctx, `SELECT id, config, started FROM runs WHERE scope = ? AND ruleset = ? AND finished IS NULL
			ORDER BY started DESC LIMIT 1`, want.Scope, want.RuleSet)
		err := row.Scan(&run.ID, &run.Config, &started)
		if err == nil {
			run.Started, resumed = fromNanos(started), true
			_, err := t.exec(ctx, `UPDATE runs SET state = ? WHERE id = ?`, Running, run.ID)
			return err
		}
		if !errors.Is(err, sql.ErrNoRows) {
			return err
		}
		if abandoned, err = abandon(ctx, t, want.Scope, want.Started); err != nil {
			return err
		}
		_, err = t.exec(ctx, `INSERT INTO runs (id, scope, ruleset, config, sites, state, started) VALUES (?, ?, ?, ?, ?, ?, ?)
			ON CONFLICT (id) DO NOTHING`, want.ID, want.Scope, want.RuleSet, want.Config, string(sites), Running, nanos(want.Started))
		return err
	})
	if err != nil {
		return run, false, nil, fmt.Errorf("open run: %w", err)
	}
	return run, resumed, abandoned, nil
}

// abandon closes the open runs of a scope and returns their ids.
func abandon(ctx context.Context, t *tx, scope string, now time.Time) (ids []string, err error) {
	rows, err := t.query(ctx, `UPDATE runs SET finished = ?, state = ? WHERE scope = ? AND finished IS NULL RETURNING id`, nanos(now), Abandoned, scope)
	if err != nil {
		return nil, err
	}
	err = each(rows, func(rows *sql.Rows) error {
		var id string
		err := rows.Scan(&id)
		ids = append(ids, id)
		return err
	})
	return ids, err
}

const runColumns = `SELECT r.id, r.scope, r.sites, r.ruleset, r.config, r.state, r.started, COALESCE(r.finished, 0), COALESCE(r.summary, ''),
	(SELECT COUNT(*) FROM run_cases k WHERE k.run = r.id AND k.kind = 'new'),
	(SELECT COUNT(*) FROM run_cases k WHERE k.run = r.id AND k.kind = 'persisting'),
	(SELECT COUNT(*) FROM run_cases k WHERE k.run = r.id AND k.kind = 'reopened'),
	(SELECT COUNT(*) FROM run_cases k WHERE k.run = r.id AND k.kind = 'resolved') FROM runs r `

func scanRun(row interface{ Scan(...any) error }) (r Run, err error) {
	var sites, summary string
	var started, finished int64
	k := &r.Cases
	if err := row.Scan(&r.ID, &r.Scope, &sites, &r.RuleSet, &r.Config, &r.State, &started, &finished, &summary,
		&k.New, &k.Persisting, &k.Reopened, &k.Resolved); err != nil {
		return r, err
	}
	r.Started, r.Finished = fromNanos(started), fromNanos(finished)
	k.Run, k.Started = r.ID, r.Started
	if summary != "" {
		r.Summary = json.RawMessage(summary)
	}
	return r, json.Unmarshal([]byte(sites), &r.Sites)
}

// Run returns one run, ErrNoRun where there is none. "latest" names the run
// that was begun last.
func (s *Store) Run(ctx context.Context, id string) (r Run, err error) {
	q, args := runColumns+`WHERE r.id = ?`, []any{id}
	if id == "latest" {
		q, args = runColumns+`ORDER BY r.started DESC LIMIT 1`, nil
	}
	err = s.retry(ctx, func() error {
		r, err = scanRun(s.db.QueryRowContext(ctx, s.dialect.query(q), args...))
		return err
	})
	if errors.Is(err, sql.ErrNoRows) {
		err = ErrNoRun
	}
	if err != nil {
		return r, fmt.Errorf("read run %q: %w", id, err)
	}
	return r, nil
}

// Runs returns the last runs, the newest first; limit of 0: 100.
func (s *Store) Runs(ctx context.Context, limit int) (runs []Run, err error) {
	if limit <= 0 {
		limit = 100
	}
	err = s.rows(ctx, func(rows *sql.Rows) error {
		r, err := scanRun(rows)
		runs = append(runs, r)
		return err
	}, runColumns+`ORDER BY r.started DESC, r.id DESC LIMIT ?`, limit)
	if err != nil {
		return nil, fmt.Errorf("read runs: %w", err)
	}
	return runs, nil
}

// SetRunState pauses, resumes or cancels an open run. It only says so: the
// workers look at it.
func (s *Store) SetRunState(ctx context.Context, actor, id string, state RunState) error {
	if state != Running && state != Paused && state != Cancelled {
		return fmt.Errorf("run %q: nobody can make a run %s", id, state)
	}
	now := s.opt.Now()
	err := s.once(ctx, func(t *tx) error {
		var finished any
		if state == Cancelled {
			finished = nanos(now)
		}
		res, err := t.exec(ctx, `UPDATE runs SET state = ?, finished = ? WHERE id = ? AND finished IS NULL`, state, finished, id)
		if err != nil {
			return err
		}
		if n, err := res.RowsAffected(); err == nil && n == 0 {
			var was RunState
			if err := t.row(ctx, `SELECT state FROM runs WHERE id = ?`, id).Scan(&was); err != nil {
				return ErrNoRun
			}
			return fmt.Errorf("%w: it is %s already", ErrRunOver, was)
		}
		return t.audit(ctx, now, actor, "run."+string(state), "run "+id, nil)
	})
	if err != nil {
		return fmt.Errorf("run %q: %w", id, err)
	}
	return nil
}

// saveSites keeps the configured sites and hands their cases to the units
// that are responsible now.
func (s *Store) saveSites(ctx context.Context, t *tx) error {
	for _, site := range s.opt.Sites {
		columns, err := json.Marshal(append([]cases.Column{}, site.Columns...))
		if err != nil {
			return err
		}
		_, err = t.exec(ctx, `INSERT INTO sites (name, unit, columns) VALUES (?, ?, ?)
			ON CONFLICT (name) DO UPDATE SET unit = excluded.unit, columns = excluded.columns`, site.Name, site.Unit, string(columns))
		if err != nil {
			return err
		}
		if _, err := t.exec(ctx, `UPDATE cases SET unit = ? WHERE site = ? AND unit <> ?`, site.Unit, site.Name, site.Unit); err != nil {
			return err
		}
	}
	return nil
}

// Sites returns the sites that runs have covered, by name.
func (s *Store) Sites(ctx context.Context) (sites []cases.Site, err error) {
	err = s.rows(ctx, func(rows *sql.Rows) error {
		var site cases.Site
		var columns string
		if err := rows.Scan(&site.Name, &site.Unit, &columns); err != nil {
			return err
		}
		if err := json.Unmarshal([]byte(columns), &site.Columns); err != nil {
			return err
		}
		sites = append(sites, site)
		return nil
	}, `SELECT name, unit, columns FROM sites ORDER BY name`)
	if err != nil {
		return nil, fmt.Errorf("read sites: %w", err)
	}
	return sites, nil
}
