package document

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	"prescreen/scanner"
)

// PoolConfig configures a Pool. Config and Command are needed; the rest has
// useful zero values.
type PoolConfig struct {
	Config  Config   // of the parsers, here and in the workers
	Command []string // program and arguments that end in WorkerMain, usually ourselves

	Workers int           // at most so many processes, default one per CPU
	Memory  int64         // address space of one, bytes, default 4 GB
	GoHeap  int64         // soft limit of its Go heap, bytes, default 1 GB
	Files   int           // a worker is replaced after so many files, default 200
	RSS     int64         // … or when it has grown to so many bytes, default 600 MB
	Peak    int64         // a file for which it grows beyond this is given up, bytes, default 640 MB
	Grace   time.Duration // beyond the time limits of a file before its worker is killed, default 10 s
}

// Pool reads documents like a Parser, but gives everything that is not plain
// text to worker processes with limits on memory and time. A file that makes
// its worker crash, hang or eat all memory costs that file, after one more
// try, and nothing else.
type Pool struct {
	cfg   PoolConfig
	plain *Parser
	slots chan *worker // one per worker allowed; nil where none runs yet

	network atomic.Bool // workers cannot be started without a network
	closing sync.Once
}

// NewPool returns a Pool. No process is started before the first file that
// needs one.
func NewPool(cfg PoolConfig) (*Pool, error) {
	if len(cfg.Command) == 0 {
		return nil, errors.New("document pool: no command for the workers")
	}
	plain, err := New(cfg.Config)
	if err != nil {
		return nil, err
	}
	cfg.Config.Limits = plain.cfg.Limits
	cfg.Config.OCR = plain.ocr.cfg
	fill(&cfg.Workers, runtime.NumCPU())
	fill(&cfg.Memory, 4<<30)
	fill(&cfg.GoHeap, 1<<30)
	fill(&cfg.Files, 200)
	fill(&cfg.RSS, 600<<20)
	fill(&cfg.Peak, 640<<20)
	fill(&cfg.Grace, 10*time.Second)
	p := &Pool{cfg: cfg, plain: plain, slots: make(chan *worker, cfg.Workers)}
	for range cfg.Workers {
		p.slots <- nil
	}
	return p, nil
}

// Close ends the workers. It waits for files that are being read.
func (p *Pool) Close() {
	p.closing.Do(func() {
		for range cap(p.slots) {
			if w := <-p.slots; w != nil {
				w.stop()
			}
		}
		p.plain.Close()
	})
}

// Parse is Parser.Parse.
func (p *Pool) Parse(ctx context.Context, in Input) (*Result, error) {
	var segments []scanner.Segment
	res, err := p.Walk(ctx, in, func(s scanner.Segment) error {
		segments = append(segments, s)
		return nil
	})
	res.Segments = segments
	return res, err
}

// Walk is Parser.Walk.
func (p *Pool) Walk(ctx context.Context, in Input, sink func(scanner.Segment) error) (*Result, error) {
	if in.Data == nil || p.harmless(in) {
		return p.plain.Walk(ctx, in, sink)
	}
	job := &poolJob{in: in, sink: sink}
	for try := 1; ; try++ {
		res, err := p.try(ctx, job)
		job.again = true
		var dead *deadWorker
		if !errors.As(err, &dead) || ctx.Err() != nil {
			if res == nil {
				res = &Result{}
			}
			return res, errors.Join(err, ctx.Err())
		}
		if try == 2 || dead.fat {
			return job.lost(dead), nil
		}
	}
}

// harmless reports whether in is markup or text, which is read in this process:
// its parsers need no memory beyond its size, and most pages are such.
func (p *Pool) harmless(in Input) bool {
	head := make([]byte, min(sniffHead, in.Size))
	n, _ := in.Data.ReadAt(head, 0) // an error shows again when it is read
	head = head[:n]
	for _, m := range magics {
		if len(head) >= len(m.sig) && string(head[:len(m.sig)]) == m.sig {
			return false
		}
	}
	if sniffLoose(head) != "" || !looksText(head) {
		return false
	}
	switch sniffText(&file{name: in.Name, url: in.URL, contentType: in.ContentType, fragment: in.Fragment}, head) {
	case "html", "text", "csv", "json", "markdown", "xml", "script", "style", "svg":
		return true
	}
	return false
}

// poolJob is one file on its way through a worker, perhaps two.
type poolJob struct {
	in    Input
	sink  func(scanner.Segment) error
	given int  // segments handed on
	again bool // this is the second try
}

// lost is the result of a file that has ended two workers.
func (j *poolJob) lost(dead *deadWorker) *Result {
	status, often := scanner.StatusDamaged, ", twice"
	if dead.fat {
		status, often = scanner.StatusLimit, "" // it would again
	} else if dead.late {
		status = scanner.StatusTimeout
	} else if j.given > 1 {
		status = scanner.StatusPartial
	}
	return &Result{Type: "unknown", Files: 1, Problems: []scanner.Problem{{
		Status: status, File: j.in.Name, Message: "the process that read it " + dead.why + often,
	}}}
}

// deadWorker is the error of a worker that ended before it had answered.
type deadWorker struct {
	why  string
	late bool
	fat  bool
}

func (e *deadWorker) Error() string { return "document worker " + e.why }

// try reads a file in a worker. A worker that fails is not used again.
func (p *Pool) try(ctx context.Context, job *poolJob) (*Result, error) {
	var w *worker
	select {
	case w = <-p.slots:
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	var err error
	if w == nil {
		if w, err = p.start(); err != nil {
			p.slots <- nil
			return &Result{Files: 1, Problems: []scanner.Problem{{
				Status: scanner.StatusPartial, File: job.in.Name, Message: oneLine(fmt.Sprintf("no process to read it in: %v", err)),
			}}}, nil
		}
	}
	res, rss, err := w.read(ctx, job, p.deadline())
	w.files++
	if err != nil || w.files >= p.cfg.Files || rss > p.cfg.RSS {
		w.stop()
		w = nil
	}
	p.slots <- w
	return res, err
}

// deadline is the longest a worker may take for one file.
func (p *Pool) deadline() time.Duration {
	ocr := p.cfg.Config.OCR
	return p.cfg.Config.Limits.Time + time.Duration(3*ocr.PerFile)*ocr.Time + 2*p.cfg.Grace
}
