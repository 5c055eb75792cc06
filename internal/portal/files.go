package portal

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"image"
	"image/color"
	"strings"
)

// fileSpec is one attachment of content/files.yaml. Exactly one of the kinds
// is set; the bytes are made from it when the site is built.
type fileSpec struct {
	Site string `yaml:"site"`
	Path string `yaml:"path"`
	// Name is the name the server gives the download, where it differs from
	// the address.
	Name string   `yaml:"name"`
	Kind fileKind `yaml:",inline"`
}

type fileKind struct {
	Text    string     `yaml:"text"`
	Charset string     `yaml:"charset"` // of Text and CSV; utf-8 unless given
	CSV     [][]string `yaml:"csv"`
	Docx    *docxSpec  `yaml:"docx"`
	Xlsx    *xlsxSpec  `yaml:"xlsx"`
	PDF     *pdfSpec   `yaml:"pdf"`
	RTF     *rtfSpec   `yaml:"rtf"`
	Zip     []zipPart  `yaml:"zip"`
	Image   *imageSpec `yaml:"image"`
	Made    *madeSpec  `yaml:"made"`
}

type zipPart struct {
	Name    string   `yaml:"name"`
	GBKName bool     `yaml:"gbk_name"` // the name is GBK without a flag, as old tools write it
	Kind    fileKind `yaml:",inline"`
}

// imageSpec is a drawing of coloured bands: the portal needs image files,
// not their content.
type imageSpec struct {
	Width, Height int
	Tone          uint8
}

func (s *site) buildFiles() error {
	for _, f := range s.files {
		body, ctype, err := f.Kind.make()
		if err != nil {
			return fmt.Errorf("file %q: %w", f.Path, err)
		}
		res, err := s.add(f.Path, ctype, body)
		if err != nil {
			return err
		}
		if f.Name != "" {
			res.head = map[string]string{"Content-Disposition": "attachment; filename*=UTF-8''" + percent(f.Name)}
		}
	}
	return nil
}

func (k fileKind) make() (body []byte, ctype string, err error) {
	switch {
	case k.Text != "":
		body, err = encode(k.charset(), k.Text)
		return body, "text/plain", err
	case k.CSV != nil:
		body, err = k.csv()
		return body, "text/csv", err
	case k.Docx != nil:
		body, err = k.Docx.make()
		return body, "application/vnd.openxmlformats-officedocument.wordprocessingml.document", err
	case k.Xlsx != nil:
		body, err = k.Xlsx.make()
		return body, "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", err
	case k.PDF != nil:
		body, err = k.PDF.make()
		return body, "application/pdf", err
	case k.RTF != nil:
		body, err = k.RTF.make()
		return body, "application/rtf", err
	case k.Zip != nil:
		body, err = makeZip(k.Zip)
		return body, "application/zip", err
	case k.Image != nil:
		body, err = k.Image.make()
		return body, "image/png", err
	case k.Made != nil:
		return k.Made.make()
	}
	return nil, "", errors.New("no content given")
}

func (k fileKind) charset() string {
	if k.Charset == "" {
		return "utf-8"
	}
	return k.Charset
}

func (k fileKind) csv() ([]byte, error) {
	var b bytes.Buffer
	w := csv.NewWriter(&b)
	w.UseCRLF = true
	if err := w.WriteAll(k.CSV); err != nil {
		return nil, err
	}
	return encode(k.charset(), b.String())
}

func (spec imageSpec) make() ([]byte, error) {
	img := image.NewPaletted(image.Rect(0, 0, spec.Width, spec.Height), nil)
	for i := range 16 {
		step := uint8(i * 6)
		img.Palette = append(img.Palette, color.RGBA{spec.Tone, 120 + step, 200 - step, 255})
	}
	for y := range spec.Height {
		for x := range spec.Width {
			img.SetColorIndex(x, y, uint8((x/24+y/16)%16))
		}
	}
	return encodePNG(img)
}

// percent encodes a file name for a filename* parameter (RFC 8187).
func percent(name string) string {
	var b strings.Builder
	for _, c := range []byte(name) {
		if c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '.' || c == '-' {
			b.WriteByte(c)
		} else {
			fmt.Fprintf(&b, "%%%02X", c)
		}
	}
	return b.String()
}
