package document

import (
	"strings"

	"prescreen/scanner"
)

// fieldTexts returns what a field instruction of a word processor says beyond
// its result: the address of a HYPERLINK, the quoted arguments of any other
// field, and bare words that look like something a person wrote. Addresses go
// to f as links as well. Bookmarks of the document itself, which begin with
// "_", and the arguments of fields that only count or refer are left out.
func fieldTexts(f *file, code string) []wordPiece {
	var out []wordPiece
	word := strings.ToUpper(firstField(code))
	switch word {
	case "TOC", "PAGE", "NUMPAGES", "DATE", "TIME", "SEQ", "REF", "PAGEREF", "STYLEREF", "XE", "SAVEDATE", "CREATEDATE", "EQ", "SHAPE", "EMBED":
		return nil
	}
	for i, q := range quoted(code) {
		if strings.HasPrefix(q, "_") {
			continue
		}
		kind := scanner.KindHidden
		if word == "HYPERLINK" {
			kind = scanner.KindLink
			if i == 0 {
				f.link(Link{URL: q, Via: "a"})
			}
		}
		out = append(out, wordPiece{kind: kind, text: []byte(q)})
	}
	for i, part := range strings.Split(code, `"`) {
		if i%2 == 1 {
			continue // between quotes
		}
		for j, bare := range strings.Fields(part) {
			if (i > 0 || j > 0) && !strings.HasPrefix(bare, `\`) && (countHan(bare) >= 2 || longestDigits(bare) >= 6) {
				out = append(out, wordPiece{kind: scanner.KindHidden, text: []byte(bare)})
			}
		}
	}
	return out
}

func firstField(s string) string {
	if fs := strings.Fields(s); len(fs) > 0 {
		return fs[0]
	}
	return ""
}

// quoted returns the parts of s between double quotes.
func quoted(s string) []string {
	var out []string
	for {
		_, rest, ok := strings.Cut(s, `"`)
		if !ok {
			return out
		}
		arg, after, ok := strings.Cut(rest, `"`)
		if !ok {
			return append(out, rest)
		}
		out, s = append(out, arg), after
	}
}

// wordPiece is text that belongs to a paragraph but is a segment of its own:
// hidden, inserted and deleted runs, alternative texts, addresses.
type wordPiece struct {
	kind scanner.Kind
	cls  byte // what it grows by: 'd' deleted, 'i' inserted, 'h' hidden runs; 0 is closed
	text []byte
}

// addPiece adds to the last piece when it is of this class, or begins one.
func addPiece(pieces []wordPiece, kind scanner.Kind, cls byte, s string) []wordPiece {
	n := len(pieces)
	if n == 0 || pieces[n-1].cls != cls {
		pieces = append(pieces, wordPiece{kind: kind, cls: cls})
		n++
	}
	pieces[n-1].text = append(pieces[n-1].text, s...)
	return pieces
}

// closePiece ends the last piece: what follows visible text is a new one.
func closePiece(pieces []wordPiece) {
	if n := len(pieces); n > 0 {
		pieces[n-1].cls = 0
	}
}
