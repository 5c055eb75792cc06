package portal

import (
	"bytes"
	"fmt"
	"strings"
)

// Sitemap addresses of the main site. The index names the other two.
const (
	pathRobots         = "/robots.txt"
	pathSitemap        = "/sitemap.xml"
	pathSitemapColumns = "/sitemap-columns.xml"
	pathSitemapArchive = "/sitemap-archive.xml.gz"
)

// archive is the folder of pages that only the packed sitemap names.
const archive = "/zwgk/archive/"

// buildSitemaps adds robots.txt and the sitemaps. The education site has
// neither: its robots.txt is a 404, which allows everything.
func (s *site) buildSitemaps() error {
	if s.Key != Main {
		return nil
	}
	robots := "# 云岭县人民政府门户网站\nUser-agent: *\nDisallow: /neibu/\nDisallow: /admin/\n\nSitemap: " + s.base + pathSitemap + "\n"
	var columns, old []string
	for _, c := range s.Columns {
		columns = append(columns, c.Path)
	}
	for _, a := range s.articles {
		if strings.HasPrefix(a.Path, archive) {
			old = append(old, a.Path)
		}
	}
	var packed bytes.Buffer
	if err := gzipTo(&packed, s.sitemap("urlset", "url", old)); err != nil {
		return err
	}
	for _, f := range []struct {
		path, ctype string
		body        []byte
	}{
		{pathRobots, "text/plain; charset=utf-8", []byte(robots)},
		{pathSitemap, "application/xml", s.sitemap("sitemapindex", "sitemap", []string{pathSitemapColumns, pathSitemapArchive})},
		{pathSitemapColumns, "application/xml", s.sitemap("urlset", "url", columns)},
		{pathSitemapArchive, "application/gzip", packed.Bytes()},
	} {
		if _, err := s.add(f.path, f.ctype, f.body); err != nil {
			return err
		}
	}
	return nil
}

func (s *site) sitemap(root, item string, paths []string) []byte {
	var b bytes.Buffer
	b.WriteString(`<?xml version="1.0" encoding="UTF-8"?>` + "\n")
	fmt.Fprintf(&b, "<%s xmlns=\"http://www.sitemaps.org/schemas/sitemap/0.9\">\n", root)
	for _, p := range paths {
		fmt.Fprintf(&b, "<%s><loc>%s%s</loc><lastmod>2026-11-02</lastmod></%s>\n", item, s.base, p, item)
	}
	fmt.Fprintf(&b, "</%s>\n", root)
	return b.Bytes()
}
