package document

import (
	"bytes"
	"compress/bzip2"
	"encoding/binary"
	"fmt"
	"io"

	"github.com/klauspost/compress/zstd"
	"github.com/ulikunitz/xz"
	"github.com/ulikunitz/xz/lzma"

	"prescreen/scanner"
)

// maxWindow bounds the dictionary a stream may ask for.
const maxWindow = 128 << 20

// zipMethod decompresses the methods of APPNOTE.TXT 4.4.5 that the standard
// library does not know.
func zipMethod(method uint16, raw io.Reader) (io.Reader, error) {
	switch method {
	case 9:
		return newInflate64(raw), nil
	case 12:
		return bzip2.NewReader(raw), nil
	case 14:
		return zipLZMA(raw)
	case 20, 93:
		return newZstd(raw)
	case 95:
		return xz.ReaderConfig{DictCap: maxWindow}.NewReader(raw)
	case 99:
		return nil, failf(scanner.StatusEncrypted, "encrypted (AES), needs a password")
	}
	return nil, failf(scanner.StatusUnsupported, "compressed by method %d, which is not read", method)
}

// zipLZMA turns the LZMA header of a ZIP entry (version, size of the
// properties, properties) into the one of an .lzma file.
func zipLZMA(raw io.Reader) (io.Reader, error) {
	var h [9]byte
	if _, err := io.ReadFull(raw, h[:]); err != nil {
		return nil, fmt.Errorf("read LZMA header: %w", err)
	}
	if binary.LittleEndian.Uint16(h[2:]) != 5 || binary.LittleEndian.Uint32(h[5:]) > maxWindow {
		return nil, failf(scanner.StatusUnsupported, "LZMA with unusual properties")
	}
	var lz [13]byte
	copy(lz[:5], h[4:])
	for i := 5; i < 13; i++ {
		lz[i] = 0xFF // size unknown, ended by a marker or by the end of the data
	}
	return lzma.ReaderConfig{DictCap: maxWindow}.NewReader(io.MultiReader(bytes.NewReader(lz[:]), raw))
}

func newZstd(raw io.Reader) (io.Reader, error) {
	r, err := zstd.NewReader(raw, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxWindow(maxWindow), zstd.WithDecoderLowmem(true))
	if err != nil {
		return nil, err
	}
	return r.IOReadCloser(), nil
}
