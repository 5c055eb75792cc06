package portal

import (
	"fmt"
	"strings"
)

// rtfSpec describes a rich text document in GBK escapes, one paragraph a
// line. A paragraph that begins with "~ " is hidden text.
type rtfSpec struct {
	Title string
	Body  []string
}

func (r *rtfSpec) make() ([]byte, error) {
	title, err := rtfEscape(r.Title)
	if err != nil {
		return nil, err
	}
	var b strings.Builder
	b.WriteString(`{\rtf1\ansi\ansicpg936{\fonttbl{\f0\fcharset134 SimSun;}}{\info{\title ` + title + "}}\n")
	for _, line := range r.Body {
		hidden := strings.HasPrefix(line, "~ ")
		text, err := rtfEscape(strings.TrimPrefix(line, "~ "))
		if err != nil {
			return nil, err
		}
		if hidden {
			text = `{\v ` + text + "}"
		}
		b.WriteString(`\pard\f0 ` + text + `\par` + "\n")
	}
	return []byte(b.String() + "}"), nil
}

// rtfEscape writes every byte of the GBK form of text as an escape.
func rtfEscape(text string) (string, error) {
	raw, err := encode("gbk", text)
	if err != nil {
		return "", err
	}
	var b strings.Builder
	for _, c := range raw {
		fmt.Fprintf(&b, `\'%02x`, c)
	}
	return b.String(), nil
}
