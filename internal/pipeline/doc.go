// Package pipeline carries one page, file or draft from bytes to a verdict:
// it parses, scans, judges, and hands the result to the sinks. It is the only
// package that knows the crawler, the document parser and the scanner.
//
// It does not decide where results are kept or how they look; see the
// packages store and report.
package pipeline
