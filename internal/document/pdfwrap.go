package document

import (
	"cmp"
	"slices"
	"strings"
	"unicode/utf16"

	"github.com/klippa-app/go-pdfium/references"
	"github.com/klippa-app/go-pdfium/requests"
)

// Narrow columns break long numbers: 440301199001011 in one line of the cell,
// 234 below it. joinWraps puts such numbers together again, where the second
// part lies below the first one, within its width. at is the index of the first
// character of text in the page, turn leads to the way it is shown.
func (r *pdfReader) joinWraps(tp references.FPDF_TEXTPAGE, text string, at int, turn pdfMatrix) []string {
	var out []string
	var last pdfRun
	stack := pdfStack{turn: turn}
	spread := spreadOut(text)
	for raw := range strings.Lines(text) {
		start := at
		at += len(utf16.Encode([]rune(raw)))
		line := strings.TrimSpace(strings.Map(pdfRune, r.inPlace(tp, raw, start)))
		if spread {
			line = drawTogether(line)
		}
		if line == "" {
			continue
		}
		run := lastRun(raw, start)
		if stack.takes(r, tp, raw, start) {
			if stack.apart {
				line = " " + line
			}
			out[len(out)-1] += line
			last = pdfRun{}
			continue
		}
		from := start + strings.Index(raw, line)
		if below := (pdfRun{text: line, from: from, to: from + len(line) - 1}); len(out) > 0 && isWrap(last, line) && r.below(tp, last, below) {
			out[len(out)-1] += line
			below.before = last.before + last.text // the column may be narrower still
			below.words = []int{from}
			last = below
			continue
		}
		out = append(out, line)
		last = run
	}
	return out
}

// pdfRun is the last word of a line: its text, the indexes of its first and
// last character, and those of the first characters of the words before it.
type pdfRun struct {
	text     string
	from, to int
	words    []int
	before   string // what it goes on from, in the lines above
}

func lastRun(raw string, start int) pdfRun {
	end := strings.TrimRight(raw, "\r\n \t\x00")
	var run pdfRun
	at, fresh := start, true
	for i, c := range end {
		if c == ' ' || c == '\t' {
			fresh = true
		} else if fresh {
			fresh = false
			run.words = append(run.words, at)
			run.text, run.from = end[i:], at
		}
		run.to = at
		at += utf16.RuneLen(c)
	}
	return run
}

// isWrap reports whether line reads like the rest of the number a column ends
// with: together they are as long as an ID, a card or a telephone number, and
// neither is one alone.
func isWrap(last pdfRun, line string) bool {
	number := last.before + last.text
	head := len(number) - len(strings.TrimRight(number, "0123456789"))
	tail := strings.TrimRight(line, "Xx")
	if head < 4 || len(line)-len(tail) > 1 || line == "" || !isDigits(tail) && tail != "" {
		return false
	}
	if head == 11 || head == 15 || head == 18 || len(line) == 11 || len(line) == 18 || len(line) > head {
		// Whole numbers of 15 digits are old IDs; the rest of a new one may
		// still stand below.
		// And the last digit of a card's number may stand there alone.
		card := head == 18 && len(line) == 1 && isDigits(line) && luhn(number[len(number)-head:]+line)
		if !card && (head != 15 || len(line) != 3) {
			return false
		}
	}
	sum := head + len(line)
	return sum == 11 || sum == 15 || sum >= 16 && sum <= 19
}

// luhn reports whether the last of the digits is the check digit of the others
// (ISO/IEC 7812-1).
func luhn(digits string) bool {
	sum := 0
	for i := range len(digits) {
		d := int(digits[len(digits)-1-i] - '0')
		if i%2 == 1 {
			if d *= 2; d > 9 {
				d -= 9
			}
		}
		sum += d
	}
	return sum%10 == 0
}

// below reports whether the run b lies under the run a: within its width, or
// from the left edge of the column a ends.
func (r *pdfReader) below(tp references.FPDF_TEXTPAGE, a, b pdfRun) bool {
	aText, bText := []rune(a.text), []rune(b.text)
	first, last := r.box(tp, a.from, aText[0]), r.box(tp, a.to, aText[len(aText)-1])
	left, right := r.box(tp, b.from, bText[0]), r.box(tp, b.to, bText[len(bText)-1])
	if first == nil || last == nil || left == nil || right == nil {
		return false // the text is not the characters one by one
	}
	const slack = 3 // points
	height := max(first.top-first.bottom, last.top-last.bottom, 4)
	gap := last.bottom - left.top
	if gap < -height || gap > 1.6*height || right.right > last.right+slack {
		return false
	}
	if left.left >= first.left-slack {
		return true
	}
	for _, w := range a.words[max(0, len(a.words)-8):] {
		if edge := r.box(tp, w, 0); edge != nil && left.left > edge.left-slack && left.left < edge.left+slack {
			return true
		}
	}
	return false
}

// box returns where a character stands, nil when there is another character
// than want, which 0 leaves open.
func (r *pdfReader) box(tp references.FPDF_TEXTPAGE, index int, want rune) *pageBox {
	u, err := r.pdf.FPDFText_GetUnicode(&requests.FPDFText_GetUnicode{TextPage: tp, Index: index})
	if err != nil || want != 0 && rune(uint32(u.Unicode)) != want {
		return nil
	}
	box, err := r.pdf.FPDFText_GetCharBox(&requests.FPDFText_GetCharBox{TextPage: tp, Index: index})
	if err != nil {
		return nil
	}
	return &pageBox{box.Left, box.Right, box.Bottom, box.Top}
}

// inPlace puts the characters of a line in the order they stand in when the
// line has characters beyond the common fonts: those are drawn by another
// font, before or after the others.
func (r *pdfReader) inPlace(tp references.FPDF_TEXTPAGE, raw string, start int) string {
	if !strings.ContainsFunc(raw, func(c rune) bool { return c >= 0x20000 || c >= 0x3400 && c < 0x4E00 || c > 0x9FA5 && c < 0xA000 }) {
		return raw
	}
	type glyph struct {
		c           rune
		left, right float64
	}
	var glyphs []glyph
	at := start
	for _, c := range raw {
		index := at
		at += utf16.RuneLen(c)
		if c <= ' ' {
			continue
		}
		want := c
		if c >= 0x10000 {
			want = 0
		}
		b := r.box(tp, index, want)
		if b == nil || len(glyphs) > 400 {
			return raw
		}
		glyphs = append(glyphs, glyph{c, b.left, b.right})
	}
	slices.SortStableFunc(glyphs, func(a, b glyph) int { return cmp.Compare(a.left, b.left) })
	em := 1.0
	for _, g := range glyphs {
		em = max(em, g.right-g.left)
	}
	var out strings.Builder
	for i, g := range glyphs {
		if i > 0 && g.left-glyphs[i-1].right > em*1.1 {
			out.WriteByte(' ')
		}
		out.WriteRune(g.c)
	}
	return out.String()
}
