package document

import (
	"context"
	"errors"
	"strconv"

	"prescreen/scanner"
)

// maxJSONDepth bounds the nesting that is followed; what is nested deeper is
// read as text.
const maxJSONDepth = 500

// errJSON says that what follows is not JSON, or too much to be told apart.
var errJSON = errors.New("not valid JSON from here on")

// readJSON reads JSON and JSON Lines: strings and numbers as the values of
// their keys. What follows a mistake is read as plain text, so that nothing
// is lost.
func readJSON(ctx context.Context, f *file) error {
	if f.size > textWhole {
		return readText(ctx, f) // too long to take apart, not too long to read
	}
	src, readErr := f.wholeText()
	if src == "" {
		return readErr
	}
	j := jsonReader{src: src, out: newKeyed(ctx, f)}
	err := j.documents()
	if errors.Is(err, errJSON) {
		err = f.readRest(src[j.pos:], 1+countLines(src[:j.pos]))
	}
	j.out.page.resolveLinks()
	return errors.Join(err, readErr)
}

// jsonReader is a parser that emits as it goes and builds nothing.
type jsonReader struct {
	src   string
	pos   int
	path  []byte // with ordinals: $.list[3].name
	plain []byte // without: $.list[].name
	count int    // of values
	out   *keyed
}

// slot is where a value belongs: the key of a record.
type slot struct {
	table *keyedTable
	row   int
	key   string
}

// documents reads the values of the file, one or many.
func (j *jsonReader) documents() error {
	for {
		j.space()
		if j.pos >= len(j.src) {
			return nil
		}
		j.path, j.plain = append(j.path[:0], '$'), append(j.plain[:0], '$')
		if err := j.value(slot{}, 0); err != nil {
			return err
		}
		j.space()
		if j.pos < len(j.src) && (j.src[j.pos] == ',' || j.src[j.pos] == ';') {
			j.pos++
		}
	}
}

func (j *jsonReader) space() {
	for j.pos < len(j.src) {
		switch j.src[j.pos] {
		case ' ', '\t', '\n', '\r', 0x1E:
			j.pos++
		default:
			return
		}
	}
}

func (j *jsonReader) value(at slot, depth int) error {
	if j.count++; j.pos >= len(j.src) || depth > maxJSONDepth || j.count > textCells {
		return errJSON
	}
	switch c := j.src[j.pos]; {
	case c == '{':
		return j.object(depth)
	case c == '[':
		return j.array(at, depth)
	case c == '"':
		s, ok := j.text()
		if !ok {
			return errJSON
		}
		return j.emit(at, s)
	case c == '-' || c >= '0' && c <= '9':
		return j.emit(at, j.word())
	}
	switch start := j.pos; j.word() {
	case "true", "false", "null", "NaN", "undefined":
		return nil
	default:
		j.pos = start
		return errJSON
	}
}

func (j *jsonReader) emit(at slot, s string) error {
	return j.out.value(at.table, at.row, at.key, s, j.out.arena.keep(j.path), scanner.KindBody)
}

// word reads a number or a literal.
func (j *jsonReader) word() string {
	start := j.pos
	for j.pos < len(j.src) {
		c := j.src[j.pos]
		if c <= ' ' || c == ',' || c == ']' || c == '}' || c == ':' || c == '"' || c == ';' {
			break
		}
		j.pos++
	}
	return j.src[start:j.pos]
}

// text reads the string at pos, its escapes decoded.
func (j *jsonReader) text() (string, bool) {
	escaped := false
	for i := j.pos + 1; i < len(j.src); i++ {
		switch j.src[i] {
		case '\\':
			escaped = true
			i++
		case '"':
			s := j.src[j.pos+1 : i]
			j.pos = i + 1
			if escaped {
				s = decodeScript(s)
			}
			return s, true
		}
	}
	return "", false
}

func (j *jsonReader) object(depth int) error {
	table, row := j.out.record(string(j.plain))
	j.pos++
	path, plain := len(j.path), len(j.plain)
	for {
		j.space()
		if j.pos >= len(j.src) {
			return errJSON
		}
		switch j.src[j.pos] {
		case '}':
			j.pos++
			return nil
		case ',':
			j.pos++
			continue
		case '"':
		default:
			return errJSON
		}
		key, ok := j.text()
		j.space()
		if !ok || j.pos >= len(j.src) || j.src[j.pos] != ':' {
			return errJSON
		}
		j.pos++
		j.space()
		if short := shortName(key); short != key {
			if err := j.emit(slot{}, key); err != nil { // too long to be a name
				return err
			}
			key = short
		}
		j.path = appendStep(j.path[:path], ".", key)
		j.plain = appendStep(j.plain[:plain], ".", key)
		if err := j.value(slot{table, row, key}, depth+1); err != nil {
			return err
		}
		j.path, j.plain = j.path[:path], j.plain[:plain]
	}
}

func (j *jsonReader) array(at slot, depth int) error {
	j.pos++
	path, plain := len(j.path), len(j.plain)
	j.plain = appendStep(j.plain, "[]", "")
	for n := 0; ; n++ {
		j.space()
		if j.pos >= len(j.src) {
			return errJSON
		}
		switch j.src[j.pos] {
		case ']':
			j.pos++
			j.plain = j.plain[:plain]
			return nil
		case ',':
			j.pos++
			n--
			continue
		}
		j.path = append(j.path[:path], '[')
		j.path = append(strconv.AppendInt(j.path, int64(n), 10), ']')
		if err := j.value(at, depth+1); err != nil {
			return err
		}
		j.path = j.path[:path]
	}
}
