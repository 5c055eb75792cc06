package crawler

// Reason says why a URL in scope was not screened.
type Reason string

// The reasons. Those of a Result Failed mean that something went wrong, those
// of Skipped that a rule, a budget or the server decided so.
const (
	// Skipped: nothing to read there.
	ReasonRedirect Reason = "redirect" // the target is a URL of its own
	ReasonMissing  Reason = "missing"  // 404, 410
	ReasonNotDue   Reason = "not-due"  // read on an earlier night, due again later

	// Skipped: there may be something to read, but it was not read.
	ReasonRobots            Reason = "robots"             // disallowed by robots.txt
	ReasonRobotsUnreachable Reason = "robots-unreachable" // robots.txt could not be read: nothing may be fetched (RFC 9309, 2.3.1.4)
	ReasonForbidden         Reason = "forbidden"          // 401, 403, 407, 451
	ReasonDepth             Reason = "budget-depth"
	ReasonPages             Reason = "budget-pages"
	ReasonBytes             Reason = "budget-bytes"
	ReasonTime              Reason = "budget-time"
	ReasonTrap              Reason = "trap"  // beyond the budget for likely traps
	ReasonScope             Reason = "scope" // its site is no longer configured, or a seed that leads elsewhere

	// Failed.
	ReasonStatus    Reason = "status"        // another 4xx or 5xx, after all tries
	ReasonNetwork   Reason = "network"       // DNS, connect, TLS, protocol, time-out; after all tries
	ReasonRefused   Reason = "refused"       // the address is not allowed to be fetched
	ReasonTooLarge  Reason = "too-large"     // announced to be beyond the limit, so not downloaded
	ReasonHostDown  Reason = "host-down"     // the host did not answer for longer than Config.GiveUpAfter
	ReasonVisit     Reason = "visit"         // the visitor failed or panicked
	ReasonLost      Reason = "lost"          // workers died on it, MaxAttempts times
	ReasonRedirLoop Reason = "redirect-loop" // more than Config.MaxRedirects in a row
)

// Unread says that a URL with this reason may hold something nobody looked at:
// a run with such URLs is incomplete.
func (r Reason) Unread() bool {
	switch r {
	case ReasonRedirect, ReasonMissing, ReasonNotDue:
		return false
	}
	return true
}

// Failed says that the reason is an error rather than a decision.
func (r Reason) Failed() bool {
	switch r {
	case ReasonStatus, ReasonNetwork, ReasonRefused, ReasonTooLarge, ReasonHostDown, ReasonVisit, ReasonLost, ReasonRedirLoop:
		return true
	}
	return false
}
