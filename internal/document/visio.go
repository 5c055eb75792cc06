package document

import (
	"context"
	"strings"

	"prescreen/scanner"
)

// readVisio reads a drawing of Visio: its pages in their order, then the
// shapes they are made from.
func (p *ooxml) readVisio(context.Context) error {
	const folder = "visio/pages/"
	main := folder + "pages.xml"
	var order []string
	err := p.walk(main, func(x *xmlLexer) error {
		for x.next() {
			if x.kind != xmlStart {
				continue
			}
			switch string(x.name) {
			case "Page":
				if err := p.f.emit(scanner.Segment{Place: scanner.Place{Kind: scanner.KindHeading, Page: len(order) + 1}, Text: x.attr("Name")}); err != nil {
					return err
				}
			case "Rel":
				order = append(order, p.target(main, x.attrIn("r", "id")))
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	for i, name := range order {
		err := p.walk(name, func(x *xmlLexer) error { return p.readVisioPage(name, i+1, x) })
		if err != nil {
			return err
		}
	}
	return nil
}

// readVisioPage gives the texts of the shapes of a page or a master, the data
// they carry and where they link to.
func (p *ooxml) readVisioPage(name string, page int, x *xmlLexer) error {
	place := scanner.Place{Kind: scanner.KindBody, Page: page}
	if strings.Contains(strings.ToLower(name), "masters/") {
		place.Kind = scanner.KindHidden
	}
	var text strings.Builder
	within, section := 0, ""
	for x.next() {
		err := error(nil)
		switch x.kind {
		case xmlStart:
			switch string(x.name) {
			case "Text":
				within++
				text.Reset()
			case "Section":
				section = x.attr("N")
			case "Cell":
				err = p.visioCell(place.Page, section, x)
			}
		case xmlText:
			if within > 0 {
				text.Write(x.text)
			}
		case xmlEnd:
			switch string(x.name) {
			case "Text":
				within = max(0, within-1)
				err = p.f.emit(scanner.Segment{Place: place, Text: strings.TrimSpace(text.String())})
				text.Reset()
			case "Section":
				section = ""
			}
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// visioCell gives a cell of a shape that a person has filled in: of its data,
// of its links, of its comments.
func (p *ooxml) visioCell(page int, section string, x *xmlLexer) error {
	kind := scanner.KindAttribute
	switch x.attr("N") {
	case "Address":
		kind = scanner.KindLink
	case "Value", "Label", "Prompt", "Description", "SubAddress", "ExtraInfo", "Comment":
	default:
		return nil
	}
	value := x.attr("V")
	if section == "User" || x.hasAttr("U") && x.attr("U") != "STR" {
		value = tellingName(value) // what shapes compute with
	}
	if kind == scanner.KindLink && value != "" {
		p.f.link(Link{URL: value, Via: "a"})
	}
	return p.f.emit(scanner.Segment{Place: scanner.Place{Kind: kind, Page: page}, Text: value})
}
