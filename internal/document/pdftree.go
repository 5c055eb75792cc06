package document

import "bytes"

// pdfTree learns which content each page of a file has (ISO 32000-1, 7.7.3), to
// tell the pages there is reason to look at from the others. It gives no answer
// for a file that can be read in two ways: with an object stored twice, with
// two catalogs, or with pages the tree does not lead to exactly once.
type pdfTree struct {
	ids     map[int]bool
	root    string // reference of the topmost node
	kids    map[string][]string
	content map[string]string // of each page, references
	own     map[string]pdfSuspicion
	unsure  bool
}

func newPDFTree() *pdfTree {
	return &pdfTree{ids: map[int]bool{}, kids: map[string][]string{}, content: map[string]string{}, own: map[string]pdfSuspicion{}}
}

func (t *pdfTree) see(ref string, d *pdfDict) {
	t.unsure = t.unsure || t.ids[d.id]
	t.ids[d.id] = true
	if d.is("Catalog") {
		t.unsure = t.unsure || t.root != ""
		t.root = d.refs["Pages"]
	}
	switch {
	case d.is("Pages"):
		t.kids[ref] = pdfRefs(d.refs["Kids"])
	case d.is("Page"):
		t.content[ref] = d.refs["Contents"]
	}
}

// pages returns for each page how its text may be hidden: as its content says
// when that is one stream that draws nothing stored elsewhere, else as
// anything in the file says. Nil means that the tree gives no answer.
func (t *pdfTree) pages(whole pdfSuspicion) []pdfSuspicion {
	if t.unsure {
		return nil
	}
	var out []pdfSuspicion
	met := map[string]bool{}
	var walk func(ref string, depth int) bool
	walk = func(ref string, depth int) bool {
		if met[ref] || depth > pdfDictDepth {
			return false
		}
		met[ref] = true
		if content, ok := t.content[ref]; ok {
			suspect := whole
			if own, ok := t.own[content]; ok {
				suspect = own | whole&pdfGlass
			}
			out = append(out, suspect)
			return true
		}
		kids, ok := t.kids[ref]
		for _, kid := range kids {
			ok = ok && walk(kid, depth+1)
		}
		return ok
	}
	if !walk(t.root, 0) || len(out) != len(t.content) {
		return nil
	}
	return out
}

// pageSuspicion returns how the text of a page may be hidden; index counts
// from 0.
func (r *pdfReader) pageSuspicion(index int) pdfSuspicion {
	if s := r.survey; len(s.pages) == r.pages {
		return s.pages[index]
	}
	return r.survey.suspect
}

// standsAlone reports whether a content draws nothing that is stored elsewhere.
func standsAlone(content []byte) bool {
	return len(content) > 0 && len(content) < pdfContentMax && !bytes.Contains(content, []byte("Do"))
}
