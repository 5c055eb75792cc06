// Package words answers one question about Chinese text: does a candidate cut
// across words? It is the only importer of gojieba, carries the segmenter's
// dictionary files compressed inside the binary, and loads them on first use.
//
// It segments the sentence around a candidate and nothing more, and it knows
// nothing of rules, documents or findings.
package words
