//go:build race

package scanner

// raceDetector makes pools forget at random, so allocations are not counted.
const raceDetector = true
