// Package report writes results for people and for machines: text, JSON, JSON
// Lines, SARIF 2.1.0 and one self-contained HTML file.
//
// It decides nothing and shows only what a result holds: masked excerpts,
// never a full value.
package report
