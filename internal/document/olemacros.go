package document

import (
	"bytes"
	"encoding/binary"
	"errors"
	"strings"

	"prescreen/scanner"
)

// macros gives the source text of VBA modules ([MS-OVBA]): passwords and
// addresses are written there.
func (s *oleStorage) macros() error {
	for _, name := range s.names {
		if !strings.Contains("/"+name, "/VBA/") || strings.HasSuffix(name, "_VBA_PROJECT") || strings.Contains(name, "__SRP_") || strings.HasSuffix(name, "/dir") {
			continue
		}
		data := s.stream(name)
		at := bytes.Index(data, []byte("\x00Attribut"))
		if at < 3 || data[at-3] != 1 {
			continue
		}
		source, err := vbaDecompress(data[at-3:])
		if err != nil && len(source) == 0 {
			continue
		}
		if err := s.f.budget.unpack(int64(len(source))); err != nil {
			return err
		}
		text := codepageString(source, 936)
		var keep []string
		for line := range strings.Lines(text) {
			if !strings.HasPrefix(line, "Attribute ") {
				keep = append(keep, strings.TrimRight(line, "\r\n"))
			}
		}
		if err := s.f.text(scanner.KindScript, strings.TrimSpace(strings.Join(keep, "\n"))); err != nil {
			return err
		}
	}
	return nil
}

var errVBA = errors.New("corrupt VBA source")

// vbaDecompress undoes the run-length coding of [MS-OVBA] 2.4.1.
func vbaDecompress(data []byte) ([]byte, error) {
	var out []byte
	pos := 1
	for pos+2 <= len(data) {
		header := int(binary.LittleEndian.Uint16(data[pos:]))
		end := min(len(data), pos+header&0x0FFF+3)
		pos += 2
		start := len(out)
		if header&0x8000 == 0 {
			out = append(out, data[pos:end]...)
			pos = end
			continue
		}
		for pos < end {
			flags := data[pos]
			pos++
			for bit := 0; bit < 8 && pos < end; bit++ {
				if flags>>bit&1 == 0 {
					out = append(out, data[pos])
					pos++
					continue
				}
				if pos+2 > end {
					return out, errVBA
				}
				token := int(binary.LittleEndian.Uint16(data[pos:]))
				pos += 2
				bits := 4
				for 1<<bits < len(out)-start {
					bits++
				}
				length := token&(0xFFFF>>bits) + 3
				offset := token>>(16-bits) + 1
				if offset > len(out)-start || length > 4098 {
					return out, errVBA
				}
				for range length {
					out = append(out, out[len(out)-offset])
				}
			}
		}
	}
	return out, nil
}
