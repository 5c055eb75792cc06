package crawlertest

import (
	"fmt"
	"slices"
	"strings"

	"prescreen/crawler"
)

// Expected is how a URL must end.
type Expected struct {
	Visited    bool
	Incomplete bool
	Reason     crawler.Reason
}

// Expect returns every URL of the portal with the way it must end, not
// counting robots.txt and sitemaps. What differs from it in a crawl was lost
// or made up.
func (p *Portal) Expect() map[string]Expected {
	out := map[string]Expected{}
	for h := range p.cfg.Hosts {
		root := "http://" + hostName(h)
		for n := range p.cfg.Pages {
			e := Expected{Visited: true}
			url := root + p.path(h, n)
			switch p.kind(h, n) {
			case kindMissing, kindGone:
				e = Expected{Reason: crawler.ReasonMissing}
			case kindForbidden:
				e = Expected{Reason: crawler.ReasonForbidden}
			case kindBroken:
				e = Expected{Reason: crawler.ReasonStatus}
			case kindGarbage:
				e = Expected{Reason: crawler.ReasonNetwork}
			case kindHang, kindAlwaysCut:
				e.Incomplete = true
			case kindLeaving:
				e = Expected{Reason: crawler.ReasonRedirect}
			case kindDisallowed:
				if strings.Contains(url, "/private/") {
					e = Expected{Reason: crawler.ReasonRobots}
				}
			case kindChain:
				for i := 3; i > 0; i-- {
					out[fmt.Sprintf("%s/chain/%d/%d", root, n, i)] = Expected{Reason: crawler.ReasonRedirect}
				}
				url = fmt.Sprintf("%s/chain/%d/0", root, n)
			case kindLoop:
				// a → b → a again → b again, which gives up.
				out[fmt.Sprintf("%s/loop/%d/a", root, n)] = Expected{Reason: crawler.ReasonRedirect}
				url, e = fmt.Sprintf("%s/loop/%d/b", root, n), Expected{Reason: crawler.ReasonRedirLoop}
			}
			out[url] = e
		}
	}
	return out
}

// Compare returns what differs between what a portal holds and how its URLs
// ended: URL → every end it was reported with.
func Compare(want map[string]Expected, got map[string][]Expected) []string {
	var diff []string
	for url, w := range want {
		ends := got[url]
		switch {
		case len(ends) == 0:
			diff = append(diff, fmt.Sprintf("%s was not accounted for, want %+v", url, w))
		case ends[len(ends)-1] != w:
			diff = append(diff, fmt.Sprintf("%s ended as %+v, want %+v", url, ends, w))
		}
	}
	for url := range got {
		if _, ok := want[url]; !ok {
			diff = append(diff, fmt.Sprintf("%s ended as %+v, but is no URL of the portal", url, got[url]))
		}
	}
	slices.Sort(diff)
	return diff
}
