package document

import (
	"context"
	"io"
	"math"
	"path"
	"strconv"
	"strings"

	"prescreen/scanner"
)

// readXPS reads the pages of an XPS or OpenXPS document (ECMA-388), which has
// fixed places for runs of glyphs instead of paragraphs.
func readXPS(ctx context.Context, f *file) error {
	members, salvaged, err := zipMembers(f)
	if err != nil {
		return err
	}
	if salvaged {
		f.problem(scanner.StatusPartial, "the directory of the file is damaged, its parts were searched for")
	}
	p := newPackage(f, members)
	p.joinPieces()
	if err := p.readAllRels(); err != nil {
		return err
	}
	if err := p.readProperties(ctx); err != nil {
		return err
	}
	for i, name := range p.xpsPages() {
		err := p.walk(name, func(x *xmlLexer) error { return p.readXPSPage(i+1, x) })
		if err != nil {
			return err
		}
	}
	for _, part := range p.parts {
		lower := strings.ToLower(part.name)
		switch ext := path.Ext(lower); {
		case strings.Contains(lower, "metadata/") && ext == ".xml", strings.Contains(lower, "printticket"),
			ext == ".frag", ext == ".struct", strings.Contains(lower, "thumbnail") && pictureExt(ext):
			p.done[lower] = true // what the printer was told, how lines belong together, small pictures of pages
		}
	}
	return p.readRest(ctx)
}

// joinPieces puts parts together that a printer driver wrote in pieces, which
// are named [0].piece, [1].piece … [n].last.piece.
func (p *ooxml) joinPieces() {
	pieces := map[string][]zipMember{}
	kept := p.parts[:0]
	var names []string
	for _, part := range p.parts {
		if !strings.HasSuffix(strings.ToLower(part.name), ".piece") {
			kept = append(kept, part)
			continue
		}
		name := path.Dir(part.name)
		if pieces[name] == nil {
			names = append(names, name)
		}
		pieces[name] = append(pieces[name], part.member)
	}
	for _, name := range names {
		kept = append(kept, ooxmlPart{name, joinedMember(name, pieces[name])})
	}
	p.parts = kept
	clear(p.index)
	for i, part := range p.parts {
		p.index[strings.ToLower(part.name)] = i
	}
}

// joinedMember is a member that reads as its pieces one behind the other.
func joinedMember(name string, pieces []zipMember) zipMember {
	m := pieces[0]
	m.name = name
	m.open = func() (io.Reader, error) {
		readers := make([]io.Reader, len(pieces))
		for i, piece := range pieces {
			r, err := piece.open()
			if err != nil {
				return nil, err
			}
			readers[i] = r
		}
		return io.MultiReader(readers...), nil
	}
	return m
}

// xpsPages lists the pages in their order: the sequence names documents, these
// name pages. Pages nobody names come last.
func (p *ooxml) xpsPages() []string {
	var pages []string
	seen := map[string]bool{}
	add := func(name string) {
		if lower := strings.ToLower(name); !seen[lower] && strings.HasSuffix(lower, ".fpage") {
			seen[lower] = true
			pages = append(pages, name)
		}
	}
	var documents []string
	for _, part := range p.parts {
		if strings.HasSuffix(strings.ToLower(part.name), ".fdseq") {
			documents = append(documents, p.sources(part.name, "DocumentReference")...)
		}
	}
	for _, part := range p.parts {
		if strings.HasSuffix(strings.ToLower(part.name), ".fdoc") {
			documents = append(documents, part.name)
		}
	}
	for _, d := range documents {
		for _, page := range p.sources(d, "PageContent") {
			add(page)
		}
	}
	for _, part := range p.parts {
		add(part.name)
	}
	return pages
}

// sources lists what the elements of this name in a part refer to.
func (p *ooxml) sources(name, element string) []string {
	var out []string
	_ = p.walk(name, func(x *xmlLexer) error { // pages that are not named are found by their names
		for x.next() {
			if x.kind == xmlStart && string(x.name) == element {
				out = append(out, p.resolve(name, x.attr("Source")))
			}
		}
		return nil
	})
	return out
}

// xpsPage is one page on its way to lines of text.
type xpsPage struct {
	lines  *ofdLines
	places []ofdMatrix // of the open elements
	faint  []bool      // whether they are not shown
}

func (p *ooxml) readXPSPage(number int, x *xmlLexer) error {
	page := &xpsPage{
		lines:  &ofdLines{r: &ofdReader{f: p.f}, page: number, kind: scanner.KindBody},
		places: []ofdMatrix{ofdIdentity}, faint: []bool{false},
	}
	for x.next() {
		switch x.kind {
		case xmlStart:
			page.open(x)
			if string(x.name) == "Glyphs" {
				if err := page.lines.add(page.glyphs(x)); err != nil {
					return err
				}
			}
			if err := p.xpsAside(number, x); err != nil {
				return err
			}
		case xmlEnd:
			if n := len(page.places); n > 1 {
				page.places, page.faint = page.places[:n-1], page.faint[:n-1]
			}
		}
	}
	return page.lines.flush()
}

// open notes where an element stands and whether it is shown.
func (g *xpsPage) open(x *xmlLexer) {
	n := len(g.places) - 1
	faint := g.faint[n] || x.attr("Opacity") == "0"
	if fill := x.attr("Fill"); len(fill) == 9 && strings.HasPrefix(fill, "#00") {
		faint = true
	}
	g.places = append(g.places, xpsMatrix(x.attr("RenderTransform")).then(g.places[n]))
	g.faint = append(g.faint, faint)
}

func xpsMatrix(s string) ofdMatrix {
	fields := strings.Split(s, ",")
	if len(fields) != 6 {
		return ofdIdentity
	}
	var m ofdMatrix
	for i, f := range fields {
		v, err := strconv.ParseFloat(strings.TrimSpace(f), 64)
		if err != nil {
			return ofdIdentity
		}
		m[i] = v
	}
	return m
}

// glyphs is the run of text of a Glyphs element.
func (g *xpsPage) glyphs(x *xmlLexer) ofdText {
	n := len(g.places) - 1
	m := g.places[n]
	number := func(name string) float64 {
		v, _ := strconv.ParseFloat(x.attr(name), 64) // 0 for what is no number
		return v
	}
	size := number("FontRenderingEmSize")
	text := strings.TrimPrefix(x.attr("UnicodeString"), "{}")
	t := ofdText{text: text, kind: scanner.KindBody}
	t.x, t.y = m.at(number("OriginX"), number("OriginY"))
	t.end, _ = m.at(number("OriginX")+size*xpsWidth(text, x.attr("Indices")), number("OriginY"))
	t.size = size * max(math.Hypot(m[0], m[1]), 0.01)
	if g.faint[n] {
		t.kind = scanner.KindHidden
	}
	return t
}

// xpsWidth is the width of a run in ems: as its indices say (in hundredths),
// or by the kind of character where they leave it to the font.
func xpsWidth(text, indices string) float64 {
	given := strings.Split(indices, ";")
	width := 0.0
	i := 0
	for _, r := range text {
		w := 0.5
		if r >= 0x2E80 {
			w = 1
		}
		if i < len(given) {
			if _, advance, ok := strings.Cut(given[i], ","); ok {
				advance, _, _ = strings.Cut(advance, ",")
				if v, err := strconv.ParseFloat(advance, 64); err == nil {
					w = v / 100
				}
			}
		}
		width += w
		i++
	}
	return width
}

// xpsAside gives what a page holds beside its runs of text.
func (p *ooxml) xpsAside(number int, x *xmlLexer) error {
	for _, a := range []struct {
		name string
		kind scanner.Kind
	}{
		{"AutomationProperties.Name", scanner.KindAttribute}, {"AutomationProperties.HelpText", scanner.KindAttribute},
		{"FixedPage.NavigateUri", scanner.KindLink},
	} {
		s := x.attr(a.name)
		if a.kind == scanner.KindLink && !strings.Contains(s, ":") {
			continue // a place in the document
		}
		if a.kind == scanner.KindLink {
			p.f.link(Link{URL: s, Via: "a"})
		}
		if err := p.f.emit(scanner.Segment{Place: scanner.Place{Kind: a.kind, Page: number}, Text: s}); err != nil {
			return err
		}
	}
	return nil
}
