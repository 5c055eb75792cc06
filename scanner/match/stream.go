package match

// keepHits is how many hits a scratch keeps room for.
const keepHits = 1 << 14

// each calls yield for the hits in text.
func (e *engine) each(text string, yield func(Hit) bool) {
	for st := e.stream(text); ; {
		for _, h := range st.hits {
			if !yield(h) {
				st.end()
				return
			}
		}
		if st.more(); len(st.hits) == 0 {
			st.end()
			return
		}
	}
}

// stream is the hits of one engine, block by block.
type stream struct {
	e    *engine
	s    *scratch
	text string
	hits []Hit // those that are next; none at the end
}

func (e *engine) stream(text string) *stream {
	st := &stream{e: e, s: e.get(), text: text}
	st.s.begin()
	st.more()
	return st
}

// more replaces the hits by those of the next block that has any.
func (st *stream) more() {
	s := st.s
	hits := s.hits[:0]
	for s.next < len(st.text) && len(hits) == 0 {
		hits = st.e.advance(hits, s, st.text)
	}
	s.hits, st.hits = hits, hits
}

// take returns the next hit.
func (st *stream) take() Hit {
	h := st.hits[0]
	if st.hits = st.hits[1:]; len(st.hits) == 0 {
		st.more()
	}
	return h
}

// end gives the scratch back, without what a hostile text made of it.
func (st *stream) end() {
	if cap(st.s.hits) > keepHits {
		st.s.hits = nil
	}
	st.e.scratch.Put(st.s)
}
