package scanner

import (
	"slices"
	"testing"
)

func TestNeeds(t *testing.T) {
	for _, tc := range []struct {
		pattern  string
		literals []string
		digit    bool
	}{
		{`jdbc:[a-z]+://\S+`, []string{"jdbc:"}, false},
		{`\d{1,3}(?:号|栋)\d`, []string{"号", "栋"}, true},
		{`(?:密码|口令)[:：]?\S+`, []string{"密码", "口令"}, false},
		{`a?b*`, nil, false},
		{`(?i)token`, nil, false},
		{`(?:x|\d)y?`, nil, false},
		{`(?:甲1|乙\d)`, []string{"甲1", "乙"}, true},
	} {
		literals, digit := needs(tc.pattern)
		slices.Sort(literals)
		slices.Sort(tc.literals)
		if !slices.Equal(literals, tc.literals) || digit != tc.digit {
			t.Errorf("needs(%q) = %q, %v, want %q, %v", tc.pattern, literals, digit, tc.literals, tc.digit)
		}
	}
}
