package main

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"image"
	"image/color"
	"image/color/palette"
	"image/draw"
	"image/gif"
	"image/jpeg"
	"image/png"
	"os"
	"os/exec"
	"path/filepath"
)

func encodePNG(img image.Image) ([]byte, error) {
	var b bytes.Buffer
	err := (&png.Encoder{CompressionLevel: png.BestSpeed}).Encode(&b, img)
	return b.Bytes(), err
}

// encodeTIFF writes grey pages without compression (TIFF 6.0).
func encodeTIFF(pages ...image.Image) []byte {
	return tiffOf(8, func(row []uint8) []byte { return row }, pages)
}

// encodeFax writes pages of black and white without compression.
func encodeFax(pages ...image.Image) []byte {
	return tiffOf(1, func(row []uint8) []byte {
		out := make([]byte, (len(row)+7)/8)
		for x, v := range row {
			if v > 128 {
				out[x/8] |= 0x80 >> (x % 8)
			}
		}
		return out
	}, pages)
}

// tiffOf writes pages of so many bits a pixel, row by row as pack has it.
func tiffOf(bits int, pack func(row []uint8) []byte, pages []image.Image) []byte {
	out := []byte("II*\x00\x00\x00\x00\x00")
	link := 4 // where the offset of the next directory goes
	for _, img := range pages {
		b := img.Bounds()
		grey := image.NewGray(image.Rect(0, 0, b.Dx(), b.Dy()))
		draw.Draw(grey, grey.Rect, img, b.Min, draw.Src)
		data := len(out)
		for y := range b.Dy() {
			out = append(out, pack(grey.Pix[y*grey.Stride:][:b.Dx()])...)
		}
		size := len(out) - data
		if len(out)%2 == 1 {
			out = append(out, 0)
		}
		binary.LittleEndian.PutUint32(out[link:], uint32(len(out)))
		fields := [][2]int{{256, b.Dx()}, {257, b.Dy()}, {258, bits}, {259, 1}, {262, 1}, {273, data}, {277, 1}, {278, b.Dy()}, {279, size}}
		out = binary.LittleEndian.AppendUint16(out, uint16(len(fields)))
		for _, f := range fields {
			out = binary.LittleEndian.AppendUint16(out, uint16(f[0]))
			out = append(out, 4, 0, 1, 0, 0, 0)
			out = binary.LittleEndian.AppendUint32(out, uint32(f[1]))
		}
		link = len(out)
		out = append(out, 0, 0, 0, 0)
	}
	return out
}

// encodeBitmap writes a BMP file of two colours, as fax software does.
func encodeBitmap(img image.Image) []byte {
	b := img.Bounds()
	stride := (b.Dx() + 31) / 32 * 4
	out := append([]byte("BM"), make([]byte, 60)...)
	put := func(at, v int) { binary.LittleEndian.PutUint32(out[at:], uint32(v)) }
	put(2, 62+stride*b.Dy())
	put(10, 62)
	put(14, 40)
	put(18, b.Dx())
	put(22, b.Dy())
	put(26, 1|1<<16)
	put(58, 0xFFFFFF)
	for y := b.Dy() - 1; y >= 0; y-- {
		row := make([]byte, stride)
		for x := range b.Dx() {
			if color.GrayModel.Convert(img.At(x, y)).(color.Gray).Y > 128 {
				row[x/8] |= 0x80 >> (x % 8)
			}
		}
		out = append(out, row...)
	}
	return out
}

func encodeJPEG(img image.Image, quality int) ([]byte, error) {
	var b bytes.Buffer
	err := jpeg.Encode(&b, img, &jpeg.Options{Quality: quality})
	return b.Bytes(), err
}

// encodeOriented writes a JPEG file whose pixels lie as a camera held otherwise
// has them, with the EXIF orientation that sets them right.
func encodeOriented(img image.Image, orientation int) ([]byte, error) {
	b := img.Bounds()
	w, h := b.Dx(), b.Dy()
	size := image.Rect(0, 0, w, h)
	if orientation > 4 {
		size = image.Rect(0, 0, h, w)
	}
	out := image.NewRGBA(size)
	for y := range h {
		for x := range w {
			at := [...]image.Point{{x, y}, {w - 1 - x, y}, {w - 1 - x, h - 1 - y}, {x, h - 1 - y}, {y, x}, {y, w - 1 - x}, {h - 1 - y, w - 1 - x}, {h - 1 - y, x}}[orientation-1]
			out.Set(at.X, at.Y, img.At(b.Min.X+x, b.Min.Y+y))
		}
	}
	data, err := encodeJPEG(out, 80)
	if err != nil {
		return nil, err
	}
	exif := append([]byte("\xFF\xE1\x00\x22Exif\x00\x00II*\x00\x08\x00\x00\x00\x01\x00\x12\x01\x03\x00\x01\x00\x00\x00"), byte(orientation), 0, 0, 0, 0, 0, 0, 0)
	return append(append([]byte("\xFF\xD8"), exif...), data[2:]...), nil
}

// deep has 16 bits a channel.
func deep(src image.Image) image.Image {
	out := image.NewRGBA64(src.Bounds())
	draw.Draw(out, out.Rect, src, src.Bounds().Min, draw.Src)
	return out
}

// transparent leaves only the letters of a page, black or white ones.
func transparent(src image.Image, light bool) image.Image {
	b := src.Bounds()
	out := image.NewNRGBA(b)
	ink := uint8(0)
	if light {
		ink = 255
	}
	for y := b.Min.Y; y < b.Max.Y; y++ {
		for x := b.Min.X; x < b.Max.X; x++ {
			out.SetNRGBA(x, y, color.NRGBA{ink, ink, ink, 255 - color.GrayModel.Convert(src.At(x, y)).(color.Gray).Y})
		}
	}
	return out
}

// encodeGIF shows a blank page, then the page.
func encodeGIF(src image.Image) ([]byte, error) {
	g := &gif.GIF{}
	for i, from := range []image.Image{image.White, src} {
		pal := image.NewPaletted(src.Bounds(), palette.WebSafe)
		draw.Draw(pal, pal.Rect, from, src.Bounds().Min, draw.Src)
		g.Image, g.Delay = append(g.Image, pal), append(g.Delay, 100*(i+1))
	}
	var b bytes.Buffer
	err := gif.EncodeAll(&b, g)
	return b.Bytes(), err
}

// tiffcp compresses a TIFF file with the tool of libtiff.
func tiffcp(data []byte, compression string) ([]byte, error) {
	return throughFiles(data, "in.tif", "out.tif", []string{"tiffcp", "-r", "16", "-c", compression, "in.tif", "out.tif"})
}

func cwebp(img image.Image, args ...string) ([]byte, error) {
	data, err := encodePNG(img)
	if err != nil {
		return nil, err
	}
	return throughFiles(data, "in.png", "out.webp", append(append([]string{"cwebp", "-quiet"}, args...), "in.png", "-o", "out.webp"))
}

// throughFiles runs tools over a file in a folder of its own.
func throughFiles(data []byte, in, out string, commands ...[]string) ([]byte, error) {
	dir, err := os.MkdirTemp("", "ocrbench")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	if err := os.WriteFile(filepath.Join(dir, in), data, 0o600); err != nil {
		return nil, err
	}
	for _, c := range commands {
		cmd := exec.Command(c[0], c[1:]...)
		cmd.Dir = dir
		if msg, err := cmd.CombinedOutput(); err != nil {
			return nil, fmt.Errorf("%s: %w: %s", c[0], err, msg)
		}
	}
	return os.ReadFile(filepath.Join(dir, out))
}

// garbage is what bad recognition leaves below a scan.
const garbage = "qj zx 0O1l vv~ ii|| rn cl ]l[ ,.: ;' fi1e 8B S5 zz kjh qwx pp0 oo9 uu7 ttz wwq 33e ddx ccv"

// encodePDF puts a page as a picture on a page of a PDF file, with a text that
// is not drawn.
func encodePDF(img image.Image, hidden string) ([]byte, error) {
	pic, err := encodeJPEG(img, 80)
	if err != nil {
		return nil, err
	}
	b := img.Bounds()
	content := "q 595 0 0 842 0 0 cm /I Do Q"
	if hidden != "" {
		content += " BT 3 Tr /F 12 Tf 50 700 Td (" + hidden + ") Tj ET"
	}
	objects := []string{
		"<</Type/Catalog/Pages 2 0 R>>", "<</Type/Pages/Kids[3 0 R]/Count 1>>",
		"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R/Resources<</XObject<</I 5 0 R>>/Font<</F 6 0 R>>>>>>",
		fmt.Sprintf("<</Length %d>>stream\n%s\nendstream", len(content), content),
		fmt.Sprintf("<</Type/XObject/Subtype/Image/Width %d/Height %d/BitsPerComponent 8/ColorSpace/DeviceRGB/Filter/DCTDecode/Length %d>>stream\n%s\nendstream", b.Dx(), b.Dy(), len(pic), pic),
		"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
	}
	out := []byte("%PDF-1.4\n")
	var xref []byte
	for i, o := range objects {
		xref = fmt.Appendf(xref, "%010d 00000 n \n", len(out))
		out = fmt.Appendf(out, "%d 0 obj\n%s\nendobj\n", i+1, o)
	}
	start := len(out)
	out = fmt.Appendf(out, "xref\n0 %d\n0000000000 65535 f \n%s", len(objects)+1, xref)
	return fmt.Appendf(out, "trailer<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n", len(objects)+1, start), nil
}
