package main

import (
	"bufio"
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"os"
	"path/filepath"
	"strings"

	"prescreen/internal/document"
	"prescreen/scanner"
)

// job is one document to check: where it comes from and under what name.
// Exactly one of url, path, data and problem is set.
type job struct {
	id       string
	url      string // to fetch
	path     string // to open
	data     []byte // the document itself
	name     string // file name of data
	address  string // address that data was, or will be, published under
	fragment bool   // data is a piece of HTML
	problem  *scanner.Problem
}

// jobs returns the documents behind the arguments, read as they are needed.
func (a *app) jobs(f checkFlags, targets []string) (iter.Seq[job], error) {
	if f.batch != "" {
		in, closeIn, err := a.openBatch(f.batch)
		if err != nil {
			return nil, err
		}
		return func(yield func(job) bool) {
			defer closeIn()
			batchJobs(in, yield)
		}, nil
	}
	return func(yield func(job) bool) {
		for _, target := range targets {
			if !a.targetJobs(target, f.name, yield) {
				return
			}
		}
	}, nil
}

func (a *app) openBatch(path string) (io.Reader, func(), error) {
	if path == "-" {
		return a.stdin, func() {}, nil
	}
	file, err := os.Open(path)
	if err != nil {
		return nil, nil, fmt.Errorf("open batch: %w", err)
	}
	return file, func() { file.Close() }, nil
}

func (a *app) targetJobs(target, name string, yield func(job) bool) bool {
	switch {
	case target == "-":
		return yield(stdinJob(a.stdin, name))
	case isURL(target):
		return yield(job{id: target, url: target})
	}
	info, err := os.Stat(target)
	if err != nil {
		return yield(unreadable(target, err))
	}
	if !info.IsDir() {
		return yield(job{id: target, path: target})
	}
	return folderJobs(target, yield)
}

func isURL(s string) bool {
	head, _, ok := strings.Cut(s, "://")
	return ok && (strings.EqualFold(head, "http") || strings.EqualFold(head, "https"))
}

func stdinJob(in io.Reader, name string) job {
	data, err := io.ReadAll(in)
	if err != nil {
		return unreadable("-", err)
	}
	j := job{id: "-", data: data, name: name}
	j.fragment = name == "" && document.SniffMarkup(string(data))
	return j
}

// folderJobs walks a folder in file-name order. What cannot be opened becomes
// a result of its own.
func folderJobs(dir string, yield func(job) bool) bool {
	more := true
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			more = yield(unreadable(path, err))
			if d != nil && d.IsDir() && more {
				return fs.SkipDir
			}
		case d.Type().IsRegular():
			more = yield(job{id: path, path: path})
		case d.Type()&fs.ModeSymlink != 0:
			more = linkJob(path, yield)
		}
		if !more {
			return fs.SkipAll
		}
		return nil
	})
	if err != nil && more {
		more = yield(unreadable(dir, err))
	}
	return more
}

// linkJob checks the file behind a symbolic link; links to folders are not
// followed (they may lead in circles), and that is said.
func linkJob(path string, yield func(job) bool) bool {
	info, err := os.Stat(path)
	switch {
	case err != nil:
		return yield(unreadable(path, err))
	case info.Mode().IsRegular():
		return yield(job{id: path, path: path})
	}
	return yield(unreadable(path, errors.New("a link to a folder is not followed; name the folder itself")))
}

func unreadable(id string, err error) job {
	msg := err.Error()
	var pe *fs.PathError
	if errors.As(err, &pe) {
		msg = fmt.Sprintf("%s: %v", pe.Path, pe.Err)
	}
	switch {
	case errors.Is(err, fs.ErrNotExist):
		msg = fmt.Sprintf("%s: no such file or folder; check the spelling, and put http:// or https:// before an address", id)
	case errors.Is(err, fs.ErrPermission):
		msg = fmt.Sprintf("%s: no permission to read it; run as a user who may", id)
	}
	return job{id: id, problem: &scanner.Problem{Status: scanner.StatusUnreachable, File: id, Message: msg}}
}

// batchLine is one line of a batch; unknown fields are ignored so that
// labelled data can be fed as it is.
type batchLine struct {
	ID       json.RawMessage `json:"id"`
	Text     *string         `json:"text"`
	HTML     *string         `json:"html"`
	URL      string          `json:"url"`
	Path     string          `json:"path"`
	Base64   *string         `json:"base64"`
	Filename string          `json:"filename"`
}

func batchJobs(in io.Reader, yield func(job) bool) {
	r := bufio.NewReaderSize(in, 1<<16)
	for n := 1; ; n++ {
		line, err := r.ReadBytes('\n')
		if trimmed := bytes.TrimSpace(line); len(trimmed) > 0 {
			if n == 1 {
				trimmed = bytes.TrimPrefix(trimmed, []byte("\xef\xbb\xbf"))
			}
			if !yield(batchJob(trimmed, n)) {
				return
			}
		}
		if err != nil {
			if !errors.Is(err, io.EOF) {
				yield(unreadable(fmt.Sprintf("line %d", n), err))
			}
			return
		}
	}
}

func batchJob(line []byte, n int) job {
	bad := func(id, format string, args ...any) job {
		msg := fmt.Sprintf("line %d: ", n) + fmt.Sprintf(format, args...)
		return job{id: id, problem: &scanner.Problem{Status: scanner.StatusDamaged, Message: msg}}
	}
	id := fmt.Sprintf("line %d", n)
	var b batchLine
	if err := json.Unmarshal(line, &b); err != nil {
		return bad(id, "not a JSON object with the known fields: %s", jsonReason(err))
	}
	if s := strings.Trim(string(b.ID), `"`); s != "" && s != "null" {
		id = s
		var str string
		if json.Unmarshal(b.ID, &str) == nil {
			id = str
		}
	}
	switch {
	case b.Text != nil:
		return job{id: id, data: []byte(*b.Text), address: b.URL, name: b.Filename, fragment: document.SniffMarkup(*b.Text)}
	case b.HTML != nil:
		return job{id: id, data: []byte(*b.HTML), address: b.URL, fragment: true}
	case b.Base64 != nil:
		data, err := base64.StdEncoding.DecodeString(strings.TrimSpace(*b.Base64))
		if err != nil {
			return bad(id, "base64: not valid base64 (RFC 4648, standard alphabet)")
		}
		return job{id: id, data: data, name: b.Filename, address: b.URL}
	case b.Path != "":
		return job{id: id, path: b.Path}
	case b.URL != "":
		return job{id: id, url: b.URL}
	}
	return bad(id, "nothing to check: give text, html, url, path, or base64 with filename")
}

// jsonReason says what is wrong without quoting the document.
func jsonReason(err error) string {
	var syn *json.SyntaxError
	if errors.As(err, &syn) {
		return fmt.Sprintf("syntax error at byte %d", syn.Offset)
	}
	var typ *json.UnmarshalTypeError
	if errors.As(err, &typ) {
		return fmt.Sprintf("field %q must be %s, not %s", typ.Field, typ.Type, typ.Value)
	}
	return "it ends too early"
}
