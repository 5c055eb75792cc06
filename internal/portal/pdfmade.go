package portal

import (
	"fmt"
	"strings"
)

// pdfWith writes a PDF file of one page with the lines of the body, and what
// is added to its catalog, its page and its content. More objects begin with
// number 8.
func (m *madeSpec) pdfWith(catalog, page, content string, more ...string) ([]byte, error) {
	base := pdfSpec{Title: m.Title, Pages: [][]string{append([]string{m.Title}, m.Body...)}}
	objects, err := base.objects()
	if err != nil {
		return nil, err
	}
	objects[0] = strings.TrimSuffix(objects[0], ">>") + catalog + " >>"
	objects[5] = strings.TrimSuffix(objects[5], ">>") + page + " >>"
	if content != "" {
		objects = append(objects, append([]string{fmt.Sprintf("<< /Length %d >>\nstream\n%s\nendstream", len(content), content)}, more...)...)
		objects[5] = strings.Replace(objects[5], "/Contents 7 0 R", "/Contents [7 0 R 8 0 R]", 1)
		objects[5] = strings.Replace(objects[5], "/F1 3 0 R >>", "/F1 3 0 R >> /Properties << /L 9 0 R >>", 1)
	} else {
		objects = append(objects, more...)
	}
	return pdfFile(objects), nil
}

func (m *madeSpec) notedPDF() ([]byte, error) {
	return m.pdfWith("", "/Annots [8 0 R]", "", "<< /Type /Annot /Subtype /Text /Rect [500 700 520 720] /Contents <FEFF"+ucs2(m.Hidden)+"> >>")
}

func (m *madeSpec) attachedPDF() ([]byte, error) {
	return m.pdfWith("/Names << /EmbeddedFiles << /Names [<FEFF"+ucs2(madeMember)+"> 8 0 R] >> >>", "", "",
		"<< /Type /Filespec /F <FEFF"+ucs2(madeMember)+"> /UF <FEFF"+ucs2(madeMember)+"> /EF << /F 9 0 R >> >>",
		fmt.Sprintf("<< /Type /EmbeddedFile /Length %d >>\nstream\n%s\nendstream", len(m.Hidden), m.Hidden))
}

func (m *madeSpec) layeredPDF() ([]byte, error) {
	return m.pdfWith("/OCProperties << /OCGs [9 0 R] /D << /Order [9 0 R] /OFF [9 0 R] >> >>", "",
		"/OC /L BDC BT /F1 14 Tf 1 0 0 1 72 300 Tm <"+ucs2(m.Hidden)+"> Tj ET EMC", "<< /Type /OCG /Name (draft) >>")
}

// lockedPDF writes a file that needs a password, which nobody has: the keys
// are noise.
func (m *madeSpec) lockedPDF() ([]byte, error) {
	data, err := m.pdfWith("", "", "")
	if err != nil {
		return nil, err
	}
	key := fmt.Sprintf("<%x>", noise(32))
	lock := "/Encrypt << /Filter /Standard /V 1 /R 2 /O " + key + " /U " + key + " /P -4 >> /ID [<00> <00>] /Root"
	return []byte(strings.Replace(string(data), "/Root", lock, 1)), nil
}
