package document

import (
	"context"
	"encoding/base64"
	"strings"

	"prescreen/scanner"
)

// takeUuencoded reads the files that text carries in the manner of uuencode
// (POSIX.1), plain or with base64, and returns text without them, its line
// numbers unchanged.
func (f *file) takeUuencoded(ctx context.Context, text string) (string, error) {
	var out strings.Builder
	kept := 0 // text up to here is in out, or was a file
	for at := 0; ; {
		i := strings.Index(text[at:], "begin")
		if i < 0 {
			break
		}
		at += i
		b := parseUuencoded(text[at:])
		if b.size == 0 || at > 0 && text[at-1] != '\n' {
			at += len("begin")
			continue
		}
		out.WriteString(text[kept:at])
		out.WriteString(strings.Repeat("\n", strings.Count(text[at:at+b.size], "\n")))
		at += b.size
		kept = at
		if err := f.budget.unpack(int64(len(b.data))); err != nil {
			return text, err
		}
		if !b.whole {
			f.problem(scanner.StatusPartial, "a uuencoded file in its text is damaged")
		}
		if err := f.childBytes(ctx, cleanName(b.name), "", b.data); err != nil {
			return text, err
		}
	}
	if kept == 0 {
		return text, nil
	}
	out.WriteString(text[kept:])
	return out.String(), nil
}

// uuBlock is one encoded file: how much of the text it takes, and whether it
// came to its end without a bad line.
type uuBlock struct {
	name  string
	data  []byte
	size  int
	whole bool
}

// parseUuencoded reads the file that starts s: "begin 644 name" followed by a
// line of the length its first character says. size is 0 where there is none.
func parseUuencoded(s string) (b uuBlock) {
	head, rest, _ := strings.Cut(s, "\n")
	head, in64 := strings.TrimRight(head, "\r"), false
	if after, ok := strings.CutPrefix(head, "begin-base64 "); ok {
		head, in64 = after, true
	} else if head, ok = strings.CutPrefix(head, "begin "); !ok {
		return b
	}
	mode, name, _ := strings.Cut(head, " ")
	if len(mode) < 3 || len(mode) > 4 || !isDigits(mode) || isBlank(name) {
		return b
	}
	b.name = strings.TrimSpace(name)
	size := len(s) - len(rest)
	for first := true; rest != ""; first = false {
		line, after, _ := strings.Cut(rest, "\n")
		size += len(rest) - len(after)
		rest = after
		line = strings.TrimRight(line, "\r")
		if line == "end" || in64 && line == "====" {
			b.size, b.whole = size, true
			return b
		}
		var good bool
		if in64 {
			b.data, good = appendBase64(b.data, line)
		} else {
			b.data, good = appendUu(b.data, line)
		}
		if !good {
			if !first {
				b.size = size - len(line) - 1
			}
			return b
		}
	}
	if len(b.data) > 0 {
		b.size = size // cut off
	}
	return b
}

// appendUu decodes one line. Blanks at its end may have been dropped, a
// checksum may follow; both kinds of zero, blank and grave accent, count.
func appendUu(out []byte, line string) ([]byte, bool) {
	if line == "" {
		return out, true
	}
	n := int(line[0]-' ') & 0x3F
	want := (n + 2) / 3 * 4
	chars := line[1:]
	if line[0] < ' ' || line[0] > '`' || n > 45 || len(chars) > want+2 || len(chars)+8 < want {
		return out, false
	}
	for len(chars) < want {
		chars += " "
	}
	for i := 0; i < n; i++ {
		group := chars[i/3*4:]
		for _, c := range []byte(group[:4]) {
			if c < ' ' || c > '`' {
				return out, false
			}
		}
		v := [4]byte{(group[0] - ' ') & 0x3F, (group[1] - ' ') & 0x3F, (group[2] - ' ') & 0x3F, (group[3] - ' ') & 0x3F}
		switch i % 3 {
		case 0:
			out = append(out, v[0]<<2|v[1]>>4)
		case 1:
			out = append(out, v[1]<<4|v[2]>>2)
		case 2:
			out = append(out, v[2]<<6|v[3])
		}
	}
	return out, true
}

func appendBase64(out []byte, line string) ([]byte, bool) {
	more, err := base64.StdEncoding.DecodeString(line)
	return append(out, more...), err == nil
}
