package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"time"

	"prescreen/internal/document"
)

// costs is what one file has cost.
type costs struct {
	Name     string
	Size     int64
	Took     time.Duration
	Peak     int64 // resident memory of the worker, or of this process for what it reads itself
	Segments int
	Statuses string
}

// memoryCases are all files of the measurement data, and the bombs.
func memoryCases(dir string) ([]benchCase, error) {
	var cases []benchCase
	for _, sub := range []string{"made", "found"} {
		err := filepath.WalkDir(filepath.Join(dir, sub), func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() {
				return err
			}
			name, err := filepath.Rel(dir, path)
			cases = append(cases, fileCase(dir, name))
			return err
		})
		if err != nil {
			return nil, err
		}
	}
	return append(cases, bombs()...), nil
}

// cost reads one case once, as a portal's file is read, in a new worker.
func cost(c benchCase) (costs, error) {
	m := costs{Name: c.name}
	content, err := c.content()
	if err != nil {
		return m, err
	}
	m.Size = int64(len(content))
	// It is read from the disk: this process must not hold it.
	file, err := os.CreateTemp("", "extractbench-*")
	if err != nil {
		return m, err
	}
	defer os.Remove(file.Name())
	defer file.Close()
	if _, err := file.Write(content); err != nil {
		return m, err
	}
	p, err := newPool(false, time.Minute)
	if err != nil {
		return m, err
	}
	defer p.Close()
	peak := watchPeak()
	start := time.Now()
	res, err := p.Parse(context.Background(), document.Input{Name: filepath.Base(c.name), Data: file, Size: m.Size})
	m.Took = time.Since(start)
	m.Peak = peak()
	if err != nil {
		return m, err
	}
	m.Segments = len(res.Segments)
	statuses := map[string]bool{}
	for _, pr := range res.Problems {
		if !strings.Contains(pr.Message, "switched off") {
			statuses[string(pr.Status)] = true
		}
	}
	m.Statuses = strings.Join(slices.Sorted(maps.Keys(statuses)), " ")
	if m.Statuses == "" {
		m.Statuses = "ok"
	}
	return m, nil
}

// watchPeak looks at the workers until the returned function is called, which
// gives the most memory any of them has had: one may die of its file.
func watchPeak() (stop func() int64) {
	done, result := make(chan struct{}), make(chan int64)
	go func() {
		tick := time.NewTicker(20 * time.Millisecond)
		defer tick.Stop()
		var most int64
		for last := false; ; {
			if at := reader(); at != "/proc/self" {
				most = max(most, at.peak())
			}
			if last {
				result <- most
				return
			}
			select {
			case <-done:
				last = true
			case <-tick.C:
			}
		}
	}()
	return func() int64 {
		close(done)
		return <-result
	}
}

// measureMemory prints the table of all cases, each measured by a process of
// its own, and writes it to results.
func measureMemory(data, results string, out io.Writer) error {
	cases, err := memoryCases(data)
	if err != nil {
		return err
	}
	self, err := os.Executable()
	if err != nil {
		return err
	}
	var b bytes.Buffer
	fmt.Fprintf(&b, "# What files cost in memory and time\n\nBy `make extract-memory`, %s, %s, %d CPUs. Every file once, in a new worker process, recognition off, time limit 60 s: all files of the measurement data, then files made to eat memory or time. Memory is the peak of the worker; `-` where the file is read in the main process. Time on a busy machine.\n\n",
		time.Now().Format("2006-01-02"), runtime.Version(), runtime.NumCPU())
	b.WriteString("| file | size | seconds | memory | segments | status |\n|---|---|---|---|---|---|\n")
	fmt.Fprint(out, b.String())
	for _, c := range cases {
		raw, err := exec.Command(self, "-data", data, "-cost", c.name).Output()
		var m costs
		if err == nil {
			err = json.Unmarshal(raw, &m)
		}
		line := fmt.Sprintf("| %s | | | | | %v |\n", c.name, err)
		if err == nil {
			memory := "-"
			if m.Peak > 0 {
				memory = fmt.Sprintf("%d MB", m.Peak>>20)
			}
			line = fmt.Sprintf("| %s | %d kB | %.2f | %s | %d | %s |\n", m.Name, (m.Size+1023)>>10, m.Took.Seconds(), memory, m.Segments, m.Statuses)
		}
		fmt.Fprint(out, line)
		b.WriteString(line)
	}
	if results == "" {
		return nil
	}
	return os.WriteFile(filepath.Join(results, time.Now().Format("2006-01-02")+"-extract-memory.md"), b.Bytes(), 0o644)
}

func printCost(data, name string, out io.Writer) error {
	cases, err := memoryCases(data)
	if err != nil {
		return err
	}
	for _, c := range cases {
		if c.name == name {
			m, err := cost(c)
			if err != nil {
				return err
			}
			return json.NewEncoder(out).Encode(m)
		}
	}
	return fmt.Errorf("no case %q", name)
}
