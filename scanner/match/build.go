package match

import (
	"cmp"
	"math/bits"
	"slices"
	"unicode/utf8"
)

// pattern is one spelling of a term.
type pattern struct {
	text  string
	id    int32
	fold  Fold
	latin bool // must not touch a Latin letter with an end that is one
}

// node is one sequence of units; nodes are sorted by their units. Node i has
// the entries from first to the next node's first.
type node struct {
	off    uint32 // of its units in the pool
	n      uint32 // how many
	parent int32  // the longest node of headUnits or more that is a proper prefix, or -1
	first  uint32 // into entries
}

// entry is one pattern at a node. Where check is negative the units are all
// there is to it, otherwise checks[check] decides.
type entry struct {
	id    int32
	check int32
}

// check decides exactly, on the text itself, whether a pattern occurs where
// the units of the engine's Fold say it may.
type check struct {
	fd    *folder
	text  string // text that is the pattern letter by letter is an occurrence; empty: that is not known
	runes []rune // folded under fd; nil: the units decide, only gaps are to be judged
	lead  int    // how many of runes come before the first that the engine sees
	need  uint64 // bit i: something that the engine skips stands right before unit i
	sure  uint64 // of these bits: it stands there by itself, not in the form of a character with units
	latin bool
}

// headUnits is how many units at the head of a pattern select its group;
// shorter patterns are groups by themselves.
const headUnits = 5

// headKey is the units of a head: the first four, the first lowest, and the
// fifth. Those that a shorter head does not have are 0.
type headKey struct {
	four uint64
	five uint16
}

// hash is for tables of heads.
func (k headKey) hash() uint64 { return (k.four ^ uint64(k.five)<<fiveShift) * mul64 }

const fiveShift = 23

// group is what begins with one head: nodes, or for short heads, which are
// whole patterns, entries. An entry that is alone and has no check is there
// itself, which spares a look at another place of the memory.
type group struct {
	headKey
	n  uint16 // how many, at most manyInGroup, or oneID; an empty slot has none
	at uint32 // the first of them, or an ID
}

const (
	manyInGroup = 1<<16 - 2 // stands for that many and more
	oneID       = 1<<16 - 1
)

// groupTable finds the groups of heads of one length, by open addressing.
type groupTable struct {
	slots []group
	many  map[uint32]int // by the first of them: how many there are from manyInGroup on
}

// newGroupTable makes a table that will be half full.
func newGroupTable(groups int) groupTable {
	return groupTable{slots: make([]group, 2*groups+2), many: map[uint32]int{}}
}

// slot returns the slot of k, or the empty one where it would be.
func (t *groupTable) slot(k headKey) *group {
	i, _ := bits.Mul64(k.hash(), uint64(len(t.slots)))
	for {
		if g := &t.slots[i]; g.n == 0 || g.headKey == k {
			return g
		}
		if i++; i == uint64(len(t.slots)) {
			i = 0
		}
	}
}

// add adds the group with key k, of n members from at on.
func (t *groupTable) add(k headKey, at uint32, n int) {
	*t.slot(k) = group{k, uint16(min(n, manyInGroup)), at}
	if n >= manyInGroup {
		t.many[at] = n
	}
}

// members returns how many members g has, which is not an ID.
func (t *groupTable) members(g *group) int {
	if g.n == manyInGroup {
		return t.many[g.at]
	}
	return int(g.n)
}

// engine matches patterns whose Folds differ through one Fold that covers
// them all: what is equal under a part of it is equal under the whole.
type engine struct {
	fd      *folder
	pool    []uint16
	nodes   []node // and one behind the last
	entries []entry
	checks  []check
	heads   [headUnits]groupTable // by length of the head, less one
	gate    gate
	lcps    lcps
	lone    loneTerms
	longest int       // units of a pattern
	lead    int       // the greatest of checks
	behind  [2]uint64 // the ASCII units that are patterns only behind something skipped: the 1 of #1
	scratch scratchPool
}

// sortItem orders patterns by units, the first four of them in key.
type sortItem struct {
	key    uint64
	off, n uint32
	ent    entry
}

// newEngine builds the engine for pats under the Fold all, and returns the
// patterns of which all leaves nothing.
func newEngine(pats []pattern, all Fold, folders folderSet) (*engine, []pattern) {
	e := &engine{fd: folders.of(all)}
	items := make([]sortItem, 0, len(pats))
	var rest []pattern
	cm := checkMemo{map[Fold]int32{}, map[Fold]map[rune]bool{}}
	size := 0
	for i := range pats {
		size += len(pats[i].text)
	}
	e.pool = make([]uint16, 0, size/3+16)
	for _, p := range pats {
		off := len(e.pool)
		var exact bool
		e.pool, exact = e.fd.appendUnits(e.pool, p.text)
		n := len(e.pool) - off
		if n == 0 {
			rest = append(rest, p)
			continue
		}
		e.longest = max(e.longest, n)
		items = append(items, sortItem{
			key: sortKey(e.pool[off:]), off: uint32(off), n: uint32(n),
			ent: entry{p.id, e.checkOf(p, exact, folders, cm)},
		})
	}
	e.link(items)
	e.gate.level = simd()
	return e, rest
}

// checkMemo is what the checks of one Fold have in common.
type checkMemo struct {
	gaps    map[Fold]int32         // the check of gaps alone
	inForms map[Fold]map[rune]bool // see engine.inForms
}

// checkOf returns the index of the check p needs, or -1. exact says that the
// units tell all characters apart.
func (e *engine) checkOf(p pattern, exact bool, folders folderSet, cm checkMemo) int32 {
	if p.fold == e.fd.fold && exact && !p.latin {
		if p.fold&gapping == 0 {
			return -1
		}
		i, ok := cm.gaps[p.fold]
		if !ok {
			i = int32(len(e.checks))
			e.checks = append(e.checks, check{fd: e.fd})
			cm.gaps[p.fold] = i
		}
		return i
	}
	c := check{fd: folders.of(p.fold), latin: p.latin, runes: make([]rune, 0, utf8.RuneCountInString(p.text))}
	inForms := cm.inForms[p.fold]
	if inForms == nil {
		inForms = e.inForms(c.fd)
		cm.inForms[p.fold] = inForms
	}
	seen, plain := 0, !p.latin // units of the engine; each character has a form of one
	var buf [maxForm]rune
	for _, r := range p.text {
		from := len(c.runes)
		c.runes = c.fd.appendRunes(c.runes, r)
		plain = plain && len(c.runes) == from+1
		for _, t := range c.runes[from:] {
			n := len(e.fd.appendRunes(buf[:0], t))
			if n == 0 && seen < 64 {
				c.need |= 1 << seen
				if !inForms[t] {
					c.sure |= 1 << seen
				}
			}
			seen += n
		}
		if seen == 0 {
			c.lead = len(c.runes)
		}
	}
	if plain && c.need == 0 {
		c.text = p.text
	}
	e.lead = max(e.lead, c.lead)
	e.checks = append(e.checks, c)
	return int32(len(e.checks) - 1)
}

// sortKey packs the first four units so that comparing keys compares units;
// a missing unit comes before all others.
func sortKey(u []uint16) uint64 {
	var k uint64
	for i := range 4 {
		k <<= 16
		if i < len(u) {
			k |= uint64(u[i])
		}
	}
	return k
}

// link sorts the items into nodes, finds their parents and groups.
func (e *engine) link(items []sortItem) {
	units := func(it *sortItem) []uint16 { return e.pool[it.off : it.off+it.n] }
	slices.SortFunc(items, func(a, b sortItem) int {
		if a.key != b.key {
			return cmp.Compare(a.key, b.key)
		}
		if c := slices.Compare(units(&a), units(&b)); c != 0 {
			return c
		}
		if a.ent.id != b.ent.id {
			return cmp.Compare(a.ent.id, b.ent.id)
		}
		return cmp.Compare(a.ent.check, b.ent.check)
	})
	e.entries = make([]entry, 0, len(items))
	e.nodes = make([]node, 0, len(items)+1)
	var chain []int32 // nodes that are prefixes of the last one, shortest first
	for i := range items {
		it := &items[i]
		if k := len(e.nodes) - 1; k >= 0 && slices.Equal(e.unitsOf(k), units(it)) {
			if last := e.entries[len(e.entries)-1]; last == it.ent && len(e.entries) > int(e.nodes[k].first) {
				continue
			}
			e.entries = append(e.entries, it.ent)
			continue
		}
		for len(chain) > 0 && !hasPrefix(units(it), e.unitsOf(int(chain[len(chain)-1]))) {
			chain = chain[:len(chain)-1]
		}
		parent := int32(-1)
		if len(chain) > 0 {
			parent = chain[len(chain)-1]
		}
		if it.n >= headUnits {
			chain = append(chain, int32(len(e.nodes)))
		}
		e.nodes = append(e.nodes, node{it.off, it.n, parent, uint32(len(e.entries))})
		e.entries = append(e.entries, it.ent)
	}
	e.nodes = append(e.nodes, node{parent: -1, first: uint32(len(e.entries))})
	for i := range e.nodes[:len(e.nodes)-1] {
		list := e.entries[e.nodes[i].first:e.nodes[i+1].first]
		if u := e.unitsOf(i); len(u) == 1 && u[0] < utf8.RuneSelf && !slices.ContainsFunc(list, func(en entry) bool { return en.check < 0 || e.checks[en.check].need&1 == 0 }) {
			e.behind[u[0]>>6] |= 1 << (u[0] & 63)
		}
	}
	e.group()
}

func (e *engine) unitsOf(i int) []uint16 {
	nd := &e.nodes[i]
	return e.pool[nd.off : nd.off+nd.n]
}

func hasPrefix(u, prefix []uint16) bool {
	return len(u) >= len(prefix) && slices.Equal(u[:len(prefix)], prefix)
}

// headOf returns the head of u.
func headOf(u []uint16) headKey {
	var k headKey
	for i, c := range u[:min(len(u), headUnits)] {
		if i == headUnits-1 {
			k.five = c
		} else {
			k.four |= uint64(c) << (16 * i)
		}
	}
	return k
}

// group fills the group tables and the gate.
func (e *engine) group() {
	var counts [headUnits]int
	e.eachGroup(func(units int, _ headKey, _ uint32, _ int) { counts[units-1]++ })
	for i, n := range counts {
		e.heads[i] = newGroupTable(n)
	}
	e.gate.size(counts)
	e.eachGroup(func(units int, k headKey, at uint32, n int) {
		t := &e.heads[units-1]
		if units < headUnits && n == 1 && e.entries[at].check < 0 {
			*t.slot(k) = group{k, oneID, uint32(e.entries[at].id)}
		} else {
			t.add(k, at, n)
		}
		e.gate.add(units, k)
	})
	e.buildLCPs()
}

// eachGroup calls f for each group: the units and the key of its head, its
// first member and how many there are.
func (e *engine) eachGroup(f func(units int, k headKey, at uint32, n int)) {
	for i := 0; i < len(e.nodes)-1; {
		u := e.unitsOf(i)
		k := headOf(u)
		from := i
		i++
		if len(u) < headUnits {
			first := e.nodes[from].first
			f(len(u), k, first, int(e.nodes[i].first-first))
			continue
		}
		for i < len(e.nodes)-1 && headOf(e.unitsOf(i)) == k {
			i++
		}
		f(headUnits, k, uint32(from), i-from)
	}
}

func (e *engine) bytes() int {
	n := 2*cap(e.pool) + 16*cap(e.nodes) + 8*cap(e.entries) + e.gate.bytes() + 8*len(e.lcps.left)
	for _, h := range e.heads {
		n += 16 * len(h.slots)
	}
	return n
}

// appendUnits appends the units of s under fd, and reports whether they tell
// every character apart.
func (fd *folder) appendUnits(dst []uint16, s string) ([]uint16, bool) {
	exact := true
	var buf [8]rune
	for _, r := range s {
		if r <= 0xFFFF {
			if u := fd.units[r]; u < unitAstral || u > unitPad {
				dst = append(dst, u)
				continue
			}
		}
		for _, t := range fd.appendRunes(buf[:0], r) {
			exact = exact && t <= 0xFFFF
			dst = append(dst, unitOf(t))
		}
	}
	return dst, exact
}
