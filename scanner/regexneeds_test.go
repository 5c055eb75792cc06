package scanner

import (
	"reflect"
	"slices"
	"testing"
)

func TestNeeds(t *testing.T) {
	for _, tc := range []struct {
		pattern string
		sets    [][]string
		digit   bool
	}{
		{`jdbc:[a-z]+://\S+`, [][]string{{"jdbc:"}, {"://"}}, false},
		{`\d{1,3}(?:号|栋)\d`, [][]string{{"号", "栋"}}, true},
		{`(?:密码|口令)[:：]?\S+`, [][]string{{"口令", "密码"}}, false},
		{`a?b*`, nil, false},
		{`(?i)token`, nil, false},
		{`(?i)令牌`, [][]string{{"令牌"}}, false},
		{`(?:前|之前)(?:清退|退回)(?:不得)?留存`, [][]string{{"留存"}, {"清退", "退回"}, {"之前", "前"}}, false},
		{`(?:x|\d)y?`, nil, false},
		{`(?:甲1|乙\d)`, [][]string{{"乙", "甲1"}}, true},
	} {
		sets, digit := needs(tc.pattern)
		for _, set := range sets {
			slices.Sort(set)
		}
		if !reflect.DeepEqual(sets, tc.sets) && len(sets)+len(tc.sets) > 0 || digit != tc.digit {
			t.Errorf("needs(%q) = %q, %v, want %q, %v", tc.pattern, sets, digit, tc.sets, tc.digit)
		}
	}
}
