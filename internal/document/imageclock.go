package document

import (
	"context"
	"sync"
	"time"
)

// clock is a deadline that can be stopped: the time of one input does not run
// while a picture of it is being recognised, which has limits of its own.
type clock struct {
	context.Context
	cancel context.CancelCauseFunc

	mu      sync.Mutex
	timer   *time.Timer
	started time.Time
	left    time.Duration
}

// withClock returns a context that ends after d of running time.
func withClock(parent context.Context, d time.Duration) *clock {
	ctx, cancel := context.WithCancelCause(parent)
	c := &clock{Context: ctx, cancel: cancel, left: d, started: time.Now()}
	c.timer = time.AfterFunc(d, func() { cancel(context.DeadlineExceeded) })
	return c
}

// Err tells a deadline from a cancellation.
func (c *clock) Err() error {
	if c.Context.Err() != nil && context.Cause(c.Context) == context.DeadlineExceeded {
		return context.DeadlineExceeded
	}
	return c.Context.Err()
}

// pause stops the clock until the returned function is called.
func (c *clock) pause() (resume func()) {
	if c == nil {
		return func() {}
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.timer.Stop()
	c.left -= time.Since(c.started)
	return func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		c.started = time.Now()
		c.timer.Reset(max(c.left, time.Millisecond))
	}
}

// stop ends the clock.
func (c *clock) stop() {
	c.timer.Stop()
	c.cancel(context.Canceled)
}
