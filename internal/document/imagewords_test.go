package document

import (
	"image"
	"image/color"
	"strings"
	"testing"
)

func TestRepairID(t *testing.T) {
	for in, want := range map[string]string{
		"号码11010519491231002又。":  "号码11010519491231002X。", // ends with X by its check digit
		"号码11010519491231002X":   "号码11010519491231002X",
		"11010519491231003又":     "11010519491231003又", // another check digit: nothing is made up
		"110105194912310021":     "110105194912310021",
		"民发【2026] 17号":           "民发〔2026〕 17号",
		"电话：010-66001234，见附件(一)": "电话：010-66001234，见附件（一）",
	} {
		if got := polishOCR(in); got != want {
			t.Errorf("polishOCR(%q) = %q, want %q", in, got, want)
		}
	}
}

// TestBetterNumbers has two passes of one line: of each number the one that
// can be right, or was read with more certainty, is taken.
func TestBetterNumbers(t *testing.T) {
	at := func(x, w int) image.Rectangle { return image.Rect(x, 100, x+w, 130) }
	words := []ocrWord{
		{"11010519491231002又", 70, at(100, 400), "1"}, {"1391234252678", 61, at(600, 200), "1"},
		{"13800138000", 95, at(900, 200), "1"}, {"张建国", 90, at(0, 90), "1"},
	}
	if !doubtfulNumbers(words) || doubtfulNumbers(words[2:]) {
		t.Error("which numbers are in doubt")
	}
	scaled := func(r image.Rectangle) image.Rectangle {
		return image.Rect(r.Min.X*3/4, r.Min.Y*3/4, r.Max.X*3/4, r.Max.Y*3/4)
	}
	betterNumbers(words, []ocrWord{
		{"11010519491231002X", 60, scaled(at(100, 400)), "1"}, {"13912345678", 92, scaled(at(600, 200)), "1"},
		{"13800138008", 80, scaled(at(900, 200)), "1"}, {"张建围", 99, scaled(at(0, 90)), "1"},
	}, 4.0/3)
	var got []string
	for _, w := range words {
		got = append(got, w.text)
	}
	if want := "11010519491231002X 13912345678 13800138000 张建国"; strings.Join(got, " ") != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

// TestStrips cuts a long picture between its lines, and no other.
func TestStrips(t *testing.T) {
	long := image.NewGray(image.Rect(0, 0, 600, 6000))
	for y := range 6000 {
		for x := range 600 {
			v := uint8(255)
			if y%40 < 25 && x%7 < 3 { // lines of text, 25 pixels high, 15 apart
				v = 0
			}
			long.SetGray(x, y, color.Gray{v})
		}
	}
	pieces := strips(long)
	next := 0
	for _, p := range pieces {
		b := p.Bounds()
		if b.Min.Y != next || b.Dy() > 1800 {
			t.Errorf("piece %v, the one before ended at %d", b, next)
		}
		if next = b.Max.Y; next < 6000 && next%40 < 25 {
			t.Errorf("cut at %d goes through a line", next)
		}
	}
	if next != 6000 || len(pieces) < 4 {
		t.Errorf("%d pieces up to %d", len(pieces), next)
	}
	if n := len(strips(image.NewGray(image.Rect(0, 0, 1654, 2339)))); n != 1 {
		t.Errorf("a page is cut into %d", n)
	}
}
