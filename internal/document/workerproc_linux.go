package document

import (
	"bytes"
	"io/fs"
	"os"
	"os/exec"
	"strconv"
	"syscall"
	"time"
	"unsafe"
)

// ownGroup puts a process into a group of its own, so that its deadline ends
// its children too, and lets it die with us.
func ownGroup(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
}

// isolate starts a process without a network: in a network namespace of its
// own, which has nothing but a loopback that is down. It needs the right to
// make user namespaces, which containers often withhold: see Pool.start.
func isolate(cmd *exec.Cmd) {
	a := cmd.SysProcAttr
	a.Cloneflags |= syscall.CLONE_NEWUSER | syscall.CLONE_NEWNET
	a.UidMappings = []syscall.SysProcIDMap{{ContainerID: os.Getuid(), HostID: os.Getuid(), Size: 1}}
	a.GidMappings = []syscall.SysProcIDMap{{ContainerID: os.Getgid(), HostID: os.Getgid(), Size: 1}}
}

// errNoNamespace is what the kernel says where namespaces are used up or
// switched off, apart from a refusal.
const errNoNamespace = syscall.ENOSPC

// limitCPU lets this process use so much more processor time before it is sent
// cpuExceeded; what it starts may use as much again, and is ended by it.
func limitCPU(more time.Duration) error {
	var used syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &used); err != nil {
		return err
	}
	var now syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_CPU, &now); err != nil {
		return err
	}
	total := time.Duration(used.Utime.Nano()+used.Stime.Nano()) + more
	now.Cur = min(uint64(total/time.Second)+1, now.Max)
	return syscall.Setrlimit(syscall.RLIMIT_CPU, &now)
}

// cpuExceeded is what a process gets that has used its processor time.
const cpuExceeded = syscall.SIGXCPU

// killGroup ends a process and its children.
func killGroup(cmd *exec.Cmd) {
	if cmd.Process != nil {
		_ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) // it may be gone already
	}
}

// limitProcess bounds what this process and its children may use: address
// space, size of a file written, open files; no core dumps.
func limitProcess(memory int64) error {
	for _, l := range []struct {
		what int
		max  uint64
	}{
		{syscall.RLIMIT_AS, uint64(memory)}, {syscall.RLIMIT_FSIZE, 2 << 30},
		{syscall.RLIMIT_NOFILE, 256}, {syscall.RLIMIT_CORE, 0},
	} {
		// What is tighter already stays so.
		var now syscall.Rlimit
		if err := syscall.Getrlimit(l.what, &now); err != nil {
			return err
		}
		most := min(l.max, now.Max)
		if err := syscall.Setrlimit(l.what, &syscall.Rlimit{Cur: most, Max: most}); err != nil {
			return err
		}
	}
	return nil
}

// residentSize is the memory this process has in use, in bytes.
func residentSize() int64 {
	data, err := os.ReadFile("/proc/self/statm")
	if err != nil {
		return 0
	}
	f := bytes.Fields(data)
	if len(f) < 2 {
		return 0
	}
	pages, err := strconv.ParseInt(string(f[1]), 10, 64)
	if err != nil {
		return 0
	}
	return pages * int64(os.Getpagesize())
}

// cpuGuard ends this process when it uses more than so much processor time,
// whatever it is doing: the kernel does it, without the help of the Go
// scheduler, which stands still while compiled WebAssembly runs and it wants
// to collect garbage. Not safe for concurrent use.
type cpuGuard struct{ timer int32 }

// newCPUGuard returns a guard that is not armed. It lives as long as the
// process.
func newCPUGuard() (*cpuGuard, error) {
	const processCPU = 2 // CLOCK_PROCESS_CPUTIME_ID
	event := struct {
		value  uint64
		signal int32
		notify int32 // 0 is SIGEV_SIGNAL
		_      [48]byte
	}{signal: int32(syscall.SIGKILL)}
	g := &cpuGuard{}
	if _, _, errno := syscall.Syscall(syscall.SYS_TIMER_CREATE, processCPU, uintptr(unsafe.Pointer(&event)), uintptr(unsafe.Pointer(&g.timer))); errno != 0 {
		return nil, errno
	}
	if err := g.set(0); err != nil {
		return nil, err
	}
	return g, nil
}

// arm lets this process use so much more processor time.
func (g *cpuGuard) arm(d time.Duration) { _ = g.set(max(d, time.Millisecond)) } // it has worked before

// disarm lifts the limit.
func (g *cpuGuard) disarm() { _ = g.set(0) }

func (g *cpuGuard) set(d time.Duration) error {
	spec := struct{ interval, value syscall.Timespec }{value: syscall.NsecToTimespec(d.Nanoseconds())}
	if _, _, errno := syscall.Syscall6(syscall.SYS_TIMER_SETTIME, uintptr(g.timer), 0, uintptr(unsafe.Pointer(&spec)), 0, 0, 0); errno != 0 {
		return errno
	}
	return nil
}

// ownedByUs reports whether a file is this user's.
func ownedByUs(info fs.FileInfo) bool {
	stat, ok := info.Sys().(*syscall.Stat_t)
	return ok && int(stat.Uid) == os.Geteuid()
}

// reserveMemory returns addresses behind which there is no memory yet; nil when
// there are none left.
func reserveMemory(size int) []byte {
	b, err := syscall.Mmap(-1, 0, size, syscall.PROT_READ|syscall.PROT_WRITE, syscall.MAP_ANON|syscall.MAP_PRIVATE|syscall.MAP_NORESERVE)
	if err != nil {
		return nil
	}
	return b
}

// discardMemory gives the memory behind reserved addresses back; they read as
// zeros from then on.
func discardMemory(b []byte) {
	if err := syscall.Madvise(b, syscall.MADV_DONTNEED); err != nil {
		clear(b)
	}
}

// releaseMemory gives reserved addresses back.
func releaseMemory(b []byte) { _ = syscall.Munmap(b) } // it was mapped
