package document

import "github.com/tetratelabs/wazero/experimental"

// pdfMemory is the memory of one engine: a stretch of addresses of which the
// system gives what is used. Left to itself the runtime would copy the memory
// of a file that needs ever more of it again and again, and keep the copies.
//
// The stretch stays where it is until the engine is closed: whoever still looks
// at it after its instance has ended sees zeros.
type pdfMemory struct {
	region []byte
	used   bool // by an instance
}

// Allocate implements experimental.MemoryAllocator. Where there are no addresses
// to be had the memory is one of the Go heap.
func (m *pdfMemory) Allocate(_, most uint64) experimental.LinearMemory {
	if m.used || most > pdfMemoryPages<<16 {
		return &heapMemory{}
	}
	if m.region == nil {
		if m.region = reserveMemory(pdfMemoryPages << 16); m.region == nil {
			return &heapMemory{}
		}
	}
	m.used = true
	return m
}

// Reallocate implements experimental.LinearMemory.
func (m *pdfMemory) Reallocate(size uint64) []byte {
	if size > uint64(len(m.region)) {
		return nil
	}
	return m.region[:size:size]
}

// Free gives the memory back, and keeps the addresses.
func (m *pdfMemory) Free() {
	m.used = false
	discardMemory(m.region)
}

// close gives up the addresses. Nothing may look at them any more.
func (m *pdfMemory) close() {
	if m.region != nil {
		releaseMemory(m.region)
		m.region = nil
	}
}

// heapMemory is memory of the Go heap.
type heapMemory struct{ buf []byte }

// Reallocate implements experimental.LinearMemory.
func (m *heapMemory) Reallocate(size uint64) []byte {
	if size > pdfMemoryPages<<16 {
		return nil
	}
	if more := int(size) - len(m.buf); more > 0 {
		m.buf = append(m.buf, make([]byte, more)...)
	}
	return m.buf[:size]
}

// Free implements experimental.LinearMemory.
func (m *heapMemory) Free() { m.buf = nil }
