package portal

import (
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strconv"
	"strings"

	"github.com/goccy/go-yaml"
)

//go:embed content templates expected.json
var embedded embed.FS

// site is one web site: its columns, its articles and, once built, what
// every path answers.
type site struct {
	Key     string   `yaml:"key"`
	Title   string   `yaml:"title"`
	Slogan  string   `yaml:"slogan"`
	Phone   string   `yaml:"phone"`
	Address string   `yaml:"address"`
	ICP     string   `yaml:"icp"`
	Code    string   `yaml:"code"` // 网站标识码
	Columns []column `yaml:"columns"`
	Friends []link   `yaml:"friends"`

	articles  []*article
	files     []fileSpec
	base      string
	resources map[string]*resource
	missing   []byte // body of a 404
}

// column is a list of articles, newest first, in pages of Size.
type column struct {
	Path  string `yaml:"path"` // ends in a slash; articles below it belong to it
	Title string `yaml:"title"`
	Size  int    `yaml:"size"`
	Home  bool   `yaml:"home"` // has a box on the home page
	Nav   bool   `yaml:"nav"`  // stands in the navigation bar
}

type link struct {
	Title string `yaml:"title"`
	URL   string `yaml:"url"`
}

// article is one page of content/*.txt; the format is described in
// content/README.md.
type article struct {
	Path    string
	Title   string
	Date    string // 2026-03-02
	Source  string
	DocNo   string
	Layout  string // article (default), plain or bare
	Charset charsets
	Listed  bool
	Attach  []link
	Head    []string // raw lines for <head>
	Body    []string
}

// charsets says how a page is written and what is said about it; empty
// declarations are absent.
type charsets struct {
	Bytes, Header, Meta string
}

var errFormat = errors.New("bad content file")

// loadSites reads everything below content/.
func loadSites() (map[string]*site, error) {
	var defs []*site
	if err := readYAML("content/sites.yaml", &defs); err != nil {
		return nil, err
	}
	sites := map[string]*site{}
	for _, s := range defs {
		sites[s.Key] = s
	}
	var specs []fileSpec
	if err := readYAML("content/files.yaml", &specs); err != nil {
		return nil, err
	}
	for _, f := range specs {
		s := sites[f.Site]
		if s == nil {
			return nil, fmt.Errorf("%w: files.yaml: %q: no site %q", errFormat, f.Path, f.Site)
		}
		s.files = append(s.files, f)
	}
	names, err := fs.Glob(embedded, "content/*.txt")
	if err != nil {
		return nil, err
	}
	for _, name := range names {
		if err := loadArticles(name, sites); err != nil {
			return nil, err
		}
	}
	for _, s := range sites {
		// Newest first, as every column shows them; the path breaks ties.
		slices.SortFunc(s.articles, func(a, b *article) int {
			if c := strings.Compare(b.Date, a.Date); c != 0 {
				return c
			}
			return strings.Compare(b.Path, a.Path)
		})
	}
	return sites, nil
}

func readYAML(name string, into any) error {
	data, err := embedded.ReadFile(name)
	if err != nil {
		return err
	}
	if err := yaml.UnmarshalWithOptions(data, into, yaml.Strict()); err != nil {
		return fmt.Errorf("%s: %w", path.Base(name), err)
	}
	return nil
}

func loadArticles(name string, sites map[string]*site) error {
	data, err := embedded.ReadFile(name)
	if err != nil {
		return err
	}
	return parseArticles(path.Base(name), string(data), sites)
}

func parseArticles(name, text string, sites map[string]*site) error {
	var cur *article
	inBody := false
	for i, line := range strings.Split(text, "\n") {
		fail := func(what string) error {
			return fmt.Errorf("%w: %s:%d: %s", errFormat, name, i+1, what)
		}
		if rest, ok := strings.CutPrefix(line, "@ "); ok {
			key, p, _ := strings.Cut(rest, " ")
			s := sites[key]
			if s == nil || !strings.HasPrefix(p, "/") {
				return fail("want \"@ SITE /PATH\"")
			}
			cur = &article{Path: p, Listed: true, Layout: "article", Charset: utf8Page}
			s.articles = append(s.articles, cur)
			inBody = false
			continue
		}
		line, err := unescape(line)
		switch {
		case err != nil:
			return fail(err.Error())
		case cur == nil && line != "" && !strings.HasPrefix(line, "#"):
			return fail("text before the first page")
		case cur == nil:
		case inBody:
			if line != "" {
				cur.Body = append(cur.Body, line)
			}
		case line == "":
			inBody = true
		default:
			if err := cur.set(line); err != nil {
				return fail(err.Error())
			}
		}
	}
	return nil
}

// set reads one line of a page's front matter.
func (a *article) set(line string) error {
	key, value, _ := strings.Cut(line, ":")
	value = strings.TrimSpace(value)
	switch key {
	case "title":
		a.Title = value
	case "date":
		a.Date = value
	case "source":
		a.Source = value
	case "docno":
		a.DocNo = value
	case "layout":
		a.Layout = value
	case "head":
		a.Head = append(a.Head, value)
	case "listed":
		a.Listed = value != "no"
	case "attach":
		target, title, ok := strings.Cut(value, " ")
		if !ok {
			return errors.New("want \"attach: /PATH TITLE\"")
		}
		a.Attach = append(a.Attach, link{URL: target, Title: strings.TrimSpace(title)})
	case "charset":
		return a.Charset.set(value)
	default:
		return fmt.Errorf("unknown field %q", key)
	}
	return nil
}

// unescape replaces {200b} by U+200B, so that characters nobody can see can
// be seen in the content files.
func unescape(line string) (string, error) {
	var b strings.Builder
	for {
		before, rest, found := strings.Cut(line, "{")
		b.WriteString(before)
		if !found {
			return b.String(), nil
		}
		hex, after, closed := strings.Cut(rest, "}")
		n, err := strconv.ParseUint(hex, 16, 21)
		if !closed || err != nil {
			b.WriteString("{")
			line = rest
			continue
		}
		b.WriteRune(rune(n))
		line = after
	}
}
