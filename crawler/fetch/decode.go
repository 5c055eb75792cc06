package fetch

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"

	"github.com/andybalholm/brotli"
	"github.com/klauspost/compress/flate"
	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zlib"
	"github.com/klauspost/compress/zstd"
)

// acceptEncoding is what decode can undo.
const acceptEncoding = "gzip, deflate, br, zstd"

// maxCodings bounds nested content codings; each may multiply the size.
const maxCodings = 3

// zstdWindow is the largest window a zstd body may ask for (RFC 9659).
const zstdWindow = 8 << 20

// errCoding is a content coding that cannot be undone.
var errCoding = errors.New("content coding")

// decoders keeps the readers of the codings: their tables are larger than
// most pages. A reader that is kept holds on to no connection.
type decoders struct {
	gzip   sync.Pool
	brotli sync.Pool
	zstd   sync.Pool
}

// decoded is a body with its content codings undone.
type decoded struct {
	io.Reader
	release []func()
}

func (d *decoded) close() {
	for _, f := range d.release {
		f()
	}
}

// codings lists the codings of a response in the order they were applied.
func codings(header []string) ([]string, error) {
	var out []string
	for _, line := range header {
		for _, c := range strings.Split(strings.ToLower(line), ",") {
			switch c = strings.TrimSpace(c); c {
			// The second line is nonsense that servers send with plain bodies.
			case "", "identity", "none",
				"utf-8", "utf8", "gbk", "gb2312", "binary", "8bit", "chunked":
			case "gzip", "x-gzip", "deflate", "br", "zstd":
				out = append(out, c)
			default:
				return nil, fmt.Errorf("%w %.40q is not known", errCoding, c)
			}
		}
	}
	if len(out) > maxCodings {
		return nil, fmt.Errorf("%w applied %d times", errCoding, len(out))
	}
	return out, nil
}

// decode undoes codings. A body that is plainly not in its coding is passed
// on as it is: that is how it can be read at all.
func (ds *decoders) decode(r io.Reader, codings []string) *decoded {
	d := &decoded{Reader: r}
	for i := len(codings) - 1; i >= 0; i-- {
		br := bufio.NewReaderSize(d.Reader, 4096)
		switch codings[i] {
		case "gzip", "x-gzip":
			d.Reader = &gzipReader{in: br, pool: &ds.gzip}
		case "deflate":
			d.Reader = &lazyReader{open: func() (io.Reader, error) { return openDeflate(br) }}
		case "br":
			d.Reader = &lazyReader{open: func() (io.Reader, error) { return ds.openBrotli(br, d) }}
		case "zstd":
			d.Reader = &lazyReader{open: func() (io.Reader, error) { return ds.openZstd(br, d) }}
		}
	}
	return d
}

// lazyReader opens its decoder with the first read, so that waiting for the
// first bytes counts as reading the body.
type lazyReader struct {
	open func() (io.Reader, error)
	r    io.Reader
}

func (l *lazyReader) Read(p []byte) (int, error) {
	if l.r == nil {
		r, err := l.open()
		if err != nil {
			return 0, err
		}
		l.r = r
	}
	return l.r.Read(p)
}

// gzipReader reads the members of a gzip body and ignores what follows the
// last one, as browsers do.
type gzipReader struct {
	in   *bufio.Reader
	pool *sync.Pool
	zr   *gzip.Reader
	raw  bool // not gzip at all
	err  error
}

func (g *gzipReader) Read(p []byte) (int, error) {
	if g.err != nil {
		return 0, g.err
	}
	if g.zr == nil && !g.raw {
		if g.err = g.start(); g.err != nil {
			return 0, g.err
		}
	}
	if g.raw {
		return g.in.Read(p)
	}
	for {
		n, err := g.zr.Read(p)
		if err == io.EOF {
			err = g.nextMember()
		}
		if n > 0 || err != nil {
			if g.err = err; err != nil {
				g.pool.Put(g.zr)
				g.zr = nil
			}
			return n, err
		}
	}
}

func (g *gzipReader) start() error {
	magic, err := g.in.Peek(2)
	if err != nil && len(magic) == 0 {
		return err
	}
	if !bytes.Equal(magic, []byte{0x1f, 0x8b}) {
		g.raw = true
		return nil
	}
	if zr, ok := g.pool.Get().(*gzip.Reader); ok {
		g.zr = zr
		err = zr.Reset(g.in)
	} else {
		g.zr, err = gzip.NewReader(g.in)
	}
	if err != nil {
		return err
	}
	g.zr.Multistream(false)
	return nil
}

func (g *gzipReader) nextMember() error {
	magic, err := g.in.Peek(2)
	if !bytes.Equal(magic, []byte{0x1f, 0x8b}) {
		if err != nil && err != io.EOF {
			return err
		}
		return io.EOF
	}
	if err := g.zr.Reset(g.in); err != nil {
		return err
	}
	g.zr.Multistream(false)
	return nil
}

// openDeflate takes both readings of "deflate": with a zlib header, as the
// standard says, and without, as some servers send it.
func openDeflate(br *bufio.Reader) (io.Reader, error) {
	h, err := br.Peek(2)
	if err != nil && len(h) == 0 {
		return nil, err
	}
	if len(h) == 2 && h[0]&0x0f == 8 && (uint(h[0])<<8|uint(h[1]))%31 == 0 {
		return zlib.NewReader(br)
	}
	if looksPlain(br) {
		return br, nil
	}
	return flate.NewReader(br), nil
}

func (ds *decoders) openBrotli(br *bufio.Reader, d *decoded) (io.Reader, error) {
	if _, err := br.Peek(1); err != nil {
		return nil, err
	}
	r, ok := ds.brotli.Get().(*brotli.Reader)
	if !ok {
		r = brotli.NewReader(nil)
	}
	d.release = append(d.release, func() {
		if r.Reset(strings.NewReader("")) == nil {
			ds.brotli.Put(r)
		}
	})
	if looksPlain(br) {
		// Brotli has no mark of its own: it is plain if it does not decode.
		head, _ := br.Peek(br.Buffered())
		if err := r.Reset(bytes.NewReader(head)); err != nil {
			return nil, err
		}
		var one [1]byte
		if n, err := r.Read(one[:]); n == 0 && err != nil && err != io.ErrUnexpectedEOF {
			return br, nil
		}
	}
	return r, r.Reset(br)
}

func (ds *decoders) openZstd(br *bufio.Reader, d *decoded) (io.Reader, error) {
	magic, err := br.Peek(4)
	if err != nil && len(magic) == 0 {
		return nil, err
	}
	skippable := len(magic) == 4 && magic[0]&0xf0 == 0x50 && magic[1] == 0x2a && magic[2] == 0x4d && magic[3] == 0x18
	if !bytes.Equal(magic, []byte{0x28, 0xb5, 0x2f, 0xfd}) && !skippable {
		return br, nil
	}
	r, ok := ds.zstd.Get().(*zstd.Decoder)
	if ok {
		err = r.Reset(br)
	} else {
		r, err = zstd.NewReader(br, zstd.WithDecoderConcurrency(1), zstd.WithDecoderLowmem(true), zstd.WithDecoderMaxWindow(zstdWindow))
	}
	if err != nil {
		return nil, err
	}
	d.release = append(d.release, func() {
		if r.Reset(nil) == nil {
			ds.zstd.Put(r)
		}
	})
	return r, nil
}

// looksPlain reports text: no compressed stream begins with 16 printable bytes
// except by rare accident.
func looksPlain(br *bufio.Reader) bool {
	head, _ := br.Peek(16)
	for _, c := range head {
		if c < ' ' && c != '\t' && c != '\n' && c != '\r' || c == 0x7f {
			return false
		}
	}
	return len(head) > 0
}
