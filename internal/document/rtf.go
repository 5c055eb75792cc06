package document

import (
	"bufio"
	"context"
	"encoding/hex"
	"fmt"
	"io"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"prescreen/scanner"
)

// rtfReader reads Rich Text Format 1.9: the text with its headers, notes,
// comments, revisions, hidden runs, text boxes, properties and objects. Text
// may be bytes in the code page of the current font or Unicode escapes.
type rtfReader struct {
	f   *file
	ctx context.Context
	in  *bufio.Reader

	state   rtfState
	stack   []rtfState
	main    *rtfSink
	fonts   map[int]int // font → code page
	whites  map[int]bool
	colors  int
	rgb     [3]int
	ansi    int // code page of the document
	raw     []byte
	high    rune // first half of a surrogate pair
	skip    int  // characters still to skip after a Unicode escape
	block   int
	authors map[string]bool
	styles  map[int]string // number → name
	style   int            // being defined
	shape   string         // name of the shape property being read
	pics    int
	depth   int
	broken  bool
}

// rtfState is what a group remembers and its end restores.
type rtfState struct {
	dest    rtfDest
	sink    *rtfSink
	flags   rtfFlags
	font    int
	style   int // of the paragraph
	uc      int
	fresh   bool // the group has just begun
	star    bool // \* has just been read
	picture string
}

type rtfFlags uint8

const (
	rtfHidden rtfFlags = 1 << iota
	rtfInserted
	rtfDeleted
	rtfWhite
	rtfShaded
	rtfTiny
	rtfOutline // the paragraph is a heading
)

type rtfDest uint8

const (
	rtfText rtfDest = iota
	rtfSkip
	rtfFonts
	rtfColors
	rtfValue // short text given as one segment
	rtfField // field instruction
	rtfNames // list of names, ended by ";"
	rtfShapeName
	rtfShapeValue
	rtfPicture
	rtfObject
	rtfStyles
	rtfMark    // name of a bookmark
	rtfUnknown // a destination nobody has to know, which readers pass over
)

// rtfSink collects the blocks of one flow of text.
type rtfSink struct {
	kind  scanner.Kind
	body  []byte
	plain bool
	extra []wordPiece
	hex   []byte

	table, row, col int
	inTable         bool
	title           bool
}

func readRTF(ctx context.Context, f *file) error {
	r := &rtfReader{
		f: f, ctx: ctx, in: bufio.NewReaderSize(f.reader(), 64<<10),
		main: &rtfSink{kind: scanner.KindBody}, ansi: 1252,
		fonts: map[int]int{}, whites: map[int]bool{}, authors: map[string]bool{}, styles: map[int]string{},
	}
	r.state = rtfState{sink: r.main, uc: 1}
	if err := r.run(); err != nil {
		return err
	}
	if r.broken {
		f.problem(scanner.StatusPartial, "not well-formed, read as far as possible")
	}
	return nil
}

const rtfMaxDepth = 2000

func (r *rtfReader) run() error {
	for n := 0; ; n++ {
		c, err := r.in.ReadByte()
		if err != nil {
			break
		}
		if n&0xFFFF == 0 && r.ctx.Err() != nil {
			return r.ctx.Err()
		}
		switch c {
		case '{':
			r.flushRaw()
			r.skip = 0
			if len(r.stack) < rtfMaxDepth {
				r.stack = append(r.stack, r.state)
				r.state.star, r.state.fresh = false, true
			} else {
				r.depth++
				r.broken = true
			}
		case '}':
			if err := r.endGroup(); err != nil {
				return err
			}
		case '\\':
			if err := r.control(); err != nil {
				return err
			}
		case '\r', '\n', 0:
		default:
			r.state.fresh = false
			r.byte(c)
		}
	}
	r.broken = r.broken || len(r.stack) > 0
	for len(r.stack) > 0 {
		if err := r.endGroup(); err != nil {
			return err
		}
	}
	r.flushRaw()
	return r.endBlock(r.main)
}

func (r *rtfReader) endGroup() error {
	r.flushRaw()
	r.skip = 0
	if r.depth > 0 {
		r.depth--
		return nil
	}
	if len(r.stack) == 0 {
		r.broken = true
		return nil
	}
	old := r.state
	r.state = r.stack[len(r.stack)-1]
	r.stack = r.stack[:len(r.stack)-1]
	if old.sink != r.state.sink {
		return r.endSink(old)
	}
	return nil
}

// endSink gives what a destination has collected.
func (r *rtfReader) endSink(old rtfState) error {
	s := old.sink
	switch old.dest {
	case rtfSkip, rtfFonts, rtfColors, rtfStyles:
		return nil
	case rtfField:
		return r.field(string(s.body))
	case rtfNames:
		for _, name := range strings.Split(string(s.body), ";") {
			if name = strings.TrimSpace(name); name != "" && name != "Unknown" && !r.authors[name] {
				r.authors[name] = true
				if err := r.f.text(s.kind, name); err != nil {
					return err
				}
			}
		}
		return nil
	case rtfValue:
		text := strings.TrimSpace(string(s.body))
		if s.kind == scanner.KindComment && r.authors["c "+text] || isQuestionMarks(text) {
			return nil
		}
		if s.title {
			r.f.title(text)
		}
		if s.kind == scanner.KindComment {
			r.authors["c "+text] = true
		}
		return r.f.text(s.kind, text)
	case rtfUnknown:
		return r.f.text(s.kind, tellingText(strings.TrimSpace(string(s.body))))
	case rtfMark:
		return r.f.text(scanner.KindAttribute, tellingName(strings.TrimSpace(string(s.body))))
	case rtfShapeName:
		r.shape = strings.TrimSpace(string(s.body))
		return nil
	case rtfShapeValue:
		return r.shapeValue(strings.TrimSpace(string(s.body)))
	case rtfPicture:
		return r.image(s.hex, old.picture)
	case rtfObject:
		return r.object(s.hex)
	}
	return r.endBlock(s)
}

// isQuestionMarks reports whether s is what is left of a text the code page
// could not hold.
func isQuestionMarks(s string) bool { return s != "" && strings.Trim(s, "? ") == "" }

func (r *rtfReader) shapeValue(text string) error {
	switch r.shape {
	case "gtextUNICODE":
		return r.f.text(scanner.KindBody, text)
	case "wzDescription", "wzTooltip":
		return r.f.text(scanner.KindAttribute, text)
	case "wzName", "pibName":
		return r.f.text(scanner.KindAttribute, tellingName(text))
	}
	return nil
}

func (r *rtfReader) field(code string) error {
	r.state.sink.extra = append(r.state.sink.extra, fieldTexts(r.f, code)...)
	return nil
}

func (r *rtfReader) image(data []byte, ext string) error {
	if ext == "" || len(data) == 0 {
		return nil
	}
	r.pics++
	if ext == ".dib" {
		ext, data = ".bmp", bitmapFile(data)
	}
	return r.f.childBytes(r.ctx, fmt.Sprintf("image%d%s", r.pics, ext), "", data)
}

// object reads an embedded object: an OLE1 header, then the data of OLE2 or of
// the packager.
func (r *rtfReader) object(data []byte) error {
	b := byteReader{data: data, pos: 8}
	class := string(b.take(min(int(b.u32()), len(data))))
	b.take(min(int(b.u32()), len(data)))
	b.take(min(int(b.u32()), len(data)))
	size := min(int(b.u32()), len(data)-b.pos)
	native := b.take(size)
	if native == nil {
		return nil
	}
	if strings.HasPrefix(class, "Package") {
		return r.f.packed(r.ctx, append(make([]byte, 4), native...))
	}
	return r.f.childBytes(r.ctx, "object.bin", "", native)
}

// byte takes one byte of text.
func (r *rtfReader) byte(c byte) {
	if r.skip > 0 {
		r.skip--
		return
	}
	switch r.state.dest {
	case rtfSkip:
	case rtfPicture, rtfObject:
		if c >= '0' && c <= '9' || c >= 'a' && c <= 'f' || c >= 'A' && c <= 'F' {
			r.raw = append(r.raw, c)
			if len(r.raw) >= 32<<10 {
				r.flushRaw()
			}
		}
	case rtfColors:
		if c == ';' {
			r.whites[r.colors] = r.colors > 0 && min(r.rgb[0], r.rgb[1], r.rgb[2]) >= 0xF0
			r.colors++
			r.rgb = [3]int{}
		}
	default:
		r.raw = append(r.raw, c)
	}
}

// flushRaw decodes the bytes collected so far by the current code page.
func (r *rtfReader) flushRaw() {
	if len(r.raw) == 0 {
		return
	}
	raw := r.raw
	r.raw = r.raw[:0]
	switch r.state.dest {
	case rtfPicture, rtfObject:
		if len(raw)%2 == 1 {
			r.raw = append(r.raw, raw[len(raw)-1])
			raw = raw[:len(raw)-1]
		}
		if n := len(r.state.sink.hex); n < oleMaxStream {
			out := make([]byte, len(raw)/2)
			if k, err := hex.Decode(out, raw); err == nil {
				r.state.sink.hex = append(r.state.sink.hex, out[:k]...)
			}
		}
	case rtfFonts, rtfSkip, rtfColors:
	default:
		r.text(r.decode(raw))
	}
}

func (r *rtfReader) decode(raw []byte) string {
	if isASCII(string(raw)) {
		return string(raw)
	}
	page := r.ansi
	if p := r.fonts[r.state.font]; p != 0 {
		page = p
	}
	if page == 1252 {
		if countHigh(raw) >= 2 {
			if s := codepageString(raw, 936); countHan(s)*2 >= countHigh(raw) {
				return s
			}
		}
		return string(codepage1252(raw))
	}
	return codepageString(raw, page)
}

// text adds decoded text to the current flow.
func (r *rtfReader) text(s string) {
	if s == "" || r.state.dest == rtfSkip || r.state.dest == rtfFonts || r.state.dest == rtfColors {
		return
	}
	k := r.state.sink
	if r.state.dest == rtfStyles {
		if len(r.styles[r.style]) < 64 && len(r.styles) < 4096 {
			r.styles[r.style] += s
		}
		return
	}
	if r.state.dest != rtfText {
		if len(k.body) < 1<<20 {
			k.body = append(k.body, s...)
		}
		return
	}
	flags := r.state.flags
	switch {
	case flags&rtfDeleted != 0:
		k.extra = addPiece(k.extra, scanner.KindRevision, 'd', s)
	case flags&(rtfHidden|rtfTiny) != 0 || flags&rtfWhite != 0 && flags&rtfShaded == 0:
		k.extra = addPiece(k.extra, scanner.KindHidden, 'h', s)
	default:
		if flags&rtfInserted != 0 {
			k.extra = addPiece(k.extra, scanner.KindRevision, 'i', s)
		} else {
			k.plain = k.plain || !isBlank(s)
			closePiece(k.extra)
		}
		k.body = append(k.body, s...)
	}
}

// endBlock gives the block that has just ended.
func (r *rtfReader) endBlock(k *rtfSink) error {
	r.block++
	if k.plain {
		if err := r.emit(k, r.kindOf(k), string(k.body)); err != nil {
			return err
		}
	}
	for i := range k.extra {
		if err := r.emit(k, k.extra[i].kind, string(k.extra[i].text)); err != nil {
			return err
		}
	}
	k.body, k.extra, k.plain = k.body[:0], nil, false
	return nil
}

// kindOf says what the block that ends is: the style of its paragraph, or its
// place in the outline, tells headings.
func (r *rtfReader) kindOf(k *rtfSink) scanner.Kind {
	if k.kind != scanner.KindBody || k.inTable {
		return k.kind
	}
	name, _, _ := strings.Cut(r.styles[r.state.style], ";")
	if kind := styleKind(strings.TrimSpace(name)); kind != "" && r.state.style > 0 {
		return kind
	}
	if r.state.flags&rtfOutline != 0 {
		return scanner.KindHeading
	}
	return k.kind
}

func (r *rtfReader) emit(k *rtfSink, kind scanner.Kind, text string) error {
	s := scanner.Segment{Place: scanner.Place{Kind: kind, Line: r.block}, Text: strings.TrimSpace(text)}
	if k.inTable {
		s.Table, s.Row, s.Col = k.table, max(k.row, 1), max(k.col, 1)
	}
	return r.f.emit(s)
}

// control reads what follows a backslash.
func (r *rtfReader) control() error {
	c, err := r.in.ReadByte()
	if err != nil {
		return nil
	}
	if !isLetter(c) {
		return r.symbol(c)
	}
	var word [32]byte
	n := 0
	for isLetter(c) && n < len(word) {
		word[n] = c
		n++
		if c, err = r.in.ReadByte(); err != nil {
			break
		}
	}
	arg, has := 0, false
	if err == nil && (c == '-' || c >= '0' && c <= '9') {
		var digits []byte
		for err == nil && len(digits) < 11 && (len(digits) == 0 && c == '-' || c >= '0' && c <= '9') {
			digits = append(digits, c)
			c, err = r.in.ReadByte()
		}
		arg, has = 0, true
		if v, perr := strconv.Atoi(string(digits)); perr == nil {
			arg = v
		}
	}
	if err == nil && c != ' ' {
		if uerr := r.in.UnreadByte(); uerr != nil {
			return fmt.Errorf("read RTF: %w", uerr)
		}
	}
	return r.word(string(word[:n]), arg, has)
}

func (r *rtfReader) symbol(c byte) error {
	switch c {
	case '\'':
		var h [2]byte
		if _, err := io.ReadFull(r.in, h[:]); err != nil {
			return nil
		}
		v, err := strconv.ParseUint(string(h[:]), 16, 8)
		if err != nil {
			r.broken = true
			return nil
		}
		if r.state.dest != rtfPicture && r.state.dest != rtfObject {
			r.byte(byte(v))
		}
	case '*':
		r.state.star = r.state.fresh // elsewhere it has no meaning, though StarOffice writes it
	case '\\', '{', '}':
		r.byte(c)
	case '~':
		r.put("\u00a0")
	case '_':
		r.put("-")
	case '\r', '\n':
		return r.paragraph()
	}
	return nil
}

// put adds text that does not come from a code page.
func (r *rtfReader) put(s string) {
	if r.skip > 0 {
		r.skip--
		return
	}
	r.flushRaw()
	r.text(s)
}

// unicode takes a Unicode escape; characters beyond the first plane come in
// two.
func (r *rtfReader) unicode(v int) {
	r.flushRaw()
	c := rune(uint16(v))
	r.skip = r.state.uc
	switch {
	case c >= 0xD800 && c < 0xDC00:
		r.high = c
		return
	case c >= 0xDC00 && c < 0xE000:
		c = utf16.DecodeRune(r.high, c)
	}
	r.high = 0
	if c != utf8.RuneError && c != 0 {
		r.text(string(c))
	}
}

func (r *rtfReader) paragraph() error {
	r.flushRaw()
	if r.state.dest != rtfText {
		r.text("\n")
		return nil
	}
	return r.endBlock(r.state.sink)
}
