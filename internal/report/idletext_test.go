package report

import (
	"testing"

	"prescreen/internal/lang"
)

func TestIdleText(t *testing.T) {
	for why, want := range map[string]string{
		"a worker is on it (3 tasks in flight)":             "正在访问（3 个进行中）",
		"quiet hours until 07:00":                           "静默时段，至 07:00",
		"politeness delay of address 10.1.2.3":              "地址 10.1.2.3 的访问间隔",
		"given up (host_down); its URLs are being reported": "已放弃该主机（host_down），正在登记其未检查的网址",
		"paused by 李保密":                                     "由 李保密 暂停",
		"answered 503 Service Unavailable":                  "服务器返回 503 Service Unavailable",
		`disk of "/var/lib" has 12 MiB free, 1024 MiB are needed; free some space and the crawl goes on`: "磁盘（/var/lib）仅剩 12 MB，需要 1024 MB；清理后自动继续",
		"something new": "something new",
	} {
		if got := IdleText(why, lang.Chinese); got != want {
			t.Errorf("%q: %q, want %q", why, got, want)
		}
		if got := IdleText(why, lang.English); got != why {
			t.Errorf("%q in English: %q", why, got)
		}
	}
}
