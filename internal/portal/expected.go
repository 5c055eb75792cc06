package portal

import (
	"encoding/json"
	"fmt"
)

// Expected is what a crawl of the whole portal must report: every planted
// leak and nothing else, and what becomes of every address.
type Expected struct {
	Leaks  []Leak  `json:"leaks"`
	Decoys []Decoy `json:"decoys"`
	URLs   []URL   `json:"urls"`
	Traps  []Trap  `json:"traps"`
}

// Leak is one planted leak; it makes exactly one finding.
type Leak struct {
	ID       string `json:"id"`
	Site     string `json:"site"`           // Main or Edu
	Path     string `json:"path"`           // of the page or attachment it is in
	File     string `json:"file,omitempty"` // member of an archive
	Category string `json:"category"`       // secrecy, internal, pii, credential, wording
	Rule     string `json:"rule,omitempty"` // id, or its beginning, of the rule that must find it
	Kind     string `json:"kind"`           // kind of place: body, comment, hidden …
	Count    int    `json:"count"`          // values it stands for: the cells of a column
	What     string `json:"what"`           // for people; never contains the value
	// Values are the literal texts as a reader would write them down: without
	// zero-width characters, spaces, tags and entities, in ASCII digits. Of a
	// column, all of them.
	Values []string `json:"values"`
	// Private says that Values must not appear in anything prescreen stores
	// or prints.
	Private bool `json:"private,omitempty"`
	// URL is the address, filled in by Portal.Expected.
	URL string `json:"-"`
}

// Decoy is a harmless text that a careless rule would report.
type Decoy struct {
	ID    string `json:"id"`
	Site  string `json:"site"`
	Path  string `json:"path"`
	File  string `json:"file,omitempty"`
	Like  string `json:"like"` // category it could be taken for
	Value string `json:"value"`
	Why   string `json:"why"`
	URL   string `json:"-"`
}

// The outcomes of a URL.
const (
	Screened   = "screened"   // fetched, parsed and scanned
	Redirected = "redirected" // answered with a redirect; its target is accounted for itself
	Skipped    = "skipped"    // in scope, but not to be fetched or nothing there
	Failed     = "failed"     // could not be read, or not whole
)

// URL is the account of one address.
type URL struct {
	Site    string `json:"site"`
	Path    string `json:"path"`  // with query
	Class   string `json:"class"` // page, attachment, sitemap, asset (style sheets, images)
	Outcome string `json:"outcome"`
	// Reason is empty for what was screened or redirected: robots, not-found,
	// soft-404 (an error page with status 200), truncated, too-large,
	// redirect-loop.
	Reason string `json:"reason,omitempty"`
	// Via names the only way to the address where there is just one besides
	// ordinary links: sitemap, iframe, script, meta-refresh, redirect.
	Via string `json:"via,omitempty"`
	URL string `json:"-"`
}

// Trap is a family of addresses without end. A crawl must reach some of it,
// must stop, and must say where it stopped.
type Trap struct {
	Site   string `json:"site"`
	Prefix string `json:"prefix"` // every address of the family begins with it
	Min    int    `json:"min"`    // screened at least
	Max    int    `json:"max"`    // screened at most, with Site.MaxDepth
	URL    string `json:"-"`      // prefix as an address
}

// Expected returns the contents of expected.json with the addresses of this
// portal filled in.
func (p *Portal) Expected() (*Expected, error) {
	data, err := embedded.ReadFile("expected.json")
	if err != nil {
		return nil, err
	}
	var exp Expected
	if err := json.Unmarshal(data, &exp); err != nil {
		return nil, fmt.Errorf("read expected.json: %w", err)
	}
	for i, l := range exp.Leaks {
		exp.Leaks[i].URL = p.Base(l.Site) + l.Path
	}
	for i, d := range exp.Decoys {
		exp.Decoys[i].URL = p.Base(d.Site) + d.Path
	}
	for i, u := range exp.URLs {
		exp.URLs[i].URL = p.Base(u.Site) + u.Path
	}
	for i, t := range exp.Traps {
		exp.Traps[i].URL = p.Base(t.Site) + t.Prefix
	}
	return &exp, nil
}
