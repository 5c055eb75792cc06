package scanner

// Of the literals that a template or an expression asks for, the rarest says
// soonest that it cannot match. How rare a literal is is estimated from its
// characters: it is no more common than the rarest of them.

// rarities holds the class of each common character of Chinese prose: one in
// 2^class characters, or fewer, is it.
type rarities map[rune]int

// uncommon is the class of characters that are not listed.
const uncommon = 15

func newRarities() rarities {
	r := rarities{}
	for class, chars := range commonChars {
		for _, c := range chars {
			r[c] = class
		}
	}
	for c := rune(0); c < 0x80; c++ {
		r[c] = 10 // in documents, Latin and digits come in runs
	}
	return r
}

// share estimates how many of a million places in prose begin any of the
// literals.
func (r rarities) share(literals []string) float64 {
	sum := 0.0
	for _, l := range literals {
		class, n := 0, 0
		for _, c := range l {
			k, ok := r[c]
			if !ok {
				k = uncommon
			}
			class = max(class, k)
			n++
		}
		class += 1 + min(n, 6)
		sum += 1e6 / float64(int(1)<<class)
	}
	return sum
}
