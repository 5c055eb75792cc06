//go:build hyperscan_v54

package bench

import (
	"fmt"
	"runtime"

	"github.com/flier/gohs/hyperscan"
)

// cgoPeers needs Debian's libhyperscan-dev and is compiled in by the build
// tag hyperscan_v54.
func cgoPeers() []Peer {
	return []Peer{{Name: "Hyperscan", Build: buildHyperscan, Max: 64000}}
}

// buildHyperscan compiles pure literals. Starts come from the lengths of the
// terms, so that Hyperscan need not track them.
func buildHyperscan(terms []string) (func(string, func(Span, string)) int, error) {
	list := make(hyperscan.Literals, len(terms))
	for i, t := range terms {
		list[i] = hyperscan.NewLiteral(t)
		list[i].Id = i
	}
	db, err := list.Build(hyperscan.BlockMode)
	if err != nil {
		return nil, fmt.Errorf("compile for hyperscan: %w", err)
	}
	block, ok := db.(hyperscan.BlockDatabase)
	if !ok {
		return nil, fmt.Errorf("hyperscan made a %T", db)
	}
	scratch, err := hyperscan.NewScratch(block)
	if err != nil {
		return nil, err
	}
	var hits []Span
	return func(text string, visit func(Span, string)) int {
		hits = hits[:0]
		handler := func(id uint, _, to uint64, _ uint, _ interface{}) error {
			s := Span{int(to) - len(terms[id]), int(to)}
			hits = append(hits, s)
			if visit != nil {
				visit(s, terms[id])
			}
			return nil
		}
		if err := block.Scan(asBytes(text), scratch, handler, nil); err != nil {
			return -1
		}
		runtime.KeepAlive(text)
		return len(hits)
	}, nil
}
