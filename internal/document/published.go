package document

import (
	"strings"
	"unicode/utf8"

	"prescreen/scanner"
)

// How sure it is that a date is the one on which a page was published.
const (
	dateUnknown = iota
	dateOther   // 成文日期, or a date without a word about it
	dateLabel   // 发布时间：…
	dateMeta    // the page's own metadata
)

// aboutPage gathers what a page says of itself: the day of its publication and
// its column (栏目), from the meta elements of Chinese government sites
// (PubDate, ColumnName; 政府网站发展指引, 国办发〔2017〕47号), of Open Graph and
// Dublin Core, else from a date that the text calls that of publication.
type aboutPage struct {
	sure    int // of the date, dateUnknown and up
	pending int // the text before was nothing but the label of a date
}

// publishedMetas are names of meta elements, in lower case.
func isPublishedMeta(name string) bool {
	switch strings.ToLower(name) {
	case "pubdate", "publishdate", "publish_date", "publishtime", "publish_time", "publicationdate", "firstpublishedtime",
		"article:published_time", "og:article:published_time", "og:published_time", "og:release_date", "weibo:article:create_at",
		"datepublished", "dc.date", "dc.date.issued", "dcterms.issued", "dcterms.date":
		return true
	}
	return false
}

// aboutMeta looks at the content of a meta element.
func (f *file) aboutMeta(name, content string) {
	switch {
	case f.depth > 0:
	case isPublishedMeta(name):
		if f.about.sure < dateMeta {
			if date := dateAt(content, true); date != "" {
				f.res.Published, f.about.sure = date, dateMeta
			}
		}
	case f.res.Column == "" && strings.EqualFold(name, "ColumnName"):
		if len(content) <= maxLinkLabel {
			f.res.Column = strings.Join(strings.Fields(content), " ")
		}
	}
}

// aboutLine is the length in bytes of the longest text that is looked at for
// the date of the page: beyond it, it is prose.
const aboutLine = 600

// aboutText looks at a shown text of the page.
func (f *file) aboutText(s string) {
	a := &f.about
	if a.sure >= dateLabel || f.depth > 0 || len(s) > aboutLine {
		a.pending = 0
		return
	}
	pending := a.pending
	a.pending = 0
	if pending > a.sure {
		if date := dateAt(strings.TrimLeft(s, " \t\n:：\u00a0\u3000"), false); date != "" {
			f.res.Published, a.sure = date, pending
		}
	}
	for rest, before := s, ""; ; {
		i := labelEnd(rest)
		if i < 0 {
			return
		}
		before, rest = s[:len(s)-len(rest)+i], rest[i:]
		sure := labelOf(before)
		if sure <= a.sure {
			continue
		}
		value := strings.TrimLeft(rest, " \t\n\u00a0\u3000】]）)")
		value = strings.TrimLeft(strings.TrimPrefix(strings.TrimPrefix(value, "："), ":"), " \t\n\u00a0\u3000")
		if value == "" {
			a.pending = sure
			return
		}
		date := dateAt(value, false)
		if date != "" && sure == dateOther && strings.HasPrefix(value[4:], "年") && bareLabel(before) {
			continue // 时间：2026年3月5日 is that of a meeting
		}
		if date != "" {
			f.res.Published, a.sure = date, sure
		}
	}
}

// labelEnd returns where the first 时间 or 日期 of s ends, -1 without one.
func labelEnd(s string) int {
	i, j := strings.Index(s, "时间"), strings.Index(s, "日期")
	if i < 0 || j >= 0 && j < i {
		i = j
	}
	if i < 0 {
		return -1
	}
	return i + len("时间")
}

// labelOf says what date the words at the end of s announce, which end with
// 时间 or 日期: 会议时间 and 截止日期 announce none that we want.
func labelOf(s string) int {
	bare := bareLabel(s)
	s = strings.TrimRight(s[:len(s)-len("时间")], " \u00a0\u3000")
	for _, w := range []string{"发布", "发文", "公布", "公开", "发表", "刊发", "发稿", "上网", "发帖"} {
		if strings.HasSuffix(s, w) {
			return dateLabel
		}
	}
	for _, w := range []string{"成文", "印发", "制发", "生成", "发函"} {
		if strings.HasSuffix(s, w) {
			return dateOther
		}
	}
	if bare { // the line below a headline
		return dateOther
	}
	return dateUnknown
}

// bareLabel reports a 时间 or 日期 at the end of s that stands alone.
func bareLabel(s string) bool {
	s = s[:len(s)-len("时间")]
	r, _ := utf8.DecodeLastRuneInString(s)
	return s == "" || strings.ContainsRune(" \u00a0\u3000|｜【[（(\n", r)
}

// dateAt reads the date that s begins with, as 2006-01-02 or, with the time of
// day, 2006-01-02 15:04; empty where there is none. packed also takes 20060102.
func dateAt(s string, packed bool) string {
	s = strings.TrimSpace(s)
	year, rest, ok := digits(s, 4, 4)
	if !ok || year < 1990 || year > 2099 {
		return ""
	}
	var month, day int
	if m, r, ok := digits(rest, 2, 2); ok && packed {
		month, rest = m, r
		if day, rest, ok = digits(rest, 2, 2); !ok {
			return ""
		}
	} else {
		if rest, ok = after(rest, "-", "/", ".", "年"); !ok {
			return ""
		}
		if month, rest, ok = digits(rest, 1, 2); !ok {
			return ""
		}
		if rest, ok = after(rest, "-", "/", ".", "月"); !ok {
			return ""
		}
		if day, rest, ok = digits(rest, 1, 2); !ok {
			return ""
		}
	}
	if month < 1 || month > 12 || day < 1 || day > 31 {
		return ""
	}
	date := append(make([]byte, 0, len("2006-01-02 15:04")), s[:4]...)
	date = append(date, '-', byte('0'+month/10), byte('0'+month%10), '-', byte('0'+day/10), byte('0'+day%10))
	rest = strings.TrimLeft(strings.TrimPrefix(strings.TrimPrefix(rest, "日"), "T"), " \u00a0\u3000")
	hour, rest, ok1 := digits(rest, 1, 2)
	rest, ok2 := after(rest, ":", "：", "时")
	minute, _, ok3 := digits(rest, 2, 2)
	if ok1 && ok2 && ok3 && hour < 24 && minute < 60 {
		date = append(date, ' ', byte('0'+hour/10), byte('0'+hour%10), ':', byte('0'+minute/10), byte('0'+minute%10))
	}
	return string(date)
}

// digits reads a number of least to most digits.
func digits(s string, least, most int) (n int, rest string, ok bool) {
	i := 0
	for i < len(s) && i < most && s[i] >= '0' && s[i] <= '9' {
		n = 10*n + int(s[i]-'0')
		i++
	}
	return n, s[i:], i >= least
}

// after returns what follows one of the separators, with white space around
// it.
func after(s string, separators ...string) (string, bool) {
	s = strings.TrimLeft(s, " ")
	for _, sep := range separators {
		if rest, ok := strings.CutPrefix(s, sep); ok {
			return strings.TrimLeft(rest, " "), true
		}
	}
	return s, false
}

// isShown reports whether readers see text of a kind where it stands.
func isShown(k scanner.Kind) bool { return k == scanner.KindBody || k == scanner.KindHeading }
