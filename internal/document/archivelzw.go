package document

import (
	"bufio"
	"errors"
	"fmt"
	"io"
)

// lzwReader undoes the compression of compress(1), .Z. It differs from the LZW
// of GIF and PDF in that codes are read in groups of eight, of which the rest
// is thrown away whenever their length changes.
type lzwReader struct {
	r       *bufio.Reader
	maxBits int
	block   bool // code 256 empties the table
	err     error

	bits  int // of a code now
	group []byte
	at    int // bits of the group that are read
	size  int // bits of the group there are

	prefix []uint16
	suffix []byte
	free   int // next code to be given
	last   int // code before, -1 at the beginning
	first  byte
	out    []byte // decoded, in reverse order
}

const lzwClear = 256

func newLZW(r io.Reader) (io.Reader, error) {
	br := bufio.NewReader(r)
	var head [3]byte
	if _, err := io.ReadFull(br, head[:]); err != nil {
		return nil, fmt.Errorf("read .Z header: %w", err)
	}
	z := &lzwReader{r: br, maxBits: int(head[2] & 0x1F), block: head[2]&0x80 != 0, bits: 9, last: -1}
	if z.maxBits < 9 || z.maxBits > 16 {
		return nil, errors.New("codes of .Z have a length that does not exist")
	}
	z.prefix, z.suffix = make([]uint16, 1<<z.maxBits), make([]byte, 1<<z.maxBits)
	for i := range 256 {
		z.suffix[i] = byte(i)
	}
	z.reset()
	return z, nil
}

func (z *lzwReader) reset() {
	z.free = lzwClear
	if z.block {
		z.free++
	}
}

// code reads the next code.
func (z *lzwReader) code() (int, error) {
	if z.free > 1<<z.bits-1 && z.bits < z.maxBits {
		z.bits++
		z.size = 0
	}
	if z.at+z.bits > z.size || z.size == 0 {
		z.group = z.group[:0]
		for range z.bits {
			c, err := z.r.ReadByte()
			if err != nil {
				if len(z.group)*8 >= z.bits {
					break
				}
				return 0, err
			}
			z.group = append(z.group, c)
		}
		z.at, z.size = 0, 8*len(z.group)
	}
	v := 0
	for i := range z.bits {
		bit := z.at + i
		v |= int(z.group[bit/8]>>(bit%8)&1) << i
	}
	z.at += z.bits
	return v, nil
}

// step decodes one code into out.
func (z *lzwReader) step() error {
	code, err := z.code()
	if err != nil {
		return err
	}
	if code == lzwClear && z.block {
		z.reset()
		z.bits, z.size, z.last = 9, 0, -1
		return nil
	}
	given := code
	switch {
	case z.last < 0:
		if code > 255 {
			return errors.New("damaged .Z data")
		}
	case code > z.free:
		return errors.New("damaged .Z data")
	case code == z.free: // what is being added right now
		z.out = append(z.out, z.first)
		code = z.last
	}
	for code > 255 {
		z.out = append(z.out, z.suffix[code])
		code = int(z.prefix[code])
	}
	z.first = z.suffix[code]
	z.out = append(z.out, z.first)
	if z.last >= 0 && z.free < 1<<z.maxBits {
		z.prefix[z.free], z.suffix[z.free] = uint16(z.last), z.first
		z.free++
	}
	z.last = given
	return nil
}

func (z *lzwReader) Read(p []byte) (n int, err error) {
	for n < len(p) {
		for len(z.out) == 0 {
			if z.err == nil {
				z.err = z.step()
			}
			if z.err != nil {
				if n > 0 {
					return n, nil
				}
				return 0, z.err
			}
		}
		for n < len(p) && len(z.out) > 0 {
			p[n] = z.out[len(z.out)-1]
			z.out = z.out[:len(z.out)-1]
			n++
		}
	}
	return n, nil
}
