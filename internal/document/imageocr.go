package document

import (
	"bufio"
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
// channel where it has red, which takes a red seal off the text below it.
func (e *ocrEngine) read(ctx context.Context, img image.Image, data []byte) ([]ocrLine, error) {
	e.busy.Add(1)
	defer e.busy.Add(-1)
	if img == nil {
		return e.run(ctx, data)
	}
	grey, red := prepareImage(img)
	lines, err := e.run(ctx, pgm(grey))
	if err != nil {
		return nil, err
	}
	if meanConfidence(lines) < 60 {
		// Perhaps it lies on its side.
		if turned, err := e.run(ctx, pgm(grey), "--psm", "1"); err == nil && meanConfidence(turned) > meanConfidence(lines) {
			lines = turned
		}
	}
	if red == nil {
		return lines, nil
	}
	second, err := e.run(ctx, pgm(red))
	if err != nil {
		return lines, nil //nolint:nilerr // the first pass stands
	}
	return mergeLines(lines, second), nil
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
			if l.confidence > first[i].confidence+2 && len(l.text) >= len(first[i].text) {
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
func (e *ocrEngine) run(ctx context.Context, picture []byte, extra ...string) ([]ocrLine, error) {
	lines, err := e.runOnce(ctx, picture, extra...)
	var exit *exec.ExitError
	if errors.As(err, &exit) && !exit.Exited() && ctx.Err() == nil {
		return e.runOnce(ctx, picture, extra...)
	}
	return lines, err
}

func (e *ocrEngine) runOnce(ctx context.Context, picture []byte, extra ...string) ([]ocrLine, error) {
	ctx, cancel := context.WithTimeout(ctx, e.cfg.Time)
	defer cancel()
	args := append([]string{"stdin", "stdout", "-l", e.cfg.Languages, "--dpi", "200"}, extra...)
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
	return readTSV(out.Bytes()), nil
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

// readTSV puts the words of tesseract's table together to lines.
func readTSV(tsv []byte) []ocrLine {
	var lines []ocrLine
	var cur ocrLine
	var key string
	var sum, n float64
	var last image.Rectangle
	flush := func() {
		if text := strings.TrimSpace(polishOCR(cur.text)); text != "" && n > 0 {
			cur.text = text
			cur.confidence = max(1, min(100, int(sum/n)))
			lines = append(lines, cur)
		}
		cur, sum, n = ocrLine{}, 0, 0
	}
	sc := bufio.NewScanner(bytes.NewReader(tsv))
	sc.Buffer(nil, 1<<20)
	for sc.Scan() {
		f := strings.SplitN(sc.Text(), "\t", 12)
		if len(f) < 12 || f[0] != "5" || strings.TrimSpace(f[11]) == "" {
			continue
		}
		conf, err := strconv.ParseFloat(f[10], 64)
		if err != nil || conf < 0 {
			continue
		}
		left, top, w, h := atoi(f[6]), atoi(f[7]), atoi(f[8]), atoi(f[9])
		box := image.Rect(left, top, left+w, top+h)
		if k := strings.Join(f[1:5], "."); k != key {
			flush()
			key = k
		} else if needsSpace(cur.text, f[11], box.Min.X-last.Max.X, h) {
			cur.text += " "
		}
		cur.text += f[11]
		cur.box = cur.box.Union(box)
		last = box
		weight := float64(len([]rune(f[11])))
		sum += conf * weight
		n += weight
	}
	flush()
	return lines
}

// needsSpace reports whether two words of a line are apart: the recogniser
// splits Chinese text and long numbers at will.
func needsSpace(before, after string, gap, height int) bool {
	if before == "" {
		return false
	}
	a, b := before[len(before)-1], after[0]
	if a >= 0x80 || b >= 0x80 {
		return gap > height*3/2
	}
	if a >= '0' && a <= '9' && (b >= '0' && b <= '9' || b == 'X' || b == 'x') {
		return gap*3 > height*2
	}
	return true
}

// polishOCR gives Chinese text the punctuation it is printed with: the
// recogniser answers with the ASCII look-alikes.
func polishOCR(s string) string {
	r := []rune(s)
	wide := func(i int) bool { return i >= 0 && i < len(r) && r[i] >= 0x2E80 }
	for i, c := range r {
		full, ok := map[rune]rune{',': '，', ':': '：', ';': '；', '(': '（', ')': '）', '?': '？', '!': '！'}[c]
		if ok && (wide(i-1) || wide(i+1)) {
			r[i] = full
		}
		// The year of a document number: 〔2026〕 comes out as [2026] or half so.
		if strings.ContainsRune("[{〔（(", c) && i+5 < len(r) && strings.ContainsRune("]}〕", r[i+5]) && isDigits(string(r[i+1:i+5])) {
			r[i], r[i+5] = '〔', '〕'
		}
	}
	return string(r)
}
