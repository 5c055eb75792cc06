// Package dictionaries holds the rules and term lists as data: their shape,
// their strict loader, the shipped files embedded in the binary, and overlays
// of a unit's own.
//
// It does not match anything: the scanner compiles a Set and runs it. It reads
// no environment and no path of its own; folders come in as fs.FS, keys as
// bytes.
package dictionaries
