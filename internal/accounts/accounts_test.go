package accounts

import (
	"strings"
	"testing"
)

func TestPassword(t *testing.T) {
	const good = "correct horse 电池"
	h := HashPassword(good)
	if !strings.HasPrefix(h, "$argon2id$v=19$m=32768,t=3,p=2$") {
		t.Errorf("hash begins %.40s", h)
	}
	if !VerifyPassword(h, good) {
		t.Error("the right password does not fit")
	}
	if HashPassword(good) == h {
		t.Error("two hashes are the same: no salt")
	}
	for _, bad := range []string{"", good + "x", strings.ToUpper(good)} {
		if VerifyPassword(h, bad) {
			t.Errorf("%q fits", bad)
		}
	}
	for _, broken := range []string{"", "x", h[:40], strings.Replace(h, "argon2id", "argon2i", 1), strings.Replace(h, "m=32768", "m=4194304", 1),
		strings.Replace(h, "t=3", "t=0", 1), strings.Replace(h, "p=2", "p=0", 1)} {
		if VerifyPassword(broken, good) {
			t.Errorf("fits the broken hash %q", broken)
		}
	}
}

func TestCheckPassword(t *testing.T) {
	for pw, ok := range map[string]bool{
		"今天天气真不错啊大家好": true, "tree-lamp-93-river": true,
		"short": false, "1234567890abc": false, "aaaaaaaaaaaa": false, "xx-zhangsan-xx": false, strings.Repeat("ab", 200): false,
	} {
		if err := CheckPassword(pw, "zhangsan"); (err == nil) != ok {
			t.Errorf("%.20q: %v", pw, err)
		}
	}
}

func TestCleanName(t *testing.T) {
	for in, want := range map[string]string{" Zhang.San ": "zhang.san", "张三": "张三", "a@b.cn": "a@b.cn", "": "", "a b": "", "<script>": "", strings.Repeat("x", 65): ""} {
		got, err := CleanName(in)
		if got != want || (err == nil) != (want != "") {
			t.Errorf("%q: %q, %v", in, got, err)
		}
	}
}

// TestSeparation holds the three duties apart.
func TestSeparation(t *testing.T) {
	for scope, who := range map[Scope][]Role{
		FindingsRead: {Officer}, FindingsWrite: {Officer}, ReportsRead: {Officer},
		AuditRead: {Auditor}, UsersWrite: {Admin}, SettingsRead: {Admin}, Check: {Officer, Editor},
	} {
		for _, r := range Roles() {
			want := false
			for _, w := range who {
				want = want || w == r
			}
			if r.May(scope) != want {
				t.Errorf("%s may %s: %v", r, scope, !want)
			}
		}
	}
}

func TestScopes(t *testing.T) {
	if _, err := ParseScopes([]string{"findings:read"}, Editor); err == nil {
		t.Error("an editor's token may read findings")
	}
	s, err := ParseScopes([]string{"check", "check"}, Officer)
	if err != nil || len(s) != 1 {
		t.Errorf("%v, %v", s, err)
	}
	tok := Token{Scopes: []Scope{Check, FindingsRead}}
	if tok.May(FindingsRead, Editor) || !tok.May(Check, Editor) || tok.May(RunsRead, Officer) {
		t.Error("a token grants what its owner may not, or not what it may")
	}
}

func TestSecret(t *testing.T) {
	a, ha := NewSecret(TokenPrefix)
	b, hb := NewSecret(TokenPrefix)
	if a == b || ha == hb || HashSecret(a) != ha || !strings.HasPrefix(a, TokenPrefix) || len(a) < 40 || strings.Contains(ha, a) {
		t.Errorf("%s %s %s", a, b, ha)
	}
}
