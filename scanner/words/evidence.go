package words

// A question is one thing to ask about a term in its context. Its answer is a
// small number, and each answer has a weight. The sum of the weights, in
// hundredths of the logarithm of the odds that the term is whole, decides.
type question struct {
	name    string
	answers int
}

// questions lists them in the order of evidence.
var questions = [...]question{
	// By how much the reading that leaves the term whole is likelier than others.
	{"whole or either cut", marginAnswers}, // not fitted, see Prior
	{"whole or word over the beginning", marginAnswers},
	{"whole or word over the end", marginAnswers},
	{"whole or longer word", marginAnswers},
	{"either cut or longer word", roughAnswers * roughAnswers},
	{"one word or several", marginAnswers},
	// How rarely characters side by side belong to one word.
	{"apart inside", apartAnswers},
	{"apart at the weaker end", apartAnswers},
	// What words and characters there are.
	{"length", 4},
	{"tag", int(tagCount)},
	{"tag and length before", int(tagCount) * 3},
	{"tag and length after", int(tagCount) * 3},
	{"tag before and tag", int(tagCount) * int(tagCount)},
	{"tag and tag after", int(tagCount) * int(tagCount)},
	{"word over the beginning", int(tagCount) * 9},
	{"word over the end", int(tagCount) * 9},
	{"longer word", int(tagCount) * 16},
	{"characters at the beginning", classCount * classCount},
	{"characters at the end", classCount * classCount},
}

// evidence holds the answers to all questions.
type evidence [len(questions)]uint16

// evidence answers all questions about a term at characters [from, to).
func (l *lattice) evidence(lex *lexicon, from, to int) evidence {
	r := l.read(from, to)
	cut := max(r.cutLeft.score, r.cutRight.score)
	first, last := classOf(l.at(from)), classOf(l.at(to-1))
	before, after := classOf(l.at(from-1)), classOf(l.at(to))
	answers := [...]int{
		margin(r.whole, cut),
		margin(r.whole, r.cutLeft.score),
		margin(r.whole, r.cutRight.score),
		margin(r.whole, r.glued.score),
		roughAnswers*rough(r.whole, cut) + rough(r.whole, r.glued.score),
		margin(r.term.score, r.split),
		apartAnswer(l.apartInside(lex, from, to)),
		apartAnswer(min(l.apart(lex, from), l.apart(lex, to))),
		min(max(to-from, 2), 5) - 2,
		int(r.term.tag),
		tagAndLength(r.before),
		tagAndLength(r.after),
		tags(r.before, r.term),
		tags(r.term, r.after),
		over(r.cutLeft, r.whole, from),
		over(r.cutRight, r.whole, to),
		around(r.glued, r.whole, from, to),
		classCount*int(before) + int(first),
		classCount*int(last) + int(after),
	}
	var ev evidence
	for i, v := range answers {
		ev[i] = uint16(v)
	}
	return ev
}

// Steps of a difference of two logarithms of probability, in tenths: finer
// where it matters.
var (
	marginSteps = [...]float32{-60, -40, -30, -20, -15, -10, -5, 0, 5, 10, 15, 20, 30, 40, 60, 90}
	roughSteps  = [...]float32{-30, -10, 0, 10, 30, 60}
)

// Below the first step, between two, from the last on; and where there is
// nothing to compare, or nothing to compare with.
const (
	marginAnswers = len(marginSteps) + 3
	roughAnswers  = len(roughSteps) + 3
)

func margin(of, than float32) int { return compare(of, than, marginSteps[:]) }
func rough(of, than float32) int  { return compare(of, than, roughSteps[:]) }

// compare is the answer about a difference of two scores.
func compare(of, than float32, steps []float32) int {
	switch {
	case of == worst:
		return 0
	case than == worst:
		return len(steps) + 2
	}
	n := 1
	for _, s := range steps {
		if 10*(of-than) < s {
			break
		}
		n++
	}
	return n
}

// apartAnswers is the number of answers about characters side by side: one for
// each two octaves from -16 to 12, the last for symbols too.
const apartAnswers = 15

func apartAnswer(quarters int) int { return min(max(quarters+64, 0)/8, apartAnswers-1) }

// tagAndLength is the answer about a word beside the term.
func tagAndLength(e edge) int {
	return int(tagCount)*(min(max(e.to-e.from, 1), 3)-1) + int(e.tag)
}

func tags(a, b edge) int { return int(tagCount)*int(a.tag) + int(b.tag) }

// hopeless is how much worse than the reading that leaves the term whole
// another one may be and still count, as a logarithm.
const hopeless = 12

// over is the answer about a word over the end at of the term.
func over(e edge, whole float32, at int) int {
	if e.score < whole-hopeless {
		return 0
	}
	return int(tagCount)*(3*(min(at-e.from, 3)-1)+min(e.to-at, 3)-1) + int(e.tag)
}

// around is the answer about a longer word that the term is in.
func around(e edge, whole float32, from, to int) int {
	if e.score < whole-hopeless {
		return 0
	}
	return int(tagCount)*(4*min(from-e.from, 3)+min(e.to-to, 3)) + int(e.tag)
}

// beyond is more than lexicon.apart can say.
const beyond = 1 << 10

// apart is lexicon.apart for the characters around a position.
func (l *lattice) apart(lex *lexicon, at int) int {
	a, b := l.at(at-1), l.at(at)
	if classOf(a) == classSymbol || classOf(b) == classSymbol {
		return beyond
	}
	return lex.apart(a, b)
}

// apartInside is the least of lexicon.apart between the term's characters.
func (l *lattice) apartInside(lex *lexicon, from, to int) int {
	least := beyond
	for i := from + 1; i < to; i++ {
		least = min(least, l.apart(lex, i))
	}
	return least
}

// at returns a character, a space beyond the text.
func (l *lattice) at(i int) rune {
	if i < 0 || i >= len(l.runes) {
		return ' '
	}
	return l.runes[i]
}
