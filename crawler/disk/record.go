package disk

import (
	"encoding/binary"
	"errors"
	"math"

	"prescreen/crawler"
)

// The log is a header followed by frames: length and CRC-32C of the payload,
// 4 bytes each, little-endian, then the payload. A payload is a type byte and
// fields in varints. A frame is one atomic step: replay takes all of it or,
// where it was cut off, nothing.
const (
	recOpen  byte = iota + 1 // wall clock: a process opened the log
	recAdd                   // tasks
	recClaim                 // token, wall clock, host, cut, entries
	recDone                  // token, entry, outcome, tasks
	recBack                  // token, entries: released
	recLost                  // token, entries: the lease expired, or its process died
	recBlock                 // host, until, why
)

const magic = "prescreen frontier 1\n"

var errShort = errors.New("record ends early")

// ref is where the encoding of a task begins in the log.
type ref = uint64

// Flags of an encoded task.
const (
	taskReferrer = 1 << iota // referrer follows as text
	taskParent               // referrer is the URL of an earlier task
	taskAgain
	taskSkip
)

var classes = [...]crawler.Class{"", crawler.ClassPage, crawler.ClassAttachment, crawler.ClassSitemap, crawler.ClassRobots}

func classCode(c crawler.Class) byte {
	for i, k := range classes {
		if k == c {
			return byte(i)
		}
	}
	return 0
}

type encoder struct{ b []byte }

func (e *encoder) byte(v byte)   { e.b = append(e.b, v) }
func (e *encoder) uint(v uint64) { e.b = binary.AppendUvarint(e.b, v) }
func (e *encoder) int(v int64)   { e.b = binary.AppendVarint(e.b, v) }
func (e *encoder) str(s string) {
	e.uint(uint64(len(s)))
	e.b = append(e.b, s...)
}

// task appends a task; parent, where not 0, is the task whose URL is parentURL.
func (e *encoder) task(t *crawler.Task, host uint64, parent ref, parentURL string) {
	var flags byte
	switch {
	case t.Referrer == "":
	case parent != 0 && t.Referrer == parentURL:
		flags |= taskParent
	default:
		flags |= taskReferrer
	}
	if t.Again {
		flags |= taskAgain
	}
	if t.Skip != "" {
		flags |= taskSkip
	}
	e.byte(flags)
	e.byte(classCode(t.Class))
	e.uint(host)
	e.uint(uint64(max(t.Depth, 0)))
	e.uint(uint64(max(t.Cost, 0)))
	e.uint(uint64(max(t.Hops, 0)))
	e.str(t.URL)
	e.str(t.Via)
	switch {
	case flags&taskParent != 0:
		e.uint(parent)
	case flags&taskReferrer != 0:
		e.str(t.Referrer)
	}
	if flags&taskSkip != 0 {
		e.str(string(t.Skip))
	}
}

// decoder reads fields until something is missing; then err is set and all
// further fields are zero.
type decoder struct {
	b   []byte
	off int
	err error
}

func (d *decoder) byte() byte {
	if d.err != nil || d.off >= len(d.b) {
		d.err = errShort
		return 0
	}
	d.off++
	return d.b[d.off-1]
}

func (d *decoder) uint() uint64 {
	if d.err != nil {
		return 0
	}
	v, n := binary.Uvarint(d.b[d.off:])
	if n <= 0 {
		d.err = errShort
		return 0
	}
	d.off += n
	return v
}

func (d *decoder) int() int64 {
	if d.err != nil {
		return 0
	}
	v, n := binary.Varint(d.b[d.off:])
	if n <= 0 {
		d.err = errShort
		return 0
	}
	d.off += n
	return v
}

// small reads a number that fits an int.
func (d *decoder) small() int {
	v := d.uint()
	if v > math.MaxInt32 {
		d.err = errShort
		return 0
	}
	return int(v)
}

func (d *decoder) bytes() []byte {
	n := d.uint()
	if d.err != nil || n > uint64(len(d.b)-d.off) {
		d.err = errShort
		return nil
	}
	d.off += int(n)
	return d.b[d.off-int(n) : d.off]
}

func (d *decoder) str() string { return string(d.bytes()) }

// rawTask is an encoded task whose texts still lie in the buffer.
type rawTask struct {
	class             crawler.Class
	host              uint64
	depth, cost, hops int
	url, via          []byte
	referrer, skip    []byte
	parent            ref
	again             bool
}

func (d *decoder) task() (t rawTask) {
	flags, class := d.byte(), d.byte()
	if int(class) < len(classes) {
		t.class = classes[class]
	} else {
		d.err = errShort
	}
	t.again = flags&taskAgain != 0
	t.host = d.uint()
	t.depth, t.cost, t.hops = d.small(), d.small(), d.small()
	t.url, t.via = d.bytes(), d.bytes()
	switch {
	case flags&taskParent != 0:
		t.parent = d.uint()
	case flags&taskReferrer != 0:
		t.referrer = d.bytes()
	}
	if flags&taskSkip != 0 {
		t.skip = d.bytes()
	}
	return t
}
