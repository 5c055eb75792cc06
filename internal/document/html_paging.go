package document

import (
	"strconv"
	"strings"
)

const (
	maxPagingLinks  = 300 // pages ahead of the current one that are linked
	maxPagingScript = 1 << 20
)

// pagingLinks reads the calls by which the content management systems of
// Chinese portals build the links to further pages of a list: TRS WCM's
// createPageHTML(pages, current, "index", "html") and its countPage variable.
func (p *htmlParser) pagingLinks(src string) {
	if len(src) > maxPagingScript {
		return
	}
	for rest := src; ; {
		i := indexFold(rest, "createpage")
		if i < 0 {
			break
		}
		rest = rest[i+len("createpage"):]
		open := strings.IndexByte(rest, '(')
		if open < 0 || open > 12 {
			continue
		}
		if end := strings.IndexByte(rest, ')'); end > open {
			p.pagingCall(rest[open+1 : end])
		}
	}
	if n := scriptNumber(src, "countPage"); n > 1 {
		p.pageSeries(n, max(scriptNumber(src, "currentPage"), 0), "", "")
	}
}

// pagingCall reads the arguments of one call.
func (p *htmlParser) pagingCall(args string) {
	var numbers []int
	var words []string
	for arg := range strings.SplitSeq(args, ",") {
		arg = strings.TrimSpace(arg)
		quoted := len(arg) >= 2 && (arg[0] == '"' || arg[0] == '\'')
		arg = strings.Trim(arg, `"' `)
		if n, err := strconv.Atoi(arg); err == nil {
			numbers = append(numbers, n)
		} else if quoted {
			words = append(words, arg)
		}
	}
	if len(numbers) == 0 || numbers[0] < 2 {
		return
	}
	current := 0
	if len(numbers) > 1 {
		current = numbers[1]
	}
	for i := len(words) - 1; i >= 1; i-- {
		if isPageExt(words[i]) {
			p.pageSeries(numbers[0], current, words[i-1], words[i])
			return
		}
	}
	p.pageSeries(numbers[0], current, "", "")
}

// pageSeries links the pages name_1.ext … name_(n-1).ext that lie ahead of
// the current one, and the one before it.
func (p *htmlParser) pageSeries(n, current int, name, ext string) {
	if name == "" {
		name, ext = "index", "html"
		if file := FileName(p.f.url, ""); file != "" {
			stem, e, ok := strings.Cut(file, ".")
			if ok && isPageExt(e) {
				if i := strings.LastIndexByte(stem, '_'); i > 0 && allDigits(stem[i+1:]) {
					stem = stem[:i]
				}
				name, ext = stem, e
			}
		}
	}
	if current < 0 || current >= n {
		current = 0
	}
	if current > 0 {
		p.addLink(name+"."+ext, "paging")
	}
	for i := max(1, current-1); i < n && i <= current+maxPagingLinks && p.paging < 4*maxPagingLinks; i++ {
		p.paging++
		p.addLink(name+"_"+strconv.Itoa(i)+"."+ext, "paging")
	}
}

// scriptNumber returns the number assigned to a variable, -1 for none.
func scriptNumber(src, name string) int {
	i := strings.Index(src, name)
	if i < 0 {
		return -1
	}
	rest := strings.TrimLeft(src[i+len(name):min(len(src), i+len(name)+20)], " \t")
	if !strings.HasPrefix(rest, "=") {
		return -1
	}
	rest = strings.TrimLeft(rest[1:], " \t")
	end := 0
	for end < len(rest) && end < 7 && rest[end] >= '0' && rest[end] <= '9' {
		end++
	}
	n, err := strconv.Atoi(rest[:end])
	if err != nil {
		return -1
	}
	return n
}

func allDigits(s string) bool { return s != "" && strings.Trim(s, "0123456789") == "" }

// indexFold is strings.Index without regard to the case of ASCII; sep is
// lower case.
func indexFold(s, sep string) int {
	for i := 0; i+len(sep) <= len(s); {
		j := strings.IndexAny(s[i:len(s)-len(sep)+1], string([]byte{sep[0], sep[0] - 0x20}))
		if j < 0 {
			return -1
		}
		i += j
		if strings.EqualFold(s[i:i+len(sep)], sep) {
			return i
		}
		i++
	}
	return -1
}
