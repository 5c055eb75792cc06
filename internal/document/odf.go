package document

import (
	"cmp"
	"context"
	"path"
	"strings"

	"prescreen/scanner"
)

// readODF reads an OpenDocument file (ISO/IEC 26300): text, spreadsheet or
// presentation, with the objects inside it.
func readODF(ctx context.Context, f *file) error {
	members, salvaged, err := zipMembers(f)
	if err != nil {
		return err
	}
	if salvaged {
		f.problem(scanner.StatusPartial, "the directory of the file is damaged, its parts were searched for")
	}
	p := newPackage(f, members)
	if encrypted, err := p.odfEncrypted(); err != nil || encrypted {
		if err == nil {
			err = failf(scanner.StatusEncrypted, "encrypted, needs a password")
		}
		return err
	}
	o := &odfReader{f: f, styles: map[string]odfStyle{}}
	for _, name := range []string{"meta.xml", "styles.xml", "content.xml"} {
		if err := p.walk(name, o.run); err != nil {
			return err
		}
	}
	for _, part := range p.parts {
		if err := p.readODFPart(ctx, part); err != nil {
			return err
		}
	}
	return nil
}

// readFlatODF reads an OpenDocument file that is one XML document.
func readFlatODF(_ context.Context, f *file) error {
	o := &odfReader{f: f, styles: map[string]odfStyle{}}
	x := newXMLLexer(f.reader())
	if err := o.run(x); err != nil {
		return err
	}
	return flatEnd(f, x)
}

// flatEnd reports what was wrong with a document of one XML part.
func flatEnd(f *file, x *xmlLexer) error {
	if x.readErr != nil {
		return x.readErr
	}
	if x.broken {
		f.problem(scanner.StatusPartial, "not well-formed, read as far as possible")
	}
	return nil
}

func (p *ooxml) odfEncrypted() (bool, error) {
	encrypted := false
	err := p.walk("META-INF/manifest.xml", func(x *xmlLexer) error {
		for x.next() {
			if x.kind == xmlStart && string(x.name) == "encryption-data" {
				encrypted = true
			}
		}
		return nil
	})
	return encrypted, err
}

// readODFPart reads the parts of embedded objects, and files of other kinds.
func (p *ooxml) readODFPart(ctx context.Context, part ooxmlPart) error {
	lower := strings.ToLower(part.name)
	if p.done[lower] {
		return nil
	}
	p.done[lower] = true
	base := path.Base(lower)
	switch {
	case base == "mimetype", base == "manifest.xml", base == "manifest.rdf", base == "settings.xml",
		strings.HasPrefix(lower, "configurations"), strings.HasPrefix(lower, "thumbnails/"), strings.HasPrefix(lower, "layout-cache"),
		strings.HasPrefix(lower, "fonts/"), strings.HasPrefix(lower, "objectreplacements/"), strings.HasPrefix(lower, "pictures/tablepreview"), mediaExt(path.Ext(lower)):
		return nil
	case base == "content.xml", base == "styles.xml", base == "meta.xml":
		delete(p.done, lower)
		o := &odfReader{f: p.f, styles: map[string]odfStyle{}}
		return p.walk(part.name, o.run)
	case path.Ext(base) == ".xml" || path.Ext(base) == ".xlb" || path.Ext(base) == ".xlc" || path.Ext(base) == ".rdf":
		return p.readXMLPart(part.name)
	}
	r, err := part.member.open()
	if err != nil {
		return p.partFault(part.name, err)
	}
	return p.f.child(ctx, part.name, r)
}

// odfStyle is what a reader of text needs to know of a style.
type odfStyle struct {
	parent string
	hidden bool   // text, section, sheet or slide is not shown, or too small to be seen
	color  string // RRGGBB of the text and below it, "" where nothing is said
	fill   string
}

// unseen reports whether text of this style cannot be seen.
func (s odfStyle) unseen() bool {
	return s.hidden || sameHex(s.color, cmp.Or(s.fill, paper))
}

// odfReader walks the parts of one document; styles are learnt on the way.
type odfReader struct {
	f      *file
	styles map[string]odfStyle
	style  string // style being defined

	paras  []*odfPara
	kinds  []odfFlow // what the text of the open elements is
	spans  []bool    // hidden, for every open span
	tables []*odfTable
	block  int
	page   int

	width, height float64 // of a slide, cm
	creator       bool    // text is the name of a commenter
	change        string  // id of the tracked change being defined
	inserted      map[string]bool
	ins           int
	ruby          int
	meta          int
	label         string
	spreadsheet   bool
	authors       map[string]bool
}

// odfFlow is a stretch of the document with a kind of its own.
type odfFlow struct {
	element string
	kind    scanner.Kind
	hidden  bool
}

type odfPara struct {
	body  strings.Builder
	plain bool
	extra []wordPiece
	kind  scanner.Kind
}

type odfTable struct {
	id, row, col int
	name         string
	sheet        bool
	hidden       bool
	rowHidden    bool
	cols         []colRange
	colAt        int
	header       bool
	repeat       int
	value        string // of the current cell, as a number or date
	cells        sheetTable
	text         []string
	inCell       bool
	flow         int // open elements with a kind of their own when it began
}

func (o *odfReader) run(x *xmlLexer) error {
	if o.authors == nil {
		o.authors, o.inserted = map[string]bool{}, map[string]bool{}
	}
	for x.next() {
		var err error
		switch x.kind {
		case xmlStart:
			err = o.start(x)
		case xmlText:
			o.text(x)
		case xmlEnd:
			err = o.end(string(x.name), string(x.space))
		}
		if err != nil {
			return err
		}
	}
	for len(o.paras) > 0 {
		if err := o.flush(); err != nil {
			return err
		}
	}
	return nil
}

func (o *odfReader) flow() odfFlow {
	if len(o.kinds) == 0 {
		return odfFlow{kind: scanner.KindBody}
	}
	return o.kinds[len(o.kinds)-1]
}

func (o *odfReader) push(element string, kind scanner.Kind, hidden bool) {
	o.kinds = append(o.kinds, odfFlow{element, kind, hidden || o.flow().hidden})
}

func (o *odfReader) para() *odfPara {
	if len(o.paras) == 0 {
		return nil
	}
	return o.paras[len(o.paras)-1]
}

func (o *odfReader) table() *odfTable {
	if len(o.tables) == 0 {
		return nil
	}
	return o.tables[len(o.tables)-1]
}

func (o *odfReader) lookup(name string) odfStyle {
	var out odfStyle
	for range 16 {
		s, ok := o.styles[name]
		if !ok {
			return out
		}
		out.hidden = out.hidden || s.hidden
		out.color, out.fill = cmp.Or(out.color, s.color), cmp.Or(out.fill, s.fill)
		name = s.parent
	}
	return out
}
