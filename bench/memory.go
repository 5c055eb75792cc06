package bench

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"runtime/debug"
	"strconv"
	"strings"
)

// PeakMemory runs the program self with args, which must build and search
// with one peer and then print ReportPeak, and returns what it printed.
func PeakMemory(self string, args ...string) (int64, error) {
	out, err := exec.Command(self, args...).Output()
	if err != nil {
		return 0, fmt.Errorf("measure memory with %q: %w", args, err)
	}
	return strconv.ParseInt(strings.TrimSpace(string(out)), 10, 64)
}

// ReportPeak returns the peak resident bytes of this process as Linux counts
// them, less base.
func ReportPeak(base int64) int64 { return status("VmHWM:") - base }

// Resident returns the resident bytes of this process after a collection.
func Resident() int64 {
	debug.FreeOSMemory()
	return status("VmRSS:")
}

func status(field string) int64 {
	data, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return 0
	}
	for line := range bytes.Lines(data) {
		if f := strings.Fields(string(line)); len(f) >= 2 && f[0] == field {
			n, _ := strconv.ParseInt(f[1], 10, 64)
			return n * 1024
		}
	}
	return 0
}
