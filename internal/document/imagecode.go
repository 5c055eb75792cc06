package document

import (
	"image"
	"strings"

	"github.com/makiuchi-d/gozxing"
	multiqr "github.com/makiuchi-d/gozxing/multi/qrcode"
	"golang.org/x/image/draw"

	"prescreen/scanner"
)

// codeWidest bounds the picture QR codes are looked for in.
const codeWidest = 1600

// codes gives the text of the QR codes in a picture.
func (f *file) codes(img image.Image, page int) error {
	b := img.Bounds()
	if m := max(b.Dx(), b.Dy()); m > codeWidest {
		w, h := max(1, b.Dx()*codeWidest/m), max(1, b.Dy()*codeWidest/m)
		small := image.NewGray(image.Rect(0, 0, w, h))
		draw.ApproxBiLinear.Scale(small, small.Bounds(), img, b, draw.Src, nil)
		img = small
	}
	results := findCodes(img)
	for _, text := range results {
		kind := scanner.KindImage
		if strings.Contains(text, "://") && !strings.ContainsAny(text, " \n") {
			kind = scanner.KindLink
			f.link(Link{URL: text, Via: "qr"})
		}
		if err := f.emit(scanner.Segment{Place: scanner.Place{Kind: kind, Page: page}, Text: text}); err != nil {
			return err
		}
	}
	return nil
}

// findCodes never fails: a picture without a code is the usual case, and one
// that confuses the reader has none.
func findCodes(img image.Image) (texts []string) {
	defer func() {
		if recover() != nil {
			texts = nil
		}
	}()
	bmp, err := gozxing.NewBinaryBitmapFromImage(img)
	if err != nil {
		return nil
	}
	hints := map[gozxing.DecodeHintType]interface{}{gozxing.DecodeHintType_TRY_HARDER: true}
	found, err := multiqr.NewQRCodeMultiReader().DecodeMultiple(bmp, hints)
	if err != nil {
		return nil
	}
	seen := map[string]bool{}
	for _, r := range found {
		if t := strings.TrimSpace(r.GetText()); t != "" && !seen[t] {
			seen[t] = true
			texts = append(texts, t)
		}
	}
	return texts
}
