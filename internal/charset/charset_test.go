package charset

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/traditionalchinese"
	"golang.org/x/text/encoding/unicode"

	"prescreen/internal/shareddata"
)

func TestScore(t *testing.T) {
	dir := shareddata.Path(t, "charset", "misc")
	files := []struct {
		path, want string
		chinese    bool
	}{
		{"golang-text/candide-gb18030.txt", "gb18030", false},
		{"golang-text/candide-utf-16le.txt", "utf-16le", false},
		{"golang-text/candide-utf-32be.txt", "utf-32be", false},
		{"golang-text/candide-utf-8.txt", "utf-8", false},
		{"golang-text/candide-windows-1252.txt", "windows-1252", false},
		{"golang-text/rashomon-euc-jp.txt", "euc-jp", false},
		{"golang-text/rashomon-iso-2022-jp.txt", "iso-2022-jp", false},
		{"golang-text/rashomon-shift-jis.txt", "shift_jis", false},
		{"golang-text/rashomon-utf-8.txt", "utf-8", false},
		{"golang-text/sunzi-bingfa-gb-levels-1-and-2-hz-gb2312.txt", "hz-gb-2312", true},
		{"golang-text/sunzi-bingfa-gb-levels-1-and-2-utf-8.txt", "utf-8", true},
		{"golang-text/sunzi-bingfa-simplified-gbk.txt", "gb18030", true},
		{"golang-text/sunzi-bingfa-simplified-utf-8.txt", "utf-8", true},
		{"golang-text/sunzi-bingfa-traditional-big5.txt", "big5", true},
		{"golang-text/sunzi-bingfa-traditional-utf-8.txt", "utf-8", true},
		{"golang-text/unsu-joh-eun-nal-euc-kr.txt", "euc-kr", false},
		{"golang-text/unsu-joh-eun-nal-utf-8.txt", "utf-8", false},
		{"cchardet/github_issue_26_expected_windows_1252_got_ maccentraleurope.txt", "windows-1252", false},
		{"cchardet/wikipediaJa_Japan_SJIS.txt", "shift_jis", false},
		{"cchardet/wikipediaJa_One_Thousand_and_One_Nights_SJIS.txt", "shift_jis", false},
		{"cchardet/wikipediaTw_Japan_GB2312.txt", "gb18030", true},
		{"cchardet/wikipediaTw_One_Thousand_and_One_Nights_GB2312.txt", "gb18030", true},
		{"uchardet/ja/euc-jp.txt", "euc-jp", false},
		{"uchardet/ja/shift_jis.txt", "shift_jis", false},
		{"uchardet/ja/utf-16be.txt", "utf-16be", false},
		{"uchardet/ja/iso-2022-jp.txt", "iso-2022-jp", false},
		{"uchardet/ja/utf-8.txt", "utf-8", false},
		{"uchardet/ja/utf-16le.txt", "utf-16le", false},
		{"uchardet/ko/iso-2022-kr.txt", "iso-2022-kr", false},
		{"uchardet/ko/utf-32.be", "utf-32be", false},
		{"uchardet/ko/utf-8.txt", "utf-8", false},
		{"uchardet/ko/uhc.smi", "euc-kr", false},
		{"uchardet/ko/utf-16.le", "utf-16le", false},
		{"uchardet/zh/big5.txt", "big5", true},
		{"uchardet/zh/euc-tw.txt", "euc-tw", true},
		{"uchardet/zh/utf-8.txt", "utf-8", true},
		{"uchardet/zh/gb18030.txt", "gb18030", true},
	}
	right, chinese, chineseRight := 0, 0, 0
	for _, f := range files {
		data, err := os.ReadFile(filepath.Join(dir, f.path))
		if err != nil {
			t.Fatal(err)
		}
		_, res := Decode(data, Hint{})
		if f.chinese {
			chinese++
		}
		if res.Name == f.want {
			right++
			if f.chinese {
				chineseRight++
			}
			continue
		}
		t.Logf("%s: read as %s, is %s", f.path, res.Name, f.want)
		if f.chinese {
			t.Errorf("%s: read as %s, is %s", f.path, res.Name, f.want)
		}
	}
	t.Logf("charset score: %d of %d files, %d of %d Chinese ones", right, len(files), chineseRight, chinese)
}

func TestTwins(t *testing.T) {
	dir := shareddata.Path(t, "charset", "misc", "golang-text")
	for name, twin := range map[string]string{
		"sunzi-bingfa-simplified-gbk.txt":              "sunzi-bingfa-simplified-utf-8.txt",
		"sunzi-bingfa-traditional-big5.txt":            "sunzi-bingfa-traditional-utf-8.txt",
		"sunzi-bingfa-gb-levels-1-and-2-hz-gb2312.txt": "sunzi-bingfa-gb-levels-1-and-2-utf-8.txt",
		"candide-utf-16le.txt":                         "candide-utf-8.txt",
		"candide-utf-32be.txt":                         "candide-utf-8.txt",
		"candide-gb18030.txt":                          "candide-utf-8.txt",
		"rashomon-euc-jp.txt":                          "rashomon-utf-8.txt",
		"rashomon-shift-jis.txt":                       "rashomon-utf-8.txt",
		"unsu-joh-eun-nal-euc-kr.txt":                  "unsu-joh-eun-nal-utf-8.txt",
	} {
		data, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		want, err := os.ReadFile(filepath.Join(dir, twin))
		if err != nil {
			t.Fatal(err)
		}
		got, res := Decode(data, Hint{})
		if got != string(want) || res.Bad > 0 {
			i := 0
			for i < len(got) && i < len(want) && got[i] == want[i] {
				i++
			}
			t.Errorf("%s as %s: %d bad, differs at byte %d: %.40q, want %.40q", name, res.Name, res.Bad, i, got[i:], want[i:])
		}
	}
}

// TestShort cuts text of growing length from real pages and encodes it.
func TestShort(t *testing.T) {
	text := strings.Builder{}
	files, err := filepath.Glob(filepath.Join(shareddata.Path(t, "text", "laws"), "*", "*.md"))
	if err != nil {
		t.Fatal(err)
	}
	for i, f := range files {
		if i%20 != 7 {
			continue
		}
		data, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		text.Write(data)
	}
	var runes []rune
	for _, r := range text.String() {
		if r >= 0x3400 && r <= 0x9FFF {
			runes = append(runes, r)
		}
	}
	encodings := []struct {
		name string
		enc  encoding.Encoding
		min  map[int]float64
	}{
		{"gb18030", simplifiedchinese.GB18030, map[int]float64{2: 94, 4: 98, 8: 99, 16: 100, 64: 100}},
		{"utf-8", unicode.UTF8, map[int]float64{2: 98, 4: 100, 8: 100, 16: 100, 64: 100}},
		{"utf-16le", unicode.UTF16(unicode.LittleEndian, unicode.IgnoreBOM), map[int]float64{8: 98, 16: 99.9, 64: 100}},
		{"utf-16be", unicode.UTF16(unicode.BigEndian, unicode.IgnoreBOM), map[int]float64{8: 98, 16: 99.9, 64: 100}},
	}
	for _, e := range encodings {
		line := e.name + ":"
		for _, n := range []int{2, 3, 4, 8, 16, 64} {
			right, total := 0, 0
			for i := 0; i+n < len(runes) && total < 3000; i += max(n, len(runes)/3000) {
				want := string(runes[i : i+n])
				data, err := e.enc.NewEncoder().Bytes([]byte(want))
				if err != nil {
					continue
				}
				total++
				if got, _ := Decode(data, Hint{}); got == want {
					right++
				} else if testing.Verbose() && n >= 16 {
					t.Logf("%s: %q as %q", e.name, want, got)
				}
			}
			share := 100 * float64(right) / float64(max(total, 1))
			line += fmt.Sprintf("  %d chars %.1f", n, share)
			if share < e.min[n] {
				t.Errorf("%s, %d characters: %.1f %% right, want %.1f", e.name, n, share, e.min[n])
			}
		}
		t.Log(line)
	}
}

// TestTerms reads single words, many of them rare, without any hint.
func TestTerms(t *testing.T) {
	files, err := filepath.Glob(filepath.Join(shareddata.Path(t, "terms", "thuocl"), "THUOCL_*.txt"))
	if err != nil || len(files) == 0 {
		t.Fatal("no lists of terms", err)
	}
	want := map[int]float64{2: 97, 3: 99, 4: 99.5, 5: 99.5, 6: 99.8, 7: 99.8, 8: 99.8}
	right, total := make(map[int]int), make(map[int]int)
	for _, f := range files {
		data, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		i := 0
		for line := range strings.Lines(string(data)) {
			word, _, _ := strings.Cut(strings.TrimSpace(line), "\t")
			n := utf8.RuneCountInString(strings.TrimSpace(word))
			if i++; i%7 != 0 || want[n] == 0 {
				continue
			}
			b, err := simplifiedchinese.GBK.NewEncoder().Bytes([]byte(strings.TrimSpace(word)))
			if err != nil {
				continue
			}
			total[n]++
			if got, _ := Decode(b, Hint{}); got == strings.TrimSpace(word) {
				right[n]++
			}
		}
	}
	for n := 2; n <= 8; n++ {
		share := 100 * float64(right[n]) / float64(max(total[n], 1))
		t.Logf("%d characters: %d of %d words, %.1f %%", n, right[n], total[n], share)
		if share < want[n] && total[n] > 0 {
			t.Errorf("%d characters: %.2f %% right, want %.1f", n, share, want[n])
		}
	}
}

func TestTraditionalShort(t *testing.T) {
	want := "關於加強機密檔案管理及個人資料保護之通知"
	for n := 2; n <= 20; n++ {
		for i := 0; i+n <= 20; i++ {
			part := string([]rune(want)[i : i+n])
			data, err := traditionalchinese.Big5.NewEncoder().Bytes([]byte(part))
			if err != nil {
				t.Fatal(err)
			}
			if got, res := Decode(data, Hint{}); got != part && n > 3 {
				t.Errorf("%q read as %q (%s)", part, got, res.Name)
			}
		}
	}
}

func TestPages(t *testing.T) {
	n, gb := 0, 0
	for _, pattern := range []string{"gbk/immortal/*.html", "govcn/*.htm"} {
		files, err := filepath.Glob(filepath.Join(shareddata.Path(t, "pages"), pattern))
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range files {
			data, err := os.ReadFile(f)
			if err != nil {
				t.Fatal(err)
			}
			want := "gb18030"
			if utf8.Valid(data) {
				want = "utf-8"
			}
			for _, hint := range []Hint{{HTML: true}, {}, {ContentType: "text/html; charset=ISO-8859-1"}, {ContentType: "text/html; charset=utf-8"}, {ContentType: "text/html;charset=gb2312"}} {
				text, res := Decode(data, hint)
				n++
				if res.Name != want {
					t.Errorf("%s with %+v: read as %s, is %s", filepath.Base(f), hint, res.Name, want)
				}
				if want == "gb18030" && hint.HTML {
					gb++
					if res.Bad > 0 {
						var ctx []string
						rest := text
						for range min(res.Bad, 3) {
							i := strings.IndexRune(rest, utf8.RuneError)
							if i < 0 {
								break
							}
							ctx = append(ctx, strings.ToValidUTF8(rest[max(0, i-30):min(len(rest), i+30)], ""))
							rest = rest[i+3:]
						}
						t.Logf("%s: %d bad: %q", filepath.Base(f), res.Bad, ctx)
					}
				}
			}
		}
	}
	t.Logf("%d readings, %d GBK pages", n, gb)
}

// TestPrescan runs the encoding tests of html5lib that need no script.
func TestPrescan(t *testing.T) {
	dir := shareddata.Path(t, "charset", "misc", "html5lib-encoding")
	n := 0
	for _, name := range []string{"tests1.dat", "tests2.dat", "test-yahoo-jp.dat"} {
		data, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range strings.Split("\n"+string(data), "\n#data\n")[1:] {
			page, want, ok := strings.Cut(c, "\n#encoding\n")
			if !ok {
				t.Fatalf("%s: case without encoding: %q", name, c)
			}
			want, _, _ = strings.Cut(want, "\n")
			wantName, _ := Lookup(want)
			got, _ := Lookup(metaLabel([]byte(page)))
			if strings.HasPrefix(got, "utf-16") {
				got = "utf-8"
			}
			if got == "" {
				got = "windows-1252"
			}
			n++
			if strings.Contains(page, "\ufeff") || strings.Contains(page, "multi-script") {
				continue // not a matter of the prescan
			}
			lenient := strings.Contains(page, `Content-Type "`) || strings.Contains(page, `"Content-Type content="`) || strings.Contains(page, `charset=iso8859-2">`)
			if got != wantName && !lenient {
				t.Errorf("%s: %q: declares %q, want %q", name, page[:min(len(page), 200)], got, wantName)
			}
		}
	}
	t.Logf("%d cases", n)
}

func BenchmarkDecode(b *testing.B) {
	page, err := os.ReadFile(filepath.Join(shareddata.Path(b, "charset", "misc", "golang-text"), "sunzi-bingfa-simplified-gbk.txt"))
	if err != nil {
		b.Fatal(err)
	}
	long := bytes.Repeat(page, 60)
	u, _ := Decode(long, Hint{})
	for name, data := range map[string][]byte{"gbk-900k": long, "gbk-15k": page, "utf8": []byte(u)} {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(data)))
			b.ReportAllocs()
			for b.Loop() {
				Decode(data, Hint{})
			}
		})
	}
}
