package redis

import (
	"fmt"
	"sync"
)

// requests numbers the calls that must not be done twice when an answer is
// lost. A call that failed keeps its number: who makes the same call again is
// told what the first one was to be told.
type requests struct {
	mu      sync.Mutex
	number  uint64
	slots   int
	free    []int
	pending map[string]request
}

// request is what a script knows a call by. A slot is used by one call at a
// time, so that Redis keeps as many answers as there are calls under way.
type request struct {
	slot   int
	number uint64
}

// begin returns the number of a call, the old one when it failed before.
func (r *requests) begin(call string) request {
	r.mu.Lock()
	defer r.mu.Unlock()
	if q, ok := r.pending[call]; ok {
		delete(r.pending, call)
		return q
	}
	r.number++
	q := request{number: r.number}
	if n := len(r.free); n > 0 {
		q.slot, r.free = r.free[n-1], r.free[:n-1]
	} else {
		q.slot = r.slots
		r.slots++
	}
	return q
}

// end gives the slot back, or keeps the number when the answer is not known.
func (r *requests) end(call string, q request, answered bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if answered {
		r.free = append(r.free, q.slot)
		return
	}
	if r.pending == nil {
		r.pending = map[string]request{}
	}
	r.pending[call] = q
}

func doneCall(token uint64, url string) string { return fmt.Sprintf("done %d %s", token, url) }
func nextCall(worker string) string            { return "next " + worker }
