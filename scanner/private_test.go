package scanner

import (
	"context"
	"strings"
	"testing"
)

// TestExcerptsShowNoNeighbour has what one rule finds beside what others find:
// no excerpt shows what its neighbour hides.
func TestExcerptsShowNoNeighbour(t *testing.T) {
	s, err := New(shippedSet(t), Config{Words: testWords(t)})
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{
		"password after a mobile":  "INSERT INTO t VALUES ('李四','13912345678','password=Abcdef2026!');",
		"password before a mobile": "password=Abcdef2026!，获奖者李四，手机13912345678",
		"password before a key":    "DB_PASSWORD=Abcdef2026!\nAWS_SECRET_ACCESS_KEY=wJalrXUtnFEMI/K7MDENG/bPxRfiCYQ7hV2Lm9aTe4",
		"password beside a mark":   "机密★10年 WiFi密码：Abcdef2026!",
	} {
		t.Run(name, func(t *testing.T) {
			fs := s.Scan(context.Background(), body(text), nil)
			if len(fs) < 2 {
				t.Fatalf("%d findings, want two or more", len(fs))
			}
			for _, f := range fs {
				for _, part := range []string{"bcdef", "2026", "wJalr", "9aTe4", "1234"} {
					if strings.Contains(f.Excerpt, part) {
						t.Errorf("%s shows %q of its neighbour: %s", f.Rule, part, f.Excerpt)
					}
				}
			}
		})
	}
}
