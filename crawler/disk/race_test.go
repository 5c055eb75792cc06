//go:build race

package disk

// raceEnabled: everything takes ten times as long.
const raceEnabled = true
