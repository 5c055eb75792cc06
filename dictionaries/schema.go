package dictionaries

import (
	_ "embed"
	"slices"
)

//go:embed schema.json
var schema []byte

// Schema returns the JSON Schema of dictionary files, for editors: put
//
//	# yaml-language-server: $schema=schema.json
//
// on top of a file. The loader is stricter than any schema can be.
func Schema() []byte { return slices.Clone(schema) }
