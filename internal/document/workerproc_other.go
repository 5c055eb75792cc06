//go:build !linux

package document

import (
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"time"
)

// Limits on processes are for Linux only; elsewhere a worker is merely ended.

func ownGroup(*exec.Cmd) {}

func isolate(*exec.Cmd) {}

var errNoNamespace = errors.New("no namespaces")

func limitCPU(time.Duration) error { return nil }

// cpuExceeded is never sent.
const cpuExceeded = stopSignal("cpu")

type stopSignal string

func (s stopSignal) Signal()        {}
func (s stopSignal) String() string { return string(s) }

var _ os.Signal = cpuExceeded

func killGroup(cmd *exec.Cmd) {
	if cmd.Process != nil {
		_ = cmd.Process.Kill() // it may be gone already
	}
}

func limitProcess(int64) error { return nil }

func residentSize() int64 { return 0 }

// cpuGuard does not exist: see newCPUGuard.
type cpuGuard struct{}

func newCPUGuard() (*cpuGuard, error) { return nil, errors.ErrUnsupported }

func (*cpuGuard) arm(time.Duration) {}

func (*cpuGuard) disarm() {}

func ownedByUs(fs.FileInfo) bool { return false }

func reserveMemory(int) []byte { return nil }

func discardMemory([]byte) {}

func releaseMemory([]byte) {}
