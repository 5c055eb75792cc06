//go:build race

package crawler_test

// raceEnabled: everything takes ten times as long.
const raceEnabled = true
