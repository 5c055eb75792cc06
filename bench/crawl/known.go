package crawl

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// Memory is what Linux counts for a process, in bytes.
type Memory struct {
	Resident  int64 // VmRSS: all that is in memory, the program's own file too
	Anonymous int64 // RssAnon: what it allocated
	Peak      int64 // VmHWM
}

// Known crawls a Fan until so many addresses are known, looks at the memory of
// the crawling process, and stops it.
func (s *Site) Known(ctx context.Context, binary, dir string, known int) (Memory, error) {
	cmd, err := s.prescreen(ctx, binary, dir, time.Hour)
	if err != nil {
		return Memory{}, err
	}
	if err := cmd.Start(); err != nil {
		return Memory{}, err
	}
	done := make(chan error, 1)
	go func() { done <- cmd.Wait() }()
	for tick := time.Tick(100 * time.Millisecond); ; <-tick {
		if full, _ := s.Served(); full*links >= int64(known) {
			break
		}
		select {
		case err := <-done:
			return Memory{}, fmt.Errorf("the crawl ended too soon: %v", err)
		default:
		}
	}
	m, err := memoryOf(cmd.Process.Pid)
	if err != nil {
		return m, err
	}
	if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
		return m, err
	}
	<-done
	return m, nil
}

func memoryOf(pid int) (m Memory, err error) {
	f, err := os.Open(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return m, err
	}
	defer f.Close()
	for sc := bufio.NewScanner(f); sc.Scan(); {
		name, value, _ := strings.Cut(sc.Text(), ":")
		kb, _ := strconv.ParseInt(strings.TrimSuffix(strings.TrimSpace(value), " kB"), 10, 64)
		switch name {
		case "VmRSS":
			m.Resident = kb << 10
		case "RssAnon":
			m.Anonymous = kb << 10
		case "VmHWM":
			m.Peak = kb << 10
		}
	}
	return m, nil
}
