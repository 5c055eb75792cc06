package document

import (
	"fmt"
	"testing"
)

func TestPublished(t *testing.T) {
	for _, tt := range []struct{ name, html, published, column string }{
		{"metadata of government sites", `<meta name="PubDate" content="2026-10-26 09:30:15"><meta name="ColumnName" content=" 政务 公开 "><p>发布时间：2020-01-01`, "2026-10-26 09:30", "政务 公开"},
		{"Open Graph", `<meta property="article:published_time" content="2026-10-26T09:30:00+08:00">`, "2026-10-26 09:30", ""},
		{"packed", `<meta name=publishdate content=20261026>`, "2026-10-26", ""},
		{"the first of several", `<meta name="PubDate" content="2026-10-26"><meta name="DC.date" content="2026-11-01">`, "2026-10-26", ""},
		{"a bad one", `<meta name="PubDate" content="昨天"><p>发布日期：2026-10-26`, "2026-10-26", ""},
		{"label", `<div class=info><span>发布日期：2026年10月6日</span> <span>来源：办公室</span></div>`, "2026-10-06", ""},
		{"label with time", `<p>来源：政府办　发布时间: 2026/10/26 9:05　浏览：12`, "2026-10-26 09:05", ""},
		{"label in brackets", `<p>【发布时间】2026-10-26`, "2026-10-26", ""},
		{"label and value in two cells", `<table><tr><td>索引号</td><td>014/2026</td></tr><tr><td>发布日期：</td><td>2026-10-26</td></tr></table>`, "2026-10-26", ""},
		{"label and value in two elements", `<ul><li>成文日期</li><li>2026.10.26</li></ul>`, "2026-10-26", ""},
		{"publication before the day of the document", `<p>成文日期：2026-10-20</p><p>发布日期：2026-10-26</p>`, "2026-10-26", ""},
		{"below the headline", `<h1>通知</h1><p>时间：2026-10-26 来源：本站`, "2026-10-26", ""},
		{"a meeting", `<p>时间：2026年3月5日上午，地点：三楼</p><p>会议时间：2026-03-05</p><p>截止日期：2026-03-05`, "", ""},
		{"no date", `<p>发布时间表见附件</p><p>2026-10-26</p>`, "", ""},
		{"no such day", `<p>发布时间：2026-13-26</p>`, "", ""},
		{"in a comment", `<!-- <p>发布时间：2026-10-26</p> -->`, "", ""},
		{"hidden", `<p style="display:none">发布时间：2026-10-26</p>`, "", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			res := parseString(t, Input{Name: "a.html"}, "<!DOCTYPE html><html><meta charset=utf-8>"+tt.html)
			if res.Published != tt.published || res.Column != tt.column {
				t.Errorf("published %q in %q, want %q in %q", res.Published, res.Column, tt.published, tt.column)
			}
		})
	}
}

func FuzzDateAt(f *testing.F) {
	for _, s := range []string{"2026-10-26", "2026年1月2日 09:30", "20261026", "2026-1", "2026/ 1 /2T9:5"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		for _, packed := range []bool{false, true} {
			date := dateAt(s, packed)
			var y, m, d, h, min int
			switch len(date) {
			case 0:
				continue
			case len("2006-01-02"):
				if n, err := fmt.Sscanf(date, "%4d-%2d-%2d", &y, &m, &d); n != 3 || err != nil {
					t.Errorf("%q: %q", s, date)
				}
			case len("2006-01-02 15:04"):
				if n, err := fmt.Sscanf(date, "%4d-%2d-%2d %2d:%2d", &y, &m, &d, &h, &min); n != 5 || err != nil {
					t.Errorf("%q: %q", s, date)
				}
			default:
				t.Errorf("%q: %q", s, date)
			}
			if again := dateAt(date, false); again != date {
				t.Errorf("%q: %q, and read again %q", s, date, again)
			}
		}
	})
}
