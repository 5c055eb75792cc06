// Package store keeps what outlives a run in one SQLite file: runs, what
// became of every page, findings, and what is known of each URL for the next
// night (validators, hashes).
//
// It keeps masked excerpts, hashes and keyed fingerprints only; it never sees
// the text of a document.
package store
