package server

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"html/template"
	"io/fs"
	"net/http"
	"net/url"
	"path"
	"strings"
	"time"

	"prescreen/internal/accounts"
	"prescreen/internal/cases"
	"prescreen/internal/lang"
	"prescreen/internal/report"
	"prescreen/scanner"
)

//go:embed templates/*.html
var templateFiles embed.FS

//go:embed static
var staticFiles embed.FS

// pages are the web pages, in both languages, and the files they load.
type pages struct {
	srv    *Server
	sets   map[lang.Lang]map[string]*template.Template
	static map[string]staticFile
}

type staticFile struct {
	data []byte
	kind string
	hash string // of the content; part of the address, so that files can be cached for good
}

// view is what every page knows.
type view struct {
	Lang         lang.Lang
	Page, Title  string
	P            *Principal
	Organisation string
	Version      string
	RuleSet      string
	Path         string // of this page, for the change of language
	Flash        string
	Now          time.Time
	Data         any
}

// May lets templates ask what the reader may do.
func (v view) May(scope string) bool { return v.P.May(accounts.Scope(scope)) }

func newPages(s *Server) (*pages, error) {
	p := &pages{srv: s, sets: map[lang.Lang]map[string]*template.Template{}, static: map[string]staticFile{}}
	if err := p.loadStatic(); err != nil {
		return nil, err
	}
	names, err := fs.Glob(templateFiles, "templates/*.html")
	if err != nil {
		return nil, err
	}
	for _, l := range []lang.Lang{lang.Chinese, lang.English} {
		set := map[string]*template.Template{}
		for _, name := range names {
			base := strings.TrimSuffix(path.Base(name), ".html")
			if base == "layout" || base == "parts" {
				continue
			}
			t, err := template.New("layout.html").Funcs(p.funcs(l)).ParseFS(templateFiles, "templates/layout.html", "templates/parts.html", name)
			if err != nil {
				return nil, fmt.Errorf("page %s: %w", base, err)
			}
			set[base] = t
		}
		p.sets[l] = set
	}
	return p, nil
}

func (p *pages) loadStatic() error {
	kinds := map[string]string{".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".svg": "image/svg+xml"}
	files, err := staticFiles.ReadDir("static")
	if err != nil {
		return err
	}
	for _, f := range files {
		data, err := staticFiles.ReadFile("static/" + f.Name())
		if err != nil {
			return err
		}
		sum := sha256.Sum256(data)
		p.static[f.Name()] = staticFile{data, kinds[path.Ext(f.Name())], hex.EncodeToString(sum[:6])}
	}
	return nil
}

func (p *pages) serveStatic(w http.ResponseWriter, r *http.Request) {
	f, ok := p.static[r.PathValue("file")]
	if !ok {
		p.srv.noRoute(w, r)
		return
	}
	h := w.Header()
	h.Set("Content-Type", f.kind)
	if r.URL.RawQuery == f.hash {
		h.Set("Cache-Control", "public, max-age=31536000, immutable")
	}
	_, _ = w.Write(f.data) // the client may be gone
}

// funcs are what templates can call.
func (p *pages) funcs(l lang.Lang) template.FuncMap {
	return template.FuncMap{
		"t":        l.Pick,
		"static":   func(name string) string { return "/static/" + name + "?" + p.static[name].hash },
		"verdict":  func(v any) string { return report.VerdictName(scanner.Verdict(fmt.Sprint(v)), l) },
		"severity": func(v any) string { return report.SeverityName(scanner.Severity(fmt.Sprint(v)), l) },
		"category": func(v string) string { return report.CategoryName(v, l) },
		"problem":  func(v scanner.Problem) string { return report.ProblemText(v, l) },
		"css":      func(name string) template.CSS { return template.CSS(p.static[name].data) },
		"status":   func(v scanner.Status) string { return report.StatusName(v, l) },
		"state":    func(v any) string { return cases.State(fmt.Sprint(v)).Name(l) },
		"step":     func(v cases.StepName) string { return v.Name(l) },
		"next":     cases.Next,
		"idle":     func(why string) string { return report.IdleText(why, l) },
		"where":    func(pl scanner.Place) string { return report.Where(pl, l) },
		"role":     func(r accounts.Role) string { return roleName(r, l) },
		"runstate": func(s RunState) string { return report.RunStateName(string(s), l) },
		"kind":     func(k any) string { return kindName(fmt.Sprint(k), l) },
		"action":   func(a string) string { return actionName(a, l) },
		"actor":    func(a string) string { return actorName(a, l) },
		"object":   func(o string) string { return objectName(o, l) },
		"detail":   func(d json.RawMessage) string { return detailText(d, l) },
		"excerpt":  excerpt,
		"date":     func(t time.Time) string { return formatTime(t, "2006-01-02") },
		"time":     func(t time.Time) string { return formatTime(t, "2006-01-02 15:04") },
		"second":   func(t time.Time) string { return formatTime(t, "2006-01-02 15:04:05") },
		"iso":      func(t time.Time) string { return t.UTC().Format(time.RFC3339) },
		"took":     func(d time.Duration) string { return took(d, l) },
		"short":    func(s string) string { return s[:min(8, len(s))] },
		"host":     hostOf,
		"link":     isLink,
		"join":     strings.Join,
		"add":      func(a, b int) int { return a + b },
		"has":      has,
		"severities": func() []scanner.Severity {
			return []scanner.Severity{scanner.SeverityCritical, scanner.SeverityHigh, scanner.SeverityMedium, scanner.SeverityLow}
		},
		"categories": func() []string { return []string{"secrecy", "internal", "pii", "credential", "wording"} },
		"states":     cases.States,
		"tokenrow": func(t accounts.Token, now time.Time, back, owner string) any {
			return struct {
				T           accounts.Token
				Now         time.Time
				Back, Owner string
			}{t, now, back, owner}
		},
		"roles": accounts.Roles,
	}
}

// has reports whether a list holds a value, whatever string types they are.
func has(list []string, v any) bool {
	want := fmt.Sprint(v)
	for _, s := range list {
		if s == want {
			return true
		}
	}
	return false
}

func formatTime(t time.Time, layout string) string {
	if t.IsZero() {
		return "–"
	}
	return t.Local().Format(layout)
}

func took(d time.Duration, l lang.Lang) string {
	switch {
	case d < time.Second:
		return fmt.Sprintf(l.Pick("%d 毫秒", "%d ms"), d.Milliseconds())
	case d < time.Minute:
		return fmt.Sprintf(l.Pick("%.1f 秒", "%.1f s"), d.Seconds())
	case d < time.Hour:
		return fmt.Sprintf(l.Pick("%d 分 %d 秒", "%d min %d s"), int(d.Minutes()), int(d.Seconds())%60)
	}
	return fmt.Sprintf(l.Pick("%d 小时 %d 分", "%d h %d min"), int(d.Hours()), int(d.Minutes())%60)
}

func hostOf(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return ""
	}
	return u.Host
}

// isLink reports whether an address may be a link: nothing but http and https.
func isLink(address string) bool {
	u, err := url.Parse(address)
	return err == nil && (u.Scheme == "http" || u.Scheme == "https") && u.Host != ""
}

// excerpt marks what stands between the brackets of a masked excerpt.
func excerpt(s string) template.HTML {
	before, rest, ok := strings.Cut(s, "【")
	i := strings.LastIndex(rest, "】")
	esc := template.HTMLEscapeString
	if !ok || i < 0 {
		return template.HTML(esc(s)) // escaped
	}
	return template.HTML(esc(before) + "<mark>" + esc(rest[:i]) + "</mark>" + esc(rest[i+len("】"):])) // each part is escaped
}

// show writes a page.
func (p *pages) show(w http.ResponseWriter, r *http.Request, status int, page, title string, data any) {
	l := p.srv.lang(r)
	v := view{
		Lang: l, Page: page, Title: title, P: p.srv.principalOnce(r), Organisation: p.srv.cfg.Organisation, Version: p.srv.cfg.Version,
		RuleSet: p.srv.cfg.Rules.Set().Fingerprint(), Path: pathOf(r), Flash: flash(r.URL.Query().Get("ok"), l), Now: p.srv.cfg.Now(), Data: data,
	}
	var b bytes.Buffer
	if err := p.execute(&b, l, page, v); err != nil {
		p.srv.log(r).Error("write page", "page", page, "err", err)
		http.Error(w, "internal error", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(status)
	_, _ = b.WriteTo(w) // the client may be gone
}

// execute writes a page, or, for the live view of a run, the part that
// changes.
func (p *pages) execute(b *bytes.Buffer, l lang.Lang, page string, v view) error {
	if page == "live" {
		return p.sets[l]["run"].ExecuteTemplate(b, "live", v.Data)
	}
	return p.sets[l][page].Execute(b, v)
}

// principalOnce is who asks, from the context where the guard put it.
func (s *Server) principalOnce(r *http.Request) *Principal {
	if p := who(r.Context()); p != nil {
		return p
	}
	return s.principal(r)
}

// pathOf is where the change of language leads back to.
func pathOf(r *http.Request) string {
	if r.Method != http.MethodGet {
		return "/"
	}
	return r.URL.RequestURI()
}

type errorView struct {
	Status  int
	Detail  string
	Request string
}

func (p *pages) error(w http.ResponseWriter, r *http.Request, status int, detail string) {
	v := errorView{Status: status, Detail: detail}
	if a := aboutOf(r.Context()); a != nil {
		v.Request = a.id
	}
	p.show(w, r, status, "error", errorTitle(status, p.srv.lang(r)), v)
}

func errorTitle(status int, l lang.Lang) string {
	switch status {
	case http.StatusForbidden, http.StatusUnauthorized:
		return l.Pick("无权访问", "Not allowed")
	case http.StatusNotFound:
		return l.Pick("没有找到", "Not found")
	case http.StatusTooManyRequests:
		return l.Pick("请稍候", "Wait a moment")
	case http.StatusPreconditionFailed, http.StatusConflict:
		return l.Pick("未能保存", "Not saved")
	}
	return l.Pick("出错了", "Error")
}

// flash is the message after something was done. Only words of ours are
// shown, whatever the address says.
func flash(code string, l lang.Lang) string {
	switch code {
	case "changed":
		return l.Pick("已保存", "saved")
	case "started":
		return l.Pick("任务已开始", "the run has started")
	case "run":
		return l.Pick("已通知任务，几秒内生效", "the run is told; it takes a few seconds")
	case "user":
		return l.Pick("用户已保存", "the user is saved")
	case "password":
		return l.Pick("口令已修改，其他设备上的登录已退出", "the password is changed, and other sessions have ended")
	case "revoked":
		return l.Pick("令牌已吊销", "the token is revoked")
	}
	return ""
}
