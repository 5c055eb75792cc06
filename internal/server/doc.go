// Package server is the HTTP API and the web pages of prescreen: checks before
// publishing, triage of findings, runs, rules and the log, for people with
// different duties and for programs with tokens.
//
// Every route stands in one table with what it takes to use it (access.go);
// a route that is not in the table cannot be registered. It shows masked
// excerpts only, keeps nothing of what is checked, and writes every access to
// findings into the log. It does not crawl, parse, scan or store: it asks
// those who do through small interfaces, and it never fetches an address
// itself.
package server
