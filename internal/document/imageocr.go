package document

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// OCR configures the recognition of pictures and scanned pages by tesseract,
// which runs as a process of its own. The zero value uses it where it is
// installed.
type OCR struct {
	Command   string        // name or path, default "tesseract"; "-" switches recognition off
	Languages string        // as tesseract's -l, default "chi_sim"
	PerFile   int           // pictures and pages per file, default 30
	PerRun    int           // pictures and pages in the life of a Parser, 0 is no limit
	Time      time.Duration // for one picture, default 30 s
}

func (o OCR) withDefaults() OCR {
	fill(&o.Command, "tesseract")
	fill(&o.Languages, "chi_sim")
	fill(&o.PerFile, 30)
	fill(&o.Time, 30*time.Second)
	return o
}

// ocrEngine runs tesseract.
type ocrEngine struct {
	cfg OCR

	once sync.Once
	path string
	err  error

	mu   sync.Mutex
	runs int

	busy atomic.Int32 // recognitions going on
}

var errRunBudget = errors.New("the run has recognised as many pictures as it may")

// ready reports why pictures cannot be recognised, nil when they can; it
// counts the picture against the budget of the run.
func (e *ocrEngine) ready() error {
	e.once.Do(func() {
		if e.cfg.Command == "-" {
			e.err = errors.New("recognition is switched off")
			return
		}
		path, err := exec.LookPath(e.cfg.Command)
		if err != nil {
			e.err = errors.New("tesseract is not installed")
			return
		}
		e.path = path
	})
	if e.err != nil {
		return e.err
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.runs++; e.cfg.PerRun > 0 && e.runs > e.cfg.PerRun {
		return errRunBudget
	}
	return nil
}

// run gives a picture to tesseract and returns what it answers. When somebody
// else ends it in the middle it is tried once more.
func (e *ocrEngine) run(ctx context.Context, picture []byte, args ...string) ([]byte, error) {
	out, err := e.runOnce(ctx, picture, args...)
	var exit *exec.ExitError
	if errors.As(err, &exit) && !exit.Exited() && ctx.Err() == nil {
		return e.runOnce(ctx, picture, args...)
	}
	return out, err
}

func (e *ocrEngine) runOnce(ctx context.Context, picture []byte, args ...string) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, e.cfg.Time)
	defer cancel()
	cmd := exec.CommandContext(ctx, e.path, append([]string{"stdin", "stdout", "--dpi", strconv.Itoa(pageDPI)}, args...)...)
	cmd.Env = append(cmd.Environ(), "OMP_THREAD_LIMIT=1")
	cmd.Stdin = bytes.NewReader(picture)
	ownGroup(cmd)
	var out, errOut bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &limitedBuffer{max: 4096, buf: &errOut}
	if err := cmd.Run(); err != nil {
		if ctx.Err() != nil {
			return nil, fmt.Errorf("not finished in %s", e.cfg.Time)
		}
		return nil, fmt.Errorf("tesseract: %w: %s", err, oneLine(firstLine(errOut.String())))
	}
	return out.Bytes(), nil
}

func firstLine(s string) string {
	s, _, _ = strings.Cut(strings.TrimSpace(s), "\n")
	return s
}

type limitedBuffer struct {
	max int
	buf *bytes.Buffer
}

func (l *limitedBuffer) Write(p []byte) (int, error) {
	if room := l.max - l.buf.Len(); room > 0 {
		l.buf.Write(p[:min(room, len(p))])
	}
	return len(p), nil
}
