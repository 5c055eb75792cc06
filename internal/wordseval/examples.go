package main

import (
	"cmp"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
)

// examples counts wrong decisions. Each is written as the term in brackets
// with the gold words that touch it, and bars where the words meet.
type examples map[string]int

func (e examples) add(text string, i, end int, gold []bool) {
	from, to := max(i-1, 0), min(end+1, len(text))
	for !gold[from] {
		from--
	}
	for !gold[to] {
		to++
	}
	var b strings.Builder
	for k := from; k <= to; k++ {
		switch {
		case k == i && gold[k] && k > from:
			b.WriteString("|[")
		case k == i:
			b.WriteString("[")
		case k == end && gold[k] && k < to:
			b.WriteString("]|")
		case k == end:
			b.WriteString("]")
		case gold[k] && k > from && k < to:
			b.WriteString("|")
		}
		if k < to {
			b.WriteByte(text[k])
		}
	}
	e[b.String()]++
}

// print writes the most frequent ones.
func (e examples) print(w io.Writer, sort string, most int) {
	keys := slices.SortedFunc(maps.Keys(e), func(a, b string) int {
		return cmp.Or(cmp.Compare(e[b], e[a]), cmp.Compare(a, b))
	})
	for _, k := range keys[:min(most, len(keys))] {
		fmt.Fprintf(w, "  %s %d times: %s\n", sort, e[k], k)
	}
}
