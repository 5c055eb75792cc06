package robots

import "net/http"

// Policy is what the status of a robots.txt means for its host.
type Policy string

// The policies.
const (
	// Rules: there is a robots.txt; parse it and ask.
	Rules Policy = "rules"
	// AllowAll: there is none.
	AllowAll Policy = "allow-all"
	// Wait: the host could not answer. Nothing may be fetched until robots.txt
	// has been asked for again, successfully.
	Wait Policy = "wait"
)

// MaxRedirects is how many hops to follow from a robots.txt (RFC 9309,
// 2.3.1.2); a longer chain counts as AllowAll.
const MaxRedirects = 5

// Decide returns the policy for a status. A host that cannot be reached at
// all is Wait too; a redirect is to be followed before asking.
func Decide(status int) Policy {
	switch {
	case status >= 200 && status < 300:
		return Rules
	case status >= 500, status == http.StatusTooManyRequests:
		// The RFC counts 429 among "unavailable", which would let a crawler
		// loose on a host that has just asked it to go away.
		return Wait
	}
	return AllowAll
}
