package main

import (
	"context"
	"fmt"
	"net/url"

	"prescreen/crawler"
	"prescreen/crawler/weburl"
	"prescreen/internal/pipeline"
	"prescreen/scanner"
)

// maxRedirects bounds the redirects within one host that a check follows.
const maxRedirects = 5

// checkURL fetches one address and checks it. Redirects are followed within
// the host that was named; where one leaves it, that is said, because nobody
// asked for the other host.
func (e *engine) checkURL(ctx context.Context, j job) pipeline.Result {
	fail := func(status scanner.Status, format string, args ...any) pipeline.Result {
		return e.checker.Failed(j.id, j.url, scanner.Problem{Status: status, Message: fmt.Sprintf(format, args...)})
	}
	u, err := weburl.Parse(j.url)
	if err != nil {
		return fail(scanner.StatusUnreachable, "%s: not a web address: %v", j.url, err)
	}
	f, err := e.urlFetcher(u.Host)
	if err != nil {
		return fail(scanner.StatusUnreachable, "%s: %v", j.url, err)
	}
	address, site := u.WithoutFragment(), e.siteOf(u.HostPort())
	for range maxRedirects + 1 {
		page, err := f.Fetch(ctx, crawler.Request{Task: crawler.Task{URL: address, Site: site, Host: u.HostPort(), Class: crawler.ClassPage}})
		if err != nil {
			return fail(scanner.StatusUnreachable, "%s: %s", address, e.fetchAdvice(err))
		}
		if page.Location == "" {
			return e.checkPage(ctx, j, address, page)
		}
		if page.Body != nil {
			page.Body.Close()
		}
		next, err := url.Parse(page.Location)
		if err != nil || next.Host != u.HostPort() {
			return fail(scanner.StatusUnreachable, "%s: redirects to %s, which is another host and was not checked; check that address itself if it is yours", address, page.Location)
		}
		address = page.Location
	}
	return fail(scanner.StatusUnreachable, "%s: more than %d redirects", j.url, maxRedirects)
}

func (e *engine) checkPage(ctx context.Context, j job, address string, page *crawler.Page) pipeline.Result {
	if page.Body != nil {
		defer page.Body.Close()
	}
	if page.Status < 200 || page.Status > 299 || page.Body == nil {
		return e.checker.Failed(j.id, address, scanner.Problem{
			Status: scanner.StatusUnreachable, Message: fmt.Sprintf("%s: the server answered HTTP %d", address, page.Status),
		})
	}
	return e.checker.CheckPage(ctx, j.id, address, page)
}

// fetchAdvice is an error of the fetcher with what to do about it.
func (e *engine) fetchAdvice(err error) string {
	t := e.lang.Pick
	advice := ""
	switch crawler.ClassOf(err) {
	case crawler.ErrorDNS:
		advice = t("请检查主机名和域名解析", "check the host name and the name server")
	case crawler.ErrorConnect:
		advice = t("请检查地址和端口，服务器是否在运行", "check address and port, and that the server is running")
	case crawler.ErrorTLS:
		advice = t("证书有问题：请检查证书，或在配置中为该站点设置 ca_file 或 insecure_tls", "the certificate is bad: mend it, or set ca_file or insecure_tls for the site")
	case crawler.ErrorTimeout:
		advice = t("服务器没有及时响应，请稍后再试", "the server did not answer in time; try again later")
	case crawler.ErrorRefused:
		advice = t("该地址不允许访问；确需检查内网站点时，请在配置的 sites 中列出并设置 allow_private", "this address may not be asked; for an intranet site list it under sites with allow_private")
	}
	if advice == "" {
		return err.Error()
	}
	return err.Error() + "; " + advice
}
