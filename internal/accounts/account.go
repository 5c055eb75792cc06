// Package accounts says who people are and what each may do: users with one of
// four roles, their sessions, and the tokens of programs. Passwords are kept
// as Argon2id hashes (RFC 9106), secrets of sessions and tokens as SHA-256.
//
// It keeps nothing (see the package store) and asks nobody (see server).
package accounts

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// Role of a user. The first three are the three separated duties (三员分立):
// none of them can do the work of another, so nobody watches himself.
type Role string

// The roles.
const (
	Admin   Role = "admin"   // 系统管理员: accounts, runs and settings; sees no finding
	Officer Role = "officer" // 安全保密员: findings, runs, checks
	Auditor Role = "auditor" // 安全审计员: reads the log
	Editor  Role = "editor"  // 编辑: checks, and sees only own checks
)

// Roles returns all roles in the order in which they are shown.
func Roles() []Role { return []Role{Admin, Officer, Auditor, Editor} }

// Scope is something that may be done. Users have the scopes of their role,
// tokens some of those of their owner.
type Scope string

// The scopes.
const (
	Check         Scope = "check"          // check texts, files and addresses; see own checks
	FindingsRead  Scope = "findings:read"  // see findings
	FindingsWrite Scope = "findings:write" // change their state
	ReportsRead   Scope = "reports:read"   // download reports
	RunsRead      Scope = "runs:read"
	RunsWrite     Scope = "runs:write" // start and cancel
	SitesRead     Scope = "sites:read"
	RulesRead     Scope = "rules:read" // list, explain, try
	AuditRead     Scope = "audit:read"
	UsersWrite    Scope = "users:write"   // accounts and everybody's tokens
	SettingsRead  Scope = "settings:read" // the configuration in force
)

// Scopes returns what a role may do.
func (r Role) Scopes() []Scope {
	switch r {
	case Admin:
		return []Scope{RunsRead, RunsWrite, SitesRead, RulesRead, UsersWrite, SettingsRead}
	case Officer:
		return []Scope{Check, FindingsRead, FindingsWrite, ReportsRead, RunsRead, RunsWrite, SitesRead, RulesRead}
	case Auditor:
		return []Scope{AuditRead}
	case Editor:
		return []Scope{Check, RulesRead}
	}
	return nil
}

// May reports whether the role has a scope.
func (r Role) May(s Scope) bool { return slices.Contains(r.Scopes(), s) }

// ParseRole reads a role.
func ParseRole(s string) (Role, error) {
	if r := Role(s); slices.Contains(Roles(), r) {
		return r, nil
	}
	return "", fmt.Errorf("role %q: use admin, officer, auditor or editor", s)
}

// ParseScopes reads scopes as a user of the given role may pass them on; none
// stands for all of them.
func ParseScopes(names []string, role Role) ([]Scope, error) {
	may := role.Scopes()
	if len(names) == 0 {
		return may, nil
	}
	var out []Scope
	for _, n := range names {
		s := Scope(strings.TrimSpace(n))
		if !slices.Contains(may, s) {
			return nil, fmt.Errorf("scope %q: a token of role %s may have %s", n, role, joinScopes(may))
		}
		if !slices.Contains(out, s) {
			out = append(out, s)
		}
	}
	return out, nil
}

func joinScopes(scopes []Scope) string {
	names := make([]string, len(scopes))
	for i, s := range scopes {
		names[i] = string(s)
	}
	return strings.Join(names, ", ")
}

// User is an account. Password is empty for one who logs in elsewhere (OIDC).
type User struct {
	ID       int64
	Name     string // what one logs in with; lower case
	Display  string // shown to people
	Role     Role
	Password string // Argon2id in PHC string format
	Subject  string // "issuer subject" at an OpenID provider
	Disabled bool
	Created  time.Time
	LastSeen time.Time // last login
	// Failed counts wrong passwords in a row; Locked is until when no password
	// is looked at.
	Failed int
	Locked time.Time
}

// Errors that callers decide on.
var (
	ErrNotFound = errors.New("no such account, session or token")
	ErrTaken    = errors.New("the name is taken")
)

// maxName bounds names of users, in characters.
const maxName = 64

// CleanName brings the name of a user into the form in which it is kept.
func CleanName(s string) (string, error) {
	s = strings.ToLower(strings.TrimSpace(s))
	bad := strings.ContainsFunc(s, func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsDigit(r) && !strings.ContainsRune("._-@", r)
	})
	if s == "" || bad || utf8.RuneCountInString(s) > maxName {
		return "", fmt.Errorf("user name %q: use 1 to %d letters, digits and . _ - @", s, maxName)
	}
	return s, nil
}

// Session is a browser that has logged in. Hash is the hash of its secret.
type Session struct {
	Hash    string
	User    int64
	Created time.Time
	Seen    time.Time
	Expires time.Time
	Address string // network address it was opened from
}

// Token is what a program authenticates with. Hash is the hash of its secret.
type Token struct {
	ID      int64
	Name    string
	Hash    string
	User    int64
	Scopes  []Scope
	Created time.Time
	Expires time.Time
	Used    time.Time // last use, to the minute
	Revoked bool
}

// May reports whether the token grants a scope to a user of a role: what the
// role has lost, its tokens have lost.
func (t *Token) May(s Scope, r Role) bool { return slices.Contains(t.Scopes, s) && r.May(s) }
