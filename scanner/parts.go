package scanner

import (
	"strings"
)

// partMask is a set of kinds of segment, and table cells.
type partMask uint32

const (
	partTable partMask = 1 << 30
	partOther partMask = 1 << 29 // kinds this version does not know
)

const defaultHeadLines = 12

var kinds = [...]Kind{
	KindBody, KindTitle, KindHeading, KindHeader, KindFooter, KindNote, KindComment, KindRevision, KindHidden,
	KindAttribute, KindProperty, KindForm, KindLink, KindScript, KindFilename, KindImage,
}

// maskOf returns the parts a segment belongs to, the head aside.
func maskOf(seg *Segment) partMask {
	m := kindMask(seg.Place.Kind)
	if seg.Table > 0 {
		m |= partTable
	}
	return m
}

func kindMask(k Kind) partMask {
	for i, kind := range kinds {
		if kind == k {
			return 1 << i
		}
	}
	return partOther
}

// running reports whether segments of kind k belong to the text that a reader
// reads from top to bottom, of which the head is the beginning.
func running(k Kind) bool {
	return k == KindBody || k == KindTitle || k == KindHeading || k == ""
}

// partsOf compiles the names a rule uses. No names mean everything but links
// and scripts.
func partsOf(names []string) (mask partMask, head bool) {
	const all = ^partMask(0)
	if len(names) == 0 {
		return all &^ (kindMask(KindLink) | kindMask(KindScript)), false
	}
	for _, n := range names {
		switch n {
		case "head":
			head = true
		case "table":
			mask |= partTable
		case "all":
			mask |= all
		default:
			mask |= kindMask(Kind(n))
			if n == string(KindBody) {
				mask |= partOther
			}
		}
	}
	return mask, head
}

// headTracker counts the lines of running text before each segment. Counting
// starts again with every file of a container, and once more at the first
// heading of a file, since a page's navigation stands before it.
type headTracker struct {
	built bool
	base  []int32 // lines before the segment; notHead for other kinds
}

const (
	notHead   = 1 << 20
	headBytes = 8 << 10 // of one segment that can be head, however long its lines
)

// build counts the lines before each segment, to deepest and no further.
func (h *headTracker) build(doc *Document, deepest int) {
	h.built = true
	h.base = h.base[:0]
	lines, headed := 0, false
	file := ""
	for i := range doc.Segments {
		seg := &doc.Segments[i]
		if i > 0 && seg.Place.File != file {
			lines, headed = 0, false
		}
		file = seg.Place.File
		if !running(seg.Place.Kind) {
			h.base = append(h.base, notHead)
			continue
		}
		if seg.Place.Kind == KindHeading && !headed {
			lines, headed = 0, true
		}
		h.base = append(h.base, int32(lines))
		if lines <= deepest {
			lines += countLines(seg.Text, deepest)
		}
	}
}

// countLines counts the lines of s that are not blank, up to limit.
func countLines(s string, limit int) int {
	n := 0
	for n < limit && s != "" {
		line, rest, _ := strings.Cut(s, "\n")
		if strings.TrimSpace(line) != "" {
			n++
		}
		s = rest
	}
	return n
}

// line returns the 0-based number of the line of running text that offset
// off of segment si stands in, or notHead.
func (sc *scan) line(si, off int) int {
	if !sc.head.built {
		sc.head.build(sc.doc, sc.s.prog.deepest)
	}
	if first, spread := sc.spreadOf(si); spread {
		si, off = first, 0
	}
	base, deepest := int(sc.head.base[si]), sc.s.prog.deepest
	if base > deepest || off > headBytes {
		return notHead
	}
	text := sc.doc.Segments[si].Text[:off]
	nl := strings.LastIndexByte(text, '\n')
	if nl < 0 {
		return base
	}
	return base + countLines(text[:nl], deepest+1)
}
