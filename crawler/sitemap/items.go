package sitemap

import (
	"fmt"
	"strings"
	"time"
)

// item collects one url, sitemap, item or entry.
type item struct {
	open   bool
	kind   Kind
	loc    string
	guid   string
	mod    time.Time
	assets []string
}

func (x *xmlState) setFormat(root string) error {
	switch root {
	case "urlset":
		x.stats.Format = FormatURLSet
	case "sitemapindex":
		x.stats.Format = FormatIndex
	case "rss", "rdf":
		x.stats.Format = FormatRSS
	case "feed":
		x.stats.Format = FormatAtom
	default:
		return fmt.Errorf("its root is <%.40s>: %w", root, ErrFormat)
	}
	return nil
}

// begin starts an item; one that was never closed counts as closed.
func (x *xmlState) begin(k Kind) error {
	if err := x.flush(); err != nil {
		return err
	}
	x.item = item{open: true, kind: k}
	return nil
}

func (x *xmlState) closeTag(name string) error {
	text := strings.TrimSpace(unescape(toUTF8(x.text, x.gb)))
	x.text = x.text[:0]
	// A wrong end tag closes what it can; a stray one closes nothing.
	for i := len(x.stack) - 1; i >= 0; i-- {
		if x.stack[i] != name {
			continue
		}
		x.stack = x.stack[:i+1]
		x.element(name, text)
		x.stack = x.stack[:i]
		x.done = i == 0
		break
	}
	switch name {
	case "url", "sitemap", "item", "entry":
		return x.flush()
	}
	return nil
}

// element takes the text of a closed element.
func (x *xmlState) element(name, text string) {
	if !x.item.open || text == "" {
		return
	}
	parent := x.parent()
	switch name {
	case "loc":
		if parent == "image" || parent == "video" {
			x.asset(text)
		} else if x.item.loc == "" {
			x.item.loc = text
		}
	case "url", "sitemap":
		if x.item.loc == "" && isURL(text) {
			x.item.loc = text // <sitemap>http://…</sitemap>
		}
	case "content_loc", "thumbnail_loc":
		x.asset(text)
	case "link":
		if x.item.loc == "" {
			x.item.loc = text
		}
	case "guid", "id":
		x.item.guid = text
	case "lastmod", "pubdate", "updated", "published", "date":
		if t := parseTime(text); t.After(x.item.mod) {
			x.item.mod = t
		}
	}
}

// maxAssets is the protocol's limit of images in one entry.
const maxAssets = 1000

func (x *xmlState) asset(loc string) {
	if loc != "" && len(x.item.assets) < maxAssets {
		x.item.assets = append(x.item.assets, loc)
	}
}

// link takes elements that carry their URL in an attribute.
func (x *xmlState) link(name string, attr map[string]string) error {
	href := attr["href"]
	if name == "enclosure" {
		href = attr["url"]
	}
	if name == "content" { // Atom content by reference, media:content
		href = attr["src"] + attr["url"]
	}
	if href == "" {
		return nil
	}
	rel := strings.ToLower(attr["rel"])
	switch {
	case !x.item.open:
		if rel == "next" || rel == "prev-archive" {
			return x.emit(Entry{Loc: href, Kind: Sitemap})
		}
	case name != "link" || rel == "enclosure":
		x.asset(href)
	case rel == "alternate" && x.stats.Format == FormatURLSet:
		// The same page in another language: a page of its own.
		return x.emit(Entry{Loc: href, Kind: Page})
	case (rel == "" || rel == "alternate") && x.item.loc == "":
		x.item.loc = href
	}
	return nil
}

// flush hands over the open item.
func (x *xmlState) flush() error {
	it := x.item
	x.item = item{}
	if !it.open {
		return nil
	}
	if it.loc == "" && isURL(it.guid) {
		it.loc = it.guid
	}
	if err := x.emit(Entry{Loc: it.loc, Kind: it.kind, LastMod: it.mod}); err != nil {
		return err
	}
	for _, loc := range it.assets {
		if err := x.emit(Entry{Loc: loc, Kind: Asset, LastMod: it.mod}); err != nil {
			return err
		}
	}
	return nil
}
