package words

import (
	"strings"
	"testing"
)

// TestWholeAnywhere asks about every stretch of odd texts, in two orders: no
// answer is out of range, and none depends on what was asked before.
func TestWholeAnywhere(t *testing.T) {
	seg := New(Config{CacheDir: t.TempDir()})
	forward, backward := seg.Cursor(), seg.Cursor()
	for _, text := range []string{
		"",
		"密",
		"第一百零三条 千瓦时,20多年,1.5万元",
		"司马相如A20210号\x00机\xff密\xe5\xaf",
		strings.Repeat("中华人民共和国", 3) + "〇㐀𠀀",
	} {
		var answers []bool
		forward.Reset(text)
		for i := range len(text) {
			for end := i + 1; end <= len(text); end++ {
				whole, err := forward.Whole(i, end)
				if err != nil {
					t.Fatal(err)
				}
				answers = append(answers, whole)
			}
		}
		backward.Reset(text)
		for i := len(text) - 1; i >= 0; i-- {
			for end := len(text); end > i; end-- {
				whole, err := backward.Whole(i, end)
				last := len(answers) - 1
				if err != nil || whole != answers[last] {
					t.Errorf("Whole of %q in %q = %v, %v; from the front %v", text[i:end], text, whole, err, answers[last])
				}
				answers = answers[:last]
			}
		}
	}
}

func TestNumber(t *testing.T) {
	for text, want := range map[string][2]bool{ // whole, decided
		"26|万元|。":   {false, true},
		"十|一月|。":    {false, true},
		"三百二|十二|条":  {false, true},
		"第|一个|讲授":   {false, true},
		"20|多年|来":   {true, true},
		"一百|余名|":    {true, true},
		"上映|第四|周":   {true, true},
		"60万|千瓦|机组": {false, false},
		"这两|个人|不应":  {false, false},
		"|机密|":      {false, false},
	} {
		parts := strings.Split(text, "|")
		from := len([]rune(parts[0]))
		l := lattice{runes: []rune(strings.Join(parts, ""))}
		whole, decided := l.number(from, from+len([]rune(parts[1])))
		if got := [2]bool{whole, decided}; got != want {
			t.Errorf("%s: whole and decided %v, want %v", text, got, want)
		}
	}
}

func TestReadWeights(t *testing.T) {
	w, err := readWeights(weightsText)
	if err != nil {
		t.Fatal(err)
	}
	for n, p := range Prior() {
		if got := float64(w[0][n]) / 100; got != p {
			t.Errorf("weight %d of the first question is %v, want %v as nobody fits it", n, got, p)
		}
	}
	lines := strings.SplitAfter(weightsText, "\n")
	for why, text := range map[string]string{
		"no line":       "",
		"a line less":   strings.Join(lines[1:], ""),
		"another order": strings.Join(append([]string{lines[1], lines[0]}, lines[2:]...), ""),
		"no number":     strings.Replace(weightsText, "\t", "\tx", 1),
		"too large":     strings.Replace(weightsText, "\t", "\t99999 ", 1),
		"too many":      strings.Replace(weightsText, "\t", "\t"+strings.Repeat("1 ", marginAnswers), 1),
	} {
		if _, err := readWeights(text); err == nil {
			t.Errorf("%s: no error", why)
		}
	}
}
