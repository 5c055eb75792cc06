package document

import (
	"bytes"
	"context"
	"encoding/binary"
	"path"
	"strings"
	"unicode/utf16"

	"prescreen/internal/charset"
	"prescreen/scanner"
)

// The files that desktops leave behind come along in archives packed by hand.
// They hold names of files and of people, and addresses.

// litterSize bounds files of these kinds, which have some kB.
const litterSize = 16 << 20

// isOwnerFile tells the file Office keeps beside an open document, by its name
// and length: it has no signature.
func isOwnerFile(f *file) bool {
	return strings.HasPrefix(path.Base(strings.ReplaceAll(f.name, "\\", "/")), "~$") && (f.size == 162 || f.size == 165)
}

// readOwnerFile gives who has a document open: the name in the code page of
// the system, then in UTF-16, each with its length before it.
func readOwnerFile(_ context.Context, f *file) error {
	data, err := f.bytes(litterSize)
	if err != nil {
		return err
	}
	at := 54
	if len(data) == 165 {
		at = 55
	}
	r := byteReader{data: data, pos: at}
	name := r.utf16(r.u16())
	if r.short || binaryText(name) {
		short, _ := charset.Decode(data[1:1+min(int(data[0]), 53)], charset.Hint{})
		name = short
	}
	return f.text(scanner.KindProperty, strings.TrimSpace(name))
}

// readAppleDouble reads what macOS knows of a file beside its content (RFC
// 1740): where it was downloaded from, comments, its name. In the form
// AppleSingle the content is here too.
func readAppleDouble(ctx context.Context, f *file) error {
	data, err := f.bytes(oleMaxStream)
	if err != nil {
		return err
	}
	if len(data) < 26 {
		return failf(scanner.StatusDamaged, "cut off")
	}
	be := binary.BigEndian
	n := int(be.Uint16(data[24:]))
	for at := 26; n > 0 && at+12 <= len(data); n, at = n-1, at+12 {
		start, size := int64(be.Uint32(data[at+4:])), int64(be.Uint32(data[at+8:]))
		if start >= int64(len(data)) {
			continue
		}
		body := data[start:min(start+size, int64(len(data)))]
		if err := f.appleEntry(ctx, be.Uint32(data[at:]), data, body); err != nil {
			return err
		}
	}
	return nil
}

func (f *file) appleEntry(ctx context.Context, id uint32, data, body []byte) error {
	switch id {
	case 1:
		return f.childBytes(ctx, strings.TrimPrefix(f.name, "._"), "", body)
	case 2:
		if len(body) > 286 && !bytes.Contains(body, []byte("intentionally left blank")) {
			f.problem(scanner.StatusUnsupported, "resources of macOS are not read")
		}
	case 3, 4:
		kind := scanner.KindFilename
		if id == 4 {
			kind = scanner.KindComment
		}
		text, _ := charset.Decode(body, charset.Hint{})
		return f.text(kind, text)
	case 9:
		for _, s := range extendedAttributes(data, body) {
			kind := scanner.KindProperty
			if strings.Contains(s, "://") {
				kind = scanner.KindLink
			}
			if err := f.text(kind, s); err != nil {
				return err
			}
		}
	}
	return nil
}

// extendedAttributes gives the texts in the attributes behind the information
// for the Finder.
func extendedAttributes(data, info []byte) []string {
	_, head, ok := bytes.Cut(info, []byte("ATTR"))
	if !ok || len(head) < 32 {
		return nil
	}
	be := binary.BigEndian
	var out []string
	n := be.Uint16(head[30:])
	for b := head[32:]; n > 0 && len(b) > 11; n-- {
		start, size, nameLen := int64(be.Uint32(b)), int64(be.Uint32(b[4:])), int(b[10])
		next := (11 + nameLen + 3) &^ 3
		if start < int64(len(data)) {
			value := data[start:min(start+size, int64(len(data)))]
			switch name := string(trimNulBytes(b[11:min(11+nameLen, len(b))])); {
			case bytes.HasPrefix(value, []byte("bplist")):
				out = append(out, plistTexts(value[8:])...)
			case !strings.Contains(name, "quarantine"):
				s, _ := charset.Decode(value, charset.Hint{})
				if !binaryText(s) {
					out = append(out, tellingName(s))
				}
			}
		}
		b = b[min(next, len(b)):]
	}
	return out
}

// plistTexts finds the texts in a binary property list: a mark with their
// length, then ASCII or big-endian UTF-16.
func plistTexts(b []byte) []string {
	var out []string
	for len(b) > 1 {
		mark, n, body := b[0]>>4, int(b[0]&15), b[1:]
		b = b[1:]
		if mark != 5 && mark != 6 {
			continue
		}
		if n == 15 { // the length is a number of its own
			switch {
			case body[0] == 0x10 && len(body) > 2:
				n, body = int(body[1]), body[2:]
			case body[0] == 0x11 && len(body) > 3:
				n, body = int(binary.BigEndian.Uint16(body[1:])), body[3:]
			default:
				continue
			}
		}
		size := n
		if mark == 6 {
			size *= 2
		}
		if n < 2 || size > len(body) {
			continue
		}
		s := string(body[:n])
		if mark == 6 {
			s = utf16BEString(body[:size])
		}
		if binaryText(s) || mark == 5 && !isASCII(s) {
			continue
		}
		out, b = append(out, s), body[size:]
	}
	return out
}

// utf16BEString decodes big-endian UTF-16.
func utf16BEString(b []byte) string {
	u := make([]uint16, len(b)/2)
	for i := range u {
		u[i] = binary.BigEndian.Uint16(b[2*i:])
	}
	return string(utf16.Decode(u))
}

// readDSStore gives the names the Finder has seen in a folder, and its
// comments: a name with its length, four letters that say what is known of it,
// and the kind of value.
func readDSStore(_ context.Context, f *file) error {
	data, err := f.bytes(litterSize)
	if err != nil {
		return err
	}
	seen := map[string]bool{}
	for i := 0; i+12 < len(data); i++ {
		n := int64(binary.BigEndian.Uint32(data[i:]))
		if n == 0 || n > 255 || int64(i)+12+2*n > int64(len(data)) {
			continue
		}
		end := i + 4 + 2*int(n)
		switch string(data[end+4 : end+8]) {
		case "bool", "long", "shor", "blob", "type", "ustr", "comp", "dutc":
		default:
			continue
		}
		name := utf16BEString(data[i+4 : end])
		if !seen[name] && name != "." {
			seen[name] = true
			if err := f.text(scanner.KindFilename, name); err != nil {
				return err
			}
		}
		if string(data[end:end+8]) == "cmmtustr" && end+12 <= len(data) {
			size := min(2*int64(binary.BigEndian.Uint32(data[end+8:])), int64(len(data)-end-12))
			if err := f.text(scanner.KindComment, utf16BEString(data[end+12:end+12+int(size)])); err != nil {
				return err
			}
		}
		i = end + 7
	}
	return nil
}

// readThumbs reads the previews Windows keeps of a folder: names of files in
// the catalogue, small pictures in the other streams.
func (s *oleStorage) readThumbs(ctx context.Context) error {
	r := &byteReader{data: s.stream("Catalog"), pos: 16}
	for r.pos+16 < len(r.data) {
		size := int(r.u32())
		if size < 20 || size > len(r.data) {
			break
		}
		entry := r.take(size - 4)
		if len(entry) < 12 {
			break
		}
		if err := s.f.text(scanner.KindFilename, trimNul(utf16String(entry[12:]))); err != nil {
			return err
		}
	}
	for _, name := range s.names {
		data := s.stream(name)
		if at := bytes.Index(data[:min(len(data), 64)], []byte("\xFF\xD8\xFF")); at >= 0 {
			if err := s.f.childBytes(ctx, name+".jpg", "", data[at:]); err != nil {
				return err
			}
		}
	}
	return nil
}

// readShortcut gives the paths a shortcut of Windows holds ([MS-SHLLINK]).
func readShortcut(_ context.Context, f *file) error {
	const (
		hasList, hasInfo, firstText, lastText, isUnicode = 1 << 0, 1 << 1, 1 << 2, 1 << 6, 1 << 7
		header                                           = 76
	)
	data, err := f.bytes(litterSize)
	if err != nil {
		return err
	}
	r := &byteReader{data: data, pos: 20}
	flags := r.u32()
	r.pos = header
	if flags&hasList != 0 {
		r.take(r.u16())
	}
	var texts []string
	if flags&hasInfo != 0 {
		info := byteReader{data: r.data[min(r.pos, len(r.data)):]}
		size := int(info.u32())
		info.pos = 16
		info.pos = int(info.u32())
		local, _ := charset.Decode([]byte(info.cstring()), charset.Hint{})
		texts = append(texts, local)
		r.take(size)
	}
	for bit := uint32(firstText); bit <= lastText; bit <<= 1 {
		if flags&bit == 0 {
			continue
		}
		n := r.u16()
		if flags&isUnicode != 0 {
			texts = append(texts, r.utf16(n))
			continue
		}
		s, _ := charset.Decode(r.take(n), charset.Hint{})
		texts = append(texts, s)
	}
	for _, s := range texts {
		if binaryText(s) {
			continue
		}
		if err := f.text(scanner.KindProperty, s); err != nil {
			return err
		}
	}
	return nil
}

// readNothing is for files in which nobody can have written anything.
func readNothing(context.Context, *file) error { return nil }
