//go:build race

package match

// raceEnabled: under the race detector pools drop what they are given.
const raceEnabled = true
