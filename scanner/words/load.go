package words

import (
	"fmt"
	"os"
	"path/filepath"
)

// tableSum is the SHA-256 of the table of the packed word list. A table that
// was kept is used only if it has it.
const tableSum = "95a9931334bfe8cce7f79b97f212a2f60e484b1620a1948be5bfbbacbd63fd1b"

// loadWeighted loads the lexicon with the weights of the gate.
func loadWeighted(dir string) (*lexicon, error) {
	w, err := readWeights(weightsText)
	if err != nil {
		return nil, err
	}
	l, err := loadLexicon(dir)
	if err == nil {
		l.weights = w
	}
	return l, err
}

// loadLexicon reads the table that an earlier start kept in dir, or makes it
// of the packed word list and keeps it. Nobody needs to know when it cannot be
// kept: it is made again.
func loadLexicon(dir string) (*lexicon, error) {
	kept := filepath.Join(dir, "lexicon-"+tableSum[:8])
	if dir != "" {
		if table, err := os.ReadFile(kept); err == nil && digest(table) == tableSum {
			return newLexicon(table), nil
		}
	}
	f := files()[0]
	data, err := f.data()
	if err != nil {
		return nil, err
	}
	if digest(data) != f.sum {
		return nil, fmt.Errorf("packed %s is damaged", f.name)
	}
	table, err := buildTable(data)
	if err != nil {
		return nil, err
	}
	if dir != "" && os.MkdirAll(dir, 0o700) == nil {
		_ = install(kept, table)
	}
	return newLexicon(table), nil
}
