package document

import (
	"bytes"
	"strconv"
)

// pdfSuspicion says how text of a file may be drawn so that nobody sees it. The
// engine is asked about the objects of a page only where there is reason to,
// because every question takes time.
type pdfSuspicion uint8

const (
	pdfGhosts  pdfSuspicion = 1 << iota // text in no colour
	pdfColours                          // in white, or in the colour of an area painted before
	pdfCovers                           // areas painted after text
	pdfSpecks                           // tiny text
	pdfGlass                            // transparency
	pdfRules                            // no suspicion: lines that may be those of a table
	pdfAll     = pdfGhosts | pdfColours | pdfCovers | pdfSpecks | pdfGlass | pdfRules
)

// suspectContent looks through the content of a page or a form. It errs on the
// side of suspicion.
func suspectContent(content []byte) pdfSuspicion {
	s := pdfContentScan{size: 12, scale: 1}
	var found pdfSuspicion
	for len(content) > 0 {
		var tok []byte
		tok, content = contentToken(content)
		if len(tok) == 0 {
			continue
		}
		found |= s.see(tok)
	}
	if s.levels >= 2 && s.uprights >= 2 {
		found |= pdfRules
	}
	return found
}

// pdfContentScan follows just enough of the graphics state.
type pdfContentScan struct {
	args    []float64 // operands of the next operator
	fill    string    // colour of text and areas, "" is black
	stack   []string
	painted map[string]bool // colours of the areas so far
	text    bool            // text has been shown
	size    float64         // of the font
	scale   float64         // of the text matrix

	x, y             float64 // end of the path so far
	level, upright   int     // straight lines of the path
	levels, uprights int     // those that were painted
}

func (s *pdfContentScan) see(tok []byte) pdfSuspicion {
	switch c := tok[0]; {
	case c == '(' || c == '<' || c == '[' || c == ']' || c == '/' || c == '>':
		return 0
	case isDigit(c) || c == '-' || c == '.' || c == '+':
		if v, err := strconv.ParseFloat(string(tok), 64); err == nil {
			s.args = append(s.args, v)
		}
		return 0
	}
	suspect := s.operator(string(tok))
	s.args = s.args[:0]
	return suspect
}

func (s *pdfContentScan) operator(op string) pdfSuspicion {
	switch op {
	case "q":
		if len(s.stack) < 1000 {
			s.stack = append(s.stack, s.fill)
		}
	case "Q":
		if n := len(s.stack); n > 0 {
			s.fill, s.stack = s.stack[n-1], s.stack[:n-1]
		}
	case "Tr":
		if s.arg(0) == 3 || s.arg(0) == 7 {
			return pdfGhosts
		}
	case "g", "rg", "k", "sc", "scn":
		s.fill = colorName(s.args)
	case "cs":
		s.fill = ""
	case "Tf":
		s.size = s.arg(0)
	case "Tm":
		s.scale = max(abs(s.arg(0)), abs(s.arg(1)))
	case "m", "l":
		s.lineTo(op)
	case "re":
		s.rectangle()
	case "n":
		s.level, s.upright = 0, 0
	case "S", "s":
		s.paint()
	case "f", "F", "f*", "b", "B", "b*", "B*":
		s.paint()
		if s.painted == nil {
			s.painted = map[string]bool{}
		}
		s.painted[s.fill] = true
		if s.text && s.fill != white {
			return pdfCovers
		}
	case "Tj", "TJ", "'", `"`:
		s.text = true
		var found pdfSuspicion
		if s.fill == white || s.painted[s.fill] {
			found |= pdfColours
		}
		if abs(s.size*s.scale) < pdfTiny {
			found |= pdfSpecks
		}
		return found
	}
	return 0
}

// lineTo follows the path to its next point.
func (s *pdfContentScan) lineTo(op string) {
	x, y := s.arg(0), s.arg(1)
	if op == "l" {
		if abs(y-s.y) < 0.01 {
			s.level++
		} else if abs(x-s.x) < 0.01 {
			s.upright++
		}
	}
	s.x, s.y = x, y
}

// rectangle adds one to the path: a thin one is a line.
func (s *pdfContentScan) rectangle() {
	const thin = 0.1
	w, h := abs(s.arg(2)), abs(s.arg(3))
	if h > thin*w {
		s.upright++
	}
	if w > thin*h {
		s.level++
	}
}

// paint makes the lines of the path visible.
func (s *pdfContentScan) paint() {
	s.levels, s.uprights = s.levels+s.level, s.uprights+s.upright
	s.level, s.upright = 0, 0
}

func (s *pdfContentScan) arg(i int) float64 {
	if i < len(s.args) {
		return s.args[i]
	}
	return 0
}

func abs(v float64) float64 { return max(v, -v) }

// pdfTiny is the size in points below which text is a speck.
const pdfTiny = 1.5

// pdfClear is the opacity below which nothing is seen.
const pdfClear = 0.05

// white is the colour of paper, as colorName names it.
const white = "white"

// colorName gives equal colours equal names; "" is black.
func colorName(args []float64) string {
	light, dark := true, true
	var key []byte
	for _, v := range args {
		light, dark = light && v > 0.97, dark && v < 0.03
		key = strconv.AppendFloat(key, v, 'f', 2, 64)
		key = append(key, ' ')
	}
	if len(args) == 4 { // cyan, magenta, yellow, black: none of them is white
		if dark {
			return white
		}
		return string(key)
	}
	switch {
	case len(args) == 0, dark:
		return ""
	case light:
		return white
	}
	return string(key)
}

// contentToken cuts the next token off a content stream. Strings are given by
// their first byte only.
func contentToken(b []byte) (tok, rest []byte) {
	for len(b) > 0 && (b[0] <= ' ') {
		b = b[1:]
	}
	if len(b) == 0 {
		return nil, nil
	}
	switch b[0] {
	case '%':
		if i := bytes.IndexAny(b, "\r\n"); i >= 0 {
			return nil, b[i:]
		}
		return nil, nil
	case '(':
		depth := 0
		for i := 0; i < len(b); i++ {
			switch b[i] {
			case '\\':
				i++
			case '(':
				depth++
			case ')':
				if depth--; depth == 0 {
					return b[:1], b[i+1:]
				}
			}
		}
		return b[:1], nil
	case '<', '>', '[', ']', '{', '}':
		return b[:1], b[1:]
	}
	i := 1
	for i < len(b) && b[i] > ' ' && !bytes.ContainsRune([]byte("()<>[]{}/%"), rune(b[i])) {
		i++
	}
	return b[:i], b[i:]
}
