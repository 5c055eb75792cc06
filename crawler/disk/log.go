package disk

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"os"
)

// storage is the file of a log, or memory in its place.
type storage interface {
	io.ReaderAt
	io.WriterAt
	Truncate(size int64) error
	Sync() error
	Close() error
}

// memory keeps a log in chunks, for a frontier without a folder.
type memory struct{ chunks [][]byte }

const chunkSize = 1 << 20

func (m *memory) WriteAt(p []byte, off int64) (int, error) {
	n := len(p)
	for len(p) > 0 {
		i, at := int(off/chunkSize), int(off%chunkSize)
		for len(m.chunks) <= i {
			m.chunks = append(m.chunks, make([]byte, chunkSize))
		}
		c := copy(m.chunks[i][at:], p)
		p, off = p[c:], off+int64(c)
	}
	return n, nil
}

func (m *memory) ReadAt(p []byte, off int64) (n int, err error) {
	for n < len(p) {
		i, at := int(off/chunkSize), int(off%chunkSize)
		if i >= len(m.chunks) {
			return n, io.EOF
		}
		c := copy(p[n:], m.chunks[i][at:])
		n, off = n+c, off+int64(c)
	}
	return n, nil
}

func (m *memory) Truncate(int64) error { return nil }
func (m *memory) Sync() error          { return nil }
func (m *memory) Close() error         { return nil }

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

const frameHead = 8

// errSenseless: the frame is whole but says what cannot be.
var errSenseless = errors.New("senseless record")

// wal appends frames and reads tasks back.
type wal struct {
	s    storage
	size int64
	enc  encoder
	scan []byte // buffer of read
}

// begin starts a frame; the fields follow through the encoder.
func (w *wal) begin(typ byte) *encoder {
	w.enc.b = append(w.enc.b[:0], 0, 0, 0, 0, 0, 0, 0, 0, typ)
	return &w.enc
}

// here is where the next byte of the frame will be in the log.
func (w *wal) here() ref { return uint64(w.size) + uint64(len(w.enc.b)) }

// commit writes the frame. When it cannot, the log is as before.
func (w *wal) commit() error {
	b := w.enc.b
	binary.LittleEndian.PutUint32(b, uint32(len(b)-frameHead))
	binary.LittleEndian.PutUint32(b[4:], crc32.Checksum(b[frameHead:], castagnoli))
	if _, err := w.s.WriteAt(b, w.size); err != nil {
		_ = w.s.Truncate(w.size) // a torn frame would be cut at the next start anyway
		return err
	}
	w.size += int64(len(b))
	if cap(b) > 1<<20 {
		w.enc.b = nil
	}
	return nil
}

// replay calls apply for each whole frame after the header, with the offset of
// its payload, and returns where the first broken one begins. An error of apply
// ends it as errSenseless.
func replay(r io.ReaderAt, from, size int64, apply func(payload []byte, at ref) error) (end int64, err error) {
	var head [frameHead]byte
	rd := newBuffered(r, from, size)
	end = from
	for size-end >= frameHead {
		if _, err := io.ReadFull(rd, head[:]); err != nil {
			return end, fmt.Errorf("read log: %w", err)
		}
		n := int64(binary.LittleEndian.Uint32(head[:]))
		if n == 0 || n > size-end-frameHead {
			return end, nil
		}
		payload, err := rd.next(int(n))
		if err != nil {
			return end, fmt.Errorf("read log: %w", err)
		}
		if crc32.Checksum(payload, castagnoli) != binary.LittleEndian.Uint32(head[4:]) {
			return end, nil
		}
		if err := apply(payload, uint64(end+frameHead)); err != nil {
			return end, fmt.Errorf("%w at %d: %w", errSenseless, end, err)
		}
		end += frameHead + n
	}
	return end, nil
}

// buffered reads a log from front to back.
type buffered struct {
	r   *io.SectionReader
	buf []byte
	i   int
}

func newBuffered(r io.ReaderAt, from, size int64) *buffered {
	return &buffered{r: io.NewSectionReader(r, from, size-from)}
}

func (b *buffered) fill(n int) error {
	if len(b.buf)-b.i >= n {
		return nil
	}
	rest := copy(b.buf, b.buf[b.i:])
	b.i = 0
	want := max(n, 1<<18)
	if cap(b.buf) < want {
		b.buf = append(make([]byte, 0, want), b.buf[:rest]...)
	}
	got, err := io.ReadAtLeast(b.r, b.buf[rest:cap(b.buf)], n-rest)
	b.buf = b.buf[:rest+got]
	return err
}

func (b *buffered) next(n int) ([]byte, error) {
	if err := b.fill(n); err != nil {
		return nil, err
	}
	b.i += n
	return b.buf[b.i-n : b.i], nil
}

func (b *buffered) Read(p []byte) (int, error) {
	s, err := b.next(len(p))
	return copy(p, s), err
}

// read decodes the task at r; its texts are good until the next call.
func (w *wal) read(r ref) (rawTask, error) {
	for n := 512; ; n *= 8 {
		if cap(w.scan) < n {
			w.scan = make([]byte, n)
		}
		got, err := w.s.ReadAt(w.scan[:n], int64(r))
		if err != nil && err != io.EOF {
			return rawTask{}, fmt.Errorf("read log: %w", err)
		}
		d := decoder{b: w.scan[:got]}
		t := d.task()
		if d.err == nil {
			if n > 1<<16 {
				w.scan = nil
			}
			return t, nil
		}
		if got < n {
			return rawTask{}, fmt.Errorf("read log at %d: %w", r, d.err)
		}
	}
}

func openFile(path string) (*os.File, error) {
	return os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
}
