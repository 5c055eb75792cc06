package report

import (
	"encoding/json"
	"io"

	"prescreen/internal/pipeline"
)

// jsonlWriter writes one result per line, in the order of arrival.
type jsonlWriter struct{ enc *json.Encoder }

func newJSONLWriter(w io.Writer) *jsonlWriter {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	return &jsonlWriter{enc}
}

func (j *jsonlWriter) Write(r pipeline.Result) error { return j.enc.Encode(r) }
func (j *jsonlWriter) Close(Summary) error           { return nil }

// jsonWriter writes one object: the summary and all results.
type jsonWriter struct {
	w       io.Writer
	results []pipeline.Result
}

func (j *jsonWriter) Write(r pipeline.Result) error {
	j.results = append(j.results, r)
	return nil
}

func (j *jsonWriter) Close(s Summary) error {
	if s.NotChecked == nil {
		s.NotChecked = []Gap{}
	}
	if j.results == nil {
		j.results = []pipeline.Result{}
	}
	enc := json.NewEncoder(j.w)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	return enc.Encode(struct {
		Summary Summary           `json:"summary"`
		Results []pipeline.Result `json:"results"`
	}{s, j.results})
}
