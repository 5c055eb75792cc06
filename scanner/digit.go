package scanner

// digitStart says which bytes can begin a digit: ASCII digits, and the first
// bytes of ０ (EF BC 90), 𝟎 (F0 9D 9F 8E), ① (E2 91 A0), ٠ (D9 A0), ۰ (DB B0).
var digitStart = func() (t [256]bool) {
	for b := '0'; b <= '9'; b++ {
		t[b] = true
	}
	t[0xEF], t[0xF0], t[0xE2], t[0xD9], t[0xDB] = true, true, true, true, true
	return t
}()

// nextDigit returns where the next digit of any style begins at or after i,
// or len(text). Every byte of every document goes through it.
func nextDigit(text string, i int) int {
	for {
		i = skipDigitless(text, i)
		for ; i < len(text) && !digitStart[text[i]]; i++ {
		}
		if i == len(text) || text[i]-'0' <= 9 {
			return i
		}
		if _, n := wideDigit(text, i); n > 0 {
			return i
		}
		i++
	}
}
