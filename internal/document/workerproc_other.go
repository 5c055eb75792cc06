//go:build !linux

package document

import "os/exec"

// Limits on processes are for Linux only; elsewhere a worker is merely ended.

func ownGroup(*exec.Cmd) {}

func killGroup(cmd *exec.Cmd) {
	if cmd.Process != nil {
		_ = cmd.Process.Kill() // it may be gone already
	}
}

func limitProcess(int64) error { return nil }

func residentSize() int64 { return 0 }
