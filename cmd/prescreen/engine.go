package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"prescreen/crawler"
	"prescreen/dictionaries"
	"prescreen/internal/document"
	"prescreen/internal/lang"
	"prescreen/internal/pipeline"
	"prescreen/internal/report"
	"prescreen/internal/tracing"
	"prescreen/scanner"
	"prescreen/scanner/match"
	"prescreen/scanner/words"
)

// engine holds what every command that checks something needs: rules,
// scanner, parser and checker. Backends are chosen here and nowhere else.
type engine struct {
	cfg     Config
	lang    lang.Lang
	log     *slog.Logger
	live    *scanner.Live
	parser  pipeline.Parser
	checker *pipeline.Checker
	profile *scanner.Profile // of check --scan-stats
	close   []func()

	// stranger says that addresses come over the network: one that is written
	// as private is not meant for that.
	stranger bool
	reloaded func(error) // told of every reload of the rules; nil: nobody
	tracing  *tracing.Tracing

	mu       sync.Mutex
	fetchers map[bool]crawler.Fetcher // of checkURL, by whether private addresses may be asked
}

func (a *app) newEngine(cfg Config) (*engine, error) {
	defer collectLater()()
	key, err := installationKey(cfg.KeyFile)
	if err != nil {
		return nil, err
	}
	e := &engine{cfg: cfg, lang: a.lang, log: a.logger()}
	set, err := loadDictionaries(cfg)
	if err != nil {
		return nil, a.ruleErrors(err)
	}
	s, err := scanner.New(set, a.scannerConfig(cfg, key))
	if err != nil {
		return nil, err
	}
	e.live = scanner.NewLive(s)
	if err := e.openParser(a); err != nil {
		return nil, err
	}
	e.checker, err = pipeline.New(pipeline.Config{
		Parser: e.parser, Scanner: e.scanner, Logger: a.logger(),
		Policy: scanner.Policy{
			BlockAt:         scanner.Severity(cfg.Verdict.BlockSeverity),
			BlockConfidence: cfg.Verdict.BlockConfidence,
		},
	})
	return e, err
}

func (e *engine) openParser(a *app) error {
	cfg := document.Config{
		Logger:      a.logger(),
		PDFCacheDir: filepath.Join(e.cfg.CacheDir, "pdfium"),
		Limits: document.Limits{
			Unpacked: int64(e.cfg.Limits.UnpackedMB) << 20, Entries: e.cfg.Limits.Entries,
			Depth: e.cfg.Limits.Depth, Time: e.cfg.Limits.Time,
		},
		OCR: document.OCR{PerFile: e.cfg.Documents.OCRPages, PerRun: e.cfg.Documents.OCRRun},
	}
	if !e.cfg.Documents.OCR {
		cfg.OCR.Command = "-"
	}
	if !e.cfg.Documents.Isolate {
		p, err := document.New(cfg)
		if err != nil {
			return fmt.Errorf("open document parser: %w", err)
		}
		e.parser, e.close = p, append(e.close, func() { p.Close() })
		return nil
	}
	self, err := os.Executable()
	if err != nil {
		return fmt.Errorf("find own program for document workers: %w", err)
	}
	pool, err := document.NewPool(document.PoolConfig{Config: cfg, Command: []string{self, workerCommand}})
	if err != nil {
		return fmt.Errorf("open document workers: %w", err)
	}
	e.parser, e.close = pool, append(e.close, pool.Close)
	return nil
}

// workerCommand is the argument with which the program starts itself to read
// files in a process of its own.
const workerCommand = "document-worker"

func (a *app) scannerConfig(cfg Config, key []byte) scanner.Config {
	return scanner.Config{
		Key: key, Lang: string(a.lang),
		Words: words.New(words.Config{CacheDir: filepath.Join(cfg.CacheDir, "words"), Fold: match.NewFolder(match.Default).Rune}),
	}
}

// scanner returns what documents are scanned with at this moment.
func (e *engine) scanner() (pipeline.Scanner, string) {
	s := e.live.Scanner()
	if e.profile != nil {
		return e.profile, s.Set().Fingerprint()
	}
	return s, s.Set().Fingerprint()
}

// Close gives up what the engine holds.
func (e *engine) Close() {
	for _, f := range slices.Backward(e.close) {
		f()
	}
}

// ruleSet fingerprints the rules in force.
func (e *engine) ruleSet() string { return e.live.Scanner().Set().Fingerprint() }

// loadDictionaries reads the shipped rules and the unit's own.
func loadDictionaries(cfg Config) (*dictionaries.Set, error) {
	var key []byte
	if cfg.TermKeyFile != "" {
		var err error
		if key, err = os.ReadFile(cfg.TermKeyFile); err != nil {
			return nil, fmt.Errorf("read term_key_file: %w", err)
		}
	}
	var overlays []dictionaries.Source
	for _, dir := range cfg.Dictionaries {
		info, err := os.Stat(dir)
		if err == nil && !info.IsDir() {
			err = errors.New("is not a folder")
		}
		if err != nil {
			return nil, fmt.Errorf("dictionaries: %s: %w", dir, err)
		}
		overlays = append(overlays, dictionaries.Source{Name: dir, FS: os.DirFS(dir)})
	}
	return dictionaries.Load(dictionaries.Config{Overlays: overlays, Key: bytes.TrimSpace(key)})
}

func (a *app) reportOptions(cfg Config, e *engine) report.Options {
	set := e.live.Scanner().Set()
	return report.Options{
		Lang: a.lang, Version: buildVersion(), Organisation: cfg.Organisation, Now: time.Now(),
		RuleSet: fmt.Sprintf(a.lang.Pick("%d 条规则（%s）", "%d rules (%s)"), len(set.Rules()), set.Fingerprint()),
	}
}

// checkJob turns a job into a result, whatever happens to it.
func (e *engine) checkJob(ctx context.Context, j job) pipeline.Result {
	switch {
	case j.problem != nil:
		return e.checker.Failed(j.id, "", *j.problem)
	case j.url != "":
		return e.checkURL(ctx, j)
	case j.path != "":
		return e.checkFile(ctx, j)
	}
	return e.checker.Check(ctx, j.id, document.Input{
		Name: j.name, URL: j.address, Data: bytes.NewReader(j.data), Size: int64(len(j.data)), Fragment: j.fragment,
	})
}

func (e *engine) checkFile(ctx context.Context, j job) pipeline.Result {
	f, err := os.Open(j.path)
	if err != nil {
		return e.checker.Failed(j.id, "", *unreadable(j.path, err).problem)
	}
	defer f.Close()
	info, err := f.Stat()
	if err == nil && info.IsDir() {
		err = &fs.PathError{Op: "read", Path: j.path, Err: errors.New("is a folder; name the files in it")}
	}
	if err != nil {
		return e.checker.Failed(j.id, "", *unreadable(j.path, err).problem)
	}
	if limit := int64(e.cfg.Limits.FileMB) << 20; info.Size() > limit {
		return e.checker.Failed(j.id, "", scanner.Problem{
			Status: scanner.StatusLimit, File: j.path,
			Message: fmt.Sprintf("%s: %d MB, over the limit of %d MB; raise limits.file_mb to check it", j.path, info.Size()>>20, e.cfg.Limits.FileMB),
		})
	}
	return e.checker.Check(ctx, j.id, document.Input{Name: info.Name(), Data: f, Size: info.Size()})
}

// isPrivateLiteral reports whether a host is written as a private or loopback
// address, or as localhost: whoever writes that means it.
func isPrivateLiteral(host string) bool {
	if host == "localhost" {
		return true
	}
	addr, err := netip.ParseAddr(host)
	return err == nil && (addr.IsPrivate() || addr.IsLoopback())
}
