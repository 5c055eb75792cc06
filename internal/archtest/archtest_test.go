// Package archtest holds the rule about which package may import which.
package archtest

import (
	"encoding/json"
	"errors"
	"io"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// allowed lists, for each package of ours, the packages of ours it may import
// in code that is not a test. A package that is missing here fails the test.
var allowed = map[string][]string{
	"dictionaries":        {},
	"scanner/match":       {},
	"scanner/words":       {},
	"scanner":             {"dictionaries", "scanner/match", "scanner/words"},
	"crawler":             {"crawler/robots", "crawler/sitemap", "crawler/weburl"},
	"crawler/robots":      {},
	"crawler/sitemap":     {},
	"crawler/weburl":      {},
	"crawler/fetch":       {"crawler", "crawler/weburl"},
	"crawler/evidence":    {"crawler"},
	"crawler/render":      {"crawler", "crawler/fetch"},
	"crawler/disk":        {"crawler"},
	"crawler/crawlertest": {"crawler"},
	"internal/charset":    {},
	"internal/redis":      {"crawler"},
	"internal/lang":       {},
	"internal/shareddata": {},
	"internal/charerror":  {},
	"internal/ziptest":    {},
	"internal/archtest":   {},
	"internal/document":   {"internal/charset", "scanner"},
	"internal/tracing":    {},
	"internal/pipeline":   {"crawler", "internal/document", "internal/tracing", "scanner"},
	"internal/portal":     {},
	"internal/cases":      {"internal/lang", "scanner"},
	"internal/pgtest":     {},
	"internal/report":     {"internal/cases", "internal/lang", "internal/pipeline", "scanner"},
	"internal/store":      {"crawler", "internal/accounts", "internal/cases", "internal/checks", "internal/pipeline", "internal/tracing", "scanner"},
	"internal/notify":     {"internal/cases", "internal/lang"},
	"internal/metrics":    {"crawler", "internal/pipeline"},
	"internal/accounts":   {},
	"internal/checks":     {"internal/pipeline"},
	"internal/server": {"crawler", "dictionaries", "internal/accounts", "internal/cases", "internal/checks", "internal/document",
		"internal/lang", "internal/metrics", "internal/pipeline", "internal/report", "internal/tracing", "scanner"},
	"cmd/prescreen":         {"*"},
	"internal/accuracy":     {"*"}, // tools: nothing imports them
	"internal/wordseval":    {"*"},
	"internal/extractbench": {"*"},
	"internal/ocrbench":     {"*"},
}

// onlyImporter says which package alone may import a library, so that it can
// be replaced in one place.
var onlyImporter = map[string]string{
	"github.com/yanyiwu/gojieba":          "scanner/words",
	"github.com/gocolly/colly/v2":         "crawler/fetch",
	"github.com/redis/go-redis/v9":        "internal/redis",
	"github.com/mattn/go-sqlite3":         "internal/store",
	"github.com/jackc/pgx/v5":             "internal/store",
	"github.com/klippa-app/go-pdfium":     "internal/document",
	"github.com/spf13/cobra":              "cmd/prescreen",
	"github.com/danielgtaylor/huma/v2":    "internal/server",
	"github.com/coreos/go-oidc/v3":        "internal/server",
	"github.com/prometheus/client_golang": "internal/metrics",
	"go.opentelemetry.io":                 "internal/tracing",
}

type goPackage struct {
	ImportPath string
	Name       string
	Imports    []string
}

func TestImports(t *testing.T) {
	packages := listPackages(t)
	if len(packages) < 10 {
		t.Fatalf("only %d packages listed: the test looks at the wrong place", len(packages))
	}
	for _, p := range packages {
		name := strings.TrimPrefix(p.ImportPath, "prescreen/")
		may, known := allowed[name]
		if !known {
			t.Errorf("package %s is not in the table of allowed imports: add it with what it needs", name)
			continue
		}
		for _, imp := range p.Imports {
			ours, ok := strings.CutPrefix(imp, "prescreen/")
			if ok && !slices.Contains(may, ours) && !slices.Contains(may, "*") {
				t.Errorf("%s imports %s, which the table does not allow", name, ours)
			}
			if strings.HasPrefix(ours, "cmd/") {
				t.Errorf("%s imports %s: nothing imports cmd", name, ours)
			}
			for lib, only := range onlyImporter {
				if (imp == lib || strings.HasPrefix(imp, lib+"/")) && name != only {
					t.Errorf("%s imports %s: only %s may", name, imp, only)
				}
			}
		}
	}
}

func listPackages(t *testing.T) []goPackage {
	t.Helper()
	cmd := exec.Command("go", "list", "-json=ImportPath,Name,Imports", "prescreen/...")
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	var packages []goPackage
	dec := json.NewDecoder(strings.NewReader(string(out)))
	for {
		var p goPackage
		if err := dec.Decode(&p); errors.Is(err, io.EOF) {
			return packages
		} else if err != nil {
			t.Fatalf("decode go list: %v", err)
		}
		packages = append(packages, p)
	}
}
