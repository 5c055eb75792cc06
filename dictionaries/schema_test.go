package dictionaries

import (
	"bytes"
	"encoding/json"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"reflect"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"
	"github.com/santhosh-tekuri/jsonschema/v6"
)

// TestSchemaFollowsTypes holds the published schema to the Go types it
// describes. UPDATE=1 writes it anew.
func TestSchemaFollowsTypes(t *testing.T) {
	g := schemaMaker{docs: fieldDocs(t), defs: map[string]any{}}
	root := g.object(reflect.TypeFor[File]())
	root["$schema"] = "https://json-schema.org/draft/2020-12/schema"
	root["title"] = "prescreen dictionary"
	root["required"] = []string{"dictionary"}
	root["$defs"] = g.defs
	var buf bytes.Buffer
	enc := json.NewEncoder(&buf)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	if err := enc.Encode(root); err != nil {
		t.Fatal(err)
	}
	if os.Getenv("UPDATE") == "1" {
		if err := os.WriteFile("schema.json", buf.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if !bytes.Equal(buf.Bytes(), Schema()) && os.Getenv("UPDATE") != "1" {
		t.Error("schema.json does not follow rule.go: run UPDATE=1 go test ./dictionaries")
	}
}

// TestShippedFollowsSchema checks what ships against what is published.
func TestShippedFollowsSchema(t *testing.T) {
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(Schema()))
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	if err := c.AddResource("schema.json", doc); err != nil {
		t.Fatal(err)
	}
	schema, err := c.Compile("schema.json")
	if err != nil {
		t.Fatal(err)
	}
	files, err := shipped.ReadDir("rules")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		if !strings.HasSuffix(f.Name(), ".yaml") {
			continue
		}
		data, err := shipped.ReadFile("rules/" + f.Name())
		if err != nil {
			t.Fatal(err)
		}
		js, err := yaml.YAMLToJSON(data)
		if err != nil {
			t.Fatal(err)
		}
		v, err := jsonschema.UnmarshalJSON(bytes.NewReader(js))
		if err != nil {
			t.Fatal(err)
		}
		if err := schema.Validate(v); err != nil {
			t.Errorf("%s: %v", f.Name(), err)
		}
	}
}

// fieldDocs reads the comments of the types: "Rule.id" → text.
func fieldDocs(t *testing.T) map[string]string {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), "rule.go", nil, parser.ParseComments)
	if err != nil {
		t.Fatal(err)
	}
	docs := map[string]string{}
	ast.Inspect(file, func(n ast.Node) bool {
		spec, ok := n.(*ast.TypeSpec)
		if !ok {
			return true
		}
		st, ok := spec.Type.(*ast.StructType)
		if !ok {
			return true
		}
		for _, f := range st.Fields.List {
			for _, name := range f.Names {
				text := f.Comment.Text()
				if text == "" {
					text = f.Doc.Text()
				}
				docs[spec.Name.Name+"."+name.Name] = strings.Join(strings.Fields(text), " ")
			}
		}
		return true
	})
	return docs
}

// schemaMaker turns types into a JSON Schema.
type schemaMaker struct {
	docs map[string]string
	defs map[string]any
}

func (g *schemaMaker) object(t reflect.Type) map[string]any {
	props := map[string]any{}
	for i := range t.NumField() {
		f := t.Field(i)
		name := f.Tag.Get("yaml")
		if name == "" || name == "-" {
			continue
		}
		s := g.of(f.Type)
		if words := wordsOf(t.Name() + "." + f.Name); words != nil {
			if s["type"] == "array" {
				s["items"] = map[string]any{"enum": words}
			} else {
				s = map[string]any{"enum": words}
			}
		}
		if doc := g.docs[t.Name()+"."+f.Name]; doc != "" {
			s["description"] = doc
		}
		props[name] = s
	}
	return map[string]any{"type": "object", "properties": props, "additionalProperties": false}
}

func (g *schemaMaker) of(t reflect.Type) map[string]any {
	switch t.Kind() {
	case reflect.Pointer:
		return g.of(t.Elem())
	case reflect.String:
		return map[string]any{"type": []string{"string", "number"}} // YAML reads 01 and 1.0 as numbers
	case reflect.Bool:
		return map[string]any{"type": "boolean"}
	case reflect.Int:
		return map[string]any{"type": "integer"}
	case reflect.Slice:
		return map[string]any{"type": "array", "items": g.of(t.Elem())}
	case reflect.Map:
		return map[string]any{"type": "object", "additionalProperties": g.of(t.Elem())}
	case reflect.Struct:
		if _, ok := g.defs[t.Name()]; !ok {
			g.defs[t.Name()] = nil // conditions contain conditions
			g.defs[t.Name()] = g.object(t)
		}
		return map[string]any{"$ref": "#/$defs/" + t.Name()}
	}
	panic("no schema for " + t.String())
}

// wordsOf returns the words a field may hold, nil for any.
func wordsOf(field string) []string {
	switch field {
	case "Rule.Category":
		return categories
	case "Rule.Severity", "CountStep.Severity", "HideStep.Severity", "Example.Sev":
		return severities
	case "Match.Fold":
		return foldNames
	case "Match.Boundary":
		return boundaries
	case "Number.Kinds", "Condition.Number":
		return numberKinds
	case "Number.Masked":
		return []string{"weak", "union"}
	case "Number.Styles":
		return []string{"ocr", "chinese"}
	case "Where.Parts", "Condition.Parts":
		return partNames
	case "Exclude.Context", "Condition.Context":
		return contextNames
	}
	return nil
}
