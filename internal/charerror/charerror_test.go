package charerror

import "testing"

func TestDistance(t *testing.T) {
	for _, c := range []struct {
		a, b string
		want int
	}{
		{"", "", 0}, {"", "机密", 2}, {"机密", "", 2}, {"机密", "机密", 0},
		{"机密★1年", "机密*1年", 1}, {"kitten", "sitting", 3}, {"人民政府", "人民致府公告", 3},
	} {
		if got := Distance([]rune(c.a), []rune(c.b)); got != c.want {
			t.Errorf("%q to %q: %d, want %d", c.a, c.b, got, c.want)
		}
	}
}

func TestBeginning(t *testing.T) {
	if got := Beginning([]rune("县人民政附"), []rune("县人民政府关于公布名单的通知")); got != 1 {
		t.Errorf("%d, want 1", got)
	}
}
