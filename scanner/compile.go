package scanner

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"prescreen/dictionaries"
	"prescreen/scanner/match"
)

// role says what a term of the matcher does for a rule.
type role uint8

const (
	roleTerm   role = iota // the hit is a candidate
	roleSecret             // the same, never shown
	rolePair               // a misprint; arg is the pair
	roleAnchor             // a template grows from it; arg is the template
	roleLabel              // a field's label
	roleLine               // must be alone on its line
	roleLineOf             // its line must consist of the rule's words
	roleGate               // a regular expression looks around it
	roleStyle              // label before a number in unusual digits
	roleKind               // a number of kind arg stands around it
)

// use is one job of a term.
type use struct {
	rule  int32
	role  role
	arg   int32
	guard *guard // nil: worth a look everywhere
}

// termUse is what the scanner wants to know of a term's occurrences.
type termUse struct {
	jobs    []use
	witness []int32 // groups it belongs to
	lists   []int32 // lists that are looked for everywhere
}

// duty says what of a termUse there is. Every hit asks for it.
type duty uint8

const (
	dutyJob duty = 1 << iota
	dutyWitness
	dutyList
)

func (u *termUse) duty() (d duty) {
	if len(u.jobs) > 0 {
		d |= dutyJob
	}
	if len(u.witness) > 0 {
		d |= dutyWitness
	}
	if len(u.lists) > 0 {
		d |= dutyList
	}
	return d
}

// rule is a compiled dictionaries.Rule.
type rule struct {
	*dictionaries.Rule
	index    int32
	severity Severity
	parts    partMask
	head     bool // parts include the head
	lines    int  // head lines
	fold     match.Fold
	folder   *folder
	boundary boundary

	templates []template
	values    [][]rune // of the field
	clean     [][]rune
	regex     *regexp.Regexp
	group     int
	lineOf    *lineOf
	automaton *automaton // says where a match may be
	window    int        // bytes around the gate
	starts    int        // a match begins that many characters before a gate at most; more than mostStarts: anywhere
	witness   int32      // of the expression: group of words of which one must be in the window, -1 for none
	crosses   bool       // the expression may cross line breaks
	anchored  bool       // it looks at what is before it
	column    *column
	number    *numberRule

	phrases   int32 // context list, -1 for none
	inside    [][]rune
	contexts  contextMask
	never     []cond  // exclusions that ask for the whole document, and cost it but once
	killers   []int32 // lists of them: a word of one anywhere, and the rule finds nothing
	near      []cond
	quick     []cond // requirements that are looked at first
	require   []cond
	records   bool // one of them asks for a record
	evidence  []cond
	minCount  []cond // evidence and requirements that need the whole document
	from, to  time.Time
	lateScore bool // the count of occurrences can lift a candidate over the floor
}

type boundary uint8

const (
	boundaryNone boundary = iota
	boundaryDigit
	boundaryLatin
	boundaryWord
)

// program is a compiled rule set.
type program struct {
	rules   []*rule
	matcher *match.Matcher
	terms   []termUse // by ID
	duties  []duty    // the same in short
	groups  int       // of witnesses

	context      *match.Matcher // context terms, looked for around candidates only
	lists        [][]int32      // context term ID → lists it is in
	hidden       *match.Matcher // terms that no excerpt may show
	hiddenReach  int            // characters of the longest of them, and room for what a Fold skips
	document     *match.Matcher // those of lists that are looked for everywhere
	docLists     [][]int32
	nlists       int
	pairs        []pairInfo
	numbers      numberMask    // kinds that any rule or condition asks for
	byKind       [][]*rule     // rules by kind of number
	weak         []*rule       // rules for masked numbers
	union        []*rule       // rules for copies masked differently
	digitGate    []*rule       // regular expressions behind a digit gate
	unindexed    []*rule       // … over the whole text
	columns      []*rule       // column rules
	killing      listSet       // lists that kill rules: the matcher finds them
	quiz         int32         // context list of words that ask questions
	reach        int           // bytes around a candidate that conditions look at
	deepest      int           // lines that the head of a document can have
	tables       *numberTables // region codes and issuer prefixes
	surnames     map[string]bool
	surnameRunes map[rune]bool // surnames of one character, and first ones of two
	simple       *match.Folder // to the forms that surnames are written in
	nameParts    map[rune][]string
}

// pairInfo is a misprint with its correction.
type pairInfo struct {
	right   string
	phrases int32 // context list of correct phrases that hold the misprint
}

// compiler gathers terms while rules are compiled.
type compiler struct {
	p       *program
	folders map[match.Fold]*folder
	edges   map[*folder]*edges
	terms   []match.Term
	termIDs map[match.Term]int32
	ctx     []match.Term
	ctxIDs  map[match.Term]int32
	hidden  []match.Term   // of encrypted lists
	doc     map[int32]bool // lists that are looked for everywhere

	rarities rarities
	groups   map[groupKey]int32
}

func compile(set *dictionaries.Set) (*program, error) {
	p := &program{byKind: make([][]*rule, numberKindCount), reach: 480, deepest: defaultHeadLines}
	c := &compiler{p: p, folders: map[match.Fold]*folder{}, edges: map[*folder]*edges{}, termIDs: map[match.Term]int32{}, ctxIDs: map[match.Term]int32{}, doc: map[int32]bool{},
		rarities: newRarities(), groups: map[groupKey]int32{}}
	p.tables = newNumberTables(set)
	p.quiz = c.list(quizWords, false)
	p.surnames = surnameSet(set.Data("surnames.txt"))
	p.nameParts = namePartsOf(set.Data("name-parts.txt"))
	p.surnameRunes = map[rune]bool{}
	p.simple = match.NewFolder(match.Default)
	for name := range p.surnames {
		r, _ := utf8.DecodeRuneInString(name)
		p.surnameRunes[r] = true
	}
	for i, r := range set.Rules() {
		cr, err := c.rule(int32(i), r)
		if err != nil {
			return nil, fmt.Errorf("rule %q: %w", r.ID, err)
		}
		p.rules = append(p.rules, cr)
	}
	return p, c.finish()
}

func (c *compiler) finish() (err error) {
	c.p.groups = len(c.groups)
	c.killers()
	for i := range c.p.terms {
		c.p.duties = append(c.p.duties, c.p.terms[i].duty())
	}
	if c.p.matcher, err = match.New(c.terms); err != nil {
		return fmt.Errorf("compile terms: %w", err)
	}
	if c.p.context, err = match.New(c.ctx); err != nil {
		return fmt.Errorf("compile context terms: %w", err)
	}
	if c.p.hidden, err = match.New(c.hidden); err != nil {
		return fmt.Errorf("compile encrypted terms: %w", err)
	}
	var doc []match.Term
	for id, lists := range c.p.lists {
		everywhere := slices.DeleteFunc(slices.Clone(lists), func(l int32) bool { return !c.doc[l] })
		if len(everywhere) == 0 {
			continue
		}
		t := c.ctx[id]
		t.ID = int32(len(doc))
		doc = append(doc, t)
		c.p.docLists = append(c.p.docLists, everywhere)
	}
	if c.p.document, err = match.New(doc); err != nil {
		return fmt.Errorf("compile document terms: %w", err)
	}
	return nil
}

// term gives a literal a job.
func (c *compiler) term(text string, fold match.Fold, u use) {
	t := &c.p.terms[c.termID(text, fold)]
	if !slices.Contains(t.jobs, u) {
		t.jobs = append(t.jobs, u)
	}
}

// termID registers a literal with the matcher.
func (c *compiler) termID(text string, fold match.Fold) int32 {
	t := match.Term{Text: text, Fold: fold}
	id, ok := c.termIDs[t]
	if !ok {
		id = int32(len(c.terms))
		c.termIDs[t] = id
		t.ID = id
		c.terms = append(c.terms, t)
		c.p.terms = append(c.p.terms, termUse{})
	}
	return id
}

// contextFold is the folding of words that are only looked for around a
// candidate: generous, since they never make a finding by themselves.
const contextFold = match.Default | match.InnerSpace

// list registers context terms and returns the number of their list, -1 for
// an empty one.
func (c *compiler) list(terms []string, everywhere bool) int32 {
	if len(terms) == 0 {
		return -1
	}
	l := int32(c.p.nlists)
	c.p.nlists++
	c.doc[l] = everywhere
	for _, text := range terms {
		t := match.Term{Text: text, Fold: contextFold}
		id, ok := c.ctxIDs[t]
		if !ok {
			id = int32(len(c.ctx))
			c.ctxIDs[t] = id
			t.ID = id
			c.ctx = append(c.ctx, t)
			c.p.lists = append(c.p.lists, nil)
		}
		c.p.lists[id] = append(c.p.lists[id], l)
	}
	return l
}

var foldBits = map[string]match.Fold{
	"width": match.Width, "case": match.Case, "traditional": match.Traditional, "digits": match.Digits,
	"compat": match.Compat, "zero_width": match.ZeroWidth, "chinese_digits": match.ChineseDigits, "stars": match.Stars,
	"inner_space": match.InnerSpace, "line_break": match.LineBreak, "noise": match.Noise, "split": match.Split, "pinyin": match.Pinyin,
}

func foldOf(names []string) match.Fold {
	f := match.Default
	if slices.Contains(names, "exact") {
		f = match.Plain
	}
	for _, n := range names {
		f |= foldBits[n]
	}
	return f
}

func (c *compiler) folder(f match.Fold) *folder {
	f &^= match.Split | match.Pinyin
	fd := c.folders[f]
	if fd == nil {
		fd = newFolder(f)
		c.folders[f] = fd
	}
	return fd
}

// rule compiles one rule and registers its terms.
func (c *compiler) rule(i int32, src *dictionaries.Rule) (*rule, error) {
	r := &rule{Rule: src, index: i, severity: Severity(src.Severity), lines: src.Where.HeadLines}
	if r.lines == 0 {
		r.lines = defaultHeadLines
	}
	c.p.deepest = max(c.p.deepest, r.lines)
	r.parts, r.head = partsOf(src.Where.Parts)
	r.fold = foldOf(src.Match.Fold)
	r.folder = c.folder(r.fold)
	switch src.Match.Boundary {
	case "digit":
		r.boundary = boundaryDigit
	case "latin":
		r.boundary = boundaryLatin
	case "word":
		r.boundary = boundaryWord
	}
	r.from, _ = time.ParseInLocation(time.DateOnly, src.Valid.From, time.Local)
	r.to, _ = time.ParseInLocation(time.DateOnly, src.Valid.To, time.Local)
	r.phrases = c.list(src.Exclude.Phrases, false)
	if r.phrases >= 0 {
		for _, p := range src.Exclude.Phrases {
			c.p.reach = max(c.p.reach, 4*len(p))
		}
	}
	r.inside = r.folder.all(src.Exclude.Inside)
	r.contexts = contextsOf(src.Exclude.Context)
	for _, cd := range c.conds(src.Exclude.Near) {
		if cd.document && cd.before+cd.after == 0 {
			r.never = append(r.never, cd)
			if cd.onlyDocument() {
				r.killers = append(r.killers, cd.any)
			}
		} else {
			r.near = append(r.near, cd)
		}
	}
	for _, cd := range c.conds(src.Require) {
		r.addCond(cd, &r.require)
		r.records = r.records || cd.record && cd.minCount == 0
	}
	for _, cd := range c.conds(src.Evidence) {
		r.addCond(cd, &r.evidence)
	}
	r.lateScore = len(r.minCount) > 0
	for _, step := range src.ByCount {
		r.lateScore = r.lateScore || step.Add > 0
	}
	return r, c.matchOf(r)
}

func (r *rule) addCond(cd cond, to *[]cond) {
	if cd.minCount > 0 {
		cd.required = to == &r.require
		r.minCount = append(r.minCount, cd)
		return
	}
	if to == &r.require {
		if cd.early = cd.cheap(); cd.quick() {
			to = &r.quick
		}
	}
	*to = append(*to, cd)
}

// matchOf registers what the rule looks for.
func (c *compiler) matchOf(r *rule) error {
	m := r.Match
	var g *guard
	if parts := r.anyParts(); parts != ^partMask(0) {
		g = &guard{parts: parts, left: beside{any: true}, right: beside{any: true}, witness: -1}
	}
	for _, t := range m.Terms {
		c.term(t, r.fold, use{r.index, roleTerm, 0, g})
	}
	for _, t := range r.SecretTerms {
		c.term(t, r.fold, use{r.index, roleSecret, 0, g})
		c.hidden = append(c.hidden, match.Term{Text: t, ID: int32(len(c.hidden)), Fold: r.fold | foldBits["inner_space"]})
		c.p.hiddenReach = max(c.p.hiddenReach, 2*utf8.RuneCountInString(t)+8)
	}
	for _, t := range m.LineAlone {
		c.term(t, r.fold, use{r.index, roleLine, 0, g})
	}
	for _, p := range m.Pairs {
		info := pairInfo{right: p.Right}
		phrases := slices.Clone(p.NotIn)
		if strings.Contains(p.Right, p.Wrong) {
			phrases = append(phrases, p.Right)
		}
		info.phrases = c.list(phrases, false)
		c.term(p.Wrong, r.fold, use{r.index, rolePair, int32(len(c.p.pairs)), g})
		c.p.pairs = append(c.p.pairs, info)
	}
	for i, text := range m.Templates {
		t, err := c.template(r, text)
		if err != nil {
			return fmt.Errorf("template %q: %w", text, err)
		}
		r.templates = append(r.templates, t)
		g := c.guardOf(r, &t)
		for _, a := range t.anchorTexts {
			c.term(a, r.fold, use{r.index, roleAnchor, int32(i), g})
		}
	}
	if f := m.Field; f != nil {
		for _, l := range f.Labels {
			c.term(l, r.fold|match.InnerSpace, use{r.index, roleLabel, 0, nil})
		}
		r.values, r.clean = r.folder.all(f.Values), r.folder.all(f.Clean)
	}
	if m.LineOf != nil {
		c.lineOf(r, g)
	}
	if err := c.regex(r, g); err != nil {
		return err
	}
	if m.Column != nil {
		if err := c.column(r); err != nil {
			return err
		}
	}
	if m.Number != nil {
		c.number(r)
	}
	return nil
}

func (c *compiler) regex(r *rule, g *guard) error {
	x := r.Match.Regex
	if x == nil {
		return nil
	}
	re, err := regexp.Compile("(?m)" + x.Pattern) // ^ and $ are ends of lines
	if err != nil {
		return fmt.Errorf("pattern: %w", err)
	}
	r.regex, r.window = re, 4*x.Window
	if r.automaton, err = newAutomaton("(?m)" + x.Pattern); err != nil {
		return fmt.Errorf("pattern: %w", err)
	}
	r.crosses = strings.Contains(x.Pattern, "(?s") || strings.Contains(x.Pattern, `\n`)
	r.anchored = strings.Contains(x.Pattern, "^") || strings.Contains(x.Pattern, `\b`)
	if x.Window == 0 {
		r.window = 4 * 200
	}
	r.witness, r.starts = c.expressionWitness(r), r.startsBefore(c.folder(match.Default).f.Rune)
	if x.Group != "" {
		r.group = re.SubexpIndex(x.Group)
	}
	for _, text := range x.Gate {
		c.term(text, r.fold, use{r.index, roleGate, 0, g})
	}
	if x.Digits {
		c.p.digitGate = append(c.p.digitGate, r)
	}
	if x.Unindexed {
		c.p.unindexed = append(c.p.unindexed, r)
	}
	return nil
}
