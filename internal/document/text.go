package document

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"prescreen/internal/charset"
)

const (
	textWhole   = 64 << 20 // files up to here are decoded in one piece
	textProbe   = 1 << 20  // how much of a longer one decides about its encoding
	textSegment = 64 << 10 // bytes of one segment at most
	textCells   = 1e6      // cells, values or elements of one file that are told apart
	textSearch  = 4 << 10  // how far back a place to cut an endless line is looked for
)

// markupExtractors are the extractors of markup and plain text.
func markupExtractors() map[string]extractor {
	return map[string]extractor{
		"html": readHTML, "svg": readHTML, "text": readText, "markdown": readText, "csv": readCSV,
		"script": readScript, "style": readStyle, "json": readJSON, "xml": readXML,
	}
}

// readText reads plain text. Segments are runs of whole lines, as long as
// possible: what is split over lines, or explained by the line above, stays
// together. Place.Line is the first line of the segment.
func readText(ctx context.Context, f *file) error {
	w := textWriter{f: f, line: 1}
	return eachText(ctx, f, w.write, w.close)
}

// eachText decodes f and hands its text to write, in one piece or, for a long
// file, in pieces of no particular boundaries; then it calls done.
func eachText(ctx context.Context, f *file, write func(string) error, done func() error) error {
	if f.size <= textWhole {
		data, readErr := f.bytes(textWhole)
		if len(data) == 0 && readErr != nil {
			return readErr
		}
		text, cs := charset.Decode(data, charset.Hint{ContentType: f.contentType})
		f.setCharset(cs, len(text))
		text, err := f.takeUuencoded(ctx, text)
		if err != nil {
			return err
		}
		if err := write(text); err != nil {
			return err
		}
		return errors.Join(done(), readErr)
	}
	probe := make([]byte, textProbe)
	n, err := f.data.ReadAt(probe, 0)
	if err != nil && !errors.Is(err, io.EOF) {
		return fmt.Errorf("read file: %w", err)
	}
	_, cs := charset.Decode(probe[:n], charset.Hint{ContentType: f.contentType})
	f.setCharset(charset.Result{Name: cs.Name}, n)
	r := bufio.NewReaderSize(charset.NewDecoder(cs.Name, f.reader()), textProbe)
	buf := make([]byte, textProbe)
	kept := 0 // bytes of a character cut by the end of the buffer
	for {
		if err := ctx.Err(); err != nil {
			return err
		}
		n, err := r.Read(buf[kept:])
		n += kept
		whole := completeRunes(buf[:n])
		if err != nil {
			whole = n
		}
		if werr := write(strings.ToValidUTF8(string(buf[:whole]), "\uFFFD")); werr != nil {
			return werr
		}
		kept = copy(buf, buf[whole:n])
		if errors.Is(err, io.EOF) {
			return done()
		}
		if err != nil {
			return errors.Join(done(), fmt.Errorf("read file: %w", err))
		}
	}
}

// completeRunes returns how many bytes of b come before a character that its
// end cuts off.
func completeRunes(b []byte) int {
	for i := 1; i <= 3 && i <= len(b); i++ {
		if c := b[len(b)-i]; c >= 0xC0 {
			if !utf8.FullRune(b[len(b)-i:]) {
				return len(b) - i
			}
			break
		}
	}
	return len(b)
}

// textWriter cuts text into segments.
type textWriter struct {
	f       *file
	line    int // of the first byte of pending
	pending string
}

func (w *textWriter) write(s string) error {
	if w.pending != "" {
		s = w.pending + s
	}
	for len(s) > textSegment {
		n := cutText(s, textSegment)
		if err := w.emit(s[:n]); err != nil {
			return err
		}
		s = s[n:]
	}
	w.pending = s
	return nil
}

func (w *textWriter) close() error {
	s := w.pending
	w.pending = ""
	return w.emit(s)
}

func (w *textWriter) emit(s string) error {
	lines := countLines(s)
	// Blank lines around the text go, so that Line is right.
	text := s
	for first := 0; ; first++ {
		i := strings.IndexAny(text, "\r\n")
		if i < 0 || !isBlank(text[:i]) {
			w.line += first
			lines -= first
			break
		}
		if text[i] == '\r' && i+1 < len(text) && text[i+1] == '\n' {
			i++
		}
		text = text[i+1:]
	}
	err := w.f.emitTables(strings.TrimRight(text, "\r\n"), w.line)
	w.line += lines
	return err
}

// readRest reads what is left of a file as text, from the given line on.
func (f *file) readRest(s string, line int) error {
	w := textWriter{f: f, line: line}
	if err := w.write(s); err != nil {
		return err
	}
	return w.close()
}

// countLines counts the line ends of s: LF, CR LF and, in old files, CR.
func countLines(s string) int {
	n := strings.Count(s, "\n")
	if n == 0 {
		n = strings.Count(s, "\r")
	}
	return n
}

// cutText returns where to cut s so that the first part has at most about max
// bytes: at an empty line if there is one near, else behind a line, else
// behind a sentence or a word, never inside a number.
func cutText(s string, max int) int {
	if len(s) <= max {
		return len(s)
	}
	head := s[:max]
	if i := strings.LastIndex(head, "\n\n"); i > max*3/4 {
		return i + 2
	}
	if i := strings.LastIndexByte(head, '\n'); i > max/4 {
		return i + 1
	}
	stop := max - textSearch
	for _, marks := range [...]string{"。！？；!?;", "，、,. \t\u3000\r|"} {
		if i := strings.LastIndexAny(head[stop:], marks); i >= 0 {
			_, size := utf8.DecodeRuneInString(head[stop+i:])
			return stop + i + size
		}
	}
	for i := max; i > stop; i-- {
		if utf8.RuneStart(s[i]) && !(isWordByte(s[i]) && isWordByte(s[i-1])) && (s[i] < utf8.RuneSelf || s[i-1] < utf8.RuneSelf) {
			return i
		}
	}
	n := max
	for !utf8.RuneStart(s[n]) {
		n--
	}
	return n
}

func isWordByte(c byte) bool { return isLetter(c) || c >= '0' && c <= '9' }

// readScript reads a file of JavaScript like the script of a page.
func readScript(ctx context.Context, f *file) error {
	src, err := f.wholeText()
	if src == "" {
		return err
	}
	pg := &page{ctx: ctx, f: f}
	p := htmlParser{page: pg}
	p.scriptText(src, "script", "")
	pg.resolveLinks()
	return errors.Join(p.err, err)
}

// readStyle reads a style sheet: its text, for what hides in comments.
func readStyle(ctx context.Context, f *file) error {
	src, err := f.wholeText()
	p := htmlParser{page: &page{ctx: ctx, f: f}}
	p.scriptPieces(decodeCSS(src), "")
	return errors.Join(p.err, err)
}

// wholeText decodes the whole file.
func (f *file) wholeText() (string, error) {
	data, err := f.bytes(textWhole)
	if len(data) == 0 {
		return "", err
	}
	text, cs := charset.Decode(data, charset.Hint{ContentType: f.contentType})
	f.setCharset(cs, len(text))
	return text, err
}
