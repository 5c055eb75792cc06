package document

import (
	"bufio"
	"context"
	"encoding/gob"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"runtime"
	"runtime/debug"
	"time"

	"prescreen/scanner"
)

// workerLate is the exit code of a worker that noticed itself that a file
// takes longer than its limits allow.
const workerLate = 7

// workerFat is the exit code of a worker that noticed that a file makes it grow
// beyond what it may.
const workerFat = 8

// Segments travel together, so many or as many as come in so much time: those
// that have left count even if the worker dies.
const (
	workerBatch = 512
	workerWait  = 200 * time.Millisecond
)

// WorkerMain is the main function of a worker process of a Pool: it reads
// files from stdin one after the other and answers on stdout, until stdin
// ends. It returns the exit code. args are not used yet.
func WorkerMain(_ []string, stdin io.Reader, stdout io.Writer) int {
	in := bufio.NewReaderSize(stdin, 64<<10)
	dec, enc := gob.NewDecoder(in), gob.NewEncoder(stdout)
	var setup workerSetup
	if err := dec.Decode(&setup); err != nil {
		return 1
	}
	debug.SetMemoryLimit(setup.GoHeap)
	if err := limitProcess(setup.Memory); err != nil {
		fmt.Fprintf(os.Stderr, "document worker: limits: %v\n", err)
	}
	p, err := New(Config{
		Limits: setup.Limits, TempDir: setup.TempDir, PDFCacheDir: setup.PDFCacheDir, OCR: setup.OCR,
		Logger: slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelError})),
	})
	if err != nil {
		fmt.Fprintf(os.Stderr, "document worker: %v\n", err)
		return 1
	}
	defer p.Close()
	if p.pdf.guard, err = newCPUGuard(); err != nil {
		fmt.Fprintf(os.Stderr, "document worker: reads PDF files slowly: %v\n", err)
	}
	for {
		var req workerRequest
		if err := dec.Decode(&req); err != nil {
			if errors.Is(err, io.EOF) {
				return 0
			}
			return 1
		}
		if err := serve(p, req, setup, in, enc); err != nil {
			return 1
		}
	}
}

// serve reads one file and answers.
func serve(p *Parser, req workerRequest, setup workerSetup, in io.Reader, enc *gob.Encoder) error {
	sp := spool{dir: p.cfg.TempDir}
	defer sp.close()
	file := &io.LimitedReader{R: in, N: req.Size}
	_, err := io.Copy(&sp, file)
	if err != nil {
		// The rest of the file must be taken off the pipe all the same: what
		// has been read, not what could be written, tells how much that is.
		if _, derr := io.Copy(io.Discard, file); derr != nil {
			return derr
		}
		status, message := statusOf(err, false)
		return enc.Encode(workerAnswer{Result: &Result{Type: "unknown", Files: 1, Problems: []scanner.Problem{{Status: status, File: req.Name, Message: message}}}})
	}
	data, size, err := sp.open()
	if err != nil {
		return err
	}
	if err := limitCPU(time.Duration(runtime.NumCPU()) * (setup.Limits.Time + setup.Grace)); err != nil {
		fmt.Fprintf(os.Stderr, "document worker: processor time: %v\n", err)
	}
	stop := p.watch(setup.Limits.Time+setup.Grace, setup.Peak)
	defer stop()
	batch := make([]scanner.Segment, 0, workerBatch)
	var sent time.Time
	res, werr := p.walk(context.Background(), Input{
		Name: req.Name, URL: req.URL, ContentType: req.ContentType, Fragment: req.Fragment, Data: data, Size: size,
	}, !req.Again, func(s scanner.Segment) error {
		batch = append(batch, s)
		if len(batch) < workerBatch && time.Since(sent) < workerWait {
			return nil
		}
		err := enc.Encode(workerAnswer{Segments: batch})
		batch, sent = batch[:0], time.Now()
		return err
	})
	if werr != nil {
		return werr
	}
	return enc.Encode(workerAnswer{Segments: batch, Result: res, RSS: residentSize()})
}

// watch ends the process when a file takes longer than d of running time, or
// more than peak bytes of memory, recognition and the start of engines not
// counted, or more processor time than it may: some parser does not look at its deadline. The returned function
// ends the watch and waits for it.
func (p *Parser) watch(d time.Duration, peak int64) (stop func()) {
	done, ended := make(chan struct{}), make(chan struct{})
	cpu := make(chan os.Signal, 1)
	signal.Notify(cpu, cpuExceeded)
	go func() {
		defer close(ended)
		defer signal.Stop(cpu)
		tick := time.NewTicker(50 * time.Millisecond)
		defer tick.Stop()
		last := time.Now()
		var used time.Duration
		for {
			select {
			case <-done:
				return
			case <-cpu:
				os.Exit(workerLate)
			case now := <-tick.C:
				if p.ocr.busy.Load() == 0 && p.pdf.starting.Load() == 0 {
					used += now.Sub(last)
				}
				last = now
				if used > d {
					os.Exit(workerLate)
				}
				if p.pdf.starting.Load() == 0 && residentSize() > peak {
					os.Exit(workerFat)
				}
			}
		}
	}()
	return func() {
		close(done)
		<-ended
	}
}
