// Package charerror measures recognised text against the text it should be.
package charerror

// Distance is the number of characters to insert, delete or replace that make b
// of a (Levenshtein).
func Distance(a, b []rune) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i, x := range a {
		last := row[0]
		row[0] = i + 1
		for j, y := range b {
			cost := last
			if x != y {
				cost++
			}
			last = row[j+1]
			row[j+1] = min(cost, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}

// Beginning is the least distance of got to a beginning of want about as long.
func Beginning(got, want []rune) int {
	best := len(want)
	for n := max(0, len(got)-40); n < min(len(want), len(got)+40); n++ {
		best = min(best, Distance(got, want[:n]))
	}
	return best
}
