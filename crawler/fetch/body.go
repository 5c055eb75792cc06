package fetch

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"hash"
	"io"
	"os"
	"strings"
	"time"

	"prescreen/crawler"
)

// memoryBody is a body small enough to be kept.
type memoryBody struct{ b []byte }

func (m *memoryBody) Size() int64            { return int64(len(m.b)) }
func (m *memoryBody) Bytes() ([]byte, error) { return m.b, nil }
func (m *memoryBody) Close() error           { return nil }
func (m *memoryBody) ReadAt(p []byte, off int64) (int, error) {
	return bytes.NewReader(m.b).ReadAt(p, off)
}

// fileBody is a body on disk. Its file has no name any more where the system
// allows it: what may be a leak must not outlive a killed process.
type fileBody struct {
	f    *os.File
	size int64
	path string // to be removed; empty when that is done
}

func (b *fileBody) Size() int64 { return b.size }

func (b *fileBody) Bytes() ([]byte, error) {
	out := make([]byte, b.size)
	_, err := b.ReadAt(out, 0)
	if err != nil && err != io.EOF {
		return nil, err
	}
	return out, nil
}

func (b *fileBody) ReadAt(p []byte, off int64) (int, error) { return b.f.ReadAt(p, off) }

func (b *fileBody) Close() error {
	err := b.f.Close()
	if b.path != "" {
		err = errors.Join(err, os.Remove(b.path))
		b.path = ""
	}
	return err
}

// wireReader reads a response body from its connection and watches the clock.
// The timer ends the exchange when nothing comes for too long; a drip that
// feeds the timer is found by its rate.
type wireReader struct {
	r      io.Reader
	limits *Limits
	cancel context.CancelCauseFunc
	timer  *time.Timer
	n      int64 // read so far

	windowStart time.Time
	windowBytes int64
	err         error // of the connection, not of a decoder; nil for a clean end
}

func newWireReader(r io.Reader, limits *Limits, cancel context.CancelCauseFunc) *wireReader {
	return &wireReader{
		r: r, limits: limits, cancel: cancel, windowStart: time.Now(),
		timer: time.AfterFunc(limits.Idle, func() { cancel(errIdle) }),
	}
}

func (w *wireReader) Read(p []byte) (int, error) {
	w.timer.Reset(w.limits.Idle)
	n, err := w.r.Read(p)
	w.n += int64(n)
	w.windowBytes += int64(n)
	if err == nil {
		err = w.checkRate()
	}
	if err != io.EOF {
		w.err = err
	}
	return n, err
}

// checkRate closes the window when its time is over.
func (w *wireReader) checkRate() error {
	elapsed := time.Since(w.windowStart)
	if elapsed < w.limits.RateWindow {
		return nil
	}
	if w.windowBytes < w.limits.MinRate*int64(elapsed/time.Millisecond)/1000 {
		w.cancel(errSlow)
		return errSlow
	}
	w.windowStart, w.windowBytes = time.Now(), 0
	return nil
}

// sink collects a body in memory or, when it grows, in a file.
type sink struct {
	buf     []byte
	memory  int64 // more goes to a file
	dir     string
	file    *fileBody
	hash    hash.Hash // of the file
	written int64
}

// usualPage is what a page takes whose server does not say how long it is.
const usualPage = 40 << 10

func newSink(expect, memory int64, dir string) *sink {
	if expect < 0 {
		expect = usualPage
	}
	return &sink{buf: make([]byte, 0, min(max(expect, 4096), 1<<20, memory)+512), memory: memory, dir: dir}
}

// space returns a buffer to read into.
func (s *sink) space() []byte {
	if s.file != nil {
		return s.buf[:cap(s.buf)]
	}
	if cap(s.buf)-len(s.buf) < 512 {
		grown := make([]byte, len(s.buf), 2*cap(s.buf)+8192)
		copy(grown, s.buf)
		s.buf = grown
	}
	return s.buf[len(s.buf):cap(s.buf)]
}

// added takes n bytes that were read into space.
func (s *sink) added(n int) error {
	s.written += int64(n)
	if s.file != nil {
		return s.write(s.buf[:n])
	}
	s.buf = s.buf[:len(s.buf)+n]
	if int64(len(s.buf)) <= s.memory {
		return nil
	}
	if err := s.spool(); err != nil {
		return err
	}
	if err := s.write(s.buf); err != nil {
		return err
	}
	s.buf = make([]byte, 0, 256<<10)
	return nil
}

func (s *sink) spool() error {
	f, err := os.CreateTemp(s.dir, "prescreen-body-*")
	if err != nil {
		return &localError{fmt.Errorf("spool body: %w", err)}
	}
	s.file = &fileBody{f: f, path: f.Name()}
	s.hash = sha256.New()
	if os.Remove(f.Name()) == nil {
		s.file.path = ""
	}
	return nil
}

func (s *sink) write(b []byte) error {
	s.hash.Write(b)
	n, err := s.file.f.Write(b)
	s.file.size += int64(n)
	if err != nil {
		return &localError{fmt.Errorf("spool body to %q: %w", s.dir, err)}
	}
	return nil
}

func (s *sink) body() crawler.Body {
	if s.file != nil {
		return s.file
	}
	return &memoryBody{s.buf}
}

// sum is the digest of the whole body.
func (s *sink) sum() [sha256.Size]byte {
	if s.file != nil {
		return [sha256.Size]byte(s.hash.Sum(nil))
	}
	return sha256.Sum256(s.buf)
}

func (s *sink) discard() {
	if s.file != nil {
		_ = s.file.Close()
	}
}

// bodyLimit is how much of one response is wanted.
type bodyLimit struct {
	size  int64 // after decoding, and before
	ratio int64 // of the two
}

// ratioFloor is where the compression ratio begins to matter: what unpacks to
// less harms nobody.
const ratioFloor = 8 << 20

// readBody reads a whole body. truncated says why it is not whole; an error
// means that there is nothing worth keeping.
func readBody(src io.Reader, wire *wireReader, s *sink, limit bodyLimit) (truncated string, err error) {
	defer func() {
		// A decoder that a page can make panic must not end the crawl.
		if p := recover(); p != nil {
			truncated, err = "", fmt.Errorf("%w: decoder: %v", errCoding, p)
		}
	}()
	for {
		p := s.space()
		// One byte over the limit tells a body that just fits; small steps
		// let the ratio be looked at before a bomb has gone off.
		p = p[:min(int64(len(p)), limit.size-s.written+1, 512<<10)]
		n, rerr := src.Read(p)
		if over := s.written + int64(n) - limit.size; over > 0 {
			n -= int(over)
			rerr = errTooLarge
		}
		if err := s.added(n); err != nil {
			return "", err
		}
		switch {
		case rerr == io.EOF:
			return "", nil
		case rerr == errTooLarge:
			return fmt.Sprintf("%s: %d bytes", crawler.TruncatedSize, limit.size), nil
		case rerr != nil:
			return "", rerr
		case wire.n > limit.size:
			return fmt.Sprintf("%s: %d bytes compressed", crawler.TruncatedSize, limit.size), nil
		case s.written > ratioFloor && s.written/max(wire.n, 1) > limit.ratio:
			return fmt.Sprintf("%s: over %d to 1", crawler.TruncatedRatio, limit.ratio), nil
		}
	}
}

// truncation names what a failed read means for the bytes that came before.
func truncation(err error, wire *wireReader, delimited bool) string {
	switch {
	case errors.Is(err, errIdle):
		return fmt.Sprintf("%s: %v", crawler.TruncatedIdle, err)
	case errors.Is(err, errSlow), errors.Is(err, errEnd):
		return fmt.Sprintf("%s: %v", crawler.TruncatedIdle, err)
	case wire.err != nil:
		return fmt.Sprintf("%s: %v", crawler.TruncatedNetwork, wire.err)
	case !delimited && errors.Is(err, io.ErrUnexpectedEOF):
		// Only the coding can tell that a body without a length was cut.
		return fmt.Sprintf("%s: compressed body ends early", crawler.TruncatedNetwork)
	}
	return fmt.Sprintf("%s: %s", crawler.TruncatedCoding, strings.TrimSpace(err.Error()))
}
