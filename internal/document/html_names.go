package document

// names looks up short names faster than a map does: half of the work on a
// page is to tell what its tags and attributes are.
type names[T any] struct {
	slots [1024]nameSlot[T] // open addressing; a power of two
}

type nameSlot[T any] struct {
	name  string
	value T
}

var (
	tagIndex  = newNames(tagOf)
	attrIndex = newNames(attrRoles)
)

func newNames[T any](m map[string]T) *names[T] {
	n := &names[T]{}
	for name, value := range m {
		i := hashName(name)
		for n.slots[i].name != "" {
			i = (i + 1) % len(n.slots)
		}
		n.slots[i] = nameSlot[T]{name, value}
	}
	return n
}

func hashName(s string) int {
	last := len(s) - 1
	return (len(s)*67 + int(s[0])*131 + int(s[last])*29 + int(s[last/2])*17) & 1023
}

// get returns the value of name, the zero value when it is not known.
func (n *names[T]) get(name string) (value T, ok bool) {
	if name == "" {
		return value, false
	}
	for i := hashName(name); n.slots[i].name != ""; i = (i + 1) % len(n.slots) {
		if n.slots[i].name == name {
			return n.slots[i].value, true
		}
	}
	return value, false
}
