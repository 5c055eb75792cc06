package document

import (
	"encoding/base64"
	"net/url"
	"strings"
	"testing"

	"golang.org/x/text/encoding/simplifiedchinese"

	"prescreen/scanner"
)

func gbkBytes(s string) string {
	b, _ := simplifiedchinese.GBK.NewEncoder().String(s)
	return b
}

func tinyMail() string {
	b64 := func(s string) string { return base64.StdEncoding.EncodeToString([]byte(s)) }
	return strings.Join([]string{
		"From: =?GBK?B?" + b64(gbkBytes("王某")) + "?= <a@b.example>",
		"Subject: =?utf-8?B?" + b64("报送") + "?= =?utf-8?B?" + b64("名单") + "?=",
		"Content-Type: multipart/mixed; boundary=\"==x\"", "",
		"preamble", "--==x",
		"Content-Type: multipart/alternative; boundary=y", "",
		"--y", "Content-Type: text/plain; charset=gb2312", "Content-Transfer-Encoding: base64", "", b64(gbkBytes("纯文本正文")),
		"--y", "Content-Type: text/html; charset=gb2312", "Content-Transfer-Encoding: quoted-printable", "",
		"<p>" + strings.ToUpper(strings.ReplaceAll(url.PathEscape(gbkBytes("网页正文")), "%", "=")) + "</p>",
		"--y--", "--==x",
		"Content-Type: text/plain", "Content-Disposition: attachment; filename*0*=gbk''" + url.PathEscape(gbkBytes("附件")) + "; filename*1*=" + url.PathEscape(gbkBytes("一")) + ".txt", "",
		"附件内容",
		"--==x", "Content-Type: message/rfc822", "",
		"Subject: inner", "", "转发的内容",
	}, "\r\n")
}

func TestMail(t *testing.T) {
	res := parseBytes(t, parserForTest(t, Config{}), "a.eml", []byte(tinyMail()))
	checkWants(t, res, []want{
		{"王某 <a@b.example>", scanner.KindProperty, nil},
		{"报送名单", scanner.KindTitle, nil},
		{"纯文本正文", scanner.KindBody, nil},
		{"网页正文", scanner.KindBody, nil},
		{"附件一.txt", scanner.KindFilename, nil},
		{"附件内容", scanner.KindBody, func(s scanner.Segment) bool { return s.Place.File == "a.eml!/附件一.txt" }},
		{"inner", scanner.KindTitle, nil},
		{"转发的内容", scanner.KindBody, func(s scanner.Segment) bool { return s.Place.File == "a.eml!/message.eml" }},
	})
}

func TestMailParams(t *testing.T) {
	for _, tt := range []struct{ in, key, want string }{
		{`attachment; filename="a;b.txt"; x=y`, "filename", "a;b.txt"},
		{`attachment; filename*=UTF-8''%E5%90%8D.txt`, "filename", "名.txt"},
		{`text/plain; charset = "gbk"`, "charset", "gbk"},
		{`multipart/mixed; boundary=`, "boundary", ""},
		{`x; a*999999999*=1`, "a", ""},
	} {
		if _, p := mailParams(tt.in); p[tt.key] != tt.want {
			t.Errorf("%s: %s is %q, want %q", tt.in, tt.key, p[tt.key], tt.want)
		}
	}
}
