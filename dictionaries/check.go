package dictionaries

import (
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

var (
	idPattern   = regexp.MustCompile(`^[a-z0-9]+([._-][a-z0-9]+)+$`)
	placeholder = regexp.MustCompile(`\{[^}]*\}`)

	messagePlaceholders = []string{"{term}", "{correction}", "{count}", "{level}", "{hidden}", "{candidates}", "{header}", "{kind}"}
)

// check reports everything wrong with a rule whose lists are written out.
func (l *loader) check(r *Rule) {
	l.checkIdentity(r)
	l.checkMatch(r)
	l.checkPlaces(r)
	l.checkConditions(r, "exclude.near", r.Exclude.Near)
	l.checkConditions(r, "require", r.Require)
	l.checkConditions(r, "evidence", r.Evidence)
	l.checkScores(r)
	l.checkTests(r)
}

// oneOf reports whether v is one of the known words, and fails where not.
func (l *loader) oneOf(r *Rule, field, v string, known []string) {
	if !slices.Contains(known, v) {
		l.failField(r, field, "unknown value %q: want one of %s", v, strings.Join(known, ", "))
	}
}

func (l *loader) allOf(r *Rule, field string, vs, known []string) {
	for _, v := range vs {
		l.oneOf(r, field, v, known)
	}
}

func (l *loader) checkIdentity(r *Rule) {
	if !idPattern.MatchString(r.ID) {
		l.failField(r, "id", "%q is not an id: want lower case words joined by dots, like secrecy.mark.gbt9704", r.ID)
	}
	if r.Version < 1 {
		l.failField(r, "version", "is missing: start with 1")
	}
	if r.Title.ZH == "" {
		l.failField(r, "title", "the Chinese title is missing")
	}
	if r.Message.ZH == "" {
		l.failField(r, "message", "the Chinese message is missing")
	}
	l.oneOf(r, "category", r.Category, categories)
	l.oneOf(r, "severity", r.Severity, severities)
	for _, text := range []string{r.Message.ZH, r.Message.EN, r.Advice.ZH, r.Advice.EN} {
		for _, p := range placeholder.FindAllString(text, -1) {
			if !slices.Contains(messagePlaceholders, p) {
				l.failField(r, "message", "unknown placeholder %s: known are %s", p, strings.Join(messagePlaceholders, " "))
			}
		}
	}
	for field, day := range map[string]string{"valid.from": r.Valid.From, "valid.to": r.Valid.To} {
		if day == "" {
			continue
		}
		if _, err := time.Parse(time.DateOnly, day); err != nil {
			l.failField(r, field, "%q is not a day: want 2006-01-02", day)
		}
	}
}

func (l *loader) checkMatch(r *Rule) {
	m := r.Match
	if len(m.Terms)+len(m.Pairs)+len(m.Templates)+len(m.LineAlone)+len(r.SecretTerms) == 0 && m.TermsFile == "" && m.PairsFile == "" &&
		m.Field == nil && m.LineOf == nil && m.Number == nil && m.Regex == nil && m.Column == nil {
		l.failField(r, "match", "says nothing: give terms, pairs, templates, field, line_alone, line_of, number, regex or column")
	}
	l.allOf(r, "match.fold", m.Fold, foldNames)
	if m.Boundary != "" {
		l.oneOf(r, "match.boundary", m.Boundary, boundaries)
	}
	for _, terms := range [][]string{m.Terms, m.LineAlone, r.SecretTerms} {
		for _, t := range terms {
			if !utf8.ValidString(t) {
				l.failField(r, "match.terms", "a term is not UTF-8")
			}
		}
	}
	for _, p := range m.Pairs {
		if p.Wrong == "" || p.Right == "" || p.Wrong == p.Right {
			l.failField(r, "match.pairs", "pair %q, %q: wrong and right must both be given and differ", p.Wrong, p.Right)
		}
	}
	for _, t := range m.Templates {
		if _, err := ParseTemplate(t, m.Slots); err != nil {
			l.failField(r, "match.templates", "%q: %v", t, err)
		}
	}
	for name, terms := range m.Slots {
		if slices.Contains(slotNames, name) {
			l.failField(r, "match.slots", "slot %q is built in, choose another name", name)
		}
		if len(terms) == 0 {
			l.failField(r, "match.slots", "slot %q is empty", name)
		}
	}
	if f := m.Field; f != nil && len(f.Labels) == 0 {
		l.failField(r, "match.field.labels", "is missing")
	}
	l.checkLineOf(r)
	l.checkNumber(r)
	l.checkRegex(r)
	if c := m.Column; c != nil {
		if len(c.Headers) == 0 {
			l.failField(r, "match.column.headers", "is missing")
		}
		if _, err := regexp.Compile(c.Pattern); err != nil {
			l.failField(r, "match.column.pattern", "bad pattern: %v", err)
		}
	}
}

func (l *loader) checkLineOf(r *Rule) {
	x := r.Match.LineOf
	if x == nil {
		return
	}
	if len(x.Words) > 64 {
		l.failField(r, "match.line_of.words", "%d groups, at most 64", len(x.Words))
	}
	for name, words := range x.Words {
		if len(words) == 0 {
			l.failField(r, "match.line_of.words", "group %q is empty", name)
		}
	}
	if len(x.Needs) == 0 {
		l.failField(r, "match.line_of.needs", "is missing: say which groups must occur")
	}
	for _, seq := range x.Needs {
		long := false
		for _, name := range seq {
			words, ok := x.Words[name]
			if !ok {
				l.failField(r, "match.line_of.needs", "there is no group %q in words", name)
			}
			long = long || ok && shortest(words) > 1
		}
		if !long {
			l.failField(r, "match.line_of.needs", "%q: one group must have words of two or more characters only, to be looked for by", seq)
		}
	}
	if x.Free < 0 || x.Free > 20 {
		l.failField(r, "match.line_of.free", "%d is not between 0 and 20", x.Free)
	}
	if x.MaxChars < 0 || x.MaxChars > 100 {
		l.failField(r, "match.line_of.max_chars", "%d is not between 1 and 100", x.MaxChars)
	}
}

// shortest returns the length in characters of the shortest of the words.
func shortest(words []string) int {
	n := 1 << 20
	for _, w := range words {
		n = min(n, utf8.RuneCountInString(w))
	}
	return n
}

func (l *loader) checkNumber(r *Rule) {
	n := r.Match.Number
	if n == nil {
		return
	}
	if len(n.Kinds) == 0 {
		l.failField(r, "match.number.kinds", "is missing")
	}
	l.allOf(r, "match.number.kinds", n.Kinds, numberKinds)
	l.allOf(r, "match.number.styles", n.Styles, []string{"ocr", "chinese"})
	if n.Masked != "" {
		l.oneOf(r, "match.number.masked", n.Masked, []string{"weak", "union"})
	}
	if n.MaxHidden < 0 || n.MaxHidden > 18 {
		l.failField(r, "match.number.max_hidden", "%d is not between 1 and 18", n.MaxHidden)
	}
}

func (l *loader) checkRegex(rule *Rule) {
	x := rule.Match.Regex
	if x == nil {
		return
	}
	const field = "match.regex.pattern"
	re, err := regexp.Compile("(?m)" + x.Pattern)
	switch {
	case x.Pattern == "":
		l.failField(rule, field, "is missing")
	case err != nil:
		l.failField(rule, field, "bad pattern: %v", err)
	case re.MatchString(""):
		l.failField(rule, field, "the pattern matches the empty text")
	case x.Group != "" && re.SubexpIndex(x.Group) < 0:
		l.failField(rule, "match.regex.group", "the pattern has no group %q", x.Group)
	}
	if len(x.Gate) == 0 && !x.Digits && !x.Unindexed {
		l.failField(rule, "match.regex", "has no gate: give literals in gate, or digits: true; only with unindexed: true it runs over the whole text")
	}
	for _, g := range x.Gate {
		if r, n := utf8.DecodeRuneInString(g); n == len(g) && (unicode.IsLetter(r) || unicode.IsDigit(r)) {
			l.failField(rule, "match.regex.gate", "%q is one character and opens on every page: give two or more", g)
		}
	}
	if x.Window < 0 || x.Window > 2000 {
		l.failField(rule, "match.regex.window", "%d is not between 1 and 2000", x.Window)
	}
}

func (l *loader) checkPlaces(r *Rule) {
	l.allOf(r, "where.parts", r.Where.Parts, partNames)
	if r.Where.HeadLines < 0 || r.Where.HeadLines > 100 {
		l.failField(r, "where.head_lines", "%d is not between 1 and 100", r.Where.HeadLines)
	}
	l.allOf(r, "exclude.context", r.Exclude.Context, contextNames)
}

func (l *loader) checkConditions(r *Rule, field string, cs []Condition) {
	for i := range cs {
		c := &cs[i]
		l.allOf(r, field, c.Parts, partNames)
		l.allOf(r, field, c.Context, contextNames)
		l.allOf(r, field, c.Number, numberKinds)
		if c.Before < 0 || c.After < 0 || c.Before > 400 || c.After > 400 {
			l.failField(r, field, "windows of %d and %d characters: want 0 to 400, larger ones only find what has nothing to do with it", c.Before, c.After)
		}
		if c.Add != 0 && field != "evidence" {
			l.failField(r, field, "add is for evidence only")
		}
		if c.empty() {
			l.failField(r, field, "condition %d says nothing", i+1)
		}
		window := c.Before > 0 || c.After > 0 || c.SameLine || c.SameRow || c.Header || c.Headers || c.Document || c.Head
		if (len(c.AnyOf) > 0 || len(c.NoneOf) > 0 || c.Name || len(c.Number) > 0 || c.PastDate || c.FutureDate || c.Completes) && !window {
			l.failField(r, field, "condition %d does not say where to look: give before, after, same_line, same_row, header, headers, head or document", i+1)
		}
		l.checkConditions(r, field, c.Any)
		l.checkConditions(r, field, c.Not)
	}
}

// empty reports whether the condition asks for nothing.
func (c *Condition) empty() bool {
	return len(c.AnyOf)+len(c.NoneOf)+len(c.Parts)+len(c.Context)+len(c.Number)+len(c.Any)+len(c.Not)+c.HeadLines+c.MinCount+c.MaxLine == 0 &&
		!c.Alone && !c.LineStart && !c.LineEnd && !c.InTable && !c.WholeCell && !c.Name && !c.Record && !c.PastDate && !c.FutureDate && !c.Completes
}

func (l *loader) checkScores(r *Rule) {
	c := r.Confidence
	if c.Base < 1 || c.Base > 100 {
		l.failField(r, "confidence.base", "%d is not between 1 and 100", c.Base)
	}
	if c.Floor < 0 || c.Floor > 100 {
		l.failField(r, "confidence.floor", "%d is not between 0 and 100", c.Floor)
	}
	last := 0
	for _, s := range r.ByCount {
		if s.N <= last {
			l.failField(r, "by_count", "steps must rise: %d follows %d", s.N, last)
		}
		last = s.N
		if s.Severity != "" {
			l.oneOf(r, "by_count", s.Severity, severities)
		}
	}
	last = 0
	for _, s := range r.ByHidden {
		if s.Max <= last {
			l.failField(r, "by_hidden", "steps must rise: %d follows %d", s.Max, last)
		}
		last = s.Max
		l.oneOf(r, "by_hidden", s.Severity, severities)
	}
}

func (l *loader) checkTests(r *Rule) {
	if len(r.Tests.Hit) == 0 || len(r.Tests.Miss) == 0 {
		l.failField(r, "tests", "at least one hit and one miss are needed, have %d and %d", len(r.Tests.Hit), len(r.Tests.Miss))
	}
	for field, list := range map[string][]Example{"tests.hit": r.Tests.Hit, "tests.miss": r.Tests.Miss} {
		for i, e := range list {
			if e.Text == "" && len(e.Table) == 0 && e.Head == "" {
				l.failField(r, field, "example %d is empty", i+1)
			}
			if e.Part != "" && e.Part != "lines" {
				l.oneOf(r, field, e.Part, partNames)
			}
			if e.Today != "" {
				if _, err := time.Parse(time.DateOnly, e.Today); err != nil {
					l.failField(r, field, "example %d: %q is not a day: want 2006-01-02", i+1, e.Today)
				}
			}
			if e.At != "" && !strings.Contains(e.Text, e.At) && !strings.Contains(e.Head, e.At) && !inTable(e.Table, e.At) {
				l.failField(r, field, "example %d: at %q is not in its text", i+1, e.At)
			}
		}
	}
}

func inTable(rows [][]string, s string) bool {
	for _, row := range rows {
		for _, cell := range row {
			if strings.Contains(cell, s) {
				return true
			}
		}
	}
	return false
}
