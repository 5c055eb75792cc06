package portal

import (
	"archive/zip"
	"bytes"
	"compress/zlib"
	"encoding/hex"
	"fmt"
	"html"
	"io"
	"path"
	"regexp"
	"strings"
	"testing"
	"unicode"
	"unicode/utf16"

	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/traditionalchinese"
	"golang.org/x/text/unicode/norm"
)

// texts are the parts of one page or file by kind of place, folded: what the
// tests of this package can read without the parsers they must not rely on.
type texts map[string]string

func (m texts) add(kind, text string) { m[kind] += fold(text) + "\n" }

// all joins every part.
func (m texts) all() string {
	var b strings.Builder
	for _, part := range m {
		b.WriteString(part)
	}
	return b.String()
}

// fold brings a text to the form of Leak.Values.
func fold(text string) string {
	text = norm.NFKC.String(text)
	return strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) || r == 0x200b {
			return -1
		}
		return r
	}, text)
}

// grouped drops the hyphens of numbers written in groups.
func grouped(text string) string { return strings.ReplaceAll(text, "-", "") }

func decode(t *testing.T, name string, body []byte) string {
	t.Helper()
	var out []byte
	var err error
	switch name {
	case "gbk", "gb18030":
		out, err = simplifiedchinese.GB18030.NewDecoder().Bytes(body)
	case "big5":
		out, err = traditionalchinese.Big5.NewDecoder().Bytes(body)
	default:
		out = body
	}
	if err != nil {
		t.Fatal(err)
	}
	return string(out)
}

var (
	reComment = regexp.MustCompile(`(?s)<!--(.*?)-->`)
	reScript  = regexp.MustCompile(`(?s)<script[^>]*>(.*?)</script>`)
	reMeta    = regexp.MustCompile(`<meta [^>]*>`)
	reHidden  = regexp.MustCompile(`(?s)<div style="display:none">(.*?)</div>|<font color="#FFFFFF">(.*?)</font>`)
	reInput   = regexp.MustCompile(`<input [^>]*>`)
	reTag     = regexp.MustCompile(`(?s)<[^>]*>`)
	reAttr    = regexp.MustCompile(`[a-z-]+="([^"]*)"`)
)

// readHTML takes a page apart by regular expressions, which is enough for
// pages this package made itself.
func readHTML(text string) texts {
	m := texts{}
	take := func(re *regexp.Regexp, kind string, attributes bool) {
		text = re.ReplaceAllStringFunc(text, func(s string) string {
			if attributes {
				for _, a := range reAttr.FindAllStringSubmatch(s, -1) {
					m.add(kind, html.UnescapeString(a[1]))
				}
				return ""
			}
			inner := ""
			for _, g := range re.FindStringSubmatch(s)[1:] {
				inner += g
			}
			m.add(kind, html.UnescapeString(inner))
			return ""
		})
	}
	take(reComment, "comment", false)
	take(reScript, "script", false)
	take(reMeta, "property", true)
	take(reHidden, "hidden", false)
	take(reInput, "form", true)
	for _, tag := range reTag.FindAllString(text, -1) {
		for _, a := range reAttr.FindAllStringSubmatch(tag, -1) {
			m.add("attribute", html.UnescapeString(a[1]))
		}
	}
	// Blocks end where their end tag stands; everything else joins.
	text = regexp.MustCompile(`</(p|td|th|li|h[1-6]|title|div|option)>`).ReplaceAllString(text, "\x00")
	for _, block := range strings.Split(text, "\x00") {
		m.add("body", html.UnescapeString(reTag.ReplaceAllString(block, "")))
	}
	// A form filled in one character to a cell is read as a row, too.
	m["row"] = regexp.MustCompile(`(?m)^(.)\n`).ReplaceAllString(m["body"], "$1")
	return m
}

// readFile reads an attachment by the file's own name; member selects one of
// an archive.
func readFile(t *testing.T, name string, body []byte, member string) texts {
	t.Helper()
	m := texts{}
	switch path.Ext(name) {
	case ".zip":
		outer, inner, _ := strings.Cut(member, "!/")
		for _, f := range unzip(t, body) {
			if f.name == outer {
				m = readFile(t, f.name, []byte(f.body), inner)
			}
		}
		m.add("filename", member)
	case ".docx", ".xlsx":
		readOffice(m, unzip(t, body))
	case ".pdf":
		m.add("body", readPDF(t, body))
	case ".rtf":
		for _, line := range strings.Split(string(body), "\n") {
			kind := "body"
			if strings.Contains(line, `{\v `) {
				kind = "hidden"
			} else if strings.Contains(line, `{\info`) {
				kind = "property"
			}
			var raw []byte
			for _, esc := range reRTFByte.FindAllStringSubmatch(line, -1) {
				b, _ := hex.DecodeString(esc[1])
				raw = append(raw, b...)
			}
			m.add(kind, decode(t, "gbk", raw))
		}
	case ".txt", ".csv":
		text := string(body)
		if !strings.Contains(text, "，") && !strings.Contains(text, "明") {
			text = decode(t, "gb18030", body)
		}
		m.add("body", text)
	default:
		t.Fatalf("cannot read %q", name)
	}
	return m
}

func unzip(t *testing.T, body []byte) []part {
	t.Helper()
	r, err := zip.NewReader(bytes.NewReader(body), int64(len(body)))
	if err != nil {
		t.Fatal(err)
	}
	var out []part
	for _, f := range r.File {
		rc, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		data, err := io.ReadAll(rc)
		if err != nil {
			t.Fatal(err)
		}
		name := f.Name
		if f.NonUTF8 {
			name = decode(t, "gbk", []byte(name))
		}
		out = append(out, part{name, string(data)})
	}
	return out
}

var (
	reDeleted   = regexp.MustCompile(`(?s)<w:del .*?</w:del>`)
	reVanish    = regexp.MustCompile(`(?s)<w:r><w:rPr><w:vanish/></w:rPr>.*?</w:r>`)
	reHeading   = regexp.MustCompile(`(?s)<w:p><w:pPr><w:pStyle w:val="Heading1"/></w:pPr>.*?</w:p>`)
	reSheetName = regexp.MustCompile(`<sheet name="[^"]*" sheetId="(\d+)"( state="[a-zA-Z]+")?`)
	reCell      = regexp.MustCompile(`t="s"><v>(\d+)</v>`)
	reShared    = regexp.MustCompile(`<si><t[^>]*>(.*?)</t></si>`)
)

func readOffice(m texts, parts []part) {
	plain := func(s string) string {
		s = strings.NewReplacer("</w:p>", "\n", "</property>", "\n", "</t>", "\n").Replace(s)
		return html.UnescapeString(reTag.ReplaceAllString(s, ""))
	}
	byName := map[string]string{}
	for _, p := range parts {
		byName[p.name] = p.body
		switch {
		case strings.HasPrefix(p.name, "docProps/"):
			m.add("property", plain(p.body))
		case strings.HasPrefix(p.name, "word/header"):
			m.add("header", plain(p.body))
		case strings.HasPrefix(p.name, "word/footer"):
			m.add("footer", plain(p.body))
		case p.name == "word/comments.xml" || strings.HasPrefix(p.name, "xl/comments"):
			m.add("comment", plain(p.body))
		case p.name == "word/document.xml":
			body := p.body
			for _, take := range []struct {
				re   *regexp.Regexp
				kind string
			}{{reDeleted, "revision"}, {reVanish, "hidden"}, {reHeading, "heading"}} {
				body = take.re.ReplaceAllStringFunc(body, func(s string) string { m.add(take.kind, plain(s)); return "" })
			}
			m.add("body", plain(body))
		}
	}
	shared := reShared.FindAllStringSubmatch(byName["xl/sharedStrings.xml"], -1)
	for _, sheet := range reSheetName.FindAllStringSubmatch(byName["xl/workbook.xml"], -1) {
		kind := "body"
		if sheet[2] != "" {
			kind = "hidden"
		}
		for _, cell := range reCell.FindAllStringSubmatch(byName["xl/worksheets/sheet"+sheet[1]+".xml"], -1) {
			var i int
			if _, err := fmt.Sscan(cell[1], &i); err == nil && i < len(shared) {
				m.add(kind, html.UnescapeString(shared[i][1]))
			}
		}
	}
}

var (
	reRTFByte = regexp.MustCompile(`\\'([0-9a-f]{2})`)
	reStream  = regexp.MustCompile(`(?s)stream\n(.*?)\nendstream`)
	reShow    = regexp.MustCompile(`<([0-9A-F]+)> Tj`)
)

// readPDF decodes the strings shown on the pages.
func readPDF(t *testing.T, body []byte) string {
	t.Helper()
	var b strings.Builder
	for _, s := range reStream.FindAllSubmatch(body, -1) {
		ops := s[1]
		if r, err := zlib.NewReader(bytes.NewReader(s[1])); err == nil { // else it is not compressed
			if ops, err = io.ReadAll(r); err != nil {
				t.Fatal(err)
			}
		}
		for _, show := range reShow.FindAllSubmatch(ops, -1) {
			raw, err := hex.DecodeString(string(show[1]))
			if err != nil {
				t.Fatal(err)
			}
			units := make([]uint16, len(raw)/2)
			for i := range units {
				units[i] = uint16(raw[2*i])<<8 | uint16(raw[2*i+1])
			}
			b.WriteString(string(utf16.Decode(units)) + "\n")
		}
	}
	return b.String()
}
