package document

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"prescreen/scanner"
)

// Limits bound the work one input may cause, all its members together. They
// are counted on what is actually read, never on what a header claims.
type Limits struct {
	Unpacked  int64         // bytes out of containers and compressed streams, default 512 MB
	Ratio     int64         // unpacked bytes per byte of the input, default 200 …
	RatioFrom int64         // … enforced after this many unpacked bytes, default 10 MB
	Entries   int           // members of containers, default 10,000
	Depth     int           // containers within containers, default 8
	Segments  int           // default 5 million
	Pages     int           // pages of one paged file, default 5,000
	Time      time.Duration // default 60 s
	PDFPage   time.Duration // of it, for one page of a PDF file, default 10 s of processor time
}

// DefaultLimits returns the limits that zero fields of Limits stand for.
func DefaultLimits() Limits {
	return Limits{
		Unpacked: 512 << 20, Ratio: 200, RatioFrom: 10 << 20, Entries: 10_000,
		Depth: 8, Segments: 5_000_000, Pages: 5_000, Time: defaultTime, PDFPage: 10 * time.Second,
	}
}

func (l Limits) withDefaults() (Limits, error) {
	d := DefaultLimits()
	if l.Unpacked < 0 || l.Ratio < 0 || l.RatioFrom < 0 || l.Entries < 0 ||
		l.Depth < 0 || l.Segments < 0 || l.Pages < 0 || l.Time < 0 || l.PDFPage < 0 {
		return l, errors.New("a limit is negative; leave it 0 for the default")
	}
	fill(&l.Unpacked, d.Unpacked)
	fill(&l.Ratio, d.Ratio)
	fill(&l.RatioFrom, d.RatioFrom)
	fill(&l.Entries, d.Entries)
	fill(&l.Depth, d.Depth)
	fill(&l.Segments, d.Segments)
	fill(&l.Pages, d.Pages)
	fill(&l.Time, d.Time)
	fill(&l.PDFPage, d.PDFPage)
	return l, nil
}

func fill[T comparable](v *T, def T) {
	var zero T
	if *v == zero {
		*v = def
	}
}

// budget is what is left of the Limits of one input. One goroutine uses it.
type budget struct {
	ctx      context.Context
	limits   Limits
	input    int64 // size of the outermost file
	unpacked int64
	entries  int
	segments int
	text     int64 // bytes of text given

	clock    *clock // the deadline of ctx, stopped while pictures are recognised
	pixels   int64
	pictures int // recognised
	skipped  int // not recognised
}

func newBudget(ctx context.Context, l Limits, input int64) *budget {
	return &budget{ctx: ctx, limits: l, input: max(input, 1)}
}

// unpack accounts for n bytes that came out of a container or a compressed
// stream.
func (b *budget) unpack(n int64) error {
	b.unpacked += n
	if b.unpacked > b.limits.Unpacked {
		return failf(scanner.StatusLimit, "unpacks to more than %d MB", b.limits.Unpacked>>20)
	}
	if b.unpacked > b.limits.RatioFrom && b.unpacked/b.input > b.limits.Ratio {
		return failf(scanner.StatusLimit, "unpacks to more than %d times its size", b.limits.Ratio)
	}
	return nil
}

// entry accounts for one member of a container.
func (b *budget) entry() error {
	if b.entries++; b.entries > b.limits.Entries {
		return failf(scanner.StatusLimit, "more than %d files inside", b.limits.Entries)
	}
	return b.ctx.Err()
}

// segment accounts for one segment with n bytes of text and now and then
// looks at the clock. A file can refer to one string a million times: what it
// gives is bounded like what it unpacks, apart from what it holds itself.
func (b *budget) segment(n int64) error {
	if b.segments++; b.segments > b.limits.Segments {
		return failf(scanner.StatusLimit, "more than %d segments of text", b.limits.Segments)
	}
	b.text += n
	if b.text > b.limits.Unpacked+2*b.input {
		return failf(scanner.StatusLimit, "more than %d MB of text", (b.limits.Unpacked+2*b.input)>>20)
	}
	if b.text > b.limits.RatioFrom && b.text/b.input > b.limits.Ratio {
		return failf(scanner.StatusLimit, "text of more than %d times its size", b.limits.Ratio)
	}
	if b.segments%256 == 0 {
		return b.ctx.Err()
	}
	return nil
}

// reader returns r with everything read through it counted as unpacked, and
// ended by the budget or the deadline. Every decompressor goes through it.
func (b *budget) reader(r io.Reader) io.Reader { return &meteredReader{r: r, b: b} }

type meteredReader struct {
	r   io.Reader
	b   *budget
	err error
}

func (m *meteredReader) Read(p []byte) (int, error) {
	if m.err != nil {
		return 0, m.err
	}
	if m.err = m.b.ctx.Err(); m.err != nil {
		return 0, m.err
	}
	n, err := m.r.Read(p)
	if m.err = m.b.unpack(int64(n)); m.err != nil {
		return n, m.err
	}
	return n, err
}

// fault is why a file could not be read completely. Extractors return it (see
// failf) where the status is known; any other error means damaged or partial.
type fault struct {
	status  scanner.Status
	message string // one line, no content of the document
}

func (e *fault) Error() string { return e.message }

func failf(status scanner.Status, format string, args ...any) error {
	return &fault{status: status, message: fmt.Sprintf(format, args...)}
}

// statusOf maps what an extractor returned to the status of its file;
// emitted tells whether it had produced text before.
func statusOf(err error, emitted bool) (scanner.Status, string) {
	var flt *fault
	switch {
	case err == nil:
		return scanner.StatusOK, ""
	case errors.As(err, &flt):
		return flt.status, flt.message
	case errors.Is(err, context.DeadlineExceeded):
		return scanner.StatusTimeout, "not finished within its time"
	case errors.Is(err, context.Canceled):
		return scanner.StatusPartial, "reading was cancelled"
	case emitted:
		return scanner.StatusPartial, "damaged, read in part: " + oneLine(err.Error())
	}
	return scanner.StatusDamaged, "cannot be read: " + oneLine(err.Error())
}
