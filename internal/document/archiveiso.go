package document

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"strings"

	"prescreen/scanner"
)

const isoSector = 2048

// isISO tells an image of a data disc by its first volume descriptor.
func isISO(f *file) bool {
	var mark [5]byte
	n, _ := f.data.ReadAt(mark[:], 16*isoSector+1) // shorter files are none
	return n == 5 && string(mark[:]) == "CD001"
}

// isoDisc is a disc image (ISO 9660, with the long names of Joliet or Rock
// Ridge).
type isoDisc struct {
	f      *file
	joliet bool
	seen   map[uint32]bool // folders
}

func readISO(ctx context.Context, f *file) error {
	d := &isoDisc{f: f, seen: map[uint32]bool{}}
	root, err := d.root()
	if err != nil {
		return err
	}
	return d.walk(ctx, "", root)
}

// root reads the volume descriptors and returns the record of the first
// folder, of the volume with the better names.
func (d *isoDisc) root() ([]byte, error) {
	const primary, supplementary, end = 1, 2, 255
	var root []byte
	for at := int64(16 * isoSector); ; at += isoSector {
		var v [isoSector]byte
		if _, err := d.f.data.ReadAt(v[:], at); err != nil || string(v[1:6]) != "CD001" || v[0] == end {
			break
		}
		joliet := v[0] == supplementary && v[88] == '%' && v[89] == '/'
		if v[0] != primary && !joliet {
			continue
		}
		for _, s := range []string{string(v[40:72]), string(v[190:318]), string(v[318:446]), string(v[446:574])} { // of the disc, who made it
			if joliet {
				s = utf16BEString([]byte(s))
			}
			if err := d.f.text(scanner.KindProperty, isoLabel(s)); err != nil {
				return nil, err
			}
		}
		root, d.joliet = v[156:190], joliet
		if joliet {
			break
		}
	}
	if root == nil {
		return nil, errors.New("no volume on the disc")
	}
	return root, nil
}

func isoLabel(s string) string {
	s = strings.Trim(s, " \x00")
	if binaryText(s) {
		return ""
	}
	return s
}

// isoExtent is where the content of a record is.
func isoExtent(record []byte) (sector, size uint32) {
	return binary.LittleEndian.Uint32(record[2:]), binary.LittleEndian.Uint32(record[10:])
}

func (d *isoDisc) walk(ctx context.Context, folder string, record []byte) error {
	const directory, goesOn = 2, 0x80
	sector, size := isoExtent(record)
	if d.seen[sector] {
		return nil // a folder inside itself
	}
	d.seen[sector] = true
	if err := d.f.budget.entry(); err != nil {
		return err
	}
	entries, err := readAtMost(io.NewSectionReader(d.f.data, int64(sector)*isoSector, int64(size)), 16<<20)
	if err != nil {
		return fmt.Errorf("read disc: %w", err)
	}
	var parts []io.Reader // of a file over 4 GB, before its last
	for at := 0; at < len(entries); {
		n := int(entries[at])
		if n == 0 { // records do not cross sectors
			at = (at/isoSector + 1) * isoSector
			continue
		}
		if n < 34 || at+n > len(entries) {
			return errors.New("damaged folder on the disc")
		}
		entry := entries[at : at+n]
		at += n
		name := d.name(entry)
		if name == "" {
			continue
		}
		start, length := isoExtent(entry)
		if entry[25]&directory != 0 {
			if err := d.walk(ctx, folder+name+"/", entry); err != nil {
				return err
			}
			continue
		}
		parts = append(parts, io.NewSectionReader(d.f.data, int64(start)*isoSector, int64(length)))
		if entry[25]&goesOn != 0 {
			continue
		}
		if err := d.f.folder(folder + name); err != nil {
			return err
		}
		if err := d.f.child(ctx, folder+name, io.MultiReader(parts...)); err != nil {
			return err
		}
		if int64(start)*isoSector+int64(length) > d.f.size {
			d.f.problem(scanner.StatusPartial, "the disc image is cut off")
		}
		parts = nil
	}
	return nil
}

// name is the name in a record of a folder, "" for the folder itself and the
// one it is in.
func (d *isoDisc) name(entry []byte) string {
	n := int(entry[32])
	if 33+n > len(entry) || n == 0 || n == 1 && entry[33] <= 1 {
		return ""
	}
	name := string(entry[33 : 33+n])
	if d.joliet {
		name = utf16BEString([]byte(name))
	} else if long := rockRidgeName(entry[33+n+1-n&1:]); long != "" {
		return decodeZipName([]byte(long), false)
	} else {
		name = decodeZipName([]byte(name), false)
	}
	name, _, _ = strings.Cut(name, ";")
	return name
}

// rockRidgeName puts together the name in the fields behind a record.
func rockRidgeName(fields []byte) string {
	var name strings.Builder
	for len(fields) >= 5 && int(fields[2]) >= 4 && int(fields[2]) <= len(fields) {
		n := int(fields[2])
		if string(fields[:2]) == "NM" && n > 5 {
			name.Write(fields[5:n])
		}
		fields = fields[n:]
	}
	return name.String()
}
