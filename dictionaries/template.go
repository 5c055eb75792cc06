package dictionaries

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Element is one step of a template.
type Element struct {
	Slot     string // name of a slot, empty for a literal
	Text     string // the literal
	Own      bool   // the slot is one of the rule's own
	Optional bool
	Min, Max int // bounds given in the template, 0 for the slot's defaults
}

// Anchored reports whether candidates can be found by the element: it stands
// for literals, and at least one of them is there.
func (e Element) Anchored() bool {
	return !e.Optional && (e.Slot == "" && strings.TrimSpace(e.Text) != "" || e.Own || e.Slot == "level")
}

// ParseTemplate splits "{level}{gap}{star}{gap}{term?}" into elements. own
// holds the rule's own slots.
func ParseTemplate(s string, own map[string][]string) ([]Element, error) {
	var out []Element
	for s != "" {
		open := strings.IndexByte(s, '{')
		if open < 0 {
			open = len(s)
		}
		if open > 0 {
			out = append(out, Element{Text: s[:open]})
			s = s[open:]
			continue
		}
		end := strings.IndexByte(s, '}')
		if end < 0 {
			return nil, fmt.Errorf("a { has no }")
		}
		e, err := parseSlot(s[1:end], own)
		if err != nil {
			return nil, err
		}
		out = append(out, e)
		s = s[end+1:]
	}
	if !slices.ContainsFunc(out, Element.Anchored) {
		return nil, fmt.Errorf("nothing in it can be searched for: it needs a literal, {level} or a slot of its own that is not optional")
	}
	return out, nil
}

func parseSlot(s string, own map[string][]string) (Element, error) {
	var e Element
	s, e.Optional = strings.CutSuffix(s, "?")
	name, bounds, bounded := strings.Cut(s, ":")
	e.Slot = name
	_, e.Own = own[name]
	if !e.Own && !slices.Contains(slotNames, name) {
		return e, fmt.Errorf("unknown slot {%s}: known are %s and the rule's own slots", name, strings.Join(slotNames, ", "))
	}
	if !bounded {
		return e, nil
	}
	if name != "cjk" && name != "any" && name != "digits" && name != "gap" {
		return e, fmt.Errorf("slot {%s} takes no bounds", name)
	}
	lo, hi, ranged := strings.Cut(bounds, "-")
	if !ranged {
		hi = lo
	}
	var err1, err2 error
	e.Min, err1 = strconv.Atoi(lo)
	e.Max, err2 = strconv.Atoi(hi)
	if err1 != nil || err2 != nil || e.Min < 0 || e.Max < 1 || e.Max < e.Min || e.Max > 64 {
		return e, fmt.Errorf("bad bounds %q of slot {%s}: want :6 or :2-8, at most 64", bounds, name)
	}
	return e, nil
}
