package report

import (
	"bytes"
	"encoding/json"
	"path/filepath"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"prescreen/internal/cases"
	"prescreen/internal/lang"
)

// The schema is that of the OASIS standard, see NOTICE.
func TestSARIFSchema(t *testing.T) {
	schema, err := jsonschema.NewCompiler().Compile(filepath.Join("testdata", "sarif-schema-2.1.0.json"))
	if err != nil {
		t.Fatal(err)
	}
	followed := generated(2000, 60)
	followed.Cases[3].State = cases.Dismissed
	results, sum := sample()
	var runs []*Run
	for i := range results {
		runs = append(runs, &Run{Summary: sum, Cases: CasesOf(&results[i])})
	}
	for i, run := range append(runs, followed, hostileRun(), &Run{}) {
		var b bytes.Buffer
		if err := Render(&b, SARIF, run, generatedOptions(lang.Chinese)); err != nil {
			t.Fatal(err)
		}
		v, err := jsonschema.UnmarshalJSON(bytes.NewReader(b.Bytes()))
		if err != nil {
			t.Fatal(err)
		}
		if err := schema.Validate(v); err != nil {
			t.Errorf("run %d: %v", i, err)
		}
	}
	// The schema must be able to refuse.
	if err := schema.Validate(map[string]any{"version": "2.1.0", "runs": []any{map[string]any{"tool": 1}}}); err == nil {
		t.Error("the schema accepts anything")
	}
}

// The lines match the published schema.
func TestLinesSchema(t *testing.T) {
	schema, err := jsonschema.NewCompiler().Compile(filepath.Join("..", "..", "docs", "report.schema.json"))
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if err := Render(&b, JSONL, generated(2000, 60), generatedOptions(lang.Chinese)); err != nil {
		t.Fatal(err)
	}
	lines := bytes.Split(bytes.TrimSpace(b.Bytes()), []byte("\n"))
	if len(lines) != 1+60+10 {
		t.Errorf("%d lines, want one of the run, 60 cases, 10 gaps", len(lines))
	}
	for _, line := range lines {
		v, err := jsonschema.UnmarshalJSON(bytes.NewReader(line))
		if err != nil {
			t.Fatal(err)
		}
		if err := schema.Validate(v); err != nil {
			t.Errorf("%v\n%s", err, line)
		}
	}
	var head struct {
		Type string `json:"type"`
		V    int    `json:"v"`
	}
	if err := json.Unmarshal(lines[0], &head); err != nil || head.Type != "run" || head.V != LinesVersion {
		t.Errorf("first line: %+v %v", head, err)
	}
}
