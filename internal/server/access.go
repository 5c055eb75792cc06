package server

import (
	"time"

	"prescreen/internal/accounts"
)

// access says who may use a route, and what one request to it may cost.
// Exactly one of scope, public and login is set.
type access struct {
	scope  accounts.Scope // of the user, and of the token
	public bool           // anybody
	login  bool           // any user in a browser; no token
	self   bool           // with public: the handler authenticates by itself (signed hooks)

	body int64         // bytes of a request body; 0: smallBody
	time time.Duration // for reading the request and answering; 0: smallTime
	open bool          // the answer goes on as long as the client listens (events)
}

const (
	smallBody = 64 << 10
	smallTime = 30 * time.Second
	uploadBig = -1 // Limits.Upload, see router.handle
	textBig   = -2 // Limits.Text
)

// routes is who may do what, whole: method and pattern of net/http's ServeMux.
// Routes returns the routes there are, for those who list them.
func Routes() map[string]access { return routes() }

func routes() map[string]access {
	may := func(s accounts.Scope) access { return access{scope: s} }
	public, login := access{public: true}, access{login: true}
	text := func(s accounts.Scope) access { return access{scope: s, body: textBig, time: 2 * time.Minute} }
	upload := func(s accounts.Scope) access { return access{scope: s, body: uploadBig, time: 10 * time.Minute} }
	events := func(s accounts.Scope) access { return access{scope: s, open: true} }
	return map[string]access{
		"GET /{$}":             public,
		"GET /static/{file}":   public,
		"GET /login":           public,
		"POST /login":          public,
		"GET /setup":           public,
		"POST /setup":          public,
		"GET /oidc/start":      public,
		"GET /oidc/callback":   public,
		"POST /language":       public,
		"POST /logout":         login,
		"GET /account":         login,
		"POST /account":        login,
		"POST /account/tokens": login,
		"POST /account/revoke": login,
		"GET /api":             login,

		"GET /check":                   may(accounts.Check),
		"POST /check":                  upload(accounts.Check),
		"GET /checks/{id}":             may(accounts.Check),
		"GET /checks/{id}/slip":        may(accounts.Check),
		"GET /checks/{id}/report/{as}": {scope: accounts.Check, time: 2 * time.Minute},
		"GET /today":                   may(accounts.FindingsRead),
		"GET /findings":                may(accounts.FindingsRead),
		"GET /findings/{id}":           may(accounts.FindingsRead),
		"POST /findings/change":        may(accounts.FindingsWrite),
		"POST /findings/{id}/now":      {scope: accounts.FindingsRead, time: 2 * time.Minute},
		"GET /runs":                    may(accounts.RunsRead),
		"POST /runs":                   may(accounts.RunsWrite),
		"GET /runs/{id}":               may(accounts.RunsRead),
		"GET /runs/{id}/live":          may(accounts.RunsRead),
		"POST /runs/{id}/state":        may(accounts.RunsWrite),
		"GET /runs/{id}/report/{as}":   {scope: accounts.ReportsRead, time: 5 * time.Minute},
		"GET /sites":                   may(accounts.SitesRead),
		"GET /rules":                   may(accounts.RulesRead),
		"GET /rules/{id}":              may(accounts.RulesRead),
		"POST /rules/try":              text(accounts.RulesRead),
		"GET /audit":                   may(accounts.AuditRead),
		"GET /settings":                may(accounts.SettingsRead),
		"GET /users":                   may(accounts.UsersWrite),
		"POST /users":                  may(accounts.UsersWrite),
		"POST /users/{id}":             may(accounts.UsersWrite),

		"GET /api/v1/openapi.json":             public,
		"POST /api/v1/checks/text":             text(accounts.Check),
		"POST /api/v1/checks/html":             text(accounts.Check),
		"POST /api/v1/checks/file":             upload(accounts.Check),
		"POST /api/v1/checks/url":              {scope: accounts.Check, time: 2 * time.Minute},
		"POST /api/v1/checks/batch":            text(accounts.Check),
		"GET /api/v1/checks":                   may(accounts.Check),
		"GET /api/v1/checks/{id}":              may(accounts.Check),
		"GET /api/v1/checks/{id}/report":       {scope: accounts.Check, time: 2 * time.Minute},
		"GET /api/v1/gate":                     may(accounts.Check),
		"POST /api/v1/hooks/{name}":            {public: true, self: true, body: textBig, time: 2 * time.Minute},
		"GET /api/v1/findings":                 may(accounts.FindingsRead),
		"GET /api/v1/findings/{id}":            may(accounts.FindingsRead),
		"PATCH /api/v1/findings/{id}":          may(accounts.FindingsWrite),
		"POST /api/v1/findings/changes":        may(accounts.FindingsWrite),
		"GET /api/v1/runs":                     may(accounts.RunsRead),
		"POST /api/v1/runs":                    may(accounts.RunsWrite),
		"GET /api/v1/runs/{id}":                may(accounts.RunsRead),
		"POST /api/v1/runs/{id}/cancel":        may(accounts.RunsWrite),
		"POST /api/v1/runs/{id}/pause":         may(accounts.RunsWrite),
		"POST /api/v1/runs/{id}/resume":        may(accounts.RunsWrite),
		"GET /api/v1/runs/{id}/events":         events(accounts.RunsRead),
		"GET /api/v1/runs/{id}/reports/{file}": {scope: accounts.ReportsRead, time: 5 * time.Minute},
		"GET /api/v1/sites":                    may(accounts.SitesRead),
		"GET /api/v1/rules":                    may(accounts.RulesRead),
		"GET /api/v1/rules/{id}":               may(accounts.RulesRead),
		"POST /api/v1/rules/try":               text(accounts.RulesRead),
		"GET /api/v1/audit":                    may(accounts.AuditRead),

		"GET /healthz": public,
		"GET /readyz":  public,
	}
}
