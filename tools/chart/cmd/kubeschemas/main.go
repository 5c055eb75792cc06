// Command kubeschemas writes JSON schemas for kubeconform, one file for each
// kind, from what Kubernetes and operators publish:
//
//	kubeschemas OUT swagger.json            the OpenAPI document of Kubernetes
//	kubeschemas OUT crd.yaml …              CustomResourceDefinitions
//
// Unknown fields are errors in them, as they are to an API server that
// validates strictly. It does not know the rules that are written in code.
package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	yamlv3 "gopkg.in/yaml.v3"
	"sigs.k8s.io/yaml"
)

func main() {
	if len(os.Args) < 3 {
		fmt.Fprintln(os.Stderr, "usage: kubeschemas OUT FILE…")
		os.Exit(2)
	}
	for _, path := range os.Args[2:] {
		if err := convert(os.Args[1], path); err != nil {
			fmt.Fprintf(os.Stderr, "kubeschemas: %s: %v\n", path, err)
			os.Exit(1)
		}
	}
}

type object = map[string]any

func convert(out, path string) error {
	src, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	if strings.HasSuffix(path, ".json") {
		return fromSwagger(out, src)
	}
	dec := yamlv3.NewDecoder(bytes.NewReader(src))
	for {
		var node yamlv3.Node
		if err := dec.Decode(&node); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return err
		}
		part, err := yamlv3.Marshal(&node)
		if err != nil {
			return err
		}
		if err := fromCRD(out, part); err != nil {
			return err
		}
	}
}

type groupVersionKind struct{ Group, Version, Kind string }

// file is the name that kubeconform asks for.
func (k groupVersionKind) file() string {
	group, _, _ := strings.Cut(k.Group, ".")
	name := strings.ToLower(k.Kind)
	if group != "" {
		name += "-" + group
	}
	return name + "-" + strings.ToLower(k.Version) + ".json"
}

func fromSwagger(out string, src []byte) error {
	var doc struct{ Definitions map[string]object }
	if err := json.Unmarshal(src, &doc); err != nil {
		return err
	}
	for _, def := range doc.Definitions {
		var ids struct {
			GVK []groupVersionKind `json:"x-kubernetes-group-version-kind"`
		}
		raw, err := json.Marshal(def)
		if err != nil {
			return err
		}
		if err := json.Unmarshal(raw, &ids); err != nil {
			return err
		}
		if len(ids.GVK) != 1 || def["properties"] == nil {
			continue // shared by all kinds, such as DeleteOptions
		}
		in := inliner{doc.Definitions, map[string]bool{}}
		if err := write(out, ids.GVK[0], in.schema(def)); err != nil {
			return err
		}
	}
	return nil
}

// inliner puts definitions in the place of references to them.
type inliner struct {
	definitions map[string]object
	open        map[string]bool // definitions that are being put in: they may contain themselves
}

func (in inliner) schema(v any) any {
	switch v := v.(type) {
	case []any:
		out := make([]any, len(v))
		for i := range v {
			out[i] = in.schema(v[i])
		}
		return out
	case object:
		if ref, ok := v["$ref"].(string); ok {
			return in.reference(strings.TrimPrefix(ref, "#/definitions/"))
		}
		out := object{}
		for key, value := range v {
			switch {
			case key == "description" || strings.HasPrefix(key, "x-"):
				if _, isText := value.(string); isText || strings.HasPrefix(key, "x-") {
					continue
				}
			}
			out[key] = in.schema(value)
		}
		return strict(out)
	}
	return v
}

func (in inliner) reference(name string) any {
	if in.open[name] {
		return object{}
	}
	in.open[name] = true
	defer delete(in.open, name)
	def := in.definitions[name]
	if strings.HasSuffix(name, "IntOrString") || strings.HasSuffix(name, "Quantity") {
		return object{"oneOf": []any{object{"type": "string"}, object{"type": "number"}}}
	}
	return in.schema(def)
}

// strict closes an object with named fields.
func strict(s object) object {
	if _, named := s["properties"].(object); named && s["additionalProperties"] == nil && s["x-kubernetes-preserve-unknown-fields"] != true {
		if t, ok := s["type"]; ok && t == "object" {
			s["additionalProperties"] = false
		}
	}
	return s
}

func fromCRD(out string, src []byte) error {
	var crd struct {
		Kind string
		Spec struct {
			Group    string
			Names    struct{ Kind string }
			Versions []struct {
				Name   string
				Schema struct {
					OpenAPIV3Schema object `json:"openAPIV3Schema"`
				}
			}
		}
	}
	if err := yaml.Unmarshal(src, &crd); err != nil {
		return err
	}
	if crd.Kind != "CustomResourceDefinition" {
		return nil
	}
	for _, v := range crd.Spec.Versions {
		schema, _ := inliner{nil, nil}.schema(v.Schema.OpenAPIV3Schema).(object)
		if p, ok := schema["properties"].(object); ok {
			p["metadata"] = object{"type": "object"}
		}
		if err := write(out, groupVersionKind{crd.Spec.Group, v.Name, crd.Spec.Names.Kind}, schema); err != nil {
			return err
		}
	}
	return nil
}

func write(out string, id groupVersionKind, schema any) error {
	if err := os.MkdirAll(out, 0o755); err != nil {
		return err
	}
	b, err := json.Marshal(schema)
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(out, id.file()), b, 0o644)
}
