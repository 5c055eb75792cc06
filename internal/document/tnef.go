package document

import (
	"context"
	"encoding/binary"
	"fmt"
	"strings"

	"prescreen/scanner"
)

// Attributes of a TNEF stream ([MS-OXTNEF] 2.1.3).
const (
	tnefFrom       = 0x8000
	tnefSubject    = 0x8004
	tnefBody       = 0x800C
	tnefAttachData = 0x800F
	tnefTitle      = 0x8010
	tnefRendData   = 0x9002 // begins an attachment
	tnefProps      = 0x9003
	tnefRecipients = 0x9004
	tnefAttachment = 0x9005
	tnefCodepage   = 0x9007
)

// readTNEF reads what Outlook packs a message and its attachments into when
// it sends to others: winmail.dat ([MS-OXTNEF]).
func readTNEF(ctx context.Context, f *file) error {
	data, err := f.bytes(mailMax)
	if len(data) < 6 {
		return err
	}
	t := &tnefReader{message: &tnefObject{}}
	t.message.codepage = &t.codepage
	if !t.read(data[6:]) {
		f.problem(scanner.StatusPartial, "damaged or cut off")
	}
	if err := readMAPI(ctx, f, t.message); err != nil {
		return err
	}
	for _, r := range t.recipients {
		if err := mapiRecipient(f, r); err != nil {
			return err
		}
	}
	for _, a := range t.attachments {
		if err := t.attachment(ctx, f, a); err != nil {
			return err
		}
	}
	return err
}

// tnefReader collects what a stream holds.
type tnefReader struct {
	codepage    int
	message     *tnefObject
	recipients  []*tnefObject
	attachments []*tnefObject
}

// tnefObject is the message, a recipient or an attachment.
type tnefObject struct {
	codepage *int
	values   map[string]tnefValue // by the number of the property, as in "0037"
	title    []byte
	data     []byte
}

type tnefValue struct {
	typ  int
	data []byte
}

func (o *tnefObject) set(id string, typ int, data []byte) {
	if o.values == nil {
		o.values = map[string]tnefValue{}
	}
	if _, twice := o.values[id]; !twice {
		o.values[id] = tnefValue{typ, data}
	}
}

func (o *tnefObject) text(id string) string {
	switch v := o.values[id]; v.typ {
	case 0x1E:
		return trimNul(codepageString(trimNulBytes(v.data), *o.codepage))
	case 0x1F:
		return trimNul(utf16String(v.data))
	}
	return ""
}

func (o *tnefObject) binary(id string) []byte { return o.values[id].data }

func (o *tnefObject) number(id string) int {
	if v := o.values[id]; v.typ == 3 && len(v.data) == 4 {
		return int(binary.LittleEndian.Uint32(v.data))
	}
	return 0
}

func trimNulBytes(b []byte) []byte { return []byte(trimNul(string(b))) }

// read goes through the attributes; it is false when they break off.
func (t *tnefReader) read(data []byte) bool {
	r := byteReader{data: data}
	for r.pos < len(data) {
		if rest := data[r.pos:]; len(rest) < 11 || rest[0] != 1 && rest[0] != 2 {
			return isBlank(string(rest)) // mail servers add line breaks
		}
		r.u8()
		id := r.u16()
		r.u16()
		body := r.take(int(r.u32()))
		r.u16() // checksum
		if body == nil && r.short {
			return false
		}
		t.attribute(id, body)
	}
	return true
}

func (t *tnefReader) attribute(id int, body []byte) {
	r := &byteReader{data: body}
	switch id {
	case tnefCodepage:
		t.codepage = int(r.u32())
	case tnefSubject:
		t.message.set("0037", 0x1E, body)
	case tnefBody:
		t.message.set("1000", 0x1E, body)
	case tnefFrom:
		// A name and an address behind their lengths, twice where it is old.
		if len(body) > 8 {
			t.message.set("0C1A", 0x1E, body[8:])
		}
	case tnefProps:
		t.properties(r, t.message)
	case tnefRecipients:
		for range min(int(r.u32()), 100_000) {
			o := &tnefObject{codepage: &t.codepage}
			t.properties(r, o)
			if r.short {
				break
			}
			t.recipients = append(t.recipients, o)
		}
	case tnefRendData:
		t.attachments = append(t.attachments, &tnefObject{codepage: &t.codepage})
	case tnefTitle, tnefAttachData, tnefAttachment:
		if len(t.attachments) == 0 {
			t.attachments = append(t.attachments, &tnefObject{codepage: &t.codepage})
		}
		a := t.attachments[len(t.attachments)-1]
		switch id {
		case tnefTitle:
			a.title = body
		case tnefAttachData:
			a.data = body
		default:
			t.properties(r, a)
		}
	}
}

// properties reads a list of MAPI properties (2.1.3.4 and 2.1.3.5).
func (t *tnefReader) properties(r *byteReader, o *tnefObject) {
	for range min(int(r.u32()), 100_000) {
		typ, id := r.u16(), r.u16()
		key := fmt.Sprintf("%04X", id)
		if id >= 0x8000 { // named: a GUID, then a number or a string
			r.take(16)
			if r.u32() == 0 {
				r.u32()
			} else {
				n := int(r.u32())
				r.take(n)
				r.pad(n)
			}
			key = ""
		}
		values := 1
		many := typ&0x1000 != 0
		if typ &^= 0x1000; many {
			values = int(r.u32())
		}
		size := map[int]int{2: 2, 3: 4, 4: 4, 0xA: 4, 0xB: 2, 5: 8, 6: 8, 7: 8, 0x14: 8, 0x40: 8, 0x48: 16}[typ]
		switch typ {
		case 0xD, 0x1E, 0x1F, 0x102:
			if !many {
				values = int(r.u32())
			}
		}
		for range min(values, 100_000) {
			n := size
			if n == 0 {
				n = int(r.u32())
			}
			data := r.take(n)
			r.pad(n)
			if r.short {
				return
			}
			if key != "" {
				o.set(key, typ, data)
			}
		}
	}
}

// pad steps over what fills up a value of n bytes to four.
func (r *byteReader) pad(n int) { r.pos = min(len(r.data), r.pos+(4-n%4)%4) }

func (t *tnefReader) attachment(ctx context.Context, f *file, a *tnefObject) error {
	name := mapiName(a)
	if name == "" {
		title, _ := decodeTitle(a.title, t.codepage)
		name = title
	}
	data := a.data
	if v := a.values["3701"]; len(v.data) > 0 {
		if data = v.data; v.typ == 0xD && len(data) > 16 {
			data = data[16:] // which kind of object it is: its content tells
		}
	}
	if len(data) == 0 {
		return nil
	}
	if name == "" {
		name = "attachment"
	}
	if err := f.budget.unpack(int64(len(data))); err != nil {
		return err
	}
	return f.childBytes(ctx, name, a.text("370E"), data)
}

func decodeTitle(b []byte, codepage int) (string, bool) {
	s := strings.TrimSpace(codepageString(trimNulBytes(b), codepage))
	return s, s != ""
}
