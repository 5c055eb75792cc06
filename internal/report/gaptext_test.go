package report

import (
	"testing"

	"prescreen/internal/lang"
)

func TestGapText(t *testing.T) {
	for detail, want := range map[string]string{
		"disallowed for prescreen":                               "robots.txt 不允许 prescreen 访问",
		"redirects in a ring, again and again to http://a.test/": "循环跳转，反复回到 http://a.test/",
		"more than 10 redirects in a row":                        "连续跳转超过 10 次",
		"answered 503 Service Unavailable":                       "服务器返回 503 Service Unavailable",
		"403 Forbidden":                                          "服务器返回 403 Forbidden",
		"timeout: fetch: no answer":                              "未在时限内响应（fetch: no answer）",
		"something new":                                          "something new",
	} {
		if got := GapText(detail, lang.Chinese); got != want {
			t.Errorf("%q: %q, want %q", detail, got, want)
		}
		if got := GapText(detail, lang.English); got != detail {
			t.Errorf("%q in English: %q", detail, got)
		}
	}
}
