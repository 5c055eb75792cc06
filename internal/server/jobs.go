package server

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"

	"prescreen/internal/checks"
	"prescreen/internal/pipeline"
	"prescreen/internal/tracing"
)

// errBusy: as many checks are waiting as may.
var errBusy = errors.New("too many checks are waiting")

// jobs are the checks that may take longer than an answer: files and
// addresses. A bounded number runs, a bounded number waits. Whoever asked may
// leave; the check goes on and its record says what came of it.
type jobs struct {
	srv      *Server
	slots    chan struct{}
	waiting  atomic.Int64
	draining atomic.Bool
	wg       sync.WaitGroup
	ctx      context.Context // ends when Close has waited long enough
	cancel   context.CancelFunc

	mu   sync.Mutex
	open map[string]*job
}

// job is one check under way. begun is how it was recorded first; after done is
// closed, rec is what came of it.
type job struct {
	begun, rec checks.Record
	done       chan struct{}
}

// task is what somebody wants checked.
type task struct {
	owner   int64
	kind    checks.Kind
	label   string
	key     string // Idempotency-Key, empty: none
	request string // hash of what stands behind the key
	notify  *Hook  // told when the check is done
	work    func(ctx context.Context, id string) pipeline.Result
	cleanup func() // after work, or when it never came to that; nil: nothing
}

func newJobs(s *Server) *jobs {
	ctx, cancel := context.WithCancel(context.Background())
	return &jobs{srv: s, slots: make(chan struct{}, s.cfg.Limits.Jobs), open: map[string]*job{}, ctx: ctx, cancel: cancel}
}

// start records a task and begins with it. With an idempotency key that was
// used before, the earlier job is returned; replayed tells so.
func (j *jobs) start(ctx context.Context, t task) (out *job, replayed bool, err error) {
	if t.cleanup == nil {
		t.cleanup = func() {}
	}
	started := false
	defer func() {
		if !started {
			t.cleanup()
		}
	}()
	if j.draining.Load() || j.waiting.Load() >= int64(j.srv.cfg.Limits.Queue) {
		return nil, false, errBusy
	}
	out = &job{done: make(chan struct{}), begun: checks.Record{
		ID: newID(), Owner: t.owner, Kind: t.kind, Label: t.label, State: checks.Running, Created: j.srv.cfg.Now(),
	}}
	// Registered before it is recorded: whoever finds the record finds the job.
	j.mu.Lock()
	j.open[out.begun.ID] = out
	j.mu.Unlock()
	earlier, err := j.srv.cfg.Checks.BeginCheck(ctx, out.begun, j.srv.cfg.Instance, t.key, t.request)
	if err != nil || earlier != nil {
		j.forget(out.begun.ID)
		if err != nil {
			return nil, false, err
		}
		return j.find(*earlier), true, nil
	}
	started = true
	j.waiting.Add(1)
	work := tracing.Carry(j.ctx, ctx)
	j.wg.Go(func() { j.run(work, out, t) })
	return out, false, nil
}

// find returns the job of a record: the one under way here, or one that is
// over, or never will be as far as we can tell.
func (j *jobs) find(r checks.Record) *job {
	j.mu.Lock()
	defer j.mu.Unlock()
	if o := j.open[r.ID]; o != nil {
		return o
	}
	o := &job{begun: r, rec: r, done: make(chan struct{})}
	if r.State != checks.Running {
		close(o.done)
	}
	return o
}

func (j *jobs) forget(id string) {
	j.mu.Lock()
	defer j.mu.Unlock()
	delete(j.open, id)
}

func (j *jobs) run(ctx context.Context, o *job, t task) {
	defer t.cleanup()
	defer j.forget(o.begun.ID)
	_, wait := tracing.Start(ctx, "wait for a slot")
	j.slots <- struct{}{}
	j.waiting.Add(-1)
	wait.End()
	res := j.work(ctx, o.begun.ID, t)
	<-j.slots
	rec := o.begun
	rec.State, rec.Ended, rec.Verdict, rec.Result = checks.Done, j.srv.cfg.Now(), string(res.Verdict), &res
	// Recorded first: what was answered is not lost with the process.
	if err := j.srv.cfg.Checks.EndCheck(context.WithoutCancel(ctx), rec); err != nil {
		j.srv.cfg.Logger.Error("the result of a check could not be recorded", "check", rec.ID, "err", err)
	}
	o.rec = rec
	close(o.done)
	if t.notify != nil {
		if err := t.notify.send(ctx, j.srv.cfg.Now(), rec); err != nil {
			j.srv.cfg.Logger.Error("a CMS could not be told of a result", "hook", t.notify.Name, "check", rec.ID, "err", err)
		}
	}
}

func (j *jobs) work(ctx context.Context, id string, t task) pipeline.Result {
	ctx, cancel := context.WithTimeout(ctx, j.srv.cfg.Limits.Check)
	defer cancel()
	return j.srv.measure(ctx, string(t.kind), id, func(ctx context.Context) pipeline.Result { return t.work(ctx, id) })
}

// close waits until all jobs are done; when ctx ends first, it ends them.
func (j *jobs) close(ctx context.Context) error {
	j.draining.Store(true)
	all := make(chan struct{})
	go func() {
		j.wg.Wait()
		close(all)
	}()
	defer j.cancel()
	select {
	case <-all:
		return nil
	case <-ctx.Done():
		j.cancel()
		<-all
		return fmt.Errorf("checks under way were ended: %w", ctx.Err())
	}
}
