package portal

import (
	"encoding/binary"
	"slices"
	"strings"
	"unicode/utf16"
)

// oleStream is one stream of a compound file; names of storages come before
// its own, with "/" between.
type oleStream struct {
	name string
	data []byte
}

const (
	oleSector     = 512
	oleMiniSector = 64
	oleCutoff     = 4096 // shorter streams go into the mini stream
	oleEnd        = 0xFFFFFFFE
	oleFree       = 0xFFFFFFFF
	oleNone       = 0xFFFFFFFF
)

// oleEntry is one entry of the directory.
type oleEntry struct {
	name               string
	kind               byte // 1 storage, 2 stream, 5 root
	left, right, child uint32
	start              uint32
	size               int
	children           []int
}

// oleFile writes a compound file of version 3 ([MS-CFB]).
func oleFile(streams []oleStream) []byte {
	w := &oleWriter{entries: []*oleEntry{{name: "Root Entry", kind: 5}}}
	for _, s := range streams {
		at := 0
		parts := strings.Split(s.name, "/")
		for _, dir := range parts[:len(parts)-1] {
			at = w.child(at, dir, 1)
		}
		e := w.entries[w.child(at, parts[len(parts)-1], 2)]
		e.size = len(s.data)
		if len(s.data) >= oleCutoff {
			e.start = w.store(s.data)
		} else {
			e.start = w.storeMini(s.data)
		}
	}
	root := w.entries[0]
	root.start, root.size = oleEnd, len(w.mini)
	if len(w.mini) > 0 {
		root.start = w.store(w.mini)
	}
	miniTable := w.store(u32s(w.miniFAT))
	miniSectors := len(pad(u32s(w.miniFAT), oleSector, 0xFF)) / oleSector
	for _, e := range w.entries {
		w.link(e)
	}
	var dir []byte
	for _, e := range w.entries {
		dir = append(dir, e.bytes()...)
	}
	return w.file(w.store(dir), miniTable, miniSectors)
}

type oleWriter struct {
	entries []*oleEntry
	sectors []byte
	fat     []uint32
	mini    []byte
	miniFAT []uint32
}

// child returns the entry of this name in a storage, made when it is missing.
func (w *oleWriter) child(parent int, name string, kind byte) int {
	for _, i := range w.entries[parent].children {
		if w.entries[i].name == name {
			return i
		}
	}
	w.entries = append(w.entries, &oleEntry{name: name, kind: kind})
	w.entries[parent].children = append(w.entries[parent].children, len(w.entries)-1)
	return len(w.entries) - 1
}

// link orders the entries of a storage as the tree they are searched in: by
// length, then by name. A list is a tree, too.
func (w *oleWriter) link(e *oleEntry) {
	slices.SortFunc(e.children, func(a, b int) int {
		x, y := w.entries[a].name, w.entries[b].name
		if len(x) != len(y) {
			return len(x) - len(y)
		}
		return strings.Compare(strings.ToUpper(x), strings.ToUpper(y))
	})
	e.child = oleNone
	for i, c := range e.children {
		if i == 0 {
			e.child = uint32(c)
		}
		w.entries[c].left, w.entries[c].right = oleNone, oleNone
		if i+1 < len(e.children) {
			w.entries[c].right = uint32(e.children[i+1])
		}
	}
	if e.kind == 5 {
		e.left, e.right = oleNone, oleNone
	}
}

// store appends data as a chain of sectors and returns the first of them.
func (w *oleWriter) store(data []byte) uint32 {
	start := uint32(len(w.fat))
	w.sectors = append(w.sectors, pad(data, oleSector, 0)...)
	w.fat = chain(w.fat, (len(data)+oleSector-1)/oleSector)
	if len(data) == 0 {
		return oleEnd
	}
	return start
}

func (w *oleWriter) storeMini(data []byte) uint32 {
	start := uint32(len(w.miniFAT))
	w.mini = append(w.mini, pad(data, oleMiniSector, 0)...)
	w.miniFAT = chain(w.miniFAT, (len(data)+oleMiniSector-1)/oleMiniSector)
	if len(data) == 0 {
		return oleEnd
	}
	return start
}

func chain(table []uint32, n int) []uint32 {
	for i := range n {
		next := uint32(oleEnd)
		if i+1 < n {
			next = uint32(len(table) + 1)
		}
		table = append(table, next)
	}
	return table
}

// file puts header and allocation table around the sectors.
func (w *oleWriter) file(dir, miniTable uint32, miniSectors int) []byte {
	const perSector = oleSector / 4
	tables := 1
	for tables*perSector < len(w.fat)+tables {
		tables++
	}
	first := len(w.fat)
	for range tables {
		w.fat = append(w.fat, 0xFFFFFFFD)
	}
	for len(w.fat) < tables*perSector {
		w.fat = append(w.fat, oleFree)
	}
	out := make([]byte, 0, oleSector+len(w.sectors)+tables*oleSector)
	le := binary.LittleEndian
	out = append(out, "\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1"...)
	out = append(out, make([]byte, 16)...)
	for _, v := range []uint16{0x3E, 3, 0xFFFE, 9, 6} { // versions, byte order, sector sizes
		out = le.AppendUint16(out, v)
	}
	out = append(out, make([]byte, 10)...)
	for _, v := range []uint32{uint32(tables), dir, 0, oleCutoff, miniTable, uint32(miniSectors), oleEnd, 0} {
		out = le.AppendUint32(out, v)
	}
	for i := range 109 {
		v := uint32(oleFree)
		if i < tables {
			v = uint32(first + i)
		}
		out = le.AppendUint32(out, v)
	}
	out = append(out, w.sectors...)
	return append(out, u32s(w.fat)...)
}

// bytes is the entry as it stands in the directory.
func (e *oleEntry) bytes() []byte {
	le := binary.LittleEndian
	name := utf16le(e.name)
	out := pad(name, 64, 0)
	out = le.AppendUint16(out, uint16(len(name)+2))
	out = append(out, e.kind, 1) // all nodes black
	for _, v := range []uint32{e.left, e.right, e.child} {
		out = le.AppendUint32(out, v)
	}
	out = append(out, make([]byte, 36)...)
	out = le.AppendUint32(out, e.start)
	return le.AppendUint64(out, uint64(e.size))
}

func pad(data []byte, size int, with byte) []byte {
	out := slices.Clone(data)
	for len(out)%size != 0 {
		out = append(out, with)
	}
	return out
}

func u32s(v []uint32) []byte {
	out := make([]byte, 0, 4*len(v))
	for _, x := range v {
		out = binary.LittleEndian.AppendUint32(out, x)
	}
	return out
}

func u16s(v ...uint16) []byte {
	out := make([]byte, 0, 2*len(v))
	for _, x := range v {
		out = binary.LittleEndian.AppendUint16(out, x)
	}
	return out
}

func utf16le(s string) []byte { return u16s(utf16.Encode([]rune(s))...) }
