package disk

import "prescreen/crawler"

// entry is a queued task: where it lies in the log, how often it failed and
// how often a worker died on it.
type entry uint64

func newEntry(r ref, attempt, lost int) entry {
	return entry(r<<16 | uint64(min(attempt, 255))<<8 | uint64(min(lost, 255)))
}

func (e entry) ref() ref     { return uint64(e) >> 16 }
func (e entry) attempt() int { return int(e >> 8 & 255) }
func (e entry) lost() int    { return int(e & 255) }

// fifo is a queue that can also take back what it gave.
type fifo struct {
	items []entry
	head  int
}

func (q *fifo) len() int     { return len(q.items) - q.head }
func (q *fifo) push(e entry) { q.items = append(q.items, e) }

func (q *fifo) pushFront(e entry) {
	if q.head > 0 {
		q.head--
		q.items[q.head] = e
		return
	}
	q.items = append(q.items, 0)
	copy(q.items[1:], q.items)
	q.items[0] = e
}

func (q *fifo) pop() entry {
	e := q.items[q.head]
	q.head++
	switch {
	case q.head == len(q.items):
		q.items, q.head = q.items[:0], 0
		if cap(q.items) > 1024 {
			q.items = nil
		}
	case q.head >= 1024 && q.head*2 >= len(q.items):
		// A new array, so that the memory of a long queue shrinks with it.
		rest := make([]entry, q.len(), q.len()+q.len()/4)
		copy(rest, q.items[q.head:])
		q.items, q.head = rest, 0
	}
	return e
}

// Levels order the tasks of a host: robots.txt, then by cost. The last one
// holds the tasks that are not to be fetched but reported.
const (
	costLevels = 8
	levelGate  = -1
	levelCut   = costLevels
)

func levelOf(t *rawTask) int {
	switch {
	case t.class == crawler.ClassRobots:
		return levelGate
	case len(t.skip) > 0:
		return levelCut
	}
	return min(t.cost, costLevels-1)
}

// delayed is a task that waits for its own time.
type delayed struct {
	at    int64
	e     entry
	level int
}

// cutQueue holds tasks to report with one reason.
type cutQueue struct {
	reason crawler.Reason
	q      fifo
}

// heap is a binary heap of items that know their key and place.
type heap[T interface {
	comparable
	key() int64
	place() *int // index + 1 in the heap; 0: not in it
}] struct{ items []T }

func (h *heap[T]) top() (t T) {
	if len(h.items) > 0 {
		t = h.items[0]
	}
	return t
}

// fix puts x where its key belongs, adding it when it is not in the heap.
func (h *heap[T]) fix(x T) {
	i := *x.place() - 1
	if i < 0 {
		h.items = append(h.items, x)
		i = len(h.items) - 1
		*x.place() = i + 1
	}
	if !h.up(i) {
		h.down(i)
	}
}

func (h *heap[T]) remove(x T) {
	i := *x.place() - 1
	if i < 0 {
		return
	}
	last := len(h.items) - 1
	h.swap(i, last)
	var zero T
	h.items[last] = zero
	h.items = h.items[:last]
	*x.place() = 0
	if i < last && !h.up(i) {
		h.down(i)
	}
}

func (h *heap[T]) swap(i, j int) {
	h.items[i], h.items[j] = h.items[j], h.items[i]
	*h.items[i].place(), *h.items[j].place() = i+1, j+1
}

func (h *heap[T]) up(i int) (moved bool) {
	for i > 0 {
		p := (i - 1) / 2
		if h.items[p].key() <= h.items[i].key() {
			break
		}
		h.swap(i, p)
		i, moved = p, true
	}
	return moved
}

func (h *heap[T]) down(i int) {
	for {
		c := 2*i + 1
		if c >= len(h.items) {
			return
		}
		if c+1 < len(h.items) && h.items[c+1].key() < h.items[c].key() {
			c++
		}
		if h.items[i].key() <= h.items[c].key() {
			return
		}
		h.swap(i, c)
		i = c
	}
}
