package main

import (
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"strings"
	"unicode"
	"unicode/utf8"

	"prescreen/scanner/words"
)

// fit finds the weights of the gate by logistic regression and writes them
// to a file. It learns from occurrences of words like those measured, and from
// phrases, since the terms of the rules are often none of the dictionary's words.
func fit(seg *words.Segmenter, files []string, out string) error {
	l := &learner{measure: measure{seg: seg, cur: seg.Cursor()}, rng: rand.New(rand.NewPCG(1, 2))}
	for _, name := range files {
		if err := eachSentence(name, l.sentence); err != nil {
			return err
		}
	}
	m := newModel()
	for range epochs {
		l.rng.Shuffle(len(l.lessons), func(i, j int) { l.lessons[i], l.lessons[j] = l.lessons[j], l.lessons[i] })
		for _, x := range l.lessons {
			m.learn(x)
		}
	}
	return os.WriteFile(out, []byte(m.String()), 0o644)
}

// lesson is one occurrence: the answers about it, and whether it is aligned.
type lesson struct {
	answers []int
	aligned bool
}

// learner collects lessons.
type learner struct {
	measure
	rng     *rand.Rand
	lessons []lesson
}

// Of the phrases of the text, which are many, one in so many is taken.
const (
	longestPhrase = 6
	onePhraseIn   = 40
)

func (l *learner) sentence(ws []string) error {
	text, gold := join(ws)
	l.cur.Reset(text)
	for i := range text {
		end := i
		for n := 1; n <= longestPhrase && end < len(text); n++ {
			r, w := utf8.DecodeRuneInString(text[end:])
			if end += w; !unicode.Is(unicode.Han, r) {
				break
			}
			aligned := gold[i] && gold[end]
			if n < 2 || !aligned && !boundaryInside(gold, i, end) {
				continue
			}
			if err := l.occurrence(text[i:end], i, n, aligned); err != nil {
				return err
			}
		}
	}
	return nil
}

// occurrence learns from a word or phrase of n characters at offset i.
func (l *learner) occurrence(term string, i, n int, aligned bool) error {
	word, err := l.seg.IsWord(term)
	if err != nil {
		return err
	}
	if (!word || n > longestTerm) && l.rng.IntN(onePhraseIn) > 0 {
		return nil
	}
	answers, err := l.cur.Evidence(nil, i, i+len(term))
	if len(answers) > 0 {
		l.lessons = append(l.lessons, lesson{answers, aligned})
	}
	return err
}

// model is the logistic regression, fitted by AdaGrad.
type model struct {
	names   []string
	weights [][]float64
	squares [][]float64 // sums of squared gradients
}

const (
	epochs = 12
	rate   = 0.03
	decay  = 1e-3
)

func newModel() *model {
	m := &model{}
	names, answers := words.Questions()
	m.names = names
	for _, n := range answers {
		m.weights, m.squares = append(m.weights, make([]float64, n)), append(m.squares, make([]float64, n))
	}
	m.weights[0] = words.Prior()
	return m
}

func (m *model) learn(x lesson) {
	z := 0.0
	for i, v := range x.answers {
		z += m.weights[i][v]
	}
	slope := 1 / (1 + math.Exp(-z))
	if x.aligned {
		slope--
	}
	for i, v := range x.answers {
		if i == 0 {
			continue // the prior stays
		}
		g := slope + decay*m.weights[i][v]
		m.squares[i][v] += g * g
		m.weights[i][v] -= rate * g / math.Sqrt(m.squares[i][v]+1e-6)
	}
}

// String has a line for each question, with weights in hundredths.
func (m *model) String() string {
	var text strings.Builder
	for i, name := range m.names {
		values := make([]int, len(m.weights[i]))
		used := 0
		for k, w := range m.weights[i] {
			if values[k] = int(math.Round(100 * w)); values[k] != 0 {
				used = k + 1
			}
		}
		fmt.Fprintf(&text, "%s\t%s\n", name, strings.Trim(fmt.Sprint(values[:used]), "[]"))
	}
	return text.String()
}
