package main

import (
	"fmt"
	"time"

	"prescreen/internal/store"
)

// RetentionConfig says how long the server keeps what it notes down of checks.
// Runs have findings.keep_runs; findings and the audit log are kept for good.
type RetentionConfig struct {
	Checks          time.Duration `yaml:"checks"`           // 0: for good
	IdempotencyKeys time.Duration `yaml:"idempotency_keys"` // 0: as long as the check
}

func defaultRetention() RetentionConfig {
	return RetentionConfig{Checks: 90 * 24 * time.Hour, IdempotencyKeys: 24 * time.Hour}
}

func (c *RetentionConfig) validate() (field string, err error) {
	switch {
	case c.Checks < 0 || c.Checks > 0 && c.Checks < time.Hour:
		return "retention.checks", fmt.Errorf("%v is less than 1h; 0 keeps them for good", c.Checks)
	case c.IdempotencyKeys < 0 || c.IdempotencyKeys > 0 && c.IdempotencyKeys < time.Minute:
		return "retention.idempotency_keys", fmt.Errorf("%v is less than 1m; 0 keeps them as long as the check", c.IdempotencyKeys)
	}
	return "", nil
}

// keep is what the store is told. A check that has taken twice as long as it
// may has died with its process.
func (c *Config) keep() store.Keep {
	return store.Keep{Checks: c.Retention.Checks, Keys: c.Retention.IdempotencyKeys, Running: 2 * c.Serve.Limits.Check}
}
