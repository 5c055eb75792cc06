package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"

	"prescreen/crawler"
	"prescreen/internal/pipeline"
)

// Sink returns a sink that records what becomes of each URL of a run; a later
// record of the same URL replaces the earlier one. Results are kept for the
// next nights too, see History, and findings become cases.
func (s *Store) Sink(run string) pipeline.Sink { return sink{s, run} }

type sink struct {
	store *Store
	run   string
}

// Write implements pipeline.Sink: page, history and cases in one transaction.
func (k sink) Write(ctx context.Context, rec pipeline.Record) error {
	var result sql.NullString
	verdict := ""
	if rec.Result != nil {
		data, err := json.Marshal(rec.Result)
		if err != nil {
			return fmt.Errorf("record %q: %w", rec.URL, err)
		}
		result = sql.NullString{String: string(data), Valid: true}
		verdict = string(rec.Result.Verdict)
	}
	seen := sighting{store: k.store, run: k.run, rec: &rec, now: k.store.opt.Now()}
	err := k.store.again(ctx, func(t *tx) error {
		looked := 0
		if lookedAt(&rec) {
			looked = 1
		}
		_, err := t.exec(ctx, putPage, k.run, rec.URL, rec.Site, string(rec.Outcome), string(rec.Reason), text(rec.Detail), rec.Referrer, string(rec.Class), verdict, result, looked)
		if err != nil {
			return err
		}
		if rec.Outcome == pipeline.Screened {
			if _, err = t.exec(ctx, putResult, rec.URL, rec.Site, rec.Result.RuleSet, result); err != nil {
				return err
			}
		}
		if rec.Past != nil {
			if err := t.putPast(ctx, rec.Past); err != nil {
				return err
			}
		}
		return seen.write(ctx, t)
	})
	if err != nil {
		return fmt.Errorf("record %q: %w", rec.URL, err)
	}
	return nil
}

// lookedAt reports whether the run saw the whole of what is at the address
// now. A page that was read in part, and one that was not due and keeps its
// earlier result, was not looked at.
func lookedAt(rec *pipeline.Record) bool {
	if rec.Result != nil {
		return askedFor(rec) && !rec.Result.Incomplete()
	}
	return rec.Reason == crawler.ReasonMissing || rec.Reason == crawler.ReasonRedirect
}

// Records calls yield for every URL of a run, by URL, until it returns an
// error.
func (s *Store) Records(ctx context.Context, run string, yield func(pipeline.Record) error) error {
	err := s.rows(ctx, func(rows *sql.Rows) error {
		var rec pipeline.Record
		var result sql.NullString
		if err := rows.Scan(&rec.URL, &rec.Site, &rec.Outcome, &rec.Reason, &rec.Detail, &rec.Referrer, &rec.Class, &result); err != nil {
			return err
		}
		var err error
		if rec.Result, err = decodeResult(result); err != nil {
			return fmt.Errorf("page %q: %w", rec.URL, err)
		}
		return yield(rec)
	}, `SELECT url, site, outcome, reason, detail, referrer, class, result FROM pages WHERE run = ? ORDER BY url`, run)
	if err != nil {
		return fmt.Errorf("read pages of run %q: %w", run, err)
	}
	return nil
}

func decodeResult(s sql.NullString) (*pipeline.Result, error) {
	if !s.Valid {
		return nil, nil
	}
	var r pipeline.Result
	if err := json.Unmarshal([]byte(s.String), &r); err != nil {
		return nil, err
	}
	return &r, nil
}
