package main

import (
	"context"
	"io/fs"
	"log/slog"
	"os"
	"os/signal"
	"path/filepath"
	"sync"
	"syscall"
	"time"
)

// watchEvery is how often files are looked at for changes: the unit's own
// dictionaries, the certificate. Network file systems give no notice.
const watchEvery = 5 * time.Second

// watchRules reloads the rules on SIGHUP and when a file in the unit's own
// dictionaries changes, until the returned function is called. A rule set that
// does not load, or fails its own tests, changes nothing.
func (e *engine) watchRules(ctx context.Context, log *slog.Logger) (stop func()) {
	return watchFiles(ctx, func() state { return newest(e.cfg.Dictionaries) }, func() { e.reload(ctx, log) })
}

// watchFiles calls changed on SIGHUP and when look returns another state, until
// the returned function is called.
func watchFiles(ctx context.Context, look func() state, changed func()) (stop func()) {
	ctx, cancel := context.WithCancel(ctx)
	hup := make(chan os.Signal, 1)
	signal.Notify(hup, syscall.SIGHUP)
	var wg sync.WaitGroup
	wg.Go(func() {
		tick := time.NewTicker(watchEvery)
		defer tick.Stop()
		seen := look()
		for {
			select {
			case <-ctx.Done():
				return
			case <-hup:
				seen = look()
			case <-tick.C:
				now := look()
				if now == seen {
					continue
				}
				seen = now
			}
			changed()
		}
	})
	return func() {
		signal.Stop(hup)
		cancel()
		wg.Wait()
	}
}

func (e *engine) reload(ctx context.Context, log *slog.Logger) {
	set, err := loadDictionaries(e.cfg)
	if err == nil {
		var changed bool
		if changed, err = e.live.Reload(ctx, set); err == nil {
			e.tellReload(nil)
			log.Info(e.lang.Pick("规则已重新加载", "rules reloaded"), "changed", changed, "rules", set.Version())
			return
		}
	}
	e.tellReload(err)
	log.Error(e.lang.Pick("新规则有误，继续使用原有规则", "the new rules are not good; the old ones stay"), "err", err)
}

func (e *engine) tellReload(err error) {
	if e.reloaded != nil {
		e.reloaded(err)
	}
}

// state tells one content of some files from another, by what the file system
// says.
type state struct {
	files int
	bytes int64
	last  time.Time
}

func (s *state) add(info fs.FileInfo) {
	s.files++
	s.bytes += info.Size()
	if info.ModTime().After(s.last) {
		s.last = info.ModTime()
	}
}

func newest(folders []string) (s state) {
	for _, dir := range folders {
		// What cannot be read is reported by the reload, not here.
		_ = filepath.WalkDir(dir, func(_ string, d fs.DirEntry, err error) error {
			if err != nil || !d.Type().IsRegular() {
				return nil
			}
			if info, err := d.Info(); err == nil {
				s.add(info)
			}
			return nil
		})
	}
	return s
}
