package render

import (
	"bytes"
	"net/url"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"

	"prescreen/crawler"
)

// enoughText is the number of letters from which a page says something by
// itself. A Chinese sentence has twenty.
const enoughText = 60

// needsScripts reports a page that shows next to nothing until its scripts
// have run: little text, scripts, and no other document to go to.
func needsScripts(body []byte) bool {
	if !bytes.Contains(body, []byte("<script")) && !bytes.Contains(body, []byte("<SCRIPT")) {
		return false
	}
	z := html.NewTokenizer(bytes.NewReader(body))
	z.SetMaxBuf(1 << 20)
	letters, external, inline := 0, 0, 0
	skip := atom.Atom(0) // inside this element text is not shown
	for {
		switch z.Next() {
		case html.ErrorToken:
			// An inline script of some size or any external one may build the page.
			return letters < enoughText && (external > 0 || inline > 1024)
		case html.TextToken:
			switch skip {
			case 0:
				letters += countLetters(z.Text())
			case atom.Script:
				inline += len(bytes.TrimSpace(z.Text()))
			}
			if letters >= enoughText {
				return false
			}
		case html.StartTagToken:
			name, hasAttr := z.TagName()
			switch a := atom.Lookup(name); a {
			case atom.Frameset, atom.Frame:
				return false
			case atom.Script, atom.Style, atom.Noscript, atom.Template, atom.Title:
				skip = a
				if a == atom.Script && hasAttr && hasSource(z) {
					external++
				}
			}
		case html.EndTagToken:
			name, _ := z.TagName()
			if atom.Lookup(name) == skip {
				skip = 0
			}
		}
	}
}

func hasSource(z *html.Tokenizer) bool {
	for {
		key, value, more := z.TagAttr()
		if string(key) == "src" && len(value) > 0 {
			return true
		}
		if !more {
			return false
		}
	}
}

// countLetters counts without decoding: in every encoding that pages use, a
// Chinese character is two or more bytes above ASCII.
func countLetters(b []byte) int {
	n := 0
	for _, c := range b {
		switch {
		case 'a' <= c|0x20 && c|0x20 <= 'z', '0' <= c && c <= '9':
			n += 2
		case c >= 0x80:
			n++
		}
	}
	return n / 2
}

func sameHost(task crawler.Task, raw string) bool {
	u, err := url.Parse(raw)
	if err != nil {
		return false
	}
	own, err := url.Parse(task.URL)
	return err == nil && strings.EqualFold(u.Host, own.Host)
}
