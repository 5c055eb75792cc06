// Package scanner turns the segments of a document into findings, and findings
// into a verdict. It does no I/O, keeps no state between documents, and is
// immutable once built: one Scanner serves all workers.
//
// It does not fetch, parse files, or decide what to do about a finding.
package scanner
