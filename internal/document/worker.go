package document

import (
	"bufio"
	"context"
	"encoding/gob"
	"errors"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"time"

	"prescreen/scanner"
)

// worker is a running process.
type worker struct {
	cmd   *exec.Cmd
	in    *os.File
	out   *os.File
	enc   *gob.Encoder
	dec   *gob.Decoder
	files int
}

// workerSetup is the first thing a worker is told.
type workerSetup struct {
	Limits         Limits
	TempDir        string
	PDFCacheDir    string
	OCR            OCR
	Memory, GoHeap int64
	Peak           int64
	Grace          time.Duration
}

// workerRequest announces a file; its bytes follow.
type workerRequest struct {
	Name, URL, ContentType string
	Fragment               bool
	Again                  bool // another worker died of it: nothing that cannot be stopped
	Size                   int64
}

// workerAnswer carries segments; the last one of a file carries its result.
type workerAnswer struct {
	Segments []scanner.Segment
	Result   *Result
	RSS      int64
}

func (p *Pool) start() (*worker, error) {
	childIn, in, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	out, childOut, err := os.Pipe()
	if err != nil {
		childIn.Close()
		in.Close()
		return nil, err
	}
	command := func() *exec.Cmd {
		cmd := exec.Command(p.cfg.Command[0], p.cfg.Command[1:]...)
		cmd.Stdin, cmd.Stdout = childIn, childOut
		ownGroup(cmd)
		cmd.Cancel = nil // the pool ends it itself
		return cmd
	}
	cmd := command()
	if !p.network.Load() {
		isolate(cmd)
	}
	if err = cmd.Start(); errors.Is(err, fs.ErrPermission) || errors.Is(err, errNoNamespace) {
		// Not allowed here: the workers make no connections of their own, and
		// the container's network policy has to hold back what takes them over.
		if !p.network.Swap(true) {
			p.plain.cfg.Logger.Warn("document workers are not cut off from the network", "error", err)
		}
		cmd = command()
		err = cmd.Start()
	}
	childIn.Close()
	childOut.Close()
	if err != nil {
		in.Close()
		out.Close()
		return nil, err
	}
	w := &worker{cmd: cmd, in: in, out: out, enc: gob.NewEncoder(in), dec: gob.NewDecoder(bufio.NewReader(out))}
	c := p.cfg.Config
	err = w.enc.Encode(workerSetup{
		Limits: c.Limits, TempDir: c.TempDir, PDFCacheDir: c.PDFCacheDir, OCR: c.OCR,
		Memory: p.cfg.Memory, GoHeap: p.cfg.GoHeap, Peak: p.cfg.Peak, Grace: p.cfg.Grace,
	})
	if err != nil {
		w.stop()
		return nil, err
	}
	return w, nil
}

// stop ends the process and waits for it.
func (w *worker) stop() {
	w.in.Close()
	killGroup(w.cmd)
	w.out.Close()
	w.cmd.Wait() // killed: its error says so
}

// read has the worker read one file and hands its segments on.
func (w *worker) read(ctx context.Context, job *poolJob, limit time.Duration) (*Result, int64, error) {
	late := make(chan struct{})
	timer := time.AfterFunc(limit, func() {
		close(late)
		killGroup(w.cmd)
	})
	defer timer.Stop()
	stop := context.AfterFunc(ctx, func() { killGroup(w.cmd) })
	defer stop()

	in := job.in
	err := w.enc.Encode(workerRequest{in.Name, in.URL, in.ContentType, in.Fragment, job.again, in.Size})
	if err == nil {
		_, err = io.Copy(w.in, io.NewSectionReader(in.Data, 0, in.Size))
	}
	seen := 0
	for err == nil {
		var a workerAnswer
		if err = w.dec.Decode(&a); err != nil {
			break
		}
		for _, s := range a.Segments {
			// A second try gives again what the first one gave.
			if seen++; seen <= job.given {
				continue
			}
			job.given = seen
			if serr := job.sink(s); serr != nil {
				return &Result{}, 0, serr
			}
		}
		if a.Result != nil {
			return a.Result, a.RSS, nil
		}
	}
	if ctx.Err() != nil {
		return nil, 0, ctx.Err()
	}
	return nil, 0, w.whyDead(late)
}

func (w *worker) whyDead(late <-chan struct{}) error {
	killGroup(w.cmd)
	w.cmd.Wait() // the state is read below
	select {
	case <-late:
		return &deadWorker{why: "was not done in time", late: true}
	default:
	}
	switch state := w.cmd.ProcessState; {
	case state == nil:
		return &deadWorker{why: "was lost"}
	case state.ExitCode() == workerLate:
		return &deadWorker{why: "was not done in time", late: true}
	case state.ExitCode() == workerFat:
		return &deadWorker{why: "needed more memory than it may have", fat: true}
	case state.ExitCode() == 2:
		return &deadWorker{why: "ran out of memory or broke down"}
	default:
		return &deadWorker{why: "ended: " + state.String()}
	}
}
