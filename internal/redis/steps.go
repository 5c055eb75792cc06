package redis

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"prescreen/crawler"
)

const (
	cutBatch = 64          // tasks handed out at once to be reported
	idleWait = time.Second // when only the work of others can change anything
	addBatch = 500         // tasks of one script call, so that it stays short
	reapMost = 200         // leases taken back by one script call
)

// rest is what an entry holds of a task beside its header and URL.
type rest struct {
	Class    crawler.Class  `json:"t,omitempty"`
	Depth    int            `json:"d,omitempty"`
	Referrer string         `json:"r,omitempty"`
	Via      string         `json:"v,omitempty"`
	Cost     int            `json:"c,omitempty"`
	Hops     int            `json:"h,omitempty"`
	Again    bool           `json:"a,omitempty"`
	Skip     crawler.Reason `json:"s,omitempty"`
}

// pack appends the script arguments of the tasks that are not known to be seen.
func (f *Frontier) pack(args []any, tasks []crawler.Task) ([]any, []int64, error) {
	var fps []int64
	for i := range tasks {
		t := &tasks[i]
		fp := f.fingerprint(t.URL)
		if !t.Again && f.known.has(fp) {
			continue
		}
		fps = append(fps, fp)
		level, aux, again := strconv.Itoa(min(max(t.Cost, 0), 7)), "0", "0"
		switch {
		case t.Class == crawler.ClassRobots:
			level = "g"
		case t.Skip != "":
			level = "c" + string(t.Skip)
		}
		if t.Auxiliary() {
			aux = "1"
		}
		if t.Again {
			again = "1"
		}
		if strings.ContainsAny(t.URL, "\r\n") {
			return nil, nil, fmt.Errorf("task %q: URL is not canonical", t.URL)
		}
		j, err := json.Marshal(rest{t.Class, t.Depth, t.Referrer, t.Via, t.Cost, t.Hops, t.Again, t.Skip})
		if err != nil {
			return nil, nil, fmt.Errorf("task %q: %w", t.URL, err)
		}
		args = append(args, t.Host, t.Site, t.Address, level, fp, again, strconv.Itoa(t.Attempt)+" 0 "+aux+"\n"+t.URL+"\n"+string(j))
	}
	return args, fps, nil
}

// unpack returns the task of an entry.
func unpack(entry, host, site, addr string) (crawler.Task, error) {
	p := strings.SplitN(entry, "\n", 3)
	if len(p) != 3 {
		return crawler.Task{}, fmt.Errorf("entry %q cannot be read", entry)
	}
	var r rest
	if err := json.Unmarshal([]byte(p[2]), &r); err != nil {
		return crawler.Task{}, fmt.Errorf("entry of %q: %w", p[1], err)
	}
	attempt, _, _ := strings.Cut(p[0], " ")
	t := crawler.Task{
		URL: p[1], Site: site, Host: host, Class: r.Class, Depth: r.Depth, Referrer: r.Referrer, Via: r.Via,
		Attempt: int(integer(attempt)), Cost: r.Cost, Hops: r.Hops, Again: r.Again, Skip: r.Skip,
	}
	if addr != "host "+host {
		t.Address = addr
	}
	return t, nil
}

// Add implements crawler.Frontier, some hundred tasks at a time.
func (f *Frontier) Add(ctx context.Context, tasks []crawler.Task) (added int, err error) {
	if err := f.begin(ctx); err != nil {
		return 0, err
	}
	for len(tasks) > 0 {
		n := min(len(tasks), addBatch)
		args, fps, err := f.pack(nil, tasks[:n])
		if err != nil {
			return added, err
		}
		tasks = tasks[n:]
		if len(args) == 0 {
			continue
		}
		epoch := f.server.epoch.Load()
		reply, err := f.run(ctx, scripts.add, args...)
		if err != nil {
			return added, err
		}
		f.known.add(fps, epoch)
		added += int(integer(reply))
	}
	return added, nil
}

// Next implements crawler.Frontier.
func (f *Frontier) Next(ctx context.Context, worker string, limit int) (crawler.Lease, time.Duration, error) {
	if err := f.begin(ctx); err != nil {
		return crawler.Lease{}, 0, err
	}
	// A claim on its way when the crawl is stopped is brought to its end, so
	// that it can be given back.
	ctx = context.WithoutCancel(ctx)
	call := nextCall(worker)
	q := f.calls.begin(call)
	reply, err := f.run(ctx, scripts.next, worker, max(limit, 1), micros(f.ttl), micros(idleWait), cutBatch, f.process, q.slot, q.number)
	f.calls.end(call, q, !errors.Is(err, crawler.ErrUnavailable))
	if err != nil {
		return crawler.Lease{}, 0, err
	}
	r, _ := reply.([]any)
	switch {
	case len(r) == 1 && r[0] == "drained":
		return crawler.Lease{}, 0, crawler.ErrDrained
	case len(r) == 2 && r[0] == "wait":
		return crawler.Lease{}, max(duration(r[1]), time.Microsecond), nil
	case len(r) < 10:
		return crawler.Lease{}, 0, fmt.Errorf("next: unexpected reply %v", reply)
	}
	token := uint64(integer(r[1]))
	l := crawler.Lease{
		Host: str(r[2]), Site: str(r[3]), Token: token, TTL: f.ttl, Cut: crawler.Reason(str(r[5])),
		NoteVersion: uint64(integer(r[6])), Faults: int(integer(r[7])), Faulty: duration(r[8]),
		Epoch: f.server.epoch.Load(),
	}
	for _, e := range r[9:] {
		t, err := unpack(str(e), l.Host, l.Site, str(r[4]))
		if err != nil {
			return crawler.Lease{}, 0, err
		}
		l.Tasks = append(l.Tasks, t)
	}
	f.mu.Lock()
	f.leases[token] = struct{}{}
	f.mu.Unlock()
	return l, 0, nil
}

// lost forgets a lease that is not ours any more.
func (f *Frontier) lost(l crawler.Lease) error {
	f.forget(l.Token)
	return fmt.Errorf("host %q: %w", l.Host, crawler.ErrLeaseLost)
}

func (f *Frontier) forget(token uint64) {
	f.mu.Lock()
	delete(f.leases, token)
	f.mu.Unlock()
}

// Extend implements crawler.Frontier.
func (f *Frontier) Extend(ctx context.Context, lease crawler.Lease) error {
	if err := f.begin(ctx); err != nil {
		return err
	}
	reply, err := f.run(ctx, scripts.extend, lease.Token, micros(f.ttl))
	if err == nil && integer(reply) == 0 {
		err = f.lost(lease)
	}
	return err
}

// Done implements crawler.Frontier.
func (f *Frontier) Done(ctx context.Context, lease crawler.Lease, task crawler.Task, out crawler.Outcome) (crawler.Receipt, error) {
	if out.Result < crawler.ResultVisited || out.Result > crawler.ResultDefer {
		return crawler.Receipt{}, fmt.Errorf("task %q: outcome has no result", task.URL)
	}
	// A page that is finished is acknowledged even when the crawl is stopping.
	ctx = context.WithoutCancel(ctx)
	if err := f.begin(ctx); err != nil {
		return crawler.Receipt{}, err
	}
	call := doneCall(lease.Token, task.URL)
	q, answered := f.calls.begin(call), true
	defer func() { f.calls.end(call, q, answered) }()
	args := []any{
		lease.Token, task.URL, int(out.Result), string(out.Reason), micros(out.Duration), micros(out.RetryAfter), micros(out.TaskDelay), out.HostFault,
		out.Why, max(out.Bytes, 0), out.Incomplete, out.Address, micros(out.MinDelay), out.Note != nil, out.Note, string(out.CutHost), f.process, q.slot, q.number,
	}
	args, fps, err := f.pack(args, out.Links)
	if err != nil {
		return crawler.Receipt{}, err
	}
	epoch := f.server.epoch.Load()
	reply, err := f.run(ctx, scripts.done, args...)
	answered = !errors.Is(err, crawler.ErrUnavailable)
	if err != nil {
		return crawler.Receipt{}, err
	}
	r, _ := reply.([]any)
	if len(r) != 3 {
		// Not forgotten: other tasks of the lease may still be held.
		return crawler.Receipt{}, fmt.Errorf("task %q: %w", task.URL, crawler.ErrLeaseLost)
	}
	f.known.add(fps, epoch)
	if integer(r[2]) == 0 {
		f.forget(lease.Token)
	}
	return crawler.Receipt{Added: int(integer(r[0])), Wait: duration(r[1])}, nil
}

// Release implements crawler.Frontier.
func (f *Frontier) Release(ctx context.Context, lease crawler.Lease) error {
	// A release is most often made because ctx has ended.
	ctx = context.WithoutCancel(ctx)
	if err := f.begin(ctx); err != nil {
		return err
	}
	reply, err := f.run(ctx, scripts.release, lease.Token)
	if err != nil {
		return err
	}
	if integer(reply) == 0 {
		return f.lost(lease)
	}
	f.forget(lease.Token)
	return nil
}

// Block implements crawler.Frontier.
func (f *Frontier) Block(ctx context.Context, host string, d time.Duration, why string) error {
	if err := f.begin(ctx); err != nil {
		return err
	}
	_, err := f.run(ctx, scripts.block, host, micros(d), why)
	return err
}

// Note implements crawler.Frontier.
func (f *Frontier) Note(ctx context.Context, host string) ([]byte, error) {
	if err := f.begin(ctx); err != nil {
		return nil, err
	}
	reply, err := f.run(ctx, scripts.note, host)
	if err != nil || reply == nil {
		return nil, err
	}
	return []byte(str(reply)), nil
}

// Reap implements crawler.Frontier. As it is called every second, it is also
// where the registry learns that somebody works on the run.
func (f *Frontier) Reap(ctx context.Context) (int, error) {
	if err := f.begin(ctx); err != nil {
		return 0, err
	}
	f.mu.Lock()
	late := time.Since(f.beaten) > beatEvery
	if late {
		f.beaten = time.Now()
	}
	f.mu.Unlock()
	if late {
		if err := f.server.beat(ctx, f.name, false); err != nil {
			f.log.Warn("run not entered in the registry", "run", f.name, "error", err)
		}
	}
	for total := 0; ; {
		reply, err := f.run(ctx, scripts.reap, reapMost, string(crawler.ReasonLost))
		if err != nil {
			return total, err
		}
		n := int(integer(reply))
		if total += n; n < reapMost {
			return total, nil
		}
	}
}
