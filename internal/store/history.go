package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/http"
	"time"

	"prescreen/crawler"
	"prescreen/internal/pipeline"
)

// History is what earlier runs knew, seen with the eyes of one rule set: a
// result made with other rules is stale. It implements crawler.History.
type History struct {
	store   *Store
	ruleset string
	whenDue bool
}

// History returns the history for a rule set, given by its fingerprint. A page
// that was checked with other rules is stale; whenDue lets it wait, with its
// old result, until it is due to be fetched again.
func (s *Store) History(ruleset string, whenDue bool) *History { return &History{s, ruleset, whenDue} }

// Get returns what is known of a canonical URL; nil: nothing. A page with a
// case that is said to be fixed is stale too: the next run shall look.
func (h *History) Get(ctx context.Context, url string) (*crawler.Past, error) {
	past := crawler.Past{URL: url}
	var data, ruleset string
	var changed int64
	var scanned, recheck bool
	err := h.store.row(ctx, getHistory, []any{url}, &past.Site, &past.Class, &past.Depth, &changed, &data, &ruleset, &scanned, &recheck)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read history of %q: %w", url, err)
	}
	if data == "" { // screened, and not yet put: its worker died in between
		return nil, nil
	}
	past.Changed = fromNanos(changed).UTC()
	if err := decodePast(data, &past); err != nil {
		return nil, fmt.Errorf("read history of %q: %w", url, err)
	}
	past.Stale = ruleset != h.ruleset || !scanned || recheck
	past.Waits = h.whenDue && scanned && !recheck
	return &past, nil
}

// Put replaces what is known of a URL. The result that goes with it was
// recorded by the sink.
func (h *History) Put(ctx context.Context, past crawler.Past) error {
	err := h.store.again(ctx, func(t *tx) error { return t.putPast(ctx, &past) })
	if err != nil {
		return fmt.Errorf("write history of %q: %w", past.URL, err)
	}
	return nil
}

func (t *tx) putPast(ctx context.Context, past *crawler.Past) error {
	data, err := encodePast(past)
	if err != nil {
		return err
	}
	gone := 0
	if past.Status == http.StatusNotFound || past.Status == http.StatusGone {
		gone = 1
	}
	_, err = t.exec(ctx, putHistory, past.URL, past.Site, gone, data, string(past.Class), past.Depth, nanos(past.Changed))
	return err
}

// goneFor is how long a page that has vanished is asked for again: its link
// may stand on a page that does not change, and it may come back.
const goneFor = 90 * 24 * time.Hour

// Known calls yield for every URL of a site and class that existed when it was
// last fetched, or vanished not long ago, until it returns false.
func (h *History) Known(ctx context.Context, site string, class crawler.Class, yield func(url string, depth int) bool) error {
	err := h.store.rows(ctx, func(rows *sql.Rows) error {
		var past crawler.Past
		var data string
		var gone bool
		var changed int64
		if err := rows.Scan(&past.URL, &gone, &past.Class, &past.Depth, &changed, &data); err != nil {
			return err
		}
		past.Changed = fromNanos(changed)
		if whole(&past) {
			if err := decodePast(data, &past); err != nil {
				return fmt.Errorf("address %q: %w", past.URL, err)
			}
		}
		if past.Class != class || gone && time.Since(past.Changed) > goneFor || yield(past.URL, past.Depth) {
			return nil
		}
		return errEnough
	}, `SELECT url, gone, class, depth, changed, CASE class WHEN '' THEN past ELSE '' END FROM history
		WHERE site = ? AND past <> '' AND class IN (?, '')`, site, string(class))
	if err != nil && !errors.Is(err, errEnough) {
		return fmt.Errorf("read history of site %q: %w", site, err)
	}
	return nil
}

// errEnough ends the reading of rows.
var errEnough = errors.New("enough")

// Result returns the last result of a URL made with the rules in force, or
// with any where old results may stand; nil: none. It implements pipeline.Earlier.
func (h *History) Result(ctx context.Context, url string) (*pipeline.Result, error) {
	var data sql.NullString
	var ruleset string
	err := h.store.row(ctx, getResult, []any{url}, &data, &ruleset)
	if errors.Is(err, sql.ErrNoRows) || err == nil && ruleset != h.ruleset && !h.whenDue {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read result of %q: %w", url, err)
	}
	r, err := decodeResult(data)
	if err != nil {
		return nil, fmt.Errorf("read result of %q: %w", url, err)
	}
	return r, nil
}
