package match

// loneTerms are terms of one character that the engine's Fold skips, like a
// star where other terms skip noise. A second engine for them would read
// every text twice. Skipped characters are rare and folded one by one, so
// these terms are found there and then.
type loneTerms struct {
	ids map[rune][]int32 // by character
}

// maxLone is how many occurrences end a block, and how many wait for their
// place among other hits.
const maxLone = 1 << 14

// takeLone takes those of pats that are such terms and returns the others.
func (e *engine) takeLone(pats []pattern, folders folderSet) []pattern {
	if len(pats) == 0 {
		return nil
	}
	skipped := e.fd.skipped()
	inForms := map[*folder]map[rune]bool{}
	rest := pats[:0:0]
	for _, p := range pats {
		fd := folders.of(p.fold)
		var runes []rune
		for _, r := range p.text {
			runes = fd.appendRunes(runes, r)
		}
		if inForms[fd] == nil {
			inForms[fd] = e.inForms(fd)
		}
		if len(runes) != 1 || p.latin || inForms[fd][runes[0]] {
			rest = append(rest, p)
			continue
		}
		for _, r := range skipped {
			e.lone.add(fd, r, runes[0], p.id)
		}
	}
	for r := range e.lone.ids {
		e.fd.dropSlowly(r)
	}
	return rest
}

// skipped returns the characters that the folder drops.
func (fd *folder) skipped() []rune {
	var out []rune
	for r := range rune(0x10000) {
		if fd.skips(r) {
			out = append(out, r)
		}
	}
	for r, f := range fd.many {
		if r > 0xFFFF && f.n == 0 {
			out = append(out, r)
		}
	}
	return out
}

// inForms returns the characters that are in the form under fd of a character
// that the engine does not skip, as a stroke is in that of ℅.
func (e *engine) inForms(fd *folder) map[rune]bool {
	set := map[rune]bool{}
	for c, f := range fd.many {
		if !e.fd.skips(c) {
			for _, r := range f.runes[:f.n] {
				set[r] = true
			}
		}
	}
	return set
}

// dropSlowly makes the folder drop r, which it drops, by looking its form up,
// so that none of the fast ways passes over it.
func (fd *folder) dropSlowly(r rune) {
	if r <= 0xFFFF {
		fd.units[r] = unitMany
		fd.many[r] = form{}
	}
}

// add notes that r is an occurrence of id, if it folds to want.
func (l *loneTerms) add(fd *folder, r, want rune, id int32) {
	var buf [maxForm]rune
	for _, f := range fd.appendRunes(buf[:0], r) {
		if f != want {
			continue
		}
		if l.ids == nil {
			l.ids = map[rune][]int32{}
		}
		l.ids[r] = append(l.ids[r], id)
		return
	}
}

// meet notes the terms that the character r, w bytes of text from i on, is.
func (s *scratch) meet(l *loneTerms, r rune, i, w int) {
	for _, id := range l.ids[r] {
		s.lone = append(s.lone, Hit{id, i, i + w})
	}
}

// putLone appends the occurrences of lone terms up to the unit before done,
// all of them at the end of the text. Those behind it wait for the hits among
// which they belong.
func (e *engine) putLone(dst []Hit, s *scratch, text string, done int) []Hit {
	n := len(s.lone)
	if s.next < len(text) && n > 0 {
		n = 0
		if done > 0 {
			last := s.base + int(s.offs[done-1])
			for n < len(s.lone) && s.lone[n].Start <= last {
				n++
			}
		}
		if len(s.lone)-n >= maxLone {
			n = max(n, len(s.lone)-e.lead)
		}
	}
	for _, h := range s.lone[:n] {
		dst = s.put(dst, h)
	}
	s.lone = append(s.lone[:0], s.lone[n:]...)
	return dst
}
