package main

import (
	"runtime/debug"
	"runtime/metrics"
)

const (
	// heapAim is the size up to which the heap may grow before its garbage is
	// collected, in bytes. Collecting earlier, a night on which little has
	// changed would spend a fifth of its time on it.
	heapAim = 56 << 20
	// Beyond it, room for garbage in percent of what is in use: with a million
	// addresses, 30 takes a few percent more time and a third less memory than
	// the usual 100.
	roomMin, roomMax = 30, 80
	// Building a scanner makes more than 100 MB of garbage in a moment, and
	// little that stays. Collecting it with the usual 100 takes a quarter of the
	// time of a short command.
	roomBuilding = 400
)

// collectLater lets garbage lie until the function that it returns is called.
func collectLater() (end func()) {
	room := debug.SetGCPercent(roomBuilding)
	return func() { debug.SetGCPercent(room) }
}

// saveMemory makes the garbage collector fit a long run, by what is in use at
// this moment. GOGC overrides it.
func (a *app) saveMemory() {
	if a.getenv("GOGC") != "" {
		return
	}
	live := []metrics.Sample{{Name: "/gc/heap/live:bytes"}}
	metrics.Read(live)
	used := max(int64(live[0].Value.Uint64()), 1)
	debug.SetGCPercent(int(min(max((heapAim-used)*100/used, roomMin), roomMax)))
}
