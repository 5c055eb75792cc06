package words

import (
	_ "embed"
	"fmt"
	"strconv"
	"strings"
)

// weightsText has a line for each question: its name, a tab, and the weights
// of its answers, of which those that are 0 at the end are left out. `make
// words-fit` wrote it; docs/performance.md says from what.
//
//go:embed data/weights.txt
var weightsText string

// weights of all answers, by question.
type weights [len(questions)][]int16

func readWeights(text string) (*weights, error) {
	w := &weights{}
	lines := strings.Split(strings.TrimSuffix(text, "\n"), "\n")
	if len(lines) != len(questions) {
		return nil, fmt.Errorf("read weights of word boundaries: %d lines for %d questions", len(lines), len(questions))
	}
	for i, q := range questions {
		name, values, _ := strings.Cut(lines[i], "\t")
		fields := strings.Fields(values)
		if name != q.name || len(fields) > q.answers {
			return nil, fmt.Errorf("read weights of word boundaries: line %d is for %q with %d answers, not %q with %d", i+1, name, len(fields), q.name, q.answers)
		}
		w[i] = make([]int16, q.answers)
		for k, s := range fields {
			v, err := strconv.ParseInt(s, 10, 16)
			if err != nil {
				return nil, fmt.Errorf("read weights of word boundaries: line %d: %w", i+1, err)
			}
			w[i][k] = int16(v)
		}
	}
	return w, nil
}

// sum returns the sum of the weights of all answers.
func (w *weights) sum(ev *evidence) int {
	sum := 0
	for i, v := range ev {
		sum += int(w[i][v])
	}
	return sum
}

// Questions returns the names of the questions that decide about a term and
// the number of answers to each, for fitting their weights.
func Questions() (names []string, answers []int) {
	for _, q := range questions {
		names, answers = append(names, q.name), append(answers, q.answers)
	}
	return names, answers
}

// Prior returns the weights of the first question, by which the gate would
// decide if there were no others: a logarithm of the odds for each logarithm of
// probability by which leaving the term whole is the likelier reading. Other
// weights are fitted beside it, so that they cannot follow one corpus alone.
func Prior() []float64 {
	const limit, slack = 5, 0.5
	w := make([]float64, marginAnswers)
	w[0], w[marginAnswers-1] = -limit, limit
	for n := 1; n < marginAnswers-1; n++ {
		below, above := marginSteps[max(n-2, 0)], marginSteps[min(n-1, len(marginSteps)-1)]
		w[n] = min(max(float64(below+above)/20+slack, -limit), limit)
	}
	return w
}
