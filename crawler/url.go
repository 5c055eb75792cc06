package crawler

import (
	"prescreen/crawler/weburl"
)

// resolveURL resolves a reference as browsers do; what cannot be resolved is
// returned as it is, to be refused by locate.
func resolveURL(base, ref string) string {
	b, err := weburl.Parse(base)
	if err != nil {
		return ref
	}
	u, err := weburl.Resolve(b, ref)
	if err != nil {
		return ref
	}
	return u.Href()
}
