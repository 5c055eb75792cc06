package main

import (
	"bufio"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// expand replaces folders by the gold files below them.
func expand(names []string) ([]string, error) {
	var out []string
	for _, name := range names {
		err := filepath.WalkDir(name, func(p string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() {
				return err
			}
			switch filepath.Ext(p) {
			case ".conllu", ".txt", ".utf8", ".seg", ".gold":
				if !strings.HasPrefix(d.Name(), "LICENSE") {
					out = append(out, p)
				}
			default:
				if p == name {
					out = append(out, p)
				}
			}
			return nil
		})
		if err != nil {
			return nil, err
		}
	}
	return out, nil
}

// sentences calls f with the words of each sentence.
func sentences(r io.Reader, f func([]string) error) error {
	in := bufio.NewScanner(r)
	in.Buffer(nil, 16<<20)
	var ws []string
	conllu := false
	flush := func() error {
		if len(ws) == 0 {
			return nil
		}
		err := f(ws)
		ws = ws[:0]
		return err
	}
	for in.Scan() {
		line := strings.TrimRight(strings.TrimPrefix(in.Text(), "\ufeff"), "\r")
		cols := strings.Split(line, "\t")
		switch {
		case line == "":
			if err := flush(); err != nil {
				return err
			}
		case strings.HasPrefix(line, "#") && (conllu || strings.Contains(line, " = ")):
			conllu = true
		case len(cols) == 10:
			conllu = true
			if !strings.ContainsAny(cols[0], "-.") {
				ws = append(ws, cols[1])
			}
		default:
			ws = append(ws, strings.Fields(line)...)
			if err := flush(); err != nil {
				return err
			}
		}
	}
	if err := in.Err(); err != nil {
		return err
	}
	return flush()
}

// eachSentence calls f with the words of each sentence of a file.
func eachSentence(name string, f func([]string) error) error {
	in, err := os.Open(name)
	if err != nil {
		return err
	}
	defer in.Close()
	if err := sentences(in, f); err != nil {
		return fmt.Errorf("read %q: %w", name, err)
	}
	return nil
}

// join returns the text of the words, and at which byte offsets they have
// boundaries.
func join(ws []string) (text string, boundaries []bool) {
	text = strings.Join(ws, "")
	boundaries = make([]bool, len(text)+1)
	at := 0
	boundaries[0] = true
	for _, w := range ws {
		at += len(w)
		boundaries[at] = true
	}
	return text, boundaries
}

// boundaryInside reports a boundary between two offsets.
func boundaryInside(boundaries []bool, i, end int) bool {
	for k := i + 1; k < end; k++ {
		if boundaries[k] {
			return true
		}
	}
	return false
}
