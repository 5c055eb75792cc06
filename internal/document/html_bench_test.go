package document

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"golang.org/x/net/html"

	"prescreen/internal/shareddata"
)

// listPage is a typical page of a column: 120 links, about 33 KB.
func listPage() []byte {
	var b bytes.Buffer
	b.WriteString(`<!DOCTYPE html><html><head><meta charset="utf-8"><title>通知公告_某县人民政府</title>
<meta name="keywords" content="通知公告,政务公开"><link rel="stylesheet" href="/css/style.css"><style>.hide{display:none} .nav li{float:left}</style>
<script src="/js/jquery.min.js"></script><script>var _hmt=_hmt||[];(function(){var hm=document.createElement("script");hm.src="https://hm.example.com/hm.js?0123";})();</script></head>
<body><div id="top" class="w1200 clearfix"><ul class="nav">`)
	for i := range 20 {
		fmt.Fprintf(&b, `<li class="item-%d"><a href="/col/col%d/index.html" target="_blank">栏目%d</a></li>`, i, 1200+i, i)
	}
	b.WriteString(`</ul></div><div class="main"><div class="left"><table width="100%" cellpadding="0">`)
	for i := range 100 {
		fmt.Fprintf(&b, `<tr><td class="bt" style="line-height:26px"><span class="dot">·</span><a href="../../art/2026/11/%d/art_1229_%d.html" title="关于做好第%d批困难群众基本生活救助工作的通知" target="_blank">关于做好第%d批困难群众基本生活救助工作的通知</a></td><td class="date" align="right">2026-11-%02d</td></tr>
`, i%28+1, 58000+i, i, i, i%28+1)
	}
	b.WriteString(`</table><script>createPageHTML(25, 0, "index", "html");</script></div></div><div id="footer">主办：某县人民政府办公室 备案号：某ICP备00000000号</div></body></html>`)
	return b.Bytes()
}

// cpuTime is the CPU time of the process: unlike the clock it means something
// on a machine that does other work.
func cpuTime(b *testing.B) time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

func BenchmarkHTML(b *testing.B) {
	page := listPage()
	gov, err := os.ReadFile(filepath.Join(shareddata.Path(b, "pages", "govcn"), "www.gov.cn_zhengce_content_2018-11_28_content_5344146.htm"))
	if err != nil {
		b.Fatal(err)
	}
	for name, data := range map[string][]byte{"list": page, "article": gov} {
		b.Run(name+"/parse", func(b *testing.B) {
			p, err := New(Config{})
			if err != nil {
				b.Fatal(err)
			}
			b.SetBytes(int64(len(data)))
			b.ReportAllocs()
			start := cpuTime(b)
			defer func() { b.ReportMetric(float64(cpuTime(b)-start)/float64(b.N), "cpu-ns/op") }()
			for b.Loop() {
				res, err := p.Parse(context.Background(), Input{URL: "http://www.example.gov.cn/col/col1/index.html", ContentType: "text/html", Data: bytes.NewReader(data), Size: int64(len(data))})
				if err != nil || len(res.Segments) == 0 {
					b.Fatal(err)
				}
			}
		})
		b.Run(name+"/x-net-tokenizer", func(b *testing.B) {
			b.SetBytes(int64(len(data)))
			b.ReportAllocs()
			start := cpuTime(b)
			defer func() { b.ReportMetric(float64(cpuTime(b)-start)/float64(b.N), "cpu-ns/op") }()
			for b.Loop() {
				z := html.NewTokenizer(bytes.NewReader(data))
				for z.Next() != html.ErrorToken {
					if _, more := z.TagName(); more {
						for {
							_, _, m := z.TagAttr()
							if !m {
								break
							}
						}
					}
				}
			}
		})
	}
}
