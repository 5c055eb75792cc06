package render

import (
	"bytes"
	"net/url"
	"strings"

	"prescreen/crawler"
)

// enoughText is the number of letters from which a page says something by
// itself. A Chinese sentence has twenty.
const enoughText = 60

// needsScripts reports a page that shows next to nothing until its scripts
// have run: little text, scripts, and no other document to go to. Every page
// of a crawl passes here, so it looks no further than it must and does not
// parse: what is found to be text is, and that settles most pages in their
// first lines.
func needsScripts(body []byte) bool {
	s := look(body, enoughText)
	// An inline script of some size or any external one may build the page.
	return s.letters < enoughText && !s.frames && (s.external > 0 || s.inline > 1024)
}

// looks is what a page has to show.
type looks struct {
	letters  int // of text, up to where enough were seen
	external int // scripts with a source
	inline   int // bytes of scripts without
	frames   bool
}

// hidden are the elements whose content is not shown, or not with scripts on.
var hidden = [][]byte{[]byte("script"), []byte("style"), []byte("noscript"), []byte("template"), []byte("title"), []byte("textarea")}

func look(body []byte, enough int) (s looks) {
	for s.letters < enough {
		i := bytes.IndexByte(body, '<')
		if i < 0 {
			s.letters += countLetters(body)
			return s
		}
		s.letters += countLetters(body[:i])
		body = body[i+1:]
		if bytes.HasPrefix(body, []byte("!--")) {
			body = after(body, []byte("-->"))
			continue
		}
		end := bytes.IndexByte(body, '>')
		if end < 0 {
			return s
		}
		tag := body[:end]
		body = body[end+1:]
		if hasFold(tag, []byte("frame")) {
			s.frames = true
		}
		for _, name := range hidden {
			if !hasFold(tag, name) || len(tag) > len(name) && isLetter(tag[len(name)]) {
				continue
			}
			inside := content(&body, name)
			if name[0] == 's' && name[1] == 'c' {
				if bytes.Contains(tag, []byte("src")) || bytes.Contains(tag, []byte("SRC")) {
					s.external++
				} else {
					s.inline += inside
				}
			}
			break
		}
	}
	return s
}

// content skips to behind the end tag of an element and returns how long its
// content is.
func content(body *[]byte, name []byte) int {
	rest := *body
	for {
		i := bytes.Index(rest, []byte("</"))
		if i < 0 {
			n := len(*body)
			*body = nil
			return n
		}
		rest = rest[i+2:]
		if hasFold(rest, name) {
			n := len(*body) - len(rest) - 2
			*body = after(rest, []byte(">"))
			return n
		}
	}
}

func after(b, mark []byte) []byte {
	if i := bytes.Index(b, mark); i >= 0 {
		return b[i+len(mark):]
	}
	return nil
}

// hasFold is bytes.HasPrefix without regard to case; name is in lower case.
func hasFold(b, name []byte) bool {
	if len(b) < len(name) {
		return false
	}
	for i, c := range name {
		if b[i]|0x20 != c {
			return false
		}
	}
	return true
}

func isLetter(c byte) bool { return 'a' <= c|0x20 && c|0x20 <= 'z' }

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
