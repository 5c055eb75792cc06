package words

import (
	"fmt"
	"sync"

	"github.com/yanyiwu/gojieba"
)

// Config of a Segmenter.
type Config struct {
	// CacheDir is where the segmenter's dictionary files are unpacked once.
	// Empty, or not writable: the system's folder for temporary files.
	CacheDir string

	// Fold maps a character to the form the dictionary has (traditional to
	// simplified, full to half width); a negative result changes nothing.
	// Nil: characters are taken as they are.
	Fold func(rune) rune
}

// Segmenter answers questions about word boundaries. It loads nothing until
// it is asked, is built once, then only read, and serves all workers.
type Segmenter struct {
	cfg     Config
	lexicon func() (*lexicon, error)
	jieba   func() (*gojieba.Jieba, error)
}

// New returns a Segmenter that loads its word list at the first question
// (about 0.01 s, and 0.2 s where Config.CacheDir does not have it yet) and
// gojieba at the first question for names (about 1 s, 120 MB).
func New(cfg Config) *Segmenter {
	return &Segmenter{
		cfg:     cfg,
		lexicon: sync.OnceValues(func() (*lexicon, error) { return loadWeighted(cfg.CacheDir) }),
		jieba:   sync.OnceValues(func() (*gojieba.Jieba, error) { return loadJieba(cfg.CacheDir) }),
	}
}

func (s *Segmenter) fold(r rune) rune {
	if s.cfg.Fold == nil {
		return r
	}
	if f := s.cfg.Fold(r); f >= 0 {
		return f
	}
	return r
}

// IsWord reports whether s is a word of the segmenter's dictionary.
func (s *Segmenter) IsWord(word string) (bool, error) {
	lex, err := s.lexicon()
	if err != nil {
		return false, err
	}
	var runes []rune
	for _, r := range word {
		runes = append(runes, s.fold(r))
	}
	ok, _ := lex.word(runes)
	return ok, nil
}

// Cut appends the byte offsets of gojieba's word boundaries in text, from 0 to
// its length: what a gate by the plain segmenter would know.
func (s *Segmenter) Cut(dst []int, text string) ([]int, error) {
	j, err := s.jieba()
	if err != nil {
		return dst, err
	}
	dst = append(dst, 0)
	for _, w := range j.Tokenize(sanitise(text), gojieba.DefaultMode, true) {
		dst = append(dst, w.End)
	}
	return dst, nil
}

// Preload loads everything now. It may run in a goroutine of the caller's
// while the Segmenter is in use.
func (s *Segmenter) Preload() error {
	if _, err := s.lexicon(); err != nil {
		return err
	}
	_, err := s.jieba()
	return err
}

func loadJieba(dir string) (j *gojieba.Jieba, err error) {
	paths, err := unpack(dir)
	if err != nil {
		return nil, err
	}
	// NewJieba panics where a file vanished since it was verified.
	defer func() {
		if r := recover(); r != nil {
			j, err = nil, fmt.Errorf("load segmenter: %v", r)
		}
	}()
	return gojieba.NewJieba(paths[:]...), nil
}
