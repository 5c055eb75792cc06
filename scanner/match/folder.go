package match

import "unicode/utf8"

// Folder folds text the way a Matcher does, for callers that look at folded
// text themselves. It is immutable and safe for concurrent use. Building one
// takes about a millisecond: keep it.
type Folder struct{ fd *folder }

// NewFolder makes a Folder for f; Split and Pinyin spell terms and fold
// nothing.
func NewFolder(f Fold) *Folder { return &Folder{newFolder(f &^ variants % endFold)} }

// Append appends text folded to dst. Bytes that are not valid UTF-8 are kept.
func (f *Folder) Append(dst []byte, text string) []byte {
	dst, _ = f.append(dst, nil, text, false)
	return dst
}

// AppendMapped appends text folded to dst and, for each byte appended, the
// offset in text of the character it came from to offs. Both grow by the same
// count; a character may give several bytes or none.
func (f *Folder) AppendMapped(dst []byte, offs []int, text string) ([]byte, []int) {
	return f.append(dst, offs, text, true)
}

func (f *Folder) append(dst []byte, offs []int, text string, mapped bool) ([]byte, []int) {
	var buf [maxForm]rune
	for i := 0; i < len(text); {
		n := len(dst)
		r, w := utf8.DecodeRuneInString(text[i:])
		if r == utf8.RuneError && w == 1 {
			dst = append(dst, text[i])
		} else {
			for _, c := range f.fd.appendRunes(buf[:0], r) {
				dst = utf8.AppendRune(dst, c)
			}
		}
		for ; mapped && n < len(dst); n++ {
			offs = append(offs, i)
		}
		i += w
	}
	return dst, offs
}

// Rune returns the folded form of r: -1 where r is skipped, the first
// character where there are several.
func (f *Folder) Rune(r rune) rune {
	if uint32(r) <= 0xFFFF {
		if u := f.fd.units[r]; u-unitAstral >= signals {
			return rune(u)
		}
	}
	var buf [maxForm]rune
	if form := f.fd.appendRunes(buf[:0], r); len(form) > 0 {
		return form[0]
	}
	return -1
}

// Skips returns the part of f that skips r: of ZeroWidth, InnerSpace,
// LineBreak and Noise those whose characters r is one of.
func (f Fold) Skips(r rune) Fold { return skipClass(r) & f }
