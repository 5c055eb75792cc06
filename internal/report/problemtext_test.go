package report

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"prescreen/internal/lang"
	"prescreen/scanner"
)

// TestProblemTexts: every message that the parsers write in clear has its
// Chinese, so that a new one is not forgotten.
func TestProblemTexts(t *testing.T) {
	n := 0
	for _, msg := range parserMessages(t) {
		if strings.Trim(msg, "%vs: ") == "" { // says what an error says
			continue
		}
		n++
		got := ProblemText(scanner.Problem{Status: "none", Message: filledIn(msg)}, lang.Chinese)
		if got == filledIn(msg) || strings.Contains(got, "$") {
			t.Errorf("no Chinese for the message %q: add it to problemMessages (got %q)", msg, got)
		}
	}
	if n < 30 {
		t.Errorf("found %d messages in internal/document: the search is broken", n)
	}
	p := scanner.Problem{Status: scanner.StatusDamaged, Message: "something new"}
	if got := ProblemText(p, lang.Chinese); got != "something new" {
		t.Errorf("a message without Chinese: %q", got)
	}
	if got := ProblemText(p, lang.English); got != p.Message {
		t.Errorf("English: %q", got)
	}
}

// filledIn puts values in the place of verbs.
func filledIn(msg string) string {
	return strings.NewReplacer("%d", "12", "%q", `"a.xml"`, "%s", "xyz", "%v", "xyz").Replace(msg)
}

// parserMessages are the literals given to failf and problem in the sources
// of internal/document.
func parserMessages(t *testing.T) []string {
	files, err := filepath.Glob("../document/*.go")
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(file, func(n ast.Node) bool {
			call, ok := n.(*ast.CallExpr)
			if !ok || len(call.Args) < 2 {
				return true
			}
			switch f := call.Fun.(type) {
			case *ast.Ident:
				ok = f.Name == "failf"
			case *ast.SelectorExpr:
				ok = f.Sel.Name == "problem" || f.Sel.Name == "report"
			default:
				ok = false
			}
			if ok {
				out = append(out, literalsIn(call.Args[1])...)
			}
			return true
		})
	}
	return out
}

// literalsIn returns the message of an argument: a literal, the beginning of
// a sum, or the format of a Sprintf.
func literalsIn(e ast.Expr) []string {
	switch e := e.(type) {
	case *ast.BasicLit:
		if s, err := strconv.Unquote(e.Value); err == nil && e.Kind == token.STRING {
			return []string{s}
		}
	case *ast.BinaryExpr:
		return literalsIn(e.X)
	case *ast.CallExpr:
		if len(e.Args) > 0 {
			return literalsIn(e.Args[0])
		}
	}
	return nil
}
