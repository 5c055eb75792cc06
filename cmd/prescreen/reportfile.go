package main

import (
	"bufio"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"prescreen/internal/report"
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

// fileWriter is a report.Writer whose file is committed on Close.
type fileWriter struct {
	report.Writer
	file *reportFile
}

func (w fileWriter) Close(s report.Summary) error {
	if err := w.Writer.Close(s); err != nil {
		return err
	}
	return w.file.commit()
}
