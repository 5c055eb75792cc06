// Command valuesdrift compares the values of a chart with their schema and with
// their use: every value has a place in the schema and the other way round,
// and every value that a template reads exists. It prints one line for each
// difference and exits 1 if there is any.
package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"sigs.k8s.io/yaml"
)

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: valuesdrift CHART")
		os.Exit(2)
	}
	diffs, err := check(os.Args[1])
	if err != nil {
		fmt.Fprintln(os.Stderr, "valuesdrift:", err)
		os.Exit(2)
	}
	for _, d := range diffs {
		fmt.Println(d)
	}
	if len(diffs) > 0 {
		os.Exit(1)
	}
}

type object = map[string]any

func check(chart string) ([]string, error) {
	var values, schema object
	src, err := os.ReadFile(filepath.Join(chart, "values.yaml"))
	if err != nil {
		return nil, err
	}
	if err := yaml.Unmarshal(src, &values); err != nil {
		return nil, fmt.Errorf("values.yaml: %w", err)
	}
	if src, err = os.ReadFile(filepath.Join(chart, "values.schema.json")); err != nil {
		return nil, err
	}
	if err := json.Unmarshal(src, &schema); err != nil {
		return nil, fmt.Errorf("values.schema.json: %w", err)
	}
	diffs := compare("", values, schema)
	used, err := usedValues(chart)
	if err != nil {
		return nil, err
	}
	for _, path := range used {
		if !exists(values, strings.Split(path, ".")) {
			diffs = append(diffs, fmt.Sprintf("templates read .Values.%s, which values.yaml does not have", path))
		}
	}
	slices.Sort(diffs)
	return diffs, nil
}

// compare goes down as far as the schema names properties.
func compare(path string, values, schema object) (diffs []string) {
	properties, _ := schema["properties"].(object)
	if properties == nil {
		return nil
	}
	if schema["additionalProperties"] != false {
		diffs = append(diffs, fmt.Sprintf("values.schema.json: %q accepts unknown keys", path))
	}
	for key, value := range values {
		sub, ok := properties[key].(object)
		if !ok {
			diffs = append(diffs, fmt.Sprintf("values.schema.json has no %s%s", path, key))
			continue
		}
		if v, ok := value.(object); ok {
			diffs = append(diffs, compare(path+key+".", v, sub)...)
		}
	}
	for key := range properties {
		if _, ok := values[key]; !ok {
			diffs = append(diffs, fmt.Sprintf("values.yaml has no %s%s", path, key))
		}
	}
	return diffs
}

var reference = regexp.MustCompile(`\.Values\.([A-Za-z0-9_.]+[A-Za-z0-9_])`)

func usedValues(chart string) ([]string, error) {
	var out []string
	err := filepath.WalkDir(filepath.Join(chart, "templates"), func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		src, err := os.ReadFile(path)
		for _, m := range reference.FindAllSubmatch(src, -1) {
			out = append(out, string(m[1]))
		}
		return err
	})
	slices.Sort(out)
	return slices.Compact(out), err
}

// exists reports whether values have path, or end above it in a free map.
func exists(values object, path []string) bool {
	for i, key := range path {
		v, ok := values[key]
		if !ok {
			return i > 0 && len(values) == 0
		}
		if values, ok = v.(object); !ok {
			return i == len(path)-1
		}
	}
	return true
}
