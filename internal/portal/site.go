package portal

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"time"
)

// resource is what one path answers. serve, where set, does it all.
type resource struct {
	ctype string
	head  map[string]string
	body  []byte
	etag  string
	serve http.HandlerFunc
}

// modified is the Last-Modified of every page: the content is fixed.
var modified = time.Date(2026, 11, 2, 8, 30, 0, 0, time.UTC)

func (s *site) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		w.Header().Set("Allow", "GET, HEAD")
		http.Error(w, "method not allowed", http.StatusMethodNotAllowed)
		return
	}
	res := s.find(r.URL.Path)
	switch {
	case res == nil:
		s.notFound(w)
	case res.serve != nil:
		res.serve(w, r)
	default:
		res.write(w, r)
	}
}

// find looks a path up. A page's own address may carry a session id, the way
// old servlet containers write it into every link.
func (s *site) find(path string) *resource {
	return s.resources[stripSession(path)]
}

func (res *resource) write(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	for _, k := range slices.Sorted(maps.Keys(res.head)) {
		h.Set(k, res.head[k])
	}
	if res.ctype == "" {
		// An empty list keeps net/http from guessing a type of its own.
		h["Content-Type"] = nil
	} else {
		h.Set("Content-Type", res.ctype)
	}
	h.Set("ETag", res.etag)
	h.Set("Last-Modified", modified.Format(http.TimeFormat))
	if r.Header.Get("If-None-Match") == res.etag {
		w.WriteHeader(http.StatusNotModified)
		return
	}
	h.Set("Content-Length", strconv.Itoa(len(res.body)))
	_, _ = w.Write(res.body)
}

// add makes a path answer with a body. A path given twice is an error in the
// content.
func (s *site) add(path, ctype string, body []byte) (*resource, error) {
	sum := sha256.Sum256(body)
	res := &resource{ctype: ctype, body: body, etag: `"` + hex.EncodeToString(sum[:8]) + `"`}
	return res, s.put(path, res)
}

func (s *site) put(path string, res *resource) error {
	if _, twice := s.resources[path]; twice {
		return fmt.Errorf("path %q is defined twice", path)
	}
	s.resources[path] = res
	return nil
}

func (s *site) notFound(w http.ResponseWriter) {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(http.StatusNotFound)
	_, _ = w.Write(s.missing)
}
