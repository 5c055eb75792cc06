package portal

import (
	"crypto/sha256"
	"encoding/hex"
	"net/http"
)

// Publish replaces what a path of a site answers by an HTML page, as an editor
// does between two nights.
func (p *Portal) Publish(key, path, html string) {
	sum := sha256.Sum256([]byte(html))
	p.edit(key, path, &resource{ctype: "text/html; charset=utf-8", body: []byte(html), etag: `"` + hex.EncodeToString(sum[:8]) + `"`})
}

// TakeDown makes a path answer that nothing is there.
func (p *Portal) TakeDown(key, path string) {
	p.edit(key, path, &resource{serve: func(w http.ResponseWriter, _ *http.Request) { p.sites[key].notFound(w) }})
}

// Break makes a path fail.
func (p *Portal) Break(key, path string) {
	p.edit(key, path, &resource{serve: func(w http.ResponseWriter, _ *http.Request) {
		http.Error(w, "the database of this portal is down", http.StatusInternalServerError)
	}})
}

// Restore makes a path answer what it did at first.
func (p *Portal) Restore(key, path string) { p.edit(key, path, nil) }

func (p *Portal) edit(key, path string, res *resource) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.edits == nil {
		p.edits = map[string]*resource{}
	}
	p.edits[key+path] = res
}
