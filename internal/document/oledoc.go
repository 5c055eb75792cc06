package document

import (
	"context"
	"encoding/binary"
	"sort"
	"strings"
	"unicode/utf8"

	"prescreen/scanner"
)

// wordDoc is a Word 97-2003 document ([MS-DOC]), also written by WPS.
type wordDoc struct {
	f     *file
	main  []byte // WordDocument stream
	table []byte // 0Table or 1Table

	pieces []docPiece
	chars  []docRun  // runs with character properties of interest, by offset in main
	paras  []docPara // paragraphs, by offset in main
}

// docPiece is a run of the text as the document orders it.
type docPiece struct {
	cp, cpEnd int
	offset    int  // in main
	wide      bool // UTF-16, else one byte a character
}

type docRun struct {
	from, to int
	flags    docFlags
}

type docFlags uint8

const (
	docHidden docFlags = 1 << iota
	docInserted
	docDeleted
	docSpecial
)

type docPara struct {
	from, to     int
	style        int
	inTable, row bool
}

// Offsets in the file information block of Word 97 and later; pairs of
// position and length in the table stream unless said otherwise.
const (
	fibFlags      = 0x0A
	fibLanguage   = 0x06
	fibTextFrom   = 0x18 // in main
	fibTextTo     = 0x1C
	fibCounts     = 0x4C // characters of each part of the text
	fibHeaders    = 0xF2
	fibCharBins   = 0xFA
	fibParaBins   = 0x102
	fibClx        = 0x1A2
	fibCommenters = 0x1BA
	fibRevisers   = 0x232
	fibDrawings   = 0x22A
	fibAssoc      = 0x19A
	fibVariables  = 0x27A
	fibSavedBy    = 0x2D2 // the last ten to save it, and where
)

func readDoc(ctx context.Context, s *oleStorage) error {
	d := &wordDoc{f: s.f, main: s.stream("WordDocument")}
	if len(d.main) < 0x200 {
		return failf(scanner.StatusDamaged, "the document stream is cut off")
	}
	magic, version := binary.LittleEndian.Uint16(d.main), binary.LittleEndian.Uint16(d.main[2:])
	flags := binary.LittleEndian.Uint16(d.main[fibFlags:])
	switch {
	case flags&0x0100 != 0:
		return failf(scanner.StatusEncrypted, "encrypted, needs a password")
	case magic != 0xA5EC || version < 0xC1:
		return d.oldWord(flags)
	}
	if d.table = s.stream([2]string{"0Table", "1Table"}[flags>>9&1]); d.table == nil {
		if d.table = s.stream("1Table"); d.table == nil {
			d.table = s.stream("0Table")
		}
	}
	if !d.readPieces() {
		s.f.problem(scanner.StatusPartial, "the table of the text is damaged, the text was searched for")
		return d.leftovers(nil)
	}
	d.readCharBins()
	d.readParaBins()
	if err := d.parts(ctx); err != nil {
		return err
	}
	if err := d.people(); err != nil {
		return err
	}
	if err := artTexts(s.f, d.tableAt(fibDrawings), ""); err != nil {
		return err
	}
	if err := d.leftovers(d.pieces); err != nil {
		return err
	}
	return oleImages(ctx, s.f, s.stream("Data"))
}

// languageCodepage is the code page of the language a document was written in,
// 0 where the bytes tell better: English is named in documents of all
// languages.
func languageCodepage(language int) int {
	switch language {
	case 0x0804, 0x1004:
		return 936
	case 0x0404, 0x0C04:
		return 950
	case 0x0411:
		return 932
	case 0x0412:
		return 949
	case 0x0419, 0x0422, 0x0423:
		return 1251
	}
	return 0
}

// oldWord reads Word 6 and 95: one run of text in the code page of its time.
func (d *wordDoc) oldWord(flags uint16) error {
	from, to := d.u32(fibTextFrom), d.u32(fibTextTo)
	if from < 0x100 || to > len(d.main) || from >= to {
		d.f.problem(scanner.StatusPartial, "the place of the text is damaged, the text was searched for")
		return d.leftovers(nil)
	}
	if flags&0x0004 != 0 {
		d.f.problem(scanner.StatusPartial, "saved in pieces by Word 95 or before: their order may be wrong, some may be missing")
	}
	text := codepageString(d.main[from:to], languageCodepage(int(binary.LittleEndian.Uint16(d.main[fibLanguage:]))))
	return d.plain(scanner.KindBody, text)
}

func (d *wordDoc) plain(kind scanner.Kind, text string) error {
	line := 0
	for block := range strings.FieldsFuncSeq(text, func(r rune) bool { return r == '\r' || r == '\x07' || r == '\x0c' }) {
		line++
		if err := d.f.emit(scanner.Segment{Place: scanner.Place{Kind: kind, Line: line}, Text: strings.TrimSpace(cleanDocText(block))}); err != nil {
			return err
		}
	}
	return nil
}

// cleanDocText drops the characters that stand for pictures, notes and the
// like.
func cleanDocText(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\x0b':
			return '\n'
		case r == '\x1e':
			return '-'
		case r < 0x20 && r != '\t' && r != '\n', r == '\x7f', r == utf8.RuneError:
			return -1
		}
		return r
	}, s)
}

func (d *wordDoc) u32(offset int) int {
	if offset+4 > len(d.main) {
		return 0
	}
	return int(binary.LittleEndian.Uint32(d.main[offset:]))
}

// tableAt returns the part of the table stream a pair in the information
// block points to.
func (d *wordDoc) tableAt(offset int) []byte {
	from, n := d.u32(offset), d.u32(offset+4)
	if n <= 0 || from < 0 || from >= len(d.table) {
		return nil
	}
	return d.table[from:min(len(d.table), from+n)]
}

func (d *wordDoc) readPieces() bool {
	clx := d.tableAt(fibClx)
	for len(clx) > 5 && clx[0] == 1 {
		n := 3 + int(binary.LittleEndian.Uint16(clx[1:]))
		if n > len(clx) {
			return false
		}
		clx = clx[n:]
	}
	if len(clx) < 21 || clx[0] != 2 {
		return false
	}
	plc := clx[5:min(len(clx), 5+int(binary.LittleEndian.Uint32(clx[1:])))]
	n := (len(plc) - 4) / 12
	for i := range n {
		p := docPiece{
			cp:    int(binary.LittleEndian.Uint32(plc[4*i:])),
			cpEnd: int(binary.LittleEndian.Uint32(plc[4*i+4:])),
		}
		fc := int(binary.LittleEndian.Uint32(plc[4*(n+1)+8*i+2:]))
		p.wide = fc&0x40000000 == 0
		p.offset = fc &^ 0x40000000
		size := 2
		if !p.wide {
			p.offset /= 2
			size = 1
		}
		if p.cpEnd <= p.cp || p.offset < 0 || p.offset >= len(d.main) {
			continue
		}
		p.cpEnd = min(p.cpEnd, p.cp+(len(d.main)-p.offset)/size)
		d.pieces = append(d.pieces, p)
	}
	return len(d.pieces) > 0
}

// bins calls fn for every page of formatted runs a bin table lists.
func (d *wordDoc) bins(offset int, fn func(page []byte, runs int)) {
	plc := d.tableAt(offset)
	n := (len(plc) - 4) / 8
	for i := range max(n, 0) {
		at := int(binary.LittleEndian.Uint32(plc[4*(n+1)+4*i:])&0x3FFFFF) * 512
		if at < 0 || at+512 > len(d.main) {
			continue
		}
		page := d.main[at : at+512]
		if runs := int(page[511]); 4*(runs+1)+runs <= 511 {
			fn(page, runs)
		}
	}
}

func (d *wordDoc) readCharBins() {
	d.bins(fibCharBins, func(page []byte, runs int) {
		for i := range runs {
			from, to := int(binary.LittleEndian.Uint32(page[4*i:])), int(binary.LittleEndian.Uint32(page[4*i+4:]))
			at := 2 * int(page[4*(runs+1)+i])
			if at == 0 || at >= 511 || to <= from {
				continue
			}
			end := min(511, at+1+int(page[at]))
			if flags := charFlags(page[at+1 : end]); flags != 0 {
				d.chars = append(d.chars, docRun{from, to, flags})
			}
		}
	})
	sort.Slice(d.chars, func(i, j int) bool { return d.chars[i].from < d.chars[j].from })
}

// charFlags reads the modifiers of a character run.
func charFlags(grpprl []byte) docFlags {
	var flags docFlags
	eachSprm(grpprl, func(op uint16, arg []byte) {
		on := len(arg) > 0 && (arg[0] == 1 || arg[0] == 0x81)
		switch {
		case op == 0x083C && on:
			flags |= docHidden
		case op == 0x0800 && on:
			flags |= docDeleted
		case op == 0x0801 && on:
			flags |= docInserted
		case op == 0x2A42 && len(arg) > 0 && arg[0] == 8,
			op == 0x6870 && len(arg) == 4 && arg[0] == 0xFF && arg[1] == 0xFF && arg[2] == 0xFF && arg[3] == 0:
			flags |= docHidden // white
		case op == 0x4A43 && len(arg) == 2 && arg[1] == 0 && arg[0] > 0 && arg[0] <= 3:
			flags |= docHidden // too small to be seen
		case op == 0x0855 && on:
			flags |= docSpecial
		}
	})
	return flags
}

// eachSprm walks a list of property modifiers.
func eachSprm(b []byte, fn func(op uint16, arg []byte)) {
	for len(b) >= 2 {
		op := binary.LittleEndian.Uint16(b)
		b = b[2:]
		n := [8]int{1, 1, 2, 4, 2, 2, 0, 3}[op>>13]
		if op>>13 == 6 {
			if len(b) == 0 {
				return
			}
			n = 1 + int(b[0])
			if op == 0xD608 && len(b) >= 2 { // table definition: a word gives its length
				n = 1 + int(binary.LittleEndian.Uint16(b))
			}
		}
		if n > len(b) {
			return
		}
		fn(op, b[:n])
		b = b[n:]
	}
}

func (d *wordDoc) readParaBins() {
	d.bins(fibParaBins, func(page []byte, runs int) {
		for i := range runs {
			p := docPara{from: int(binary.LittleEndian.Uint32(page[4*i:])), to: int(binary.LittleEndian.Uint32(page[4*i+4:]))}
			bx := 4*(runs+1) + 13*i
			if bx >= 511 || p.to <= p.from {
				continue
			}
			at := 2 * int(page[bx])
			if at > 0 && at+2 < 511 {
				n, start := 2*int(page[at])-1, at+1
				if page[at] == 0 {
					n, start = 2*int(page[at+1]), at+2
				}
				if end := min(511, start+n); end >= start+2 {
					p.style = int(binary.LittleEndian.Uint16(page[start:]))
					eachSprm(page[start+2:end], func(op uint16, arg []byte) {
						switch {
						case op == 0x2416:
							p.inTable = arg[0] != 0
						case op == 0x2417:
							p.row = arg[0] != 0
						}
					})
				}
			}
			d.paras = append(d.paras, p)
		}
	})
	sort.Slice(d.paras, func(i, j int) bool { return d.paras[i].from < d.paras[j].from })
}

// flagsAt returns the character flags at an offset of main and the offset up
// to which they hold.
func (d *wordDoc) flagsAt(offset int) (docFlags, int) {
	i := sort.Search(len(d.chars), func(i int) bool { return d.chars[i].to > offset })
	if i == len(d.chars) {
		return 0, 1 << 40
	}
	if offset < d.chars[i].from {
		return 0, d.chars[i].from
	}
	return d.chars[i].flags, d.chars[i].to
}

func (d *wordDoc) paraAt(offset int) docPara {
	i := sort.Search(len(d.paras), func(i int) bool { return d.paras[i].to > offset })
	if i < len(d.paras) && offset >= d.paras[i].from {
		return d.paras[i]
	}
	return docPara{}
}

// parts walks the parts of the text in their order: body, notes, headers,
// comments, end notes, text boxes.
func (d *wordDoc) parts(ctx context.Context) error {
	type part struct {
		kind  scanner.Kind
		count int
	}
	var list []part
	for i, kind := range []scanner.Kind{
		scanner.KindBody, scanner.KindNote, scanner.KindHeader, scanner.KindHidden,
		scanner.KindComment, scanner.KindNote, scanner.KindBody, scanner.KindHeader,
	} {
		list = append(list, part{kind, d.u32(fibCounts + 4*i)})
	}
	cp := 0
	for i, p := range list {
		if err := ctx.Err(); err != nil {
			return err
		}
		if p.count <= 0 || p.count > 1<<30 {
			continue
		}
		var err error
		if i == 2 {
			err = d.headers(cp, cp+p.count)
		} else {
			err = d.walk(p.kind, cp, cp+p.count)
		}
		if err != nil {
			return err
		}
		cp += p.count
	}
	return nil
}

// headers walks the stories of the header part: six separators, then for
// every section even and odd header, even and odd footer, first header and
// first footer.
func (d *wordDoc) headers(from, to int) error {
	plc := d.tableAt(fibHeaders)
	n := len(plc)/4 - 2
	if n < 1 {
		return d.walk(scanner.KindHeader, from, to)
	}
	for i := range n {
		a, b := from+int(binary.LittleEndian.Uint32(plc[4*i:])), from+int(binary.LittleEndian.Uint32(plc[4*i+4:]))
		kind := scanner.KindHeader
		switch (i - 6 + 600) % 6 {
		case 2, 3, 5:
			kind = scanner.KindFooter
		}
		if a < from || b > to || b <= a {
			continue
		}
		if err := d.walk(kind, a, b); err != nil {
			return err
		}
	}
	return nil
}

// people gives the names of commenters and revisers, and the strings of the
// document's own property table.
func (d *wordDoc) people() error {
	r := byteReader{data: d.tableAt(fibCommenters)}
	for !r.short && r.pos < len(r.data) {
		if err := d.f.text(scanner.KindComment, r.utf16(r.u16())); err != nil {
			return err
		}
	}
	for _, table := range []int{fibRevisers, fibAssoc, fibVariables, fibSavedBy} {
		r := byteReader{data: d.tableAt(table)}
		if r.u16() != 0xFFFF {
			continue
		}
		n := r.u16()
		extra := r.u16()
		for i := range 2 * n {
			if i >= n && table != fibVariables { // their values follow the names
				break
			}
			name := r.utf16(r.u16())
			if i >= n {
				extra = 2 // ends with a zero
			}
			r.pos += extra
			if r.short {
				break
			}
			if name == "Unknown" || isBlank(name) || table == fibAssoc && countHan(name) == 0 {
				continue
			}
			if err := d.f.text(scanner.KindProperty, name); err != nil {
				return err
			}
		}
	}
	return nil
}

// leftovers gives the text that lies between the pieces: a fast save leaves
// deleted text behind.
func (d *wordDoc) leftovers(pieces []docPiece) error {
	from, to := d.u32(fibTextFrom), d.u32(fibTextTo)
	kind := scanner.KindRevision
	if pieces == nil {
		from, to, kind = 0x200, len(d.main), scanner.KindBody
	}
	to = min(to, len(d.main))
	sorted := append([]docPiece(nil), pieces...)
	sort.Slice(sorted, func(i, j int) bool { return sorted[i].offset < sorted[j].offset })
	at := max(from, 0)
	for i := 0; i <= len(sorted) && at < to; i++ {
		end, next := to, to
		if i < len(sorted) {
			size := 1
			if sorted[i].wide {
				size = 2
			}
			end = min(to, sorted[i].offset)
			next = sorted[i].offset + size*(sorted[i].cpEnd-sorted[i].cp)
		}
		if end-at >= 12 {
			for _, text := range findText(d.main[at:end]) {
				if err := d.f.text(kind, text); err != nil {
					return err
				}
			}
		}
		at = max(at, next)
	}
	return nil
}

// findText finds runs of UTF-16 Chinese text in bytes of unknown meaning.
func findText(b []byte) []string {
	var out []string
	for _, shift := range []int{0, 1} {
		var run []rune
		flush := func() {
			if s := strings.TrimSpace(string(run)); countHan(s) >= 3 && nameScore(s) >= countHan(s) || longestDigits(s) >= 11 {
				out = append(out, s)
			}
			run = run[:0]
		}
		for i := shift; i+1 < len(b); i += 2 {
			r := rune(binary.LittleEndian.Uint16(b[i:]))
			if r >= 0x20 && r < 0x7F || r >= 0x4E00 && r <= 0x9FFF || r >= 0x3000 && r <= 0x303F || r >= 0xFF00 && r <= 0xFF5E || r >= 0x2010 && r <= 0x2026 || r == '\t' {
				run = append(run, r)
				continue
			}
			flush()
		}
		flush()
	}
	return out
}
