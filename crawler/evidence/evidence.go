// Package evidence keeps pages on which something was found as WARC files, so
// that what stood there can be shown after it was taken down. A copy of a leak
// is a leak: every file is encrypted with age to the installation's key from
// the first byte, readable by its owner only, and removed when its time is up.
//
// It does not decide which pages are kept, and it is off unless configured.
package evidence

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"filippo.io/age"

	"prescreen/crawler"
)

// defaultKeep is the retention period where none is given.
const defaultKeep = 180 * 24 * time.Hour

// suffix of every file: WARC, each record gzipped, encrypted.
const suffix = ".warc.gz.age"

// Config of a Writer. Dir and Recipient must be set.
type Config struct {
	Dir       string        // created with mode 0700
	Recipient age.Recipient // see KeyFrom
	// Keep is how long a file is kept, see Prune; 0: 180 days.
	Keep time.Duration
	// MaxBytes is the largest body to keep; 0: 64 MB.
	MaxBytes int64
	// Software names the writer in the files: "prescreen 1.2".
	Software string
	Now      func() time.Time // nil: time.Now
}

// Writer writes one file a page. It may be used by many goroutines.
type Writer struct{ cfg Config }

// ErrTooLarge: the page has more than Config.MaxBytes.
var ErrTooLarge = errors.New("too large to keep as evidence")

// Note is what is said about a page beside its bytes. It holds fingerprints
// of findings, never what was found.
type Note struct {
	Fingerprints []string
	Screenshot   []byte // PNG; nil: none
}

// New creates the folder.
func New(cfg Config) (*Writer, error) {
	if cfg.Dir == "" || cfg.Recipient == nil {
		return nil, errors.New("evidence: a folder and a key to encrypt to are needed")
	}
	if cfg.Keep < 0 || cfg.MaxBytes < 0 {
		return nil, errors.New("evidence: a limit is negative")
	}
	if cfg.Keep == 0 {
		cfg.Keep = defaultKeep
	}
	if cfg.MaxBytes == 0 {
		cfg.MaxBytes = 64 << 20
	}
	if cfg.Software == "" {
		cfg.Software = "prescreen"
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	if err := os.MkdirAll(cfg.Dir, 0o700); err != nil {
		return nil, fmt.Errorf("evidence: create folder: %w", err)
	}
	return &Writer{cfg}, nil
}

// Keep writes a page and returns the name of its file, relative to the folder.
// The same bytes at the same URL are kept once; their time begins again.
func (w *Writer) Keep(p *crawler.Page, note Note) (string, error) {
	if p.Body != nil && p.Body.Size() > w.cfg.MaxBytes {
		return "", fmt.Errorf("keep %q: %d bytes: %w", p.Task.URL, p.Body.Size(), ErrTooLarge)
	}
	url := sha256.Sum256([]byte(p.Task.URL))
	name := filepath.Join(fmt.Sprintf("%x", url[:1]), fmt.Sprintf("%x-%x%s", url[:12], p.Hash[:12], suffix))
	path := filepath.Join(w.cfg.Dir, name)
	now := w.cfg.Now()
	if err := os.Chtimes(path, now, now); err == nil {
		return name, nil
	}
	if err := w.write(path, p, note); err != nil {
		return "", fmt.Errorf("keep %q as evidence: %w", p.Task.URL, err)
	}
	return name, nil
}

// write makes the file appear whole or not at all.
func (w *Writer) write(path string, p *crawler.Page, note Note) (err error) {
	dir := filepath.Dir(path)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	f, err := os.CreateTemp(dir, ".writing-*") // mode 0600
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, f.Close(), os.Remove(f.Name()))
		}
	}()
	sealed, err := age.Encrypt(f, w.cfg.Recipient)
	if err != nil {
		return err
	}
	if err := w.records(sealed, p, note); err != nil {
		return err
	}
	if err := sealed.Close(); err != nil {
		return err
	}
	if err := f.Sync(); err != nil {
		return err
	}
	now := w.cfg.Now()
	if err := os.Chtimes(f.Name(), now, now); err != nil {
		return err
	}
	if err := os.Rename(f.Name(), path); err != nil {
		return err
	}
	return f.Close()
}

func (w *Writer) records(out io.Writer, p *crawler.Page, note Note) error {
	now := w.cfg.Now()
	info := fmt.Sprintf("software: %s\r\nformat: WARC File Format 1.1\r\n", w.cfg.Software)
	if _, err := zipped(out, &record{kind: "warcinfo", fields: [][2]string{{"Content-Type", "application/warc-fields"}}, head: []byte(info)}, now); err != nil {
		return err
	}
	id, err := zipped(out, responseRecord(p), p.Fetched)
	if err != nil {
		return err
	}
	var about bytes.Buffer
	for _, line := range [][2]string{
		{"site", p.Task.Site}, {"referrer", p.Task.Referrer}, {"via", p.Task.Via}, {"truncated", p.Truncated}, {"bad-certificate", p.BadCertificate},
	} {
		if line[1] != "" {
			fmt.Fprintf(&about, "%s: %s\r\n", line[0], oneLine(line[1]))
		}
	}
	for _, f := range note.Fingerprints {
		fmt.Fprintf(&about, "finding: %s\r\n", oneLine(f))
	}
	_, err = zipped(out, &record{kind: "metadata", fields: [][2]string{
		{"WARC-Target-URI", p.Task.URL}, {"WARC-Concurrent-To", id}, {"Content-Type", "application/warc-fields"},
	}, head: about.Bytes()}, now)
	if err != nil || note.Screenshot == nil {
		return err
	}
	_, err = zipped(out, &record{kind: "resource", fields: [][2]string{
		{"WARC-Target-URI", "urn:screenshot:" + p.Task.URL}, {"WARC-Concurrent-To", id}, {"Content-Type", "image/png"},
	}, head: note.Screenshot}, now)
	return err
}

// zipped writes a record as one member of a gzip file.
func zipped(out io.Writer, r *record, date time.Time) (string, error) {
	z := gzip.NewWriter(out)
	id, err := r.writeTo(z, date)
	return id, errors.Join(err, z.Close())
}

// Open decrypts a file with one of some keys and returns its WARC records,
// unpacked.
func Open(path string, keys ...age.Identity) (io.ReadCloser, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("open evidence: %w", err)
	}
	plain, err := age.Decrypt(f, keys...)
	if err == nil {
		var z *gzip.Reader
		if z, err = gzip.NewReader(plain); err == nil {
			return &reader{z, f}, nil
		}
	}
	_ = f.Close()
	return nil, fmt.Errorf("open evidence %q: %w", path, err)
}

type reader struct {
	*gzip.Reader
	f *os.File
}

func (r *reader) Close() error { return errors.Join(r.Reader.Close(), r.f.Close()) }

// Prune removes the files whose time is up, and what a killed process left
// half-written, and returns how many there were.
func (w *Writer) Prune(ctx context.Context) (int, error) {
	return Prune(ctx, w.cfg.Dir, w.cfg.Keep, w.cfg.Now())
}

// Prune removes the files in dir that are older than keep (0: 180 days), and
// what a killed process left half-written, and returns how many there were. A
// folder that is not there has none.
func Prune(ctx context.Context, dir string, keep time.Duration, now time.Time) (int, error) {
	if keep <= 0 {
		keep = defaultKeep
	}
	removed := 0
	var failed []error
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if errors.Is(err, fs.ErrNotExist) {
			return nil // gone meanwhile
		}
		if err != nil || ctx.Err() != nil {
			return errors.Join(err, ctx.Err())
		}
		if d.IsDir() {
			return nil
		}
		info, err := d.Info()
		if err != nil {
			return nil // gone meanwhile
		}
		age := now.Sub(info.ModTime())
		old := strings.HasSuffix(path, suffix) && age > keep
		left := strings.HasPrefix(d.Name(), ".writing-") && age > time.Hour
		if !old && !left {
			return nil
		}
		if err := os.Remove(path); err != nil {
			failed = append(failed, err)
			return nil
		}
		removed++
		return nil
	})
	if err = errors.Join(append(failed, err)...); err != nil {
		return removed, fmt.Errorf("prune evidence: %w", err)
	}
	return removed, nil
}
