package portal

import (
	"errors"
	"html/template"
	"strings"
)

// bodyHTML turns the lines of a content file into HTML: one paragraph a line,
// and a few lines that begin with a sign of their own (see content/README.md).
func bodyHTML(lines []string) (template.HTML, error) {
	var b strings.Builder
	esc := template.HTMLEscapeString
	for i := 0; i < len(lines); i++ {
		line := lines[i]
		switch {
		case strings.HasPrefix(line, "> "):
			b.WriteString(line[2:] + "\n")
		case strings.HasPrefix(line, "## "):
			b.WriteString("<h3>" + esc(line[3:]) + "</h3>\n")
		case strings.HasPrefix(line, "^ "):
			b.WriteString(`<p class="sign">` + esc(line[2:]) + "</p>\n")
		case strings.HasPrefix(line, "= "):
			b.WriteString(`<p class="flush">` + esc(line[2:]) + "</p>\n")
		case strings.HasPrefix(line, "|"):
			end := i
			for end < len(lines) && strings.HasPrefix(lines[end], "|") {
				end++
			}
			if err := table(&b, lines[i:end]); err != nil {
				return "", err
			}
			i = end - 1
		default:
			b.WriteString("<p>" + esc(line) + "</p>\n")
		}
	}
	return template.HTML(b.String()), nil
}

// table writes lines of the form "| a | b |"; the first is the header.
func table(b *strings.Builder, lines []string) error {
	width := 0
	b.WriteString("<table class=\"grid\">\n")
	for i, line := range lines {
		cells, ok := cellsOf(line)
		if !ok || i > 0 && len(cells) != width {
			return errors.New("ragged table row: " + line)
		}
		width = len(cells)
		tag := "td"
		if i == 0 {
			tag = "th"
		}
		b.WriteString("<tr>")
		for _, c := range cells {
			b.WriteString("<" + tag + ">" + template.HTMLEscapeString(c) + "</" + tag + ">")
		}
		b.WriteString("</tr>\n")
	}
	b.WriteString("</table>\n")
	return nil
}

func cellsOf(line string) ([]string, bool) {
	line = strings.TrimSpace(line)
	if len(line) < 2 || !strings.HasSuffix(line, "|") {
		return nil, false
	}
	cells := strings.Split(line[1:len(line)-1], "|")
	for i := range cells {
		cells[i] = strings.TrimSpace(cells[i])
	}
	return cells, true
}
