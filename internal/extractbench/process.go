package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strconv"
	"time"
)

// process is a running process by its folder in /proc, "" for none.
type process string

// reader returns the process that has read the file: the worker this process
// has started, or itself where it has none.
func reader() process {
	self := []byte(strconv.Itoa(os.Getpid()))
	stats, _ := filepath.Glob("/proc/[0-9]*/stat") // the pattern is right
	for _, path := range stats {
		stat, err := os.ReadFile(path)
		if err != nil {
			continue // it has ended
		}
		// The name, which may hold anything, ends at the last parenthesis.
		if f := bytes.Fields(stat[bytes.LastIndexByte(stat, ')')+1:]); len(f) > 1 && bytes.Equal(f[1], self) {
			return process(filepath.Dir(path))
		}
	}
	return "/proc/self"
}

// processorTime is what the process has used so far, to the nanosecond.
func (p process) processorTime() time.Duration {
	var sum time.Duration
	tasks, _ := filepath.Glob(filepath.Join(string(p), "task", "*", "schedstat")) // the pattern is right
	for _, path := range tasks {
		stat, err := os.ReadFile(path)
		if err != nil {
			continue // it has ended
		}
		if f := bytes.Fields(stat); len(f) > 0 {
			n, _ := strconv.ParseInt(string(f[0]), 10, 64) // the kernel writes a number
			sum += time.Duration(n)
		}
	}
	return sum
}

// peak is the most memory the process has had resident, in bytes.
func (p process) peak() int64 {
	status, err := os.ReadFile(filepath.Join(string(p), "status"))
	if err != nil {
		return 0
	}
	_, after, _ := bytes.Cut(status, []byte("VmHWM:"))
	if f := bytes.Fields(after); len(f) > 0 {
		kb, _ := strconv.ParseInt(string(f[0]), 10, 64) // the kernel writes a number
		return kb << 10
	}
	return 0
}
