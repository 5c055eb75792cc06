package document

import (
	"bytes"
	"context"
	"path"
	"sort"
	"strconv"
	"strings"

	"prescreen/scanner"
)

// ofdReader reads an OFD file (GB/T 33190-2016): what the document lists, in
// its order, then every part that nothing lists. Text may sit in pages, in
// templates, in drawing units of the resources or in annotations.
type ofdReader struct {
	p     *ooxml
	f     *file
	ctx   context.Context
	units map[string][]ofdText // drawing units of the resources, by id
	used  map[string]bool
	tpls  map[string]string // template pages, by id
	annot map[string]int    // annotation part → page
	names map[string]string // attachment part → its name
}

// ofdText is one run of text with its baseline, in millimetres.
type ofdText struct {
	x, y, end, size float64
	text            string
	kind            scanner.Kind // KindHidden when not shown
	unit            string       // reference to a drawing unit instead of text
	m               ofdMatrix    // of that reference
}

// ofdMatrix is a b c d e f of the standard's CTM.
type ofdMatrix [6]float64

var ofdIdentity = ofdMatrix{1, 0, 0, 1, 0, 0}

func (m ofdMatrix) at(x, y float64) (float64, float64) {
	return m[0]*x + m[2]*y + m[4], m[1]*x + m[3]*y + m[5]
}

// then returns the matrix that does m first and n after.
func (m ofdMatrix) then(n ofdMatrix) ofdMatrix {
	return ofdMatrix{
		m[0]*n[0] + m[1]*n[2], m[0]*n[1] + m[1]*n[3],
		m[2]*n[0] + m[3]*n[2], m[2]*n[1] + m[3]*n[3],
		m[4]*n[0] + m[5]*n[2] + n[4], m[4]*n[1] + m[5]*n[3] + n[5],
	}
}

func readOFD(ctx context.Context, f *file) error {
	members, salvaged, err := zipMembers(f)
	if err != nil {
		return err
	}
	if salvaged {
		f.problem(scanner.StatusPartial, "the directory of the file is damaged, its parts were searched for")
	}
	r := &ofdReader{
		p: newPackage(f, members), f: f, ctx: ctx, units: map[string][]ofdText{}, used: map[string]bool{},
		tpls: map[string]string{}, annot: map[string]int{}, names: map[string]string{},
	}
	var roots []string
	if err := r.p.walk("OFD.xml", func(x *xmlLexer) error { return r.info(x, &roots) }); err != nil {
		return err
	}
	if len(roots) == 0 {
		for _, part := range r.p.parts {
			if strings.EqualFold(path.Base(part.name), "Document.xml") {
				roots = append(roots, part.name)
			}
		}
	}
	for _, root := range roots {
		if err := r.document(root); err != nil {
			return err
		}
	}
	return r.rest()
}

// info reads OFD.xml: properties and the documents of the file.
func (r *ofdReader) info(x *xmlLexer, roots *[]string) error {
	var text strings.Builder
	info := 0
	for x.next() {
		name := string(x.name)
		switch x.kind {
		case xmlStart:
			text.Reset()
			if name == "DocInfo" {
				info++
			}
			if name == "CustomData" {
				if err := r.f.text(scanner.KindProperty, x.attr("Name")); err != nil {
					return err
				}
			}
		case xmlText:
			text.Write(x.text)
		case xmlEnd:
			value := strings.TrimSpace(text.String())
			text.Reset()
			switch {
			case name == "DocInfo":
				info--
			case name == "DocRoot":
				*roots = append(*roots, r.p.resolve("", value))
			case info > 0 && !ofdBoring(name):
				if name == "Title" {
					r.f.title(value)
				}
				if err := r.f.text(scanner.KindProperty, value); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

func ofdBoring(name string) bool {
	switch name {
	case "DocID", "CreationDate", "ModDate", "DocUsage", "Cover", "CreatorVersion":
		return true
	}
	return false
}

// document reads one Document.xml and what it lists.
func (r *ofdReader) document(root string) error {
	var pages, resources, lists []string
	base := ""
	collect := func(x *xmlLexer) error {
		var text strings.Builder
		for x.next() {
			switch x.kind {
			case xmlStart:
				text.Reset()
				loc := r.locate(root, base, x.attr("BaseLoc"))
				switch string(x.name) {
				case "Page":
					pages = append(pages, loc)
				case "TemplatePage":
					r.tpls[x.attr("ID")] = loc
				case "OutlineElem":
					if err := r.f.text(scanner.KindHeading, x.attr("Title")); err != nil {
						return err
					}
				case "Bookmark":
					if err := r.f.text(scanner.KindHeading, x.attr("Name")); err != nil {
						return err
					}
				case "URI":
					if err := r.uri(x); err != nil {
						return err
					}
				}
			case xmlText:
				text.Write(x.text)
			case xmlEnd:
				value := strings.TrimSpace(text.String())
				text.Reset()
				switch string(x.name) {
				case "PublicRes", "DocumentRes":
					resources = append(resources, r.locate(root, base, value))
				case "Annotations", "Attachments", "CustomTags":
					if value != "" {
						lists = append(lists, r.locate(root, base, value))
					}
				}
			}
		}
		return nil
	}
	if err := r.p.walk(root, collect); err != nil {
		return err
	}
	for _, res := range resources {
		if err := r.p.walk(res, func(x *xmlLexer) error { return r.resources(x) }); err != nil {
			return err
		}
	}
	for _, list := range lists {
		if err := r.p.walk(list, func(x *xmlLexer) error { return r.list(list, x) }); err != nil {
			return err
		}
	}
	for i, page := range pages {
		if err := r.ctx.Err(); err != nil {
			return err
		}
		if err := r.page(page, i+1, scanner.KindBody); err != nil {
			return err
		}
	}
	return nil
}

// locate resolves a path of the file: absolute, or relative to the part that
// names it, and in practice sometimes to the root.
func (r *ofdReader) locate(owner, base, loc string) string {
	if loc == "" {
		return ""
	}
	for _, name := range []string{r.p.resolve(owner, path.Join(base, loc)), r.p.resolve("", loc)} {
		if _, ok := r.p.index[strings.ToLower(name)]; ok {
			return name
		}
	}
	return r.p.resolve(owner, loc)
}

// resources reads the drawing units of a resource part.
func (r *ofdReader) resources(x *xmlLexer) error {
	for x.next() {
		if x.kind != xmlStart || string(x.name) != "CompositeGraphicUnit" {
			continue
		}
		id := x.attr("ID")
		var texts []ofdText
		if err := r.content(x, "CompositeGraphicUnit", func(t ofdText) error {
			texts = append(texts, t)
			return nil
		}, nil); err != nil {
			return err
		}
		r.units[id] = texts
	}
	return nil
}

// list reads the lists of annotations and attachments.
func (r *ofdReader) list(owner string, x *xmlLexer) error {
	page, name := 0, ""
	var text strings.Builder
	for x.next() {
		switch x.kind {
		case xmlStart:
			text.Reset()
			switch string(x.name) {
			case "Page":
				page++
			case "Attachment":
				name = x.attr("Name")
				if ext := x.attr("Format"); ext != "" && path.Ext(name) == "" {
					name += "." + strings.ToLower(ext)
				}
			}
		case xmlText:
			text.Write(x.text)
		case xmlEnd:
			if string(x.name) == "FileLoc" {
				loc := strings.ToLower(r.locate(owner, "", strings.TrimSpace(text.String())))
				if name != "" {
					r.names[loc] = name
				} else {
					r.annot[loc] = page
				}
			}
			text.Reset()
		}
	}
	return nil
}

// page reads one page or template.
func (r *ofdReader) page(name string, number int, kind scanner.Kind) error {
	return r.p.walk(name, func(x *xmlLexer) error {
		w := ofdLines{r: r, page: number, kind: kind}
		err := r.content(x, "", w.add, func(template string) error {
			if part := r.tpls[template]; part != "" {
				return r.page(part, number, kind)
			}
			return nil
		})
		if err != nil {
			return err
		}
		return w.flush()
	})
}

// content gives the texts of a page, a template, a unit or an appearance up to
// the end of the element named until.
func (r *ofdReader) content(x *xmlLexer, until string, fn func(ofdText) error, template func(id string) error) error {
	var t ofdText
	var m ofdMatrix
	var code strings.Builder
	in := false
	for x.next() {
		name := string(x.name)
		switch x.kind {
		case xmlStart:
			switch name {
			case "TextObject", "CompositeObject":
				m = ofdPlace(x)
				t = ofdText{size: number(x.attr("Size")), kind: scanner.KindBody, m: m, unit: x.attr("ResourceID")}
				if x.attr("Visible") == "false" || x.attr("Alpha") == "0" {
					t.kind = scanner.KindHidden
				}
				if name == "CompositeObject" {
					if err := r.unit(t, fn, 0); err != nil {
						return err
					}
				}
				t.unit = ""
			case "FillColor":
				if v := strings.Fields(x.attr("Value")); len(v) == 3 && v[0] == "255" && v[1] == "255" && v[2] == "255" || x.attr("Alpha") == "0" {
					t.kind = scanner.KindHidden
				}
			case "TextCode":
				in = true
				code.Reset()
				t.x, t.y = m.at(number(x.attr("X")), number(x.attr("Y")))
				t.end = ofdAdvance(x.attr("DeltaX")) * m[0]
			case "Template":
				if template != nil {
					if err := template(x.attr("TemplateID")); err != nil {
						return err
					}
				}
			}
		case xmlText:
			if in {
				code.Write(x.text)
			}
		case xmlEnd:
			if name == "TextCode" {
				in = false
				t.text = code.String()
				last := t
				last.size *= scale(m)
				last.end = last.x + t.end + last.size
				if err := fn(last); err != nil {
					return err
				}
			}
			if name == until {
				return nil
			}
		}
	}
	return nil
}

// unit gives the texts of the drawing unit t refers to, moved to its place.
func (r *ofdReader) unit(t ofdText, fn func(ofdText) error, depth int) error {
	r.used[t.unit] = true
	if depth > 8 {
		return nil
	}
	for _, u := range r.units[t.unit] {
		u.x, u.y = t.m.at(u.x, u.y)
		u.end, _ = t.m.at(u.end, 0)
		u.size *= scale(t.m)
		if t.kind == scanner.KindHidden {
			u.kind = scanner.KindHidden
		}
		if err := fn(u); err != nil {
			return err
		}
	}
	return nil
}

func scale(m ofdMatrix) float64 {
	if m[3] < 0 {
		return -m[3]
	}
	if m[3] == 0 {
		return 1
	}
	return m[3]
}

// ofdPlace is the matrix of a graphic object: its own, then its boundary.
func ofdPlace(x *xmlLexer) ofdMatrix {
	m := ofdIdentity
	if v := strings.Fields(x.attr("CTM")); len(v) == 6 {
		for i := range v {
			m[i] = number(v[i])
		}
	}
	if v := strings.Fields(x.attr("Boundary")); len(v) == 4 {
		m = m.then(ofdMatrix{1, 0, 0, 1, number(v[0]), number(v[1])})
	}
	return m
}

// ofdAdvance sums a list of advances, where "g 10 6.5" stands for ten times
// 6.5. The count comes from outside: it is multiplied, never looped over.
func ofdAdvance(list string) float64 {
	sum := 0.0
	v := strings.Fields(list)
	for i := 0; i < len(v); i++ {
		if v[i] == "g" && i+2 < len(v) {
			sum += min(number(v[i+1]), 1e5) * number(v[i+2])
			i += 2
			continue
		}
		sum += number(v[i])
	}
	return sum
}

func number(s string) float64 {
	v, err := strconv.ParseFloat(s, 64)
	if err != nil || v != v || v > 1e9 || v < -1e9 {
		return 0
	}
	return v
}

// rest reads annotations, attachments and every part nothing has named.
func (r *ofdReader) rest() error {
	for _, part := range r.p.parts {
		key := strings.ToLower(part.name)
		if r.p.done[key] {
			continue
		}
		var err error
		switch ext := path.Ext(key); {
		case r.names[key] != "":
			r.p.done[key] = true
			err = r.f.childFrom(r.ctx, r.names[key], part.member.open)
		case ext == ".xml" || ext == "":
			err = r.restXML(part.name)
		case ext == ".ttf" || ext == ".otf" || ext == ".ttc" || ext == ".cff" || ext == ".pfb":
		case ext == ".dat" || ext == ".esl":
			err = r.seal(part)
		default:
			r.p.done[key] = true
			err = r.f.childFrom(r.ctx, part.name, part.member.open)
		}
		if err != nil {
			return err
		}
	}
	ids := make([]string, 0, len(r.units))
	for id := range r.units {
		if !r.used[id] {
			ids = append(ids, id)
		}
	}
	sort.Strings(ids)
	for _, id := range ids {
		w := ofdLines{r: r, kind: scanner.KindHidden}
		for _, t := range r.units[id] {
			if err := w.add(t); err != nil {
				return err
			}
		}
		if err := w.flush(); err != nil {
			return err
		}
	}
	return nil
}

// restXML reads an XML part by its root: an annotation, a page no list names,
// custom tags, or anything else.
func (r *ofdReader) restXML(name string) error {
	return r.p.walk(name, func(x *xmlLexer) error {
		for x.next() {
			if x.kind != xmlStart {
				continue
			}
			switch root := string(x.name); root {
			case "Res":
				return r.resources(x)
			case "Annotations", "Attachments", "CustomTags", "Signatures", "Extensions":
				return nil
			case "PageAnnot":
				return r.annotations(x, r.annot[strings.ToLower(name)])
			case "Page":
				w := ofdLines{r: r, kind: scanner.KindHidden}
				if err := r.content(x, "", w.add, nil); err != nil {
					return err
				}
				return w.flush()
			case "Signature":
				return nil
			default:
				return r.p.readUnknown(x, root)
			}
		}
		return nil
	})
}

// annotations reads the annotations of a page: who, why, and what they show.
func (r *ofdReader) annotations(x *xmlLexer, page int) error {
	kind := scanner.KindComment
	var text strings.Builder
	for x.next() {
		switch x.kind {
		case xmlStart:
			text.Reset()
			switch string(x.name) {
			case "Annot":
				kind = scanner.KindComment
				if t := x.attr("Type"); t == "Watermark" || t == "Stamp" {
					kind = scanner.KindBody
				}
				if err := r.p.named(scanner.KindComment, tellingName(x.attr("Creator"))); err != nil {
					return err
				}
			case "Appearance":
				w := ofdLines{r: r, page: page, kind: kind}
				if err := r.content(x, "Appearance", w.add, nil); err != nil {
					return err
				}
				if err := w.flush(); err != nil {
					return err
				}
			case "URI":
				if err := r.uri(x); err != nil {
					return err
				}
			}
		case xmlText:
			text.Write(x.text)
		case xmlEnd:
			value := strings.TrimSpace(text.String())
			text.Reset()
			if string(x.name) == "Remark" || string(x.name) == "Parameter" && tellingName(value) != "" {
				err := r.f.emit(scanner.Segment{Place: scanner.Place{Kind: scanner.KindComment, Page: page}, Text: value})
				if err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// uri gives the address of an action.
func (r *ofdReader) uri(x *xmlLexer) error {
	r.f.link(Link{URL: x.attr("URI"), Via: "a"})
	return r.f.text(scanner.KindLink, x.attr("URI"))
}

// seal reads the picture in a signature's data: a bitmap, or an OFD file.
func (r *ofdReader) seal(part ooxmlPart) error {
	r.p.done[strings.ToLower(part.name)] = true
	rd, err := part.member.open()
	if err != nil {
		return r.p.partFault(part.name, err)
	}
	data, err := readAtMost(r.f.budget.reader(rd), 16<<20)
	if err != nil {
		return r.p.partFault(part.name, err)
	}
	for _, m := range []struct{ sig, ext string }{{"\x89PNG\r\n\x1A\n", ".png"}, {"\xFF\xD8\xFF", ".jpg"}, {"PK\x03\x04", ".ofd"}, {"GIF8", ".gif"}} {
		if at := bytes.Index(data, []byte(m.sig)); at >= 0 {
			return r.f.childBytes(r.ctx, part.name+m.ext, "", data[at:])
		}
	}
	return nil
}
