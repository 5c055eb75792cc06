package document

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/klippa-app/go-pdfium"
	"github.com/klippa-app/go-pdfium/webassembly"
	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"
	"github.com/tetratelabs/wazero/experimental"
)

// pdfMemoryPages bounds the memory of the PDF engine, in pages of 64 kB.
const pdfMemoryPages = 4096

// pdfEngines lends PDF engines, starting them when first needed. The engine
// is PDFium compiled to WebAssembly: a hostile file cannot leave its memory.
//
// It comes in two kinds. The stoppable one looks in every loop whether it was
// cancelled, which takes more time than all its other work. The fast one does
// not: only the end of its process ends it, which guard sees to.
type pdfEngines struct {
	cacheDir string
	tempDir  string    // for the compiled code where cacheDir cannot be used
	guard    *cpuGuard // nil where there must be no fast engine

	mu       sync.Mutex
	caches   []wazero.CompilationCache // the last one is in use
	idle     map[bool][]*pdfEngine     // by fast
	starting atomic.Int32              // starts going on
}

// pdfEngine is one engine; it reads one file at a time.
type pdfEngine struct {
	pool   pdfium.Pool
	memory pdfMemory
	cancel context.CancelFunc
	guard  *cpuGuard   // of a fast one, else nil
	late   atomic.Bool // stopped by watch
}

// errNoEngine means that the PDF engine could not be started.
var errNoEngine = errors.New("the PDF engine does not start")

// take returns an idle engine or starts one. Starting costs about 0.1 s with
// a filled cache and some seconds without.
func (e *pdfEngines) take(fast bool) (*pdfEngine, error) {
	e.starting.Add(1)
	defer e.starting.Add(-1)
	e.mu.Lock()
	defer e.mu.Unlock()
	fast = fast && e.guard != nil
	if list := e.idle[fast]; len(list) > 0 {
		engine := list[len(list)-1]
		e.idle[fast] = list[:len(list)-1]
		return engine, nil
	}
	return e.start(fast)
}

// start starts an engine, if need be past a cache that cannot be used: what is
// damaged is deleted, a folder that cannot be used replaced.
func (e *pdfEngines) start(fast bool) (*pdfEngine, error) {
	if n := len(e.caches); n > 0 {
		if engine, err := e.open(e.caches[n-1], fast); err == nil {
			return engine, nil
		}
	}
	began := time.Now()
	defer func() {
		if time.Since(began) > time.Second { // it was compiled
			debug.FreeOSMemory()
		}
	}()
	var all error
	for _, dir := range e.cacheDirs() {
		engine, err := e.startIn(dir, fast)
		if isDamagedCache(err) && emptyCache(dir) {
			engine, err = e.startIn(dir, fast)
		}
		if err == nil {
			return engine, nil
		}
		all = errors.Join(all, err)
	}
	return nil, fmt.Errorf("%w: %w", errNoEngine, all)
}

// startIn starts an engine with the compiled code in dir. Code that cannot be
// stored is an error, but has been compiled: the second try finds it in memory
// where the disk is full or read-only.
func (e *pdfEngines) startIn(dir string, fast bool) (*pdfEngine, error) {
	if dir == e.spareDir() && !makeOwnDir(dir) {
		return nil, fmt.Errorf("folder %q is not ours alone", dir)
	}
	cache, err := openPDFCache(dir)
	if err != nil {
		return nil, err
	}
	e.caches = append(e.caches, cache)
	engine, err := e.open(cache, fast)
	if err != nil && !isDamagedCache(err) {
		engine, err = e.open(cache, fast)
	}
	return engine, err
}

// cacheDirs lists the folders to try for the compiled code; "" is memory. Code
// in them is run, so they must be the user's own.
func (e *pdfEngines) cacheDirs() []string {
	if e.cacheDir == "" {
		return []string{""}
	}
	return []string{e.cacheDir, e.spareDir(), ""}
}

// spareDir is a folder in a place everybody may write to.
func (e *pdfEngines) spareDir() string {
	return filepath.Join(e.tempDir, fmt.Sprintf("prescreen-pdfium-%d", os.Getuid()))
}

// makeOwnDir makes a folder in a place everybody may write to, and reports
// whether it is there and nobody else's.
func makeOwnDir(dir string) bool {
	_ = os.Mkdir(dir, 0o700) // what is there is looked at
	info, err := os.Lstat(dir)
	return err == nil && info.IsDir() && info.Mode().Perm() == 0o700 && ownedByUs(info)
}

func openPDFCache(dir string) (wazero.CompilationCache, error) {
	if dir == "" {
		return wazero.NewCompilationCache(), nil
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	return wazero.NewCompilationCacheWithDir(dir)
}

// isDamagedCache reports whether the compiled code could not be loaded; the
// compiler has no error to tell by.
func isDamagedCache(err error) bool {
	return err != nil && strings.Contains(err.Error(), "compilationcache:")
}

// emptyCache deletes the compiled code in dir and reports whether there was any.
func emptyCache(dir string) bool {
	files, err := filepath.Glob(filepath.Join(dir, "wazero-*", "*"))
	if err != nil || dir == "" {
		return false
	}
	deleted := false
	for _, f := range files {
		deleted = os.Remove(f) == nil || deleted
	}
	return deleted
}

// open starts an engine with the compiled code of cache.
func (e *pdfEngines) open(cache wazero.CompilationCache, fast bool) (*pdfEngine, error) {
	fonts, err := pdfFonts()
	if err != nil {
		return nil, err
	}
	engine := &pdfEngine{}
	if fast {
		engine.guard = e.guard
	}
	// The engine outlives the file that starts it, hence the background; it
	// ends with cancel.
	ctx, cancel := context.WithCancel(experimental.WithMemoryAllocator(
		experimental.WithCompilationWorkers(context.Background(), min(4, runtime.NumCPU())), &engine.memory))
	engine.cancel = cancel
	engine.pool, err = webassembly.Init(webassembly.Config{
		Context: ctx, MinIdle: 0, MaxIdle: 1, MaxTotal: 1,
		FSConfig: wazero.NewFSConfig().WithFSMount(fonts, "/"), // no other files
		Stdout:   io.Discard, Stderr: io.Discard,
		RuntimeConfig: wazero.NewRuntimeConfigCompiler().
			WithCompilationCache(cache).
			WithCoreFeatures(api.CoreFeaturesV2 | experimental.CoreFeaturesExceptionHandling).
			WithCloseOnContextDone(!fast).
			WithMemoryLimitPages(pdfMemoryPages),
	})
	if err != nil {
		cancel()
		return nil, err
	}
	return engine, nil
}

// watch bounds what the engine does until the returned function is called: a
// stoppable one is stopped when it takes longer, of a fast one the process
// ends when it has used so much processor time.
func (p *pdfEngine) watch(l Limits) (stop func()) {
	if p.guard != nil {
		p.guard.arm(l.PDFPage)
		return p.guard.disarm
	}
	// It is slower, and its time is that of a clock on a busy machine.
	timer := time.AfterFunc(pdfPatience*l.PDFPage, func() {
		p.late.Store(true)
		p.cancel()
	})
	return func() { timer.Stop() }
}

// pdfPatience is how many times longer the stoppable engine may take.
const pdfPatience = 2

// put gives an engine back. One that was interrupted is thrown away.
func (e *pdfEngines) put(engine *pdfEngine, broken bool) {
	if broken {
		engine.close()
		return
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.idle == nil {
		e.idle = map[bool][]*pdfEngine{}
	}
	fast := engine.guard != nil
	e.idle[fast] = append(e.idle[fast], engine)
}

func (p *pdfEngine) close() {
	p.cancel()
	p.pool.Close() // of a cancelled engine: nothing to learn from the error
	p.memory.close()
}

// close ends all idle engines.
func (e *pdfEngines) close() {
	e.mu.Lock()
	defer e.mu.Unlock()
	for _, list := range e.idle {
		for _, engine := range list {
			engine.close()
		}
	}
	e.idle = nil
	for _, c := range e.caches {
		c.Close(context.Background()) // frees memory only
	}
	e.caches = nil
}
