package server

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"path"
	"reflect"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"
)

// api is the OpenAPI description of the API and the means to add to it.
type api struct {
	huma.API
	srv *Server
}

const apiDescription = `Check texts, files and addresses before they are published; triage findings; start and watch runs.

Authenticate with ` + "`Authorization: Bearer psk_…`" + `; tokens are made on the account page or by ` + "`prescreen token create`" + `.
Errors are problem+json (RFC 9457). Results show masked excerpts only.`

func (s *Server) addAPI() {
	cfg := huma.DefaultConfig("prescreen", s.cfg.Version)
	cfg.OpenAPIPath, cfg.DocsPath, cfg.SchemasPath = "", "", "" // served by us, below
	cfg.CreateHooks = nil
	cfg.Components.Schemas = huma.NewMapRegistry("#/components/schemas/", schemaName)
	cfg.Info.Description = apiDescription
	cfg.Formats = map[string]huma.Format{"application/json": huma.DefaultJSONFormat, "json": huma.DefaultJSONFormat}
	cfg.Components.SecuritySchemes = map[string]*huma.SecurityScheme{"token": {Type: "http", Scheme: "bearer"}}
	cfg.Security = []map[string][]string{{"token": {}}}
	// What was sent is not sent back in errors: it may hold what must not be
	// shown. Each names its request.
	cfg.Transformers = append(cfg.Transformers, func(ctx huma.Context, _ string, v any) (any, error) {
		if e, ok := v.(*huma.ErrorModel); ok {
			e.Instance = instance(ctx.Context())
			for _, d := range e.Errors {
				d.Value = nil
			}
		}
		return v, nil
	})
	a := &api{API: humago.New(s.router, cfg), srv: s}
	a.UseMiddleware(withRequest)
	a.addChecks()
	a.addUploads()
	a.addFindings()
	a.addRuns()
	a.addRules()
	a.addHooks()
	// The description never changes, so it is written once.
	doc, err := json.MarshalIndent(a.OpenAPI(), "", " ")
	if err != nil {
		s.router.errs = append(s.router.errs, err)
		return
	}
	s.router.HandleFunc("GET /api/v1/openapi.json", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/vnd.oai.openapi+json;version=3.1")
		_, _ = w.Write(doc) // the client may be gone
	})
}

// schemaName names a type in the description: with its package, where it is
// not one of ours, because several have a type of the same name.
func schemaName(t reflect.Type, hint string) string {
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	name := huma.DefaultSchemaNamer(t, hint)
	if pkg := path.Base(t.PkgPath()); t.Name() != "" && pkg != "server" && pkg != "huma" && pkg != "." {
		name = strings.ToUpper(pkg[:1]) + pkg[1:] + name
	}
	return name
}

type requestKey struct{}

// withRequest lets operations see the plain request.
func withRequest(ctx huma.Context, next func(huma.Context)) {
	r, _ := humago.Unwrap(ctx)
	next(huma.WithValue(ctx, requestKey{}, r))
}

func requestOf(ctx context.Context) *http.Request {
	r, _ := ctx.Value(requestKey{}).(*http.Request)
	return r
}

// op is an operation with what all of ours share.
func op(method, path, id, tag, summary, description string) huma.Operation {
	return huma.Operation{
		Method: method, Path: "/api/v1" + path, OperationID: id, Tags: []string{tag}, Summary: summary, Description: description,
		BodyReadTimeout: -1, // the router sees to it
	}
}

// add registers an operation; its errors become problems.
func add[I, O any](a *api, o huma.Operation, h func(context.Context, *Principal, *I) (*O, error)) {
	o.MaxBodyBytes = a.srv.bodyLimit(a.srv.router.access[o.Method+" "+o.Path])
	huma.Register(a.API, o, func(ctx context.Context, in *I) (*O, error) {
		out, err := h(ctx, who(ctx), in)
		if err != nil {
			var se huma.StatusError
			if errors.As(err, &se) {
				return nil, err
			}
			return nil, a.srv.problem(requestOf(ctx), err)
		}
		return out, nil
	})
}

// describe adds an operation to the description whose handler is a plain one,
// because its body is streamed.
func (a *api) describe(o huma.Operation, h http.HandlerFunc) {
	a.OpenAPI().AddOperation(&o)
	a.srv.router.HandleFunc(o.Method+" "+o.Path, h)
}
