package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
)

// reportFile appears under its name only when it is complete, so that nobody
// opens half a report, and a failed run leaves yesterday's in place.
type reportFile struct {
	*bufio.Writer
	tmp  *os.File
	path string
}

func newReportFile(path string) (*reportFile, error) {
	tmp, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+"-*")
	if err != nil {
		return nil, fmt.Errorf("create report: %w", err)
	}
	return &reportFile{bufio.NewWriterSize(tmp, 1<<16), tmp, path}, nil
}

func (f *reportFile) commit() error {
	err := errors.Join(f.Flush(), f.tmp.Close())
	if err == nil {
		err = os.Rename(f.tmp.Name(), f.path)
	}
	if err != nil {
		return fmt.Errorf("write %s: %w", f.path, err)
	}
	return nil
}

// abort removes what was not committed; after commit it does nothing.
func (f *reportFile) abort() {
	f.tmp.Close()
	os.Remove(f.tmp.Name())
}

// writeFile writes a file that appears when it is complete.
func (a *app) writeFile(path string, write func(io.Writer) error) error {
	f, err := newReportFile(path)
	if err != nil {
		return err
	}
	defer f.abort()
	if err := write(f); err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	return f.commit()
}
