package document

import (
	"context"
	"errors"
	"fmt"
	"io"
	"path"
	"sort"
	"strings"

	"prescreen/scanner"
)

// ooxml reads one Office Open XML package (ECMA-376): every XML part of it,
// by what its root element is, so that parts nobody refers to any more are
// read as well.
type ooxml struct {
	f     *file
	parts []ooxmlPart
	index map[string]int               // lower-case name → parts
	rels  map[string]map[string]string // part → relationship id → target
	kinds map[string]string            // part → last word of its relationship type
	done  map[string]bool

	word   *wordStyles
	sheets *workbook
	slides *presentation

	authors map[string]bool // names already given as a property
	nodes   map[string]bool // texts of diagrams already given
}

type ooxmlPart struct {
	name   string
	member zipMember
}

func readOOXML(ctx context.Context, f *file) error {
	members, salvaged, err := zipMembers(f)
	if err != nil {
		return err
	}
	if salvaged {
		f.problem(scanner.StatusPartial, "the directory of the file is damaged, its parts were searched for")
	}
	p := newPackage(f, members)
	return p.read(ctx)
}

func newPackage(f *file, members []zipMember) *ooxml {
	p := &ooxml{
		f: f, index: map[string]int{}, rels: map[string]map[string]string{},
		kinds: map[string]string{}, done: map[string]bool{}, authors: map[string]bool{}, nodes: map[string]bool{},
	}
	for _, m := range members {
		name := strings.TrimPrefix(path.Clean("/"+m.name), "/")
		p.index[strings.ToLower(name)] = len(p.parts)
		p.parts = append(p.parts, ooxmlPart{name, m})
	}
	return p
}

// read walks the package: relationships and styles first because the other
// parts are understood by them, then the document in reading order, then
// whatever is left.
func (p *ooxml) read(ctx context.Context) error {
	if err := p.readAllRels(); err != nil {
		return err
	}
	steps := []func(context.Context) error{p.readProperties}
	switch p.f.typ {
	case "xlsx", "xlsb":
		steps = append(steps, p.readWorkbook)
	case "pptx":
		steps = append(steps, p.readPresentation)
	case "vsdx":
		steps = append(steps, p.readVisio)
	default:
		steps = append(steps, p.readWord)
	}
	steps = append(steps, p.readRest)
	for _, step := range steps {
		if err := step(ctx); err != nil {
			return err
		}
	}
	return nil
}

// open returns the lexer of a part, nil when the package has no such part.
func (p *ooxml) open(name string) (*xmlLexer, error) {
	r, err := p.openPart(name)
	if r == nil || err != nil {
		return nil, err
	}
	return newXMLLexer(r), nil
}

// openPart returns the content of a part, nil when the package has no such
// part or it cannot be opened.
func (p *ooxml) openPart(name string) (io.Reader, error) {
	i, ok := p.index[strings.ToLower(name)]
	if !ok {
		return nil, nil
	}
	r, err := p.parts[i].member.open()
	if err != nil {
		return nil, p.partFault(name, err)
	}
	return p.f.budget.reader(r), nil
}

// partFault reports a part that could not be read; only what must end the
// whole tree is returned.
func (p *ooxml) partFault(name string, err error) error {
	if err == nil {
		return nil
	}
	var flt *fault
	if errors.As(err, &flt) && (flt.status == scanner.StatusLimit || flt.status == scanner.StatusTimeout) {
		return err
	}
	if p.f.sinkErr != nil || p.f.budget.ctx.Err() != nil {
		return err
	}
	if errors.As(err, &flt) {
		p.f.problem(flt.status, fmt.Sprintf("part %q: %s", name, flt.message))
		return nil
	}
	p.f.problem(scanner.StatusPartial, fmt.Sprintf("part %q is damaged, read in part", name))
	return nil
}

// walk runs fn over a part. A part that is missing is no fault here.
func (p *ooxml) walk(name string, fn func(x *xmlLexer) error) error {
	key := strings.ToLower(name)
	if p.done[key] {
		return nil
	}
	p.done[key] = true
	x, err := p.open(name)
	if x == nil || err != nil {
		return err
	}
	if err := fn(x); err != nil {
		return err
	}
	return p.finish(name, x)
}

// finish reports what was wrong with a part that has been walked.
func (p *ooxml) finish(name string, x *xmlLexer) error {
	if x.readErr != nil {
		return p.partFault(name, x.readErr)
	}
	if x.broken {
		p.f.problem(scanner.StatusPartial, fmt.Sprintf("part %q is not well-formed, read as far as possible", name))
	}
	return nil
}

func (p *ooxml) readAllRels() error {
	for _, part := range p.parts {
		if strings.HasSuffix(part.name, ".rels") {
			if err := p.readRels(part.name); err != nil {
				return err
			}
		}
	}
	return nil
}

// readRels reads one relationship part. External targets are links.
func (p *ooxml) readRels(name string) error {
	dir, base := path.Split(name)
	owner := path.Join(path.Dir(strings.TrimSuffix(dir, "/")), strings.TrimSuffix(base, ".rels"))
	return p.walk(name, func(x *xmlLexer) error {
		targets := map[string]string{}
		p.rels[strings.ToLower(owner)] = targets
		for x.next() {
			if x.kind != xmlStart || string(x.name) != "Relationship" {
				continue
			}
			target := x.attr("Target")
			if x.attr("TargetMode") == "External" {
				p.f.link(Link{URL: target, Via: "a"})
				if err := p.f.text(scanner.KindLink, target); err != nil {
					return err
				}
				targets[x.attr("Id")] = ""
				continue
			}
			target = p.resolve(owner, target)
			targets[x.attr("Id")] = target
			p.kinds[strings.ToLower(target)] = path.Base(x.attr("Type"))
		}
		return nil
	})
}

func (p *ooxml) resolve(owner, target string) string {
	target = strings.ReplaceAll(target, "\\", "/")
	if strings.HasPrefix(target, "/") {
		return strings.TrimPrefix(path.Clean(target), "/")
	}
	return strings.TrimPrefix(path.Clean("/"+path.Join(path.Dir(owner), target)), "/")
}

// target returns the part a relationship of owner points to.
func (p *ooxml) target(owner, id string) string { return p.rels[strings.ToLower(owner)][id] }

// targets returns the parts owner refers to whose relationship type ends in
// kind, in a fixed order.
func (p *ooxml) targets(owner, kind string) []string {
	var out []string
	for _, t := range p.rels[strings.ToLower(owner)] {
		if t != "" && strings.EqualFold(p.kinds[strings.ToLower(t)], kind) {
			out = append(out, t)
		}
	}
	sort.Strings(out)
	return out
}

// mainPart returns the part the package begins with.
func (p *ooxml) mainPart(fallback string) string {
	if t := p.targets("", "officeDocument"); len(t) > 0 {
		return t[0]
	}
	if t := p.targets(".", "officeDocument"); len(t) > 0 {
		return t[0]
	}
	return fallback
}

func (p *ooxml) readProperties(context.Context) error {
	for _, part := range p.parts {
		name := strings.ToLower(part.name)
		if strings.HasPrefix(name, "docprops/") && strings.HasSuffix(name, ".xml") {
			if err := p.walk(part.name, func(x *xmlLexer) error { return readPropertyPart(p.f, x) }); err != nil {
				return err
			}
		}
	}
	return nil
}

// author gives the name of somebody who worked on the document, once.
func (p *ooxml) author(name string) error { return p.named(scanner.KindProperty, name) }

// named gives a name of kind, once per package.
func (p *ooxml) named(kind scanner.Kind, name string) error {
	key := string(kind) + "\x00" + name
	if name == "" || p.authors[key] {
		return nil
	}
	p.authors[key] = true
	return p.f.text(kind, name)
}

// readPropertyPart reads core, extended and custom properties: every value is
// a segment, the name of a custom one with it where it says something.
func readPropertyPart(f *file, x *xmlLexer) error {
	var text strings.Builder
	label := ""
	for x.next() {
		switch x.kind {
		case xmlStart:
			text.Reset()
			if string(x.name) == "property" {
				label = x.attr("name")
			}
		case xmlText:
			text.Write(x.text)
		case xmlEnd:
			value := strings.TrimSpace(text.String())
			text.Reset()
			if value == "" || boringProperty(string(x.name)) {
				continue
			}
			if string(x.name) == "title" {
				f.title(value)
			}
			if label != "" {
				if err := f.text(scanner.KindProperty, label); err != nil {
					return err
				}
				label = ""
			}
			if err := f.text(scanner.KindProperty, value); err != nil {
				return err
			}
		}
	}
	return nil
}

// boringProperty names the counters and switches no person ever filled in.
func boringProperty(name string) bool {
	switch name {
	case "TotalTime", "Pages", "Words", "Characters", "CharactersWithSpaces", "Lines", "Paragraphs",
		"AppVersion", "Application", "DocSecurity", "ScaleCrop", "LinksUpToDate", "SharedDoc",
		"HyperlinksChanged", "Slides", "Notes", "HiddenSlides", "MMClips", "i4", "revision", "language",
		"PresentationFormat", "bool":
		return true
	}
	return false
}

// readRest reads every part the walk in reading order did not come to.
func (p *ooxml) readRest(ctx context.Context) error {
	for _, part := range p.parts {
		name := strings.ToLower(part.name)
		if p.done[name] || strings.HasSuffix(name, ".rels") || name == "[content_types].xml" {
			continue
		}
		p.done[name] = true
		if part.member.encrypted {
			p.f.problem(scanner.StatusEncrypted, fmt.Sprintf("part %q is encrypted", part.name))
			continue
		}
		if err := p.readPart(ctx, part); err != nil {
			return err
		}
	}
	return nil
}

func (p *ooxml) readPart(ctx context.Context, part ooxmlPart) error {
	name := strings.ToLower(part.name)
	switch ext := path.Ext(name); {
	case ext == ".xml" || ext == ".vml":
		return p.readXMLPart(part.name)
	case ext == ".odttf" || ext == ".fntdata" || ext == ".wdp" && strings.Contains(name, "thumbnail"),
		strings.Contains(name, "printersettings"), strings.HasPrefix(name, "docprops/thumbnail") && pictureExt(ext),
		strings.HasSuffix(name, "vbaprojectsignature.bin"), ext == ".sigs", mediaExt(ext):
		return nil // fonts, printer drivers' memory, small pictures of the first page, sound and film
	case strings.Contains(name, "activex") && ext == ".bin":
		return nil // the state of a control; its text is in the part that shows it
	case p.isBinPart(name):
		return p.readBinRest(part.name)
	}
	r, err := part.member.open()
	if err != nil {
		return p.partFault(part.name, err)
	}
	return p.f.child(ctx, part.name, r)
}

func pictureExt(ext string) bool {
	switch ext {
	case ".jpeg", ".jpg", ".png", ".wmf", ".emf", ".gif":
		return true
	}
	return false
}

func mediaExt(ext string) bool {
	switch ext {
	case ".mp3", ".mp4", ".wav", ".wma", ".wmv", ".avi", ".m4a", ".m4v", ".mov", ".mid", ".mpg", ".mpeg":
		return true
	}
	return false
}

// readXMLPart picks the reader of a part by its root element.
func (p *ooxml) readXMLPart(name string) error {
	x, err := p.open(name)
	if x == nil || err != nil {
		return err
	}
	for x.next() && x.kind != xmlStart {
	}
	if x.kind != xmlStart {
		return p.finish(name, x)
	}
	if err := p.readRoot(name, x); err != nil {
		return err
	}
	return p.finish(name, x)
}

func (p *ooxml) readRoot(name string, x *xmlLexer) error {
	space, root := string(x.space), string(x.name)
	switch root {
	case "theme", "styleSheet", "fonts", "webSettings", "tblStyleLst", "viewPr", "presentationPr", "presProps",
		"Relationships", "Types", "colorsDef", "styleDef", "layoutDef", "calcChain", "clrMapOvr", "colorStyle", "chartStyle", "VisioDocument", "Windows",
		"commentsEx", "commentsIds", "commentsExtensible", "metadata", "ctrlProp", "formControlPr", "Signature":
		return nil // looks only: no part of these holds text of the author
	case "comments":
		if p.f.typ == "xlsx" || p.f.typ == "xlsb" {
			return p.readSheetComments(sheetRef{}, x)
		}
		return p.readWordPart(name, root, x)
	case "hdr", "ftr", "footnotes", "endnotes", "document", "glossaryDocument":
		if p.f.typ == "docx" || space == "w" || strings.HasPrefix(strings.ToLower(name), "word/") {
			return p.readWordPart(name, root, x)
		}
	case "styles", "numbering", "settings":
		return p.readWordSettings(x)
	case "sld", "notes", "sldLayout", "sldMaster", "notesMaster", "handoutMaster":
		return p.readSlide(name, root, 0, x)
	case "wsDr", "userShapes", "chartSpace", "dataModel", "drawing", "chart":
		return p.readDrawing(drawingPlace{kind: scanner.KindBody}, name, x)
	case "worksheet", "chartsheet", "dialogsheet", "macrosheet":
		return p.readSheet(sheetRef{part: name, hidden: true}, x)
	case "PageContents", "MasterContents":
		return p.readVisioPage(name, 0, x)
	case "xml":
		return p.readVML(x, scanner.KindBody)
	case "cmLst", "tagLst":
		return p.readSlide(name, root, 0, x)
	}
	return p.readUnknown(x, root)
}

// readUnknown gives all character data and the telling attributes of a part
// without a reader of its own: custom XML, pivot caches, connections, change
// logs, persons.
func (p *ooxml) readUnknown(x *xmlLexer, root string) error {
	kind := scanner.KindProperty
	switch root {
	case "pivotCacheDefinition", "pivotCacheRecords", "externalLink", "pivotTableDefinition":
		kind = scanner.KindHidden
	case "revisions", "headers":
		kind = scanner.KindRevision
	case "ThreadedComments", "Comments":
		kind = scanner.KindComment
	}
	var text strings.Builder
	flush := func() error {
		s := strings.TrimSpace(text.String())
		text.Reset()
		return p.f.text(kind, s)
	}
	for ok := true; ok; ok = x.next() {
		switch x.kind {
		case xmlStart:
			if err := flush(); err != nil {
				return err
			}
			for i := range x.attrs {
				if a := &x.attrs[i]; tellingAttr(string(a.name), string(a.space), string(a.value)) {
					if err := p.f.text(kind, string(a.value)); err != nil {
						return err
					}
				}
			}
		case xmlText:
			text.Write(x.text)
		case xmlEnd:
			if err := flush(); err != nil {
				return err
			}
		}
	}
	return nil
}

// tellingAttr reports whether an attribute of an unknown element may hold
// something a person wrote: anything beyond ASCII, and long or named values.
func tellingAttr(name, space, value string) bool {
	if space == "xmlns" || name == "xmlns" || name == "schemaLocation" || len(value) < 2 {
		return false
	}
	if !isASCII(value) {
		return true
	}
	switch name {
	case "v", "displayName", "userName", "name", "connection", "command", "description", "sourceFile", "odcFile",
		"author", "title", "password", "query", "url", "href", "userId", "providerId",
		"ddeService", "ddeTopic":
		return !strings.HasPrefix(value, "{") && !strings.HasPrefix(value, "http://schemas.")
	}
	return false
}
