package document

import (
	"strings"

	"prescreen/scanner"
)

// noteUuencoded reports a text that carries a file in the manner of uuencode
// (POSIX.1): it is not decoded.
func (f *file) noteUuencoded(text string) {
	if uuencoded(text) {
		f.problem(scanner.StatusUnsupported, "a uuencoded file in its text is not read")
	}
}

// uuencoded reports whether text has "begin 644 name", followed by a line of
// the length its first character says.
func uuencoded(text string) bool {
	for at := 0; ; {
		i := strings.Index(text[at:], "begin ")
		if i < 0 {
			return false
		}
		at += i
		starts := at == 0 || text[at-1] == '\n'
		at += len("begin ")
		if !starts {
			continue
		}
		head, rest, _ := strings.Cut(text[at:], "\n")
		mode, name, _ := strings.Cut(head, " ")
		if len(mode) < 3 || len(mode) > 4 || !isDigits(mode) || strings.TrimSpace(name) == "" {
			continue
		}
		line, _, _ := strings.Cut(rest, "\n")
		line = strings.TrimRight(line, "\r")
		if len(line) < 2 || line[0] <= ' ' || line[0] > ' '+45 {
			continue
		}
		// Blanks at the end may have been dropped, a checksum may follow.
		if want := 1 + (int(line[0]-' ')+2)/3*4; len(line) <= want+1 && len(line)+8 >= want {
			return true
		}
	}
}
