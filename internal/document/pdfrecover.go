package document

import (
	"bytes"
	"compress/zlib"
	"context"
	"fmt"
	"io"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"prescreen/scanner"
)

// pdfRecoverMax bounds the files whose tables are rebuilt: it is done in
// memory.
const pdfRecoverMax = 64 << 20

// recoverPDF is for files the engine refuses: cut off, or without the tables
// it starts from. The objects that are there get new tables; pages whose
// description is lost are made from what looks like their content.
func recoverPDF(ctx context.Context, f *file, cause error) error {
	if f.emitted || f.size > pdfRecoverMax {
		return fmt.Errorf("read PDF: %w", cause)
	}
	data, err := f.bytes(pdfRecoverMax)
	if err != nil {
		return err
	}
	rebuilt := rebuildPDF(f, data)
	if rebuilt == nil {
		return failf(scanner.StatusDamaged, "damaged or cut off: no page could be read")
	}
	copied := *f
	copied.data, copied.size = bytes.NewReader(rebuilt), int64(len(rebuilt))
	_ = newPDFReader(&copied).read(ctx) // told below by what came of it
	f.emitted, f.faulty = copied.emitted, copied.faulty
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case f.sinkErr != nil:
		return f.sinkErr
	case !f.emitted:
		return failf(scanner.StatusDamaged, "damaged or cut off: no page could be read")
	}
	return failf(scanner.StatusPartial, "damaged or cut off: the pages that are left were read, perhaps with wrong characters")
}

var (
	pdfObject   = regexp.MustCompile(`(?:^|[\r\n ])(\d{1,9}) (\d{1,5}) obj\b`)
	pdfPageType = regexp.MustCompile(`/Type\s*/Page\b`)
	pdfFontType = regexp.MustCompile(`/Type\s*/Font\b`)
	pdfFontName = regexp.MustCompile(`/([A-Za-z]+[0-9]*)\s+[0-9.]+\s+Tf`)
)

// rebuildPDF writes a new page tree and table behind the objects of a broken
// file; nil when it has nothing to show.
func rebuildPDF(f *file, data []byte) []byte {
	if bytes.Contains(data, []byte("/Encrypt")) {
		return nil // the strings cannot be read without the lost tables
	}
	out := bytes.NewBuffer(bytes.Clone(data))
	out.WriteString("\nendstream\nendobj\n")
	offsets := map[int]int{}
	var pages, fonts, contents []int
	names := map[string]bool{}
	see := func(n int, body []byte, inStream bool) {
		head := body[:min(len(body), 1<<16)]
		switch {
		case pdfPageType.Match(head):
			pages = append(pages, n)
		case pdfFontType.Match(head) && !bytes.Contains(head, []byte("/CIDSystemInfo")):
			fonts = append(fonts, n)
		case !inStream:
			if text := pdfContent(f, body); text != nil {
				contents = append(contents, n)
				for _, m := range pdfFontName.FindAllSubmatch(text, -1) {
					names[string(m[1])] = true
				}
			}
		}
	}
	found := pdfObject.FindAllSubmatchIndex(data, 200_000)
	for i, m := range found {
		n, err := strconv.Atoi(string(data[m[2]:m[3]]))
		if err != nil {
			continue
		}
		end := len(data)
		if i+1 < len(found) {
			end = found[i+1][0]
		}
		offsets[n] = m[2]
		body := data[m[1]:end]
		if bytes.Contains(body[:min(len(body), 512)], []byte("/ObjStm")) {
			for id, obj := range pdfObjectStream(f, body) {
				if _, there := offsets[id]; !there {
					offsets[id] = out.Len()
					fmt.Fprintf(out, "%d 0 obj\n%s\nendobj\n", id, obj)
					see(id, obj, true)
				}
			}
			continue
		}
		see(n, body, false)
	}
	return finishPDF(out, offsets, pages, fonts, contents, slices.Sorted(maps.Keys(names)))
}

// finishPDF adds the catalog, the page tree, pages where there are none, and
// the table of all objects.
func finishPDF(out *bytes.Buffer, offsets map[int]int, pages, fonts, contents []int, names []string) []byte {
	next := 1
	for n := range offsets {
		next = max(next, n+1)
	}
	add := func(format string, args ...any) int {
		offsets[next] = out.Len()
		fmt.Fprintf(out, "%d 0 obj\n"+format+"\nendobj\n", append([]any{next}, args...)...)
		next++
		return next - 1
	}
	if len(pages) == 0 {
		// Writers number their fonts in the order they store them.
		slices.SortFunc(names, func(a, b string) int {
			if len(a) != len(b) {
				return len(a) - len(b)
			}
			return strings.Compare(a, b)
		})
		var dict strings.Builder
		for i, name := range names {
			if len(fonts) > 0 {
				fmt.Fprintf(&dict, "/%s %d 0 R", name, fonts[min(i, len(fonts)-1)])
			}
		}
		for _, c := range contents {
			pages = append(pages, add("<</Type/Page/MediaBox[0 0 595 842]/Contents %d 0 R/Resources<</Font<<%s>>>>>>", c, dict.String()))
		}
	}
	if len(pages) == 0 {
		return nil
	}
	var kids strings.Builder
	for _, p := range pages {
		fmt.Fprintf(&kids, "%d 0 R ", p)
	}
	tree := add("<</Type/Pages/MediaBox[0 0 595 842]/Count %d/Kids[%s]>>", len(pages), kids.String())
	root := add("<</Type/Catalog/Pages %d 0 R>>", tree)
	xref := out.Len()
	out.WriteString("xref\n0 1\n0000000000 65535 f \n")
	for _, n := range slices.Sorted(maps.Keys(offsets)) {
		fmt.Fprintf(out, "%d 1\n%010d 00000 n \n", n, offsets[n])
	}
	fmt.Fprintf(out, "trailer\n<</Size %d/Root %d 0 R>>\nstartxref\n%d\n%%%%EOF\n", next, root, xref)
	return out.Bytes()
}

// pdfInflate returns the start of a compressed stream, as far as it is whole.
func pdfInflate(f *file, object []byte, max int64) []byte {
	at := bytes.Index(object, []byte("stream"))
	if at < 0 || !bytes.Contains(object[:at], []byte("FlateDecode")) {
		return nil
	}
	return inflate(f, bytes.TrimLeft(object[at+6:], "\r\n"), max)
}

// inflate unpacks a compressed stream, as far as it is whole.
func inflate(f *file, body []byte, max int64) []byte {
	zr, err := zlib.NewReader(bytes.NewReader(body))
	if err != nil {
		return nil
	}
	defer zr.Close()
	text, _ := io.ReadAll(io.LimitReader(f.budget.reader(zr), max)) // what was readable
	return text
}

// pdfContent returns the start of a stream that shows text, nil for others.
func pdfContent(f *file, object []byte) []byte {
	head := object[:min(len(object), 512)]
	if bytes.Contains(head, []byte("/Length1")) || bytes.Contains(head, []byte("/Subtype")) || bytes.Contains(head, []byte("/Type")) {
		return nil // fonts, pictures, tables
	}
	text := pdfInflate(f, object, 1<<20)
	if bytes.Contains(text, []byte(" Tf")) && bytes.Contains(text, []byte("BT")) {
		return text
	}
	return nil
}

// pdfObjectStream returns the objects packed in a stream.
func pdfObjectStream(f *file, object []byte) map[int][]byte {
	text := pdfInflate(f, object, 16<<20)
	_, after, ok := bytes.Cut(object[:min(len(object), 512)], []byte("/First"))
	if !ok || text == nil {
		return nil
	}
	first := atoi(string(leadingDigits(bytes.TrimSpace(after))))
	if first <= 0 || first > len(text) {
		return nil
	}
	numbers := bytes.Fields(text[:first])
	objects := map[int][]byte{}
	for i := 0; i+1 < len(numbers); i += 2 {
		from, to := first+atoi(string(numbers[i+1])), len(text)
		if i+3 < len(numbers) {
			to = first + atoi(string(numbers[i+3]))
		}
		if id := atoi(string(numbers[i])); id > 0 && from < to && to <= len(text) {
			objects[id] = text[from:to]
		}
	}
	return objects
}

func leadingDigits(b []byte) []byte {
	i := 0
	for i < len(b) && b[i] >= '0' && b[i] <= '9' {
		i++
	}
	return b[:i]
}
