package document

import (
	"image"
	"image/color"
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

// TestSettleNumbers has readings of one line, and those of its numbers by the
// model for digits: none is made up.
func TestSettleNumbers(t *testing.T) {
	for _, c := range []struct {
		name, text      string
		readings, exact []string
		certain         int // confidence of exact
		want            string
		doubt           bool
	}{
		{"digits read well", "电话1391234252678", []string{"电话1391234252678"}, []string{"13912345678"}, 92, "电话13912345678", false},
		{"two agree", "电话1391234252678", []string{"电话1391234252678", "电语13912345678"}, []string{"13912345678"}, 60, "电话13912345678", false},
		{"a right check digit", "号码11010519491231002X，", []string{"号码11010519491231002X，"}, []string{"110105194912310026"}, 90, "号码11010519491231002X，", false},
		{"each another", "电话13912345678", []string{"电话13912345678"}, []string{"13912345670"}, 60, "电话13912345670", true},
		{"two numbers", "13912345678，13800138000", []string{"13912345678，13800138000"}, []string{"13800138008", "13912345678"}, 90, "13912345678，13800138008", false},
		{"groups", "6222 0212 3456 7890 128", []string{"6222 0212 3456 7890 128"}, []string{"6222021234567890128"}, 90, "6222 0212 3456 7890 128", false},
		{"no model for digits", "13912345678", []string{"13912345678"}, nil, 0, "13912345678", true},
		{"of something else", "电话13912345678", []string{"电话13912345678", "电话13912345678"}, []string{"6222021234567890128"}, 95, "电话13912345678", true},
		{"none", "张建国", []string{"张建国", "张建围"}, nil, 0, "张建国", false},
	} {
		l := ocrLine{text: c.text, confidence: 90, least: 70}
		lines := func(texts []string, confidence int) (out []ocrLine) {
			for _, r := range texts {
				out = append(out, ocrLine{text: r, confidence: confidence, least: confidence})
			}
			return out
		}
		l.settleNumbers(lines(c.readings, 90), lines(c.exact, c.certain))
		if l.text != c.want || l.doubt != c.doubt || c.doubt && l.confidence > doubtfulConfidence {
			t.Errorf("%s: %q, doubt %v, confidence %d; want %q, %v", c.name, l.text, l.doubt, l.confidence, c.want, c.doubt)
		}
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
