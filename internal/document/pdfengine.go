package document

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"sync"

	"github.com/klippa-app/go-pdfium"
	"github.com/klippa-app/go-pdfium/webassembly"
	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"
	"github.com/tetratelabs/wazero/experimental"
)

// pdfMemoryPages bounds the memory of the PDF engine, in pages of 64 kB.
const pdfMemoryPages = 4096

// pdfEngines lends PDF engines, starting them when first needed. The engine
// is PDFium compiled to WebAssembly: a hostile file can neither leave its
// memory nor outlive its deadline.
type pdfEngines struct {
	cacheDir string

	mu    sync.Mutex
	cache wazero.CompilationCache
	idle  []*pdfEngine
}

// pdfEngine is one engine; it reads one file at a time.
type pdfEngine struct {
	pool   pdfium.Pool
	cancel context.CancelFunc
}

// errNoEngine means that the PDF engine could not be started.
var errNoEngine = errors.New("the PDF engine does not start")

// take returns an idle engine or starts one. Starting costs about 0.1 s with
// a filled cache and some seconds without.
func (e *pdfEngines) take() (*pdfEngine, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if n := len(e.idle); n > 0 {
		engine := e.idle[n-1]
		e.idle = e.idle[:n-1]
		return engine, nil
	}
	if e.cache == nil {
		if err := e.openCache(); err != nil {
			return nil, err
		}
	}
	// The engine outlives the file that starts it, hence the background; it
	// ends with cancel.
	ctx, cancel := context.WithCancel(context.Background())
	pool, err := webassembly.Init(webassembly.Config{
		Context: ctx, MinIdle: 0, MaxIdle: 1, MaxTotal: 1,
		FSConfig: wazero.NewFSConfig(), // no files
		Stdout:   io.Discard, Stderr: io.Discard,
		RuntimeConfig: wazero.NewRuntimeConfigCompiler().
			WithCompilationCache(e.cache).
			WithCoreFeatures(api.CoreFeaturesV2 | experimental.CoreFeaturesExceptionHandling).
			WithCloseOnContextDone(true).
			WithMemoryLimitPages(pdfMemoryPages),
	})
	if err != nil {
		cancel()
		return nil, fmt.Errorf("%w: %w", errNoEngine, err)
	}
	return &pdfEngine{pool: pool, cancel: cancel}, nil
}

// openCache opens the folder of compiled code. Code in it is run, so it must
// be a folder of ours; when it cannot be used, the cache is in memory.
func (e *pdfEngines) openCache() error {
	e.cache = wazero.NewCompilationCache()
	if e.cacheDir == "" {
		return nil
	}
	if err := os.MkdirAll(e.cacheDir, 0o700); err != nil {
		return nil
	}
	if cache, err := wazero.NewCompilationCacheWithDir(e.cacheDir); err == nil {
		e.cache = cache
	}
	return nil
}

// put gives an engine back. One that was interrupted is thrown away.
func (e *pdfEngines) put(engine *pdfEngine, broken bool) {
	if broken {
		engine.close()
		return
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	e.idle = append(e.idle, engine)
}

func (p *pdfEngine) close() {
	p.cancel()
	p.pool.Close() // of a cancelled engine: nothing to learn from the error
}

// close ends all idle engines.
func (e *pdfEngines) close() {
	e.mu.Lock()
	defer e.mu.Unlock()
	for _, engine := range e.idle {
		engine.close()
	}
	e.idle = nil
	if e.cache != nil {
		e.cache.Close(context.Background())
		e.cache = nil
	}
}
