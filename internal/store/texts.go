package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"

	"prescreen/internal/pipeline"
)

// Texts remembers the texts that the workers of a run have scanned, until the
// run ends. It implements pipeline.Texts.
func (s *Store) Texts(run string) pipeline.Texts { return texts{s, run} }

type texts struct {
	store *Store
	run   string
}

// Text implements pipeline.Texts.
func (x texts) Text(ctx context.Context, hash string) (*pipeline.Text, error) {
	var data string
	err := x.store.row(ctx, `SELECT result FROM texts WHERE run = ? AND hash = ?`, []any{x.run, hash}, &data)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	var out pipeline.Text
	if err == nil {
		err = json.Unmarshal([]byte(data), &out)
	}
	if err != nil {
		return nil, fmt.Errorf("read what was found in a text: %w", err)
	}
	return &out, nil
}

// KeepText implements pipeline.Texts.
func (x texts) KeepText(ctx context.Context, hash string, found pipeline.Text) error {
	data, err := json.Marshal(found)
	if err != nil {
		return fmt.Errorf("keep what was found in a text: %w", err)
	}
	err = x.store.again(ctx, func(t *tx) error {
		_, err := t.exec(ctx, `INSERT INTO texts (run, hash, result) VALUES (?, ?, ?) ON CONFLICT (run, hash) DO NOTHING`, x.run, hash, text(string(data)))
		return err
	})
	if err != nil {
		return fmt.Errorf("keep what was found in a text: %w", err)
	}
	return nil
}
