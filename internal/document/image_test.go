package document

import (
	"bytes"
	"context"
	"encoding/binary"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/makiuchi-d/gozxing"
	"github.com/makiuchi-d/gozxing/qrcode"
	"golang.org/x/image/draw"

	"prescreen/internal/charerror"
	"prescreen/internal/shareddata"
	"prescreen/scanner"
)

func pngOf(t testing.TB, img image.Image) []byte {
	t.Helper()
	var buf bytes.Buffer
	if err := png.Encode(&buf, img); err != nil {
		t.Fatal(err)
	}
	return buf.Bytes()
}

func blank(w, h int) *image.RGBA {
	img := image.NewRGBA(image.Rect(0, 0, w, h))
	draw.Draw(img, img.Bounds(), image.White, image.Point{}, draw.Src)
	return img
}

// Without tesseract a picture is a problem, a bullet point of a page is not.
func TestImageWithoutTesseract(t *testing.T) {
	for _, command := range []string{"-", "no-such-tesseract"} {
		p := parserForTest(t, Config{OCR: OCR{Command: command}})
		res := parseBytes(t, p, "scan.png", pngOf(t, blank(300, 300)))
		if len(res.Problems) != 1 || res.Problems[0].Status != scanner.StatusPartial {
			t.Errorf("%s: problems %+v, want one partial", command, res.Problems)
		}
		res = parseBytes(t, p, "dot.png", pngOf(t, blank(10, 10)))
		for _, pr := range res.Problems {
			if !pr.Status.Harmless() {
				t.Errorf("%s: a dot reports %+v", command, pr)
			}
		}
	}
}

// A tesseract that fails or hangs costs its picture.
func TestImageBadTesseract(t *testing.T) {
	dir := t.TempDir()
	for name, script := range map[string]string{"fails": "#!/bin/sh\necho broken >&2\nexit 1\n", "hangs": "#!/bin/sh\nsleep 600\n"} {
		path := dir + "/" + name
		if err := os.WriteFile(path, []byte(script), 0o700); err != nil {
			t.Fatal(err)
		}
		p := parserForTest(t, Config{OCR: OCR{Command: path, Time: 300 * time.Millisecond}})
		start := time.Now()
		res := parseBytes(t, p, "scan.png", pngOf(t, blank(300, 300)))
		if len(res.Problems) == 0 || res.Problems[0].Status != scanner.StatusPartial || time.Since(start) > time.Minute {
			t.Errorf("%s: problems %+v after %s", name, res.Problems, time.Since(start))
		}
	}
}

func TestImageBudget(t *testing.T) {
	p := parserForTest(t, Config{OCR: OCR{Command: "true", PerFile: 2}})
	files := map[string]string{}
	for _, n := range []string{"a", "b", "c", "d"} {
		files[n+".png"] = string(pngOf(t, blank(300, 300)))
	}
	res := parseBytes(t, p, "a.zip", zipOf(t, files))
	if got := statuses(res)[scanner.StatusPartial]; got != 2 {
		t.Errorf("%d pictures reported, want the 2 beyond the budget: %+v", got, res.Problems)
	}
}

func TestQRCode(t *testing.T) {
	m, err := qrcode.NewQRCodeWriter().Encode("http://10.0.0.1/内网", gozxing.BarcodeFormat_QR_CODE, 200, 200,
		map[gozxing.EncodeHintType]interface{}{gozxing.EncodeHintType_CHARACTER_SET: "UTF-8"})
	if err != nil {
		t.Fatal(err)
	}
	img := blank(600, 400)
	draw.Draw(img, image.Rect(300, 100, 500, 300), m, image.Point{}, draw.Src)
	res := parseBytes(t, parserForTest(t, Config{OCR: OCR{Command: "-"}}), "qr.png", pngOf(t, img))
	checkWants(t, res, []want{{"http://10.0.0.1/内网", scanner.KindLink, nil}})
}

// exifJPEG is a picture with an author and a place.
func exifJPEG(t testing.TB) []byte {
	t.Helper()
	var pic bytes.Buffer
	if err := jpeg.Encode(&pic, blank(20, 20), nil); err != nil {
		t.Fatal(err)
	}
	le := binary.LittleEndian
	tiff := []byte("II*\x00\x08\x00\x00\x00")
	entry := func(tag, typ uint16, n, v uint32) {
		tiff = le.AppendUint16(tiff, tag)
		tiff = le.AppendUint16(tiff, typ)
		tiff = le.AppendUint32(tiff, n)
		tiff = le.AppendUint32(tiff, v)
	}
	author := "拍摄者某\x00"
	tiff = le.AppendUint16(tiff, 2)
	entry(0x013B, 2, uint32(len(author)), 38)
	entry(0x8825, 4, 1, 60)
	tiff = le.AppendUint32(tiff, 0)
	tiff = append(tiff, author...)
	for len(tiff) < 60 {
		tiff = append(tiff, 0)
	}
	tiff = le.AppendUint16(tiff, 4)
	entry(1, 2, 2, 'N')
	entry(2, 5, 3, 120)
	entry(3, 2, 2, 'E')
	entry(4, 5, 3, 144)
	for len(tiff) < 120 {
		tiff = append(tiff, 0)
	}
	for _, v := range []uint32{39, 54, 36, 116, 24, 0} {
		tiff = le.AppendUint32(tiff, v)
		tiff = le.AppendUint32(tiff, 1)
	}
	app := append([]byte("Exif\x00\x00"), tiff...)
	out := []byte("\xFF\xD8\xFF\xE1")
	out = binary.BigEndian.AppendUint16(out, uint16(len(app)+2))
	out = append(out, app...)
	return append(out, pic.Bytes()[2:]...)
}

func TestEXIF(t *testing.T) {
	res := parseBytes(t, parserForTest(t, Config{OCR: OCR{Command: "-"}}), "a.jpg", exifJPEG(t))
	checkWants(t, res, []want{{"拍摄者某", scanner.KindProperty, nil}, {"GPS 39.910000,116.400000", scanner.KindProperty, nil}})
}

func TestSkew(t *testing.T) {
	img := image.NewGray(image.Rect(0, 0, 1000, 1400))
	for i := range img.Pix {
		img.Pix[i] = 255
	}
	for y := 100; y < 1300; y += 50 {
		for x := 100; x < 900; x++ {
			for d := range 14 {
				if (x/9+d)%3 > 0 {
					img.SetGray(x, y+d, color.Gray{})
				}
			}
		}
	}
	for _, angle := range []float64{0, 3, -5} {
		got := skew(rotate(img, -angle))
		if diff := got - angle; diff > 0.5 || diff < -0.5 {
			t.Errorf("a page turned by %.1f degrees is taken for %.1f", angle, got)
		}
	}
}

// TestRecognition measures the error on the made scan: its page is the first
// part of the truth file.
func TestRecognition(t *testing.T) {
	if _, err := exec.LookPath("tesseract"); err != nil {
		t.Skip("tesseract is not installed")
	}
	scan := shareddata.Path(t, "documents", "made", "c200-1.png")
	truth, err := os.ReadFile(shareddata.Path(t, "documents", "made", "ocr-truth.txt"))
	if err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(scan)
	if err != nil {
		t.Fatal(err)
	}
	res, err := parserForTest(t, Config{OCR: OCR{Time: 2 * time.Minute}}).Parse(context.Background(), Input{Name: "scan.png", Data: bytes.NewReader(data), Size: int64(len(data))})
	if err != nil {
		t.Fatal(err)
	}
	got := []rune(squeeze(strings.Join(texts(res, scanner.KindImage), "")))
	want := []rune(squeeze(string(truth)))
	rate := float64(charerror.Beginning(got, want)) / float64(len(got))
	t.Logf("%d characters, error %.1f %%", len(got), 100*rate)
	if rate > 0.03 {
		t.Errorf("character error %.1f %%, want at most 3", 100*rate)
	}
}
