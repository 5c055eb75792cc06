package scanner

import (
	"testing"
	"time"

	"prescreen/dictionaries"
	"prescreen/scanner/match"
)

func TestLineOf(t *testing.T) {
	r := &rule{Rule: &dictionaries.Rule{}, folder: newFolder(foldOf(nil))}
	r.Match.LineOf = &dictionaries.LineOf{
		Words: map[string][]string{"doc": {"此件", "材料"}, "after": {"会后", "阅后"}, "back": {"退", "退回"}, "to": {"机要室"}, "ban": {"不", "不得"}, "act": {"外传", "得外"}},
		Needs: [][]string{{"after", "back"}, {"ban", "act"}},
		Free:  2, MaxChars: 12,
	}
	c := &compiler{p: &program{}, termIDs: map[match.Term]int32{}}
	c.lineOf(r, nil)
	for text, want := range map[string]bool{
		"此件阅后请退机要室":    true,  // one character left over
		"会後，退回 机 要 室。": true,  // traditional, punctuation, spaces
		"退回阅后":         false, // the other order
		"不得外传":         true,  // 不 + 得外 + 传 would leave more over
		"村委会会后退回机要室":   false, // 村委会: three left over
		"阅后":           false, // half of what it needs
		"":             false,
		"此件此件此件此件此件阅后退回": false, // longer than a line may be
		"阅后\xff退回":       true,  // bytes that are no text are no word either
	} {
		if got := r.lineOf.consists(&cover{}, r.folder, text); got != want {
			t.Errorf("%q: %v, want %v", text, got, want)
		}
	}
}

func TestCompletes(t *testing.T) {
	tables := newNumberTables(shippedSet(t))
	tables.today = func() time.Time { return time.Date(2026, 11, 30, 0, 0, 0, 0, time.UTC) }
	number := func(s string) []uint8 {
		v := make([]uint8, len(s))
		for i := range s {
			switch s[i] {
			case '*':
				v[i] = unitMask
			case 'X':
				v[i] = unitX
			default:
				v[i] = s[i] - '0'
			}
		}
		return v
	}
	for _, c := range []struct {
		number, text string
		want         bool
	}{
		{"110101********9971", "生于1980年1月1日", true},
		{"110101********9971", "1980-01-01", true},
		{"110101********9971", "19800101", true},
		{"1101011980****9971", "1980.1.1", true},
		{"110101********9971", "1980年1月2日", false},
		{"110101********9971", "1980年1月", false},
		{"110101********9971", "2980-01-01", false},
		{"110101********9971", "电话 19800101123", false},
		{"110101********9971", "", false},
	} {
		if got := tables.completes(number(c.number), c.text); got != c.want {
			t.Errorf("%s beside %q: %v", c.number, c.text, got)
		}
	}
}
