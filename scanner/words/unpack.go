package words

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"io"
	"os"
	"path/filepath"
)

// The dictionary files of cppjieba (MIT, see data/LICENSE), unchanged but
// compressed. NewJieba panics or aborts the process where a file is missing or
// malformed, so nothing is handed to it that was not verified first.
//
//go:embed data/*.gz
var packed embed.FS

// file is one of the five files that the segmenter opens, in its order.
type file struct {
	name    string
	sum     string // SHA-256 of the unpacked content
	content string // for files that are too small to pack
}

// The segmenter's keyword extraction is not used here. Its two files (6 MB)
// only have to be well-formed, so one line stands for each of them; the same
// goes for the user dictionary.
func files() [5]file {
	return [5]file{
		{name: "jieba.dict.utf8", sum: "3043b77068e09c9904f27cad82f12b6ebe9dbdb5aeff3b25e45ab7f9c1122b55"},
		{name: "hmm_model.utf8", sum: "f17790586ac86dd048c8adffed052c4bd2b28ed0682972c1275e59040c0589a7"},
		{name: "user.dict.utf8", content: "\n"},
		{name: "idf.utf8", content: "的 1.0\n"},
		{name: "stop_words.utf8", content: "的\n"},
	}
}

// unpack makes sure that the five files lie verified in a folder below dir,
// and returns their paths. Files are written beside their place and renamed,
// so several processes may start at once; damaged files are replaced. Where dir
// cannot be written it falls back to the system's folder for temporary files.
func unpack(dir string) ([5]string, error) {
	paths, err := unpackTo(dir)
	if err == nil {
		return paths, nil
	}
	tmp := filepath.Join(os.TempDir(), fmt.Sprintf("prescreen-words-%d", os.Getuid()))
	paths, tmpErr := unpackTo(tmp)
	if tmpErr != nil {
		return paths, fmt.Errorf("unpack segmenter dictionary: %w; then %w", err, tmpErr)
	}
	return paths, nil
}

func unpackTo(dir string) (paths [5]string, err error) {
	if dir == "" {
		return paths, fmt.Errorf("no cache folder is set")
	}
	dir = filepath.Join(dir, "cppjieba-5")
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return paths, fmt.Errorf("create cache folder: %w", err)
	}
	for i, f := range files() {
		paths[i] = filepath.Join(dir, f.name)
		if err := f.ensure(paths[i]); err != nil {
			return paths, err
		}
	}
	return paths, nil
}

// ensure writes f to path unless the right content is there already.
func (f file) ensure(path string) error {
	want := f.sum
	if want == "" {
		want = digest([]byte(f.content))
	}
	if have, err := os.ReadFile(path); err == nil && digest(have) == want {
		return nil
	}
	data, err := f.data()
	if err != nil {
		return err
	}
	if got := digest(data); got != want {
		return fmt.Errorf("packed %s has digest %s, want %s", f.name, got, want)
	}
	return install(path, data)
}

// install writes a file beside its place and renames it.
func install(path string, data []byte) error {
	name := filepath.Base(path)
	tmp, err := os.CreateTemp(filepath.Dir(path), name+".*.tmp")
	if err != nil {
		return fmt.Errorf("create %s: %w", name, err)
	}
	defer os.Remove(tmp.Name()) // fails once renamed, as it should
	_, err = tmp.Write(data)
	if cerr := tmp.Close(); err == nil {
		err = cerr
	}
	if err != nil {
		return fmt.Errorf("write %s: %w", name, err)
	}
	if err := os.Rename(tmp.Name(), path); err != nil {
		return fmt.Errorf("install %s: %w", name, err)
	}
	return nil
}

// data returns the unpacked content.
func (f file) data() ([]byte, error) {
	if f.sum == "" {
		return []byte(f.content), nil
	}
	z, err := packed.ReadFile("data/" + f.name + ".gz")
	if err != nil {
		return nil, fmt.Errorf("open packed %s: %w", f.name, err)
	}
	r, err := gzip.NewReader(bytes.NewReader(z))
	if err != nil {
		return nil, fmt.Errorf("unpack %s: %w", f.name, err)
	}
	b, err := io.ReadAll(r)
	if err != nil {
		return nil, fmt.Errorf("unpack %s: %w", f.name, err)
	}
	return b, nil
}

func digest(b []byte) string {
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}
