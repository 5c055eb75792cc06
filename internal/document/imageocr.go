package document

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"image"
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

// ocrLine is a line or paragraph of recognised text.
type ocrLine struct {
	text       string
	confidence int // 1 to 100
	box        image.Rectangle
}

// read recognises a picture: upright in grey, and once more through its red
// channel where it has red, which takes a red seal off the text below it. A
// long picture is read page by page.
func (e *ocrEngine) read(ctx context.Context, img image.Image, data []byte) ([]ocrLine, error) {
	e.busy.Add(1)
	defer e.busy.Add(-1)
	if img == nil {
		words, err := e.run(ctx, data, pageDPI)
		return joinWords(words), err
	}
	var all []ocrLine
	for _, page := range strips(img) {
		lines, err := e.readPage(ctx, page)
		if err != nil {
			return all, err
		}
		all = append(all, lines...)
	}
	return all, nil
}

// pageDPI is what a page is taken to have been scanned with.
const pageDPI = 200

func (e *ocrEngine) readPage(ctx context.Context, img image.Image) ([]ocrLine, error) {
	grey, red := prepareImage(img)
	words, err := e.run(ctx, pgm(grey), pageDPI)
	if err != nil {
		return nil, err
	}
	if meanConfidence(joinWords(words)) < 60 {
		// Perhaps it lies on its side.
		if turned, err := e.run(ctx, pgm(grey), pageDPI, "--psm", "1"); err == nil && meanConfidence(joinWords(turned)) > meanConfidence(joinWords(words)) {
			return joinWords(turned), nil
		}
	}
	if doubtfulNumbers(words) {
		// Where letters are of another size, other ones are misread.
		const by = 0.75
		if again, err := e.run(ctx, pgm(shrink(grey, by)), pageDPI*by); err == nil {
			betterNumbers(words, again, 1/by)
		}
	}
	lines := joinWords(words)
	if red == nil {
		return lines, nil
	}
	second, err := e.run(ctx, pgm(red), pageDPI)
	if err != nil {
		return lines, nil //nolint:nilerr // the first pass stands
	}
	return mergeLines(lines, joinWords(second)), nil
}

func meanConfidence(lines []ocrLine) int {
	sum, n := 0, 0
	for _, l := range lines {
		sum += l.confidence * len(l.text)
		n += len(l.text)
	}
	if n == 0 {
		return 0
	}
	return sum / n
}

// mergeLines takes, where both passes saw text in one place, the line that was
// seen better, and all lines only one of them saw.
func mergeLines(first, second []ocrLine) []ocrLine {
	for _, l := range second {
		hit := false
		for i := range first {
			over := first[i].box.Intersect(l.box)
			if over.Empty() || over.Dy()*2 < min(first[i].box.Dy(), l.box.Dy()) {
				continue
			}
			hit = true
			better := l.confidence > first[i].confidence+2 && len(l.text) >= len(first[i].text)
			// A seal may have hidden the rest of the line from the first pass.
			if better || l.confidence >= 40 && len(l.text)*4 > len(first[i].text)*5 {
				first[i] = l
			}
		}
		if !hit && l.confidence >= 40 {
			first = append(first, l)
		}
	}
	return first
}

// run gives one picture to tesseract and reads the table it answers with. When
// somebody else ends it in the middle it is tried once more.
func (e *ocrEngine) run(ctx context.Context, picture []byte, dpi int, extra ...string) ([]ocrWord, error) {
	words, err := e.runOnce(ctx, picture, dpi, extra...)
	var exit *exec.ExitError
	if errors.As(err, &exit) && !exit.Exited() && ctx.Err() == nil {
		return e.runOnce(ctx, picture, dpi, extra...)
	}
	return words, err
}

func (e *ocrEngine) runOnce(ctx context.Context, picture []byte, dpi int, extra ...string) ([]ocrWord, error) {
	ctx, cancel := context.WithTimeout(ctx, e.cfg.Time)
	defer cancel()
	args := append([]string{"stdin", "stdout", "-l", e.cfg.Languages, "--dpi", strconv.Itoa(dpi)}, extra...)
	cmd := exec.CommandContext(ctx, e.path, append(args, "tsv")...)
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
	return readWords(out.Bytes()), nil
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
