package portal

import (
	"bytes"
	"fmt"
	"html/template"
	"strings"
)

const htmlType = "text/html"

// view is what the page template shows.
type view struct {
	Site       *site
	Nav        []column
	Column     *column // the article's or list's column, nil elsewhere
	Title      string
	Charset    string // of the meta element, "" for none
	Head       template.HTML
	Article    *article
	Body       template.HTML
	Boxes      []box
	Friends    []link
	Search     string // address of the search, "" for none
	Items      []*article
	Page       int
	Pages      []pageLink
	Prev, Next *article
}

type box struct {
	Column column
	Items  []*article
}

type pageLink struct {
	URL     string
	Number  int
	Current bool
}

// perBox is how many items of a column the home page shows.
const perBox = 6

// build renders the site. Every site's base address must be set.
func (s *site) build(all map[string]*site, cfg Config) error {
	s.resources = map[string]*resource{}
	tmpl, err := template.ParseFS(embedded, "templates/*.html")
	if err != nil {
		return err
	}
	r := &renderer{site: s, tmpl: tmpl, all: all}
	steps := []func() error{
		r.articles, r.columns, r.home, r.missing, r.static, s.buildFiles, s.buildSitemaps,
		func() error { return s.addOddities(r, cfg) },
	}
	for _, step := range steps {
		if err := step(); err != nil {
			return err
		}
	}
	return nil
}

type renderer struct {
	site *site
	tmpl *template.Template
	all  map[string]*site
}

// page renders one view with a template and puts it under path.
func (r *renderer) page(path, layout string, v view, cs charsets) error {
	text, err := r.render(layout, v, cs)
	if err != nil {
		return fmt.Errorf("page %q: %w", path, err)
	}
	ctype := htmlType
	if cs.Header != "" {
		ctype += "; charset=" + cs.Header
	}
	_, err = r.site.add(path, ctype, text)
	return err
}

func (r *renderer) render(layout string, v view, cs charsets) ([]byte, error) {
	v.Site, v.Charset = r.site, cs.Meta
	if r.site.Key == Main {
		v.Search = pathSearch
	}
	for _, c := range r.site.Columns {
		if c.Nav {
			v.Nav = append(v.Nav, c)
		}
	}
	var buf bytes.Buffer
	if err := r.tmpl.ExecuteTemplate(&buf, layout+".html", v); err != nil {
		return nil, err
	}
	return encode(cs.Bytes, r.absolute(buf.String()))
}

// absolute turns main:/x and edu:/x, the way content refers to the other
// site, into full addresses.
func (r *renderer) absolute(text string) string {
	for key, s := range r.all {
		text = strings.ReplaceAll(text, `"`+key+":/", `"`+s.base+"/")
	}
	return text
}

func (r *renderer) articles() error {
	for _, a := range r.site.articles {
		body, err := bodyHTML(a.Body)
		if err != nil {
			return fmt.Errorf("page %q: %w", a.Path, err)
		}
		v := view{
			Title: a.Title, Article: a, Column: r.site.columnOf(a.Path), Body: body,
			Head: template.HTML(strings.Join(a.Head, "\n")),
		}
		if a.Listed && v.Column != nil {
			v.Prev, v.Next = neighbours(r.site.listed(v.Column), a)
		}
		if err := r.page(a.Path, a.Layout, v, a.Charset); err != nil {
			return err
		}
	}
	return nil
}

// columns renders the lists: the column's path, then index_2.html and on.
func (r *renderer) columns() error {
	for _, c := range r.site.Columns {
		if r.site.has(c.Path) {
			continue // an article of its own stands there
		}
		items := r.site.listed(&c)
		n := max(1, (len(items)+c.Size-1)/c.Size)
		for page := 1; page <= n; page++ {
			v := view{Title: c.Title, Column: &c, Page: page}
			v.Items = items[(page-1)*c.Size : min(page*c.Size, len(items))]
			for k := 1; k <= n && n > 1; k++ {
				v.Pages = append(v.Pages, pageLink{URL: listPath(c, k), Number: k, Current: k == page})
			}
			if err := r.page(listPath(c, page), "list", v, utf8Page); err != nil {
				return err
			}
		}
	}
	return nil
}

func listPath(c column, page int) string {
	if page == 1 {
		return c.Path
	}
	return fmt.Sprintf("%sindex_%d.html", c.Path, page)
}

func (r *renderer) home() error {
	v := view{Title: r.site.Title}
	for _, l := range r.site.Friends {
		// Not left to absolute: the template refuses schemes it does not know.
		for key, s := range r.all {
			if rest, ok := strings.CutPrefix(l.URL, key+":/"); ok {
				l.URL = s.base + "/" + rest
			}
		}
		v.Friends = append(v.Friends, l)
	}
	for _, c := range r.site.Columns {
		if c.Home {
			items := r.site.listed(&c)
			v.Boxes = append(v.Boxes, box{Column: c, Items: items[:min(perBox, len(items))]})
		}
	}
	return r.page("/", "home", v, utf8Page)
}

func (r *renderer) missing() error {
	body, err := r.render("plain", view{Title: "页面未找到", Body: "<p>您访问的页面不存在，可能已被移动或删除。</p>"}, utf8Page)
	r.site.missing = body
	return err
}

func (r *renderer) static() error {
	css, err := embedded.ReadFile("content/site.css")
	if err != nil {
		return err
	}
	_, err = r.site.add("/css/site.css", "text/css; charset=utf-8", css)
	return err
}

func (s *site) has(path string) bool {
	_, ok := s.resources[path]
	return ok
}

// columnOf returns the column whose path is the longest prefix of path.
func (s *site) columnOf(path string) *column {
	var best *column
	for i, c := range s.Columns {
		if strings.HasPrefix(path, c.Path) && (best == nil || len(c.Path) > len(best.Path)) {
			best = &s.Columns[i]
		}
	}
	return best
}

func (s *site) listed(c *column) []*article {
	var out []*article
	for _, a := range s.articles {
		if of := s.columnOf(a.Path); a.Listed && a.Path != c.Path && of != nil && of.Path == c.Path {
			out = append(out, a)
		}
	}
	return out
}

func neighbours(items []*article, a *article) (prev, next *article) {
	for i, other := range items {
		if other != a {
			continue
		}
		if i > 0 {
			prev = items[i-1]
		}
		if i+1 < len(items) {
			next = items[i+1]
		}
	}
	return prev, next
}
