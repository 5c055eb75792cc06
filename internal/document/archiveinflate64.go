package document

import (
	"bufio"
	"errors"
	"io"
)

// inflate64 reads Deflate64, the variant of Deflate (RFC 1951) with a 64 kB
// window that Windows uses for large files in ZIP archives. It differs in
// three places: distance codes 30 and 31, length code 285, and the window.
type inflate64 struct {
	r    *bufio.Reader
	bits uint64
	n    uint
	hist [1 << 16]byte
	pos  int // total bytes written, wraps in hist
	out  []byte
	last bool
	err  error

	lit, dist huffman64
	left      int  // bytes left of a stored block
	inBlock   bool // in a compressed block
}

// huffman64 decodes canonical codes bit by bit, as the RFC describes.
type huffman64 struct {
	count  [16]int
	symbol []int
}

var errDeflate64 = errors.New("corrupt Deflate64 data")

func newInflate64(r io.Reader) io.Reader { return &inflate64{r: bufio.NewReader(r)} }

func (z *inflate64) Read(p []byte) (int, error) {
	for len(z.out) == 0 {
		if z.err != nil {
			return 0, z.err
		}
		z.err = z.step()
	}
	n := copy(p, z.out)
	z.out = z.out[n:]
	if len(z.out) == 0 {
		z.out = nil
	}
	return n, nil
}

func (z *inflate64) need(n uint) (uint, error) {
	for z.n < n {
		b, err := z.r.ReadByte()
		if err != nil {
			return 0, io.ErrUnexpectedEOF
		}
		z.bits |= uint64(b) << z.n
		z.n += 8
	}
	v := uint(z.bits & (1<<n - 1))
	z.bits >>= n
	z.n -= n
	return v, nil
}

func (z *inflate64) put(b byte) {
	z.hist[z.pos&0xFFFF] = b
	z.pos++
	z.out = append(z.out, b)
}

// step decodes up to some tens of kilobytes more into out.
func (z *inflate64) step() error {
	switch {
	case z.left > 0:
		for k := min(z.left, 1<<14); k > 0; k-- {
			v, err := z.need(8)
			if err != nil {
				return err
			}
			z.put(byte(v))
			z.left--
		}
		return nil
	case z.inBlock:
		return z.codes()
	case z.last:
		return io.EOF
	}
	head, err := z.need(3)
	if err != nil {
		return err
	}
	z.last = head&1 == 1
	switch head >> 1 {
	case 0:
		return z.stored()
	case 1:
		z.fixed()
	case 2:
		err = z.dynamic()
	default:
		err = errDeflate64
	}
	z.inBlock = err == nil
	return err
}

func (z *inflate64) stored() error {
	z.bits >>= z.n & 7
	z.n -= z.n & 7
	size, err := z.need(16)
	if err != nil {
		return err
	}
	inverse, err := z.need(16)
	if err != nil {
		return err
	}
	if size^inverse != 0xFFFF {
		return errDeflate64
	}
	z.left = int(size)
	return nil
}

func (h *huffman64) build(lengths []int) error {
	*h = huffman64{symbol: make([]int, len(lengths))}
	for _, l := range lengths {
		h.count[l]++
	}
	h.count[0] = 0
	var offs [16]int
	left := 1
	for l := 1; l < 16; l++ {
		left = left<<1 - h.count[l]
		if left < 0 {
			return errDeflate64
		}
		if l > 1 {
			offs[l] = offs[l-1] + h.count[l-1]
		}
	}
	for sym, l := range lengths {
		if l != 0 {
			h.symbol[offs[l]] = sym
			offs[l]++
		}
	}
	return nil
}

func (z *inflate64) decode(h *huffman64) (int, error) {
	code, first, index := 0, 0, 0
	for l := 1; l < 16; l++ {
		bit, err := z.need(1)
		if err != nil {
			return 0, err
		}
		code |= int(bit)
		if n := h.count[l]; code-n < first {
			return h.symbol[index+code-first], nil
		}
		index += h.count[l]
		first = (first + h.count[l]) << 1
		code <<= 1
	}
	return 0, errDeflate64
}

func (z *inflate64) fixed() {
	lengths := make([]int, 288)
	for i := range lengths {
		switch {
		case i < 144:
			lengths[i] = 8
		case i < 256:
			lengths[i] = 9
		case i < 280:
			lengths[i] = 7
		default:
			lengths[i] = 8
		}
	}
	dist := make([]int, 32)
	for i := range dist {
		dist[i] = 5
	}
	z.lit.build(lengths) // constant tables: cannot be over-subscribed
	z.dist.build(dist)
}

func (z *inflate64) dynamic() error {
	head, err := z.need(14)
	if err != nil {
		return err
	}
	nlen, ndist, ncode := int(head&31)+257, int(head>>5&31)+1, int(head>>10&15)+4
	order := [19]int{16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15}
	lengths := make([]int, 19)
	for i := range ncode {
		v, err := z.need(3)
		if err != nil {
			return err
		}
		lengths[order[i]] = int(v)
	}
	var code huffman64
	if err := code.build(lengths); err != nil {
		return err
	}
	all := make([]int, 0, nlen+ndist)
	for len(all) < nlen+ndist {
		sym, err := z.decode(&code)
		if err != nil {
			return err
		}
		if sym < 16 {
			all = append(all, sym)
			continue
		}
		value, base, extra := 0, 3, uint(3)
		switch sym {
		case 16:
			if len(all) == 0 {
				return errDeflate64
			}
			value, extra = all[len(all)-1], 2
		case 18:
			base, extra = 11, 7
		}
		more, err := z.need(extra)
		if err != nil {
			return err
		}
		for k := base + int(more); k > 0; k-- {
			all = append(all, value)
		}
	}
	if len(all) > nlen+ndist {
		return errDeflate64
	}
	if err := z.lit.build(all[:nlen]); err != nil {
		return err
	}
	return z.dist.build(all[nlen:])
}

// codes decodes symbols until the block ends or enough output is there.
func (z *inflate64) codes() error {
	for len(z.out) < 1<<15 {
		sym, err := z.decode(&z.lit)
		switch {
		case err != nil:
			return err
		case sym < 256:
			z.put(byte(sym))
			continue
		case sym == 256:
			z.inBlock = false
			return nil
		}
		length, err := z.length(sym)
		if err != nil {
			return err
		}
		distance, err := z.distance()
		if err != nil {
			return err
		}
		if distance > z.pos || distance > len(z.hist) {
			return errDeflate64
		}
		for ; length > 0; length-- {
			z.put(z.hist[(z.pos-distance)&0xFFFF])
		}
	}
	return nil
}

func (z *inflate64) length(sym int) (int, error) {
	switch k := sym - 257; {
	case k < 8:
		return k + 3, nil
	case k < 28:
		extra := uint(k/4 - 1)
		v, err := z.need(extra)
		return 3 + (4+k%4)<<extra + int(v), err
	case k == 28:
		v, err := z.need(16)
		return 3 + int(v), err
	}
	return 0, errDeflate64
}

func (z *inflate64) distance() (int, error) {
	sym, err := z.decode(&z.dist)
	if err != nil || sym < 4 {
		return sym + 1, err
	}
	if sym > 31 {
		return 0, errDeflate64
	}
	extra := uint(sym/2 - 1)
	v, err := z.need(extra)
	return 1 + (2+sym%2)<<extra + int(v), err
}
