package lang

import "testing"

func TestCatalogue(t *testing.T) {
	c := NewCatalogue(`no (\S+) is named "(.*)"`, "没有名为“$2”的 $1", `paused`, "已暂停")
	for in, want := range map[string]string{
		`no site is named "a1"`: "没有名为“a1”的 site", "paused": "已暂停",
		"paused by li": "paused by li", // the whole message, or nothing
	} {
		said, ok := c.Say(in, Chinese)
		if said != want || ok != (said != in) {
			t.Errorf("%q: %q, %v", in, said, ok)
		}
		if said, ok := c.Say(in, English); said != in || !ok {
			t.Errorf("%q in English: %q, %v", in, said, ok)
		}
	}
}
