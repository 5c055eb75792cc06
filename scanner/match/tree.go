package match

// smallGroup is how many nodes of a group are searched without lcps.
const smallGroup = 8

// lcps holds, for the node in the middle of each step of a binary search in a
// group, how many units it shares with the nodes at the two ends. They keep
// the search for the place of a text among many long patterns linear in the
// text compared, however much the patterns have in common.
type lcps struct {
	left, right []uint32 // by node; nil where all groups are small
}

// buildLCPs fills e.lcps for the large groups.
func (e *engine) buildLCPs() {
	e.eachGroup(func(units int, _ headKey, at uint32, n int) {
		if units < headUnits || n <= smallGroup {
			return
		}
		if e.lcps.left == nil {
			e.lcps = lcps{make([]uint32, len(e.nodes)), make([]uint32, len(e.nodes))}
		}
		lo, hi := int(at), int(at)+n
		e.shared(lo-1, hi, lo, hi)
	})
}

// shared returns how many units the nodes lo and hi have in common, and notes
// the same for the nodes between them and their ends. Nodes beyond the group
// from first to end share its head.
func (e *engine) shared(lo, hi, first, end int) uint32 {
	if hi-lo == 1 {
		if lo < first || hi >= end {
			return headUnits
		}
		return uint32(common(e.unitsOf(lo), e.unitsOf(hi), headUnits))
	}
	mid := int(uint(lo+hi) / 2)
	e.lcps.left[mid] = e.shared(lo, mid, first, end)
	e.lcps.right[mid] = e.shared(mid, hi, first, end)
	return min(e.lcps.left[mid], e.lcps.right[mid])
}

// common returns how many units u and v have in common, which is at least k.
func common(u, v []uint16, k int) int {
	n := min(len(u), len(v))
	for ; k+4 <= n; k += 4 {
		a, b := u[k:k+4:k+4], v[k:k+4:k+4]
		if uint64(a[0])|uint64(a[1])<<16|uint64(a[2])<<32|uint64(a[3])<<48 !=
			uint64(b[0])|uint64(b[1])<<16|uint64(b[2])<<32|uint64(b[3])<<48 {
			break
		}
	}
	for k < n && u[k] == v[k] {
		k++
	}
	return k
}

// floor returns the last of the nodes lo to hi, a group, that does not come
// after u, and how many units it shares with u; lo-1 where all come after it.
// Every node that is a prefix of u is that node or one of its ancestors.
func (e *engine) floor(u []uint16, lo, hi int) (at, same int) {
	large := hi-lo > smallGroup
	lo--
	l, r := headUnits, headUnits // shared by u with the nodes lo and hi
	for hi-lo > 1 {
		mid := int(uint(lo+hi) / 2)
		k := min(l, r)
		if large {
			// Where mid shares another number of units with the nearer end
			// than u does, that alone tells on which side u is.
			if ll := int(e.lcps.left[mid]); l >= r {
				if ll > l {
					lo = mid
					continue
				}
				if ll < l {
					hi, r = mid, ll
					continue
				}
				k = l
			} else {
				rl := int(e.lcps.right[mid])
				if rl > r {
					hi = mid
					continue
				}
				if rl < r {
					lo, l = mid, rl
					continue
				}
				k = r
			}
		}
		v := e.unitsOf(mid)
		if k = common(u, v, k); k == len(v) || k < len(u) && v[k] < u[k] {
			lo, l = mid, k
		} else {
			hi, r = mid, k
		}
	}
	return lo, l
}
