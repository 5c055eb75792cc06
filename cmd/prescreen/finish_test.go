package main

import (
	"go/ast"
	"go/parser"
	"go/token"
	"strconv"
	"strings"
	"testing"

	"prescreen/crawler"
	"prescreen/internal/lang"
)

// Every reason the crawler can give has a name people understand.
func TestReasonNames(t *testing.T) {
	file, err := parser.ParseFile(token.NewFileSet(), "../../crawler/reason.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	ast.Inspect(file, func(node ast.Node) bool {
		spec, ok := node.(*ast.ValueSpec)
		if !ok || len(spec.Values) != 1 || !strings.HasPrefix(spec.Names[0].Name, "Reason") {
			return true
		}
		lit, ok := spec.Values[0].(*ast.BasicLit)
		if !ok {
			return true
		}
		value, err := strconv.Unquote(lit.Value)
		if err != nil {
			t.Fatal(err)
		}
		n++
		if name := reasonName(crawler.Reason(value), lang.Chinese); name == value {
			t.Errorf("%s has no Chinese name", spec.Names[0].Name)
		}
		return true
	})
	if n < 15 {
		t.Errorf("only %d reasons found: the test looks at the wrong place", n)
	}
}
