package portal

import (
	"bytes"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"
)

func expected(t *testing.T) (*Portal, *Expected) {
	t.Helper()
	p, err := New(Config{})
	if err != nil {
		t.Fatal(err)
	}
	exp, err := p.Expected()
	if err != nil {
		t.Fatal(err)
	}
	return p, exp
}

// texts returns what a page or file holds, by kind of place.
func (p *Portal) texts(t *testing.T, key, path, member string) texts {
	t.Helper()
	s := p.sites[key]
	if s == nil || s.resources[path] == nil {
		t.Fatalf("nothing at %s %s", key, path)
	}
	body := s.resources[path].body
	for _, f := range s.files {
		if f.Path == path && f.Kind.Made != nil {
			return readMade(t, f, body)
		}
	}
	if strings.HasPrefix(path, "/files/") {
		m := readFile(t, path, body, member)
		for _, f := range s.files {
			if f.Path == path {
				m.add("filename", f.Name)
			}
		}
		return m
	}
	for _, a := range s.articles {
		if a.Path == path {
			return readHTML(decode(t, a.Charset.Bytes, body))
		}
	}
	return readHTML(string(body))
}

func TestExpectedIsLargeAndVaried(t *testing.T) {
	_, exp := expected(t)
	if len(exp.Leaks) < 60 || len(exp.Decoys) < 60 {
		t.Errorf("%d leaks and %d decoys, want 60 of each", len(exp.Leaks), len(exp.Decoys))
	}
	ids := map[string]bool{}
	categories, kinds := map[string]int{}, map[string]int{}
	for _, l := range exp.Leaks {
		if ids[l.ID] {
			t.Errorf("%s: the id is used twice", l.ID)
		}
		ids[l.ID] = true
		categories[l.Category]++
		kinds[l.Kind]++
		if l.Count < 1 || len(l.Values) != 1 && len(l.Values) != l.Count {
			t.Errorf("%s: count %d with %d values", l.ID, l.Count, len(l.Values))
		}
		if !strings.HasPrefix(l.Rule, l.Category+".") {
			t.Errorf("%s: rule %q is not of category %q", l.ID, l.Rule, l.Category)
		}
		for _, v := range l.Values {
			if l.Private && strings.Contains(l.What, v) {
				t.Errorf("%s: the description contains the value", l.ID)
			}
		}
	}
	for _, d := range exp.Decoys {
		if ids[d.ID] {
			t.Errorf("%s: the id is used twice", d.ID)
		}
		ids[d.ID] = true
	}
	for _, c := range []string{"secrecy", "internal", "pii", "credential", "wording"} {
		if categories[c] == 0 {
			t.Errorf("no leak of category %q", c)
		}
	}
	for _, k := range []string{"comment", "hidden", "attribute", "header", "filename", "property", "revision", "form", "script", "heading"} {
		if kinds[k] == 0 {
			t.Errorf("no leak in a place of kind %q", k)
		}
	}
	pages := map[string]int{}
	for _, u := range exp.URLs {
		if u.Class == "page" && u.Outcome == Screened {
			pages[u.Site]++
		}
	}
	if pages[Main] < 60 || pages[Edu] < 20 || pages[Main]+pages[Edu] < 80 {
		t.Errorf("screened pages: %v, want at least 80", pages)
	}
}

func TestEveryLeakIsWhereItIsSaidToBe(t *testing.T) {
	p, exp := expected(t)
	for _, l := range exp.Leaks {
		m := p.texts(t, l.Site, l.Path, l.File)
		there := m[l.Kind]
		for _, v := range l.Values {
			v = fold(v)
			n := strings.Count(there, v)
			for _, joined := range []string{grouped(there), m["row"]} {
				if n == 0 {
					n = strings.Count(joined, v)
				}
			}
			if n != 1 {
				t.Errorf("%s: %s %s %s: %d times in %s, want once", l.ID, l.Site, l.Path, l.File, n, l.Kind)
			}
			for kind, text := range m {
				if kind != l.Kind && kind != "row" && strings.Contains(text, v) {
					t.Errorf("%s: %s: also in %s", l.ID, l.Path, kind)
				}
			}
		}
	}
}

func TestEveryDecoyIsWhereItIsSaidToBe(t *testing.T) {
	p, exp := expected(t)
	for _, d := range exp.Decoys {
		if m := p.texts(t, d.Site, d.Path, d.File); !strings.Contains(m["body"], fold(d.Value)) {
			t.Errorf("%s: %s %s: %q is not there", d.ID, d.Site, d.Path, d.Value)
		}
	}
}

// TestPrivateValuesStandNowhereElse: otherwise one leak would make several
// findings.
func TestPrivateValuesStandNowhereElse(t *testing.T) {
	p, exp := expected(t)
	everywhere := map[string]string{}
	for key, s := range p.sites {
		for _, a := range s.articles {
			everywhere[key+a.Path] = p.texts(t, key, a.Path, "").all()
		}
		for _, f := range s.files {
			if f.Kind.Image == nil && f.Kind.Zip == nil {
				everywhere[key+f.Path] = p.texts(t, key, f.Path, "").all()
			}
		}
	}
	for _, l := range exp.Leaks {
		if !l.Private {
			continue
		}
		for where, text := range everywhere {
			for _, v := range l.Values {
				if where != l.Site+l.Path && strings.Contains(text, fold(v)) {
					t.Errorf("%s: also in %s", l.ID, where)
				}
			}
		}
	}
}

var reID = regexp.MustCompile(`\d{17}[\dXx]`)

// TestIdentityNumbersBelongToNobody: whatever has the form and the check
// digit of an identity number carries a sequence that is not issued.
func TestIdentityNumbersBelongToNobody(t *testing.T) {
	p, exp := expected(t)
	valid := 0
	check := func(where, text string) {
		for _, id := range reID.FindAllString(text, -1) {
			if !isID(id) {
				continue
			}
			valid++
			if seq := id[14:17]; seq < "996" {
				t.Errorf("%s: an identity number has the sequence %s, want 996 to 999", where, seq)
			}
		}
	}
	for key, s := range p.sites {
		for _, a := range s.articles {
			check(a.Path, p.texts(t, key, a.Path, "").all())
		}
	}
	for _, l := range exp.Leaks {
		for _, v := range l.Values {
			check(l.ID, v)
		}
	}
	if valid < 80 {
		t.Errorf("only %d valid identity numbers found: is the check right?", valid)
	}
}

// isID implements GB 11643-1999: a date of birth and a check digit by MOD 11-2.
func isID(id string) bool {
	if _, err := time.Parse("20060102", id[6:14]); err != nil {
		return false
	}
	sum := 0
	for i, w := range []int{7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2} {
		sum += int(id[i]-'0') * w
	}
	return "10X98765432"[sum%11] == strings.ToUpper(id)[17]
}

// TestCharsets: the pages are encoded and declared as their content files say.
func TestCharsets(t *testing.T) {
	p, _ := expected(t)
	for path, want := range map[string]charsets{
		"/xwzx/gbk/ktjz.html":   {Bytes: "gbk", Meta: "gb2312"},
		"/xwzx/gbk/lszl.html":   {Bytes: "gbk"},
		"/xwzx/gbk/fzgh.html":   {Bytes: "gbk", Header: "utf-8", Meta: "utf-8"},
		"/xwzx/big5/index.html": {Bytes: "big5", Header: "big5", Meta: "big5"},
	} {
		res := p.sites[Main].resources[path]
		i := slices.IndexFunc(p.sites[Main].articles, func(a *article) bool { return a.Path == path })
		if a := p.sites[Main].articles[i]; a.Charset != want {
			t.Errorf("%s: %+v, want %+v", path, a.Charset, want)
		}
		if utf8.Valid(res.body) {
			t.Errorf("%s: the bytes are UTF-8", path)
		}
		text := decode(t, want.Bytes, res.body)
		if strings.ContainsRune(text, utf8.RuneError) || !strings.Contains(text, "嶺") && !strings.Contains(text, "县") {
			t.Errorf("%s: does not decode as %s", path, want.Bytes)
		}
		if got := strings.Contains(res.ctype, "charset="); got != (want.Header != "") {
			t.Errorf("%s: header %q", path, res.ctype)
		}
		if got := bytes.Contains(res.body, []byte("charset="+want.Meta)) && want.Meta != ""; got != (want.Meta != "") {
			t.Errorf("%s: meta declaration is wrong", path)
		}
	}
}
