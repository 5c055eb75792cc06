package charset

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/traditionalchinese"
	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/encoding/unicode/utf32"

	"prescreen/internal/shareddata"
)

func encode(t testing.TB, enc encoding.Encoding, s string) []byte {
	t.Helper()
	b, err := enc.NewEncoder().Bytes([]byte(s))
	if err != nil {
		t.Fatalf("encode %q: %v", s, err)
	}
	return b
}

const (
	notice      = "关于做好某项工作的通知，请各单位认真贯彻执行。"
	traditional = "關於加強個人資料保護之通知，請各單位遵照辦理。"
)

// TestIndexes decodes every pair of the two-byte encodings.
func TestIndexes(t *testing.T) {
	dir := shareddata.Path(t, "charset", "misc", "encoding_rs")
	for _, name := range []string{"gb18030", "big5"} {
		in, err := os.ReadFile(filepath.Join(dir, name+"_in.txt"))
		if err != nil {
			t.Fatal(err)
		}
		ref, err := os.ReadFile(filepath.Join(dir, name+"_in_ref.txt"))
		if err != nil {
			t.Fatal(err)
		}
		want := strings.Split(string(ref), "\n")
		p := gbPairs()
		if name == "big5" {
			p = big5Pairs()
		}
		differ := 0
		for i, line := range bytes.Split(in, []byte("\n")) {
			out, _ := p.appendStretch(nil, append(line, '\n'), false)
			got := string(out)
			r, _ := utf8.DecodeRuneInString(want[i])
			if got == want[i]+"\n" || r == utf8.RuneError || r >= 0xE766 && r <= 0xF8FF {
				continue // not assigned, or to private use in the gaps of the table
			}
			if differ++; differ <= 12 {
				t.Errorf("%s: % X is %q (%U), want %q (%U)", name, line, got, []rune(got), want[i], []rune(want[i]))
			}
		}
		t.Logf("%s: %d of %d pairs differ from the standard's index", name, differ, len(want))
	}
}

// TestMatrix tries every way a page may declare itself, truly or not.
func TestMatrix(t *testing.T) {
	encodings := []struct {
		name string
		enc  encoding.Encoding
		text string
		bom  string
	}{
		{"utf-8", unicode.UTF8, notice, "\xEF\xBB\xBF"},
		{"utf-8", unicode.UTF8, traditional, "\xEF\xBB\xBF"},
		{"gb18030", simplifiedchinese.GB18030, notice, "\x84\x31\x95\x33"},
		{"gb18030", simplifiedchinese.GB18030, traditional, "\x84\x31\x95\x33"},
		{"big5", traditionalchinese.Big5, traditional, ""},
		{"utf-16le", unicode.UTF16(unicode.LittleEndian, unicode.IgnoreBOM), notice, "\xFF\xFE"},
		{"utf-16be", unicode.UTF16(unicode.BigEndian, unicode.IgnoreBOM), notice, "\xFE\xFF"},
		{"utf-32le", utf32.UTF32(utf32.LittleEndian, utf32.IgnoreBOM), notice, "\xFF\xFE\x00\x00"},
		{"utf-32be", utf32.UTF32(utf32.BigEndian, utf32.IgnoreBOM), notice, "\x00\x00\xFE\xFF"},
	}
	labels := []string{"", "utf-8", "utf8", "gbk", "gb2312", "GB-18030", "cp936", "big5", "iso-8859-1", "windows-1252", "unicode", "x-unknown", "none"}
	for _, e := range encodings {
		for _, header := range labels {
			for _, meta := range labels {
				for _, bom := range []string{"", e.bom} {
					page := "<html><head>"
					if meta != "" {
						page += `<meta http-equiv="Content-Type" content="text/html; charset=` + meta + `">`
					}
					page += "<title>" + e.text[:15] + "</title></head><body><p>" + e.text + "</p></body></html>"
					hint := Hint{HTML: true}
					if header != "" {
						hint.ContentType = "text/html; charset=" + header
					}
					got, res := Decode(append([]byte(bom), encode(t, e.enc, page)...), hint)
					if got != page || res.Name != e.name || res.Bad > 0 {
						t.Fatalf("%s, header %q, meta %q, mark %q: read as %s, %d bad: %q", e.name, header, meta, bom, res.Name, res.Bad, got)
					}
				}
			}
		}
	}
}

func TestCutInTheMiddle(t *testing.T) {
	for name, enc := range map[string]encoding.Encoding{
		"utf-8": unicode.UTF8, "gb18030": simplifiedchinese.GB18030, "big5": traditionalchinese.Big5,
	} {
		text := notice
		if name == "big5" {
			text = traditional
		}
		whole := encode(t, enc, text)
		for cut := len(whole) - 7; cut < len(whole); cut++ {
			for _, declared := range []string{"", name} {
				got, res := Decode(whole[:cut], Hint{ContentType: declared})
				if !strings.HasPrefix(text, got) || res.Bad > 0 || res.Name != name || len(text)-len(got) > 12 {
					t.Errorf("%s declared %q cut at %d of %d: %q, %+v", name, declared, cut, len(whole), got, res)
				}
			}
		}
	}
}

func TestMixed(t *testing.T) {
	gb, u8 := string(encode(t, simplifiedchinese.GBK, notice)), notice
	for _, c := range []struct{ name, page, want string }{
		{"UTF-8 page with a GBK include", strings.Repeat("<p>"+u8+"</p>\n", 9) + "<div>" + gb + "</div>", strings.Repeat("<p>"+u8+"</p>\n", 9) + "<div>" + u8 + "</div>"},
		{"GBK page with a UTF-8 include", strings.Repeat("<p>"+gb+"</p>\n", 9) + "<div>" + u8 + "</div>", strings.Repeat("<p>"+u8+"</p>\n", 9) + "<div>" + u8 + "</div>"},
		{"half and half", strings.Repeat("<p>"+gb+"</p>\n", 4) + strings.Repeat("<p>"+u8+"</p>\n", 4), strings.Repeat("<p>"+u8+"</p>\n", 8)},
		{"UTF-8 word in a GBK page", strings.Repeat("<p>"+gb+"</p>\n", 9) + "<a title='机密'>", strings.Repeat("<p>"+u8+"</p>\n", 9) + "<a title='机密'>"},
	} {
		for _, label := range []string{"", "utf-8", "gbk", "big5"} {
			got, res := Decode([]byte(c.page), Hint{ContentType: label})
			if got != c.want {
				t.Errorf("%s declared %q: %s, %d bad: %q", c.name, label, res.Name, res.Bad, got)
			}
		}
	}
}

// TestAccidental are words whose GBK bytes happen to be valid UTF-8.
func TestAccidental(t *testing.T) {
	for _, want := range []string{"目录", "联系", "资料", "目录.txt", "人事", "联通", "模板"} {
		data := encode(t, simplifiedchinese.GBK, want)
		if got, res := Decode(data, Hint{}); got != want {
			t.Errorf("%q (% X, valid UTF-8: %v) read as %q (%s)", want, data, utf8.Valid(data), got, res.Name)
		}
	}
	for _, want := range []string{"café", "© 2026", "naïve", "Привет, мир", "Ελλάδα", "a·b", "20°C", "±5", "«да»", "5×4", "Müller"} {
		if got, res := Decode([]byte(want), Hint{}); got != want {
			t.Errorf("%q read as %q (%s)", want, got, res.Name)
		}
	}
}

// TestBroken has bytes missing or too many: the mistake must not run on.
func TestBroken(t *testing.T) {
	gb := encode(t, simplifiedchinese.GBK, notice)
	for i := 2; i < 22; i++ {
		without := append(append([]byte("<p>"), gb[:i]...), gb[i+1:]...)
		got, res := Decode(append(without, "</p>"...), Hint{ContentType: "gbk"})
		if !strings.Contains(got, "请各单位认真贯彻执行。") || res.Bad > 1 {
			t.Errorf("byte %d missing: %q, %d bad", i, got, res.Bad)
		}
	}
}

func TestLookup(t *testing.T) {
	for label, want := range map[string]string{
		"GB2312": "gb18030", "gbk": "gb18030", "cp936": "gb18030", "MS936": "gb18030", "gbk2312": "gb18030", "GB-18030": "gb18030",
		"x-gbk": "gb18030", "utf8": "utf-8", "UTF-8": "utf-8", " 'utf-8' ": "utf-8", "unicode": "utf-16le", "cp950": "big5", "Big5-HKSCS": "big5",
		"latin1": "windows-1252", "iso-8859-1": "windows-1252", "shift_jis": "shift_jis", "bogus": "", "": "", "replacement": "", "hz-gb-2312": "hz-gb-2312",
	} {
		got, ok := Lookup(label)
		if got != want || ok != (want != "") {
			t.Errorf("Lookup(%q) = %q, %v, want %q", label, got, ok, want)
		}
	}
}

func TestDeclaredForeign(t *testing.T) {
	for label, enc := range map[string]encoding.Encoding{"windows-1251": charmap.Windows1251, "iso-8859-5": charmap.ISO8859_5, "koi8-r": charmap.KOI8R} {
		want := "Привет, мир. Это обычный русский текст."
		got, res := Decode(encode(t, enc, want), Hint{ContentType: "text/html; charset=" + label})
		if got != want {
			t.Errorf("%s: %q (%s)", label, got, res.Name)
		}
	}
}

// A header of broken bytes and letters whose small form is longer is a header
// like any other.
func TestDeclaredInBrokenHeader(t *testing.T) {
	want := "关于春节放假的通知"
	data := encode(t, simplifiedchinese.GBK, want)
	for _, header := range []string{"text/html; \xFF\xFEx=\x80; CharSet=GBK", "text/html; ȺȺȺȺȺȺ; charset=", "\xFF\xFF\xFF\xFF\xFF/; charset"} {
		if got, res := Decode(data, Hint{ContentType: header}); got != want {
			t.Errorf("%q: %q (%s)", header, got, res.Name)
		}
	}
}

func FuzzDecode(f *testing.F) {
	for _, enc := range []encoding.Encoding{simplifiedchinese.GBK, simplifiedchinese.HZGB2312, unicode.UTF16(unicode.LittleEndian, unicode.UseBOM)} {
		f.Add(encode(f, enc, notice), "gbk", true)
	}
	f.Add(encode(f, traditionalchinese.Big5, traditional), "", false)
	f.Add([]byte("\x84\x31\xA4\x37\x81\x30\x81\x30<meta charset=gbk>"), "utf-8", true)
	f.Add([]byte("\x1B$)C\x0E0!\x0F"), "", false)
	f.Fuzz(func(t *testing.T, data []byte, label string, html bool) {
		text, res := Decode(data, Hint{ContentType: label, HTML: html})
		if !utf8.ValidString(text) {
			t.Fatalf("invalid UTF-8 from %s: %q", res.Name, text)
		}
		if len(text) > 4*len(data)+16 {
			t.Fatalf("%d bytes became %d", len(data), len(text))
		}
	})
}

// TestEUCTW reads characters of planes 1 and 2 and one of a plane that is not
// read.
func TestEUCTW(t *testing.T) {
	data := []byte("\xC4\xE3\xC5\xC6\xC7\xF3\xEE\xBE\x8E\xA1\xEE\xA3\x8E\xA2\xA1\xA1\x8E\xA3\xBC\xE3.")
	got, res := Decode(data, Hint{ContentType: "euc-tw"})
	if res.Name != "euc-tw" || res.Bad != 1 || got != "中文字編碼乂\uFFFD." {
		t.Errorf("%q, %+v", got, res)
	}
}

func TestAppendQuery(t *testing.T) {
	for _, c := range []struct{ name, in, want string }{
		{"gb18030", "cname=通知公告&p=1", "cname=%CD%A8%D6%AA%B9%AB%B8%E6&p=1"},
		{"gb18030", "a=镕𬭎", "a=%E9F%26%23183118%3B"},
		{"big5", "a=通知", "a=%B3q%AA%BE"},
		{"utf-8", "a=通", "a=%E9%80%9A"},
		{"utf-16le", "a=通", "a=%E9%80%9A"},
		{"hz-gb-2312", "a=通", "a=%E9%80%9A"},
		{"gb18030", "a=%E9%80%9A", "a=%E9%80%9A"},
	} {
		if got := string(AppendQuery(nil, c.name, c.in)); got != c.want {
			t.Errorf("%s %q: %q, want %q", c.name, c.in, got, c.want)
		}
	}
}
