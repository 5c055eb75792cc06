// Package store keeps what outlives a run, in one SQLite file or in a
// PostgreSQL database that many workers share: runs, what became of every
// page, cases (findings over all runs) with their history, exceptions, the
// audit log, and what is known of each URL for the next night (validators,
// hashes).
//
// It keeps masked excerpts, hashes and keyed fingerprints only; it never sees
// the text of a document. It decides nothing about who may do what.
package store
