package dictionaries

// File is one dictionary file: named lists, rules, and, in overlays, the ids
// of rules to switch off.
type File struct {
	Dictionary string              `yaml:"dictionary"` // name, shown by `dict list`
	Title      Text                `yaml:"title"`
	Lists      map[string][]string `yaml:"lists"`   // named lists; "@name" in any list of literals means all of them, in every file
	Rules      []Rule              `yaml:"rules"`   // in an overlay a rule with a known id replaces it whole
	Disable    []string            `yaml:"disable"` // ids, or prefixes ending in ".*"; overlays only
}

// Text is a sentence in the languages of the product. English falls back to
// Chinese where it is missing.
type Text struct {
	ZH string `yaml:"zh"`
	EN string `yaml:"en"`
}

// In returns the sentence in lang ("zh" or "en").
func (t Text) In(lang string) string {
	if lang == "en" && t.EN != "" {
		return t.EN
	}
	return t.ZH
}

// Rule is one entry of a dictionary: what to look for, where, under which
// conditions, how sure that makes us, and what to tell people. It carries its
// own tests.
//
// Order of work: match → boundary → where → validate (inside numbers) →
// exclude → require → evidence → floor. Whatever stops a candidate is kept as
// the reason `dict why` prints.
type Rule struct {
	ID       string `yaml:"id"` // stable, lower case, dotted: secrecy.mark.gbt9704
	Version  int    `yaml:"version"`
	Title    Text   `yaml:"title"`
	Category string `yaml:"category"` // secrecy | internal | pii | credential | wording
	Basis    string `yaml:"basis"`    // law, standard or article the rule rests on
	Severity string `yaml:"severity"` // low | medium | high | critical

	Match Match `yaml:"match"`
	Where Where `yaml:"where"`

	Exclude  Exclude     `yaml:"exclude"`
	Require  []Condition `yaml:"require"`  // every one must hold
	Evidence []Condition `yaml:"evidence"` // every one that holds adds its `add`

	Confidence Confidence  `yaml:"confidence"`
	ByCount    []CountStep `yaml:"by_count"`  // severity by occurrences in the document; the last step reached wins
	ByHidden   []HideStep  `yaml:"by_hidden"` // severity by hidden characters of a masked number; the first step that fits wins
	Valid      Period      `yaml:"valid"`
	Once       bool        `yaml:"once"` // one finding per document, with the count, instead of one per value

	Message Text `yaml:"message"` // may use {term} {correction} {count} {level} {hidden} {candidates} {header} {kind}
	Advice  Text `yaml:"advice"`

	Tests Tests `yaml:"tests"`

	// SecretTerms are the terms of an encrypted file; findings never show them.
	SecretTerms []string `yaml:"-" json:"-"`

	source source
}

// Match says what a candidate is. At least one of its kinds is given; several
// mean any of them.
type Match struct {
	Terms     []string `yaml:"terms"`      // literals or "@list"
	TermsFile string   `yaml:"terms_file"` // beside the YAML file; or in the root of its folder; one term a line, # starts a comment; name ending in .age is encrypted

	Pairs     []Pair `yaml:"pairs"`      // misprints with their correction
	PairsFile string `yaml:"pairs_file"` // wrong TAB right [TAB correct phrases that contain the wrong one, separated by |]

	Templates []string            `yaml:"templates"` // "{level}{gap}{star}{gap}{term?}": literals and slots
	Slots     map[string][]string `yaml:"slots"`     // the rule's own slots: lists of literals or "@list"

	Field *Field `yaml:"field"`

	LineAlone []string `yaml:"line_alone"` // the whole line (or cell, or segment) is one of these, brackets and punctuation around it aside

	LineOf *LineOf `yaml:"line_of"`

	Number *Number `yaml:"number"`
	Regex  *Regex  `yaml:"regex"`
	Column *Column `yaml:"column"`

	Fold     []string `yaml:"fold"`     // added to the default: width, case, traditional, digits, compat, zero_width. See FoldNames; "exact" switches the default off
	Boundary string   `yaml:"boundary"` // none (default) | digit | latin | word
}

// Pair is a misprint and its correction. A wrong text that stands inside one
// of NotIn is correct there.
type Pair struct {
	Wrong string   `yaml:"wrong"`
	Right string   `yaml:"right"`
	NotIn []string `yaml:"not_in"`
}

// Field is a labelled value: `密级：机密`, `密级 | 机密` in neighbouring cells,
// or a value below its header cell.
type Field struct {
	Labels   []string `yaml:"labels"`    // literals or "@list"
	Values   []string `yaml:"values"`    // the value starts with one of these; empty means any value
	Clean    []string `yaml:"clean"`     // values that are no finding; looked at first
	MaxChars int      `yaml:"max_chars"` // with no Values: longest value in characters, default 40
	MinChars int      `yaml:"min_chars"` // with no Values: shortest value, default 1
}

// LineOf is a line, a bracket, or the first or last clause of a line that
// consists of nothing but certain words, in any combination: 此件阅后请退机要室. Digits,
// spaces and punctuation may stand anywhere between them.
type LineOf struct {
	Words    map[string][]string `yaml:"words"`     // groups of literals or "@list"
	Needs    [][]string          `yaml:"needs"`     // sequences of groups; words of one sequence must occur, in its order
	Free     int                 `yaml:"free"`      // characters that may belong to no word, default 0
	MaxChars int                 `yaml:"max_chars"` // longest line or clause, default 40, at most 100
}

// Number is a value found by the digit walk, over folded digits with
// separators, and checked by the published rules of its kind.
type Number struct {
	Kinds     []string `yaml:"kinds"`      // see NumberKinds
	Masked    string   `yaml:"masked"`     // "" unmasked values only | weak: values with 1…max_hidden characters hidden | union: copies of one person's number, masked differently, that together hide no more
	MaxHidden int      `yaml:"max_hidden"` // for weak and union, default 5
	Styles    []string `yaml:"styles"`     // besides plain digits: ocr (O/0, l/1), chinese (三四〇一…); both only behind a label
}

// Regex is an RE2 expression, run only on the lines around its gate.
type Regex struct {
	Pattern   string   `yaml:"pattern"`
	Gate      []string `yaml:"gate"`      // literals or "@list", one of which must stand in the window
	Digits    bool     `yaml:"digits"`    // gate: four or more digits in a row
	Window    int      `yaml:"window"`    // characters either side of the gate, default 200, at most 2000; never across a line break unless the pattern says (?s)
	Unindexed bool     `yaml:"unindexed"` // run over the whole text; slow, must be said
	Group     string   `yaml:"group"`     // named group that is the value; default the whole match
}

// Column is a table column, found by its header, whose cells hold values.
type Column struct {
	Headers  []string `yaml:"headers"`   // literals or "@list"; the header cell contains one
	Not      []string `yaml:"not"`       // headers that only look like it
	Pattern  string   `yaml:"pattern"`   // RE2 a cell must match to count; default: not empty and not masked
	MinCells int      `yaml:"min_cells"` // default 1
	Clean    []string `yaml:"clean"`     // cell values that do not count: 无, /, 略
}

// Where limits a rule to parts of a document.
type Where struct {
	// Parts are kinds of segment (body title heading header footer note
	// comment revision hidden attribute property form link script filename
	// image), or: head (the first HeadLines lines of running text, titles
	// and headings included), table (any table cell), all. Empty means
	// everything but link and script.
	Parts     []string `yaml:"parts"`
	HeadLines int      `yaml:"head_lines"` // default 12 non-empty lines
}

// Exclude drops a candidate.
type Exclude struct {
	Masked  bool        `yaml:"masked"`  // it touches mask characters: 3415****1234, 张*
	Phrases []string    `yaml:"phrases"` // it lies inside or overlaps one of these longer texts
	Inside  []string    `yaml:"inside"`  // it contains one of these
	Context []string    `yaml:"context"` // see ContextNames: quoted, work_title, bracketed, quiz, example, option, negated
	Near    []Condition `yaml:"near"`    // any that holds drops it
}

// Condition is something to look for around a candidate. Every field given
// must hold; a list holds if one of its entries does. AnyOf and NoneOf are
// looked up in the raw text before and after the candidate, and also in the
// row, the column header, the line or the document where those are switched on.
type Condition struct {
	AnyOf  []string `yaml:"any_of"`  // literals or "@list"
	NoneOf []string `yaml:"none_of"` // none of these in the same places
	Before int      `yaml:"before"`  // characters before the candidate
	After  int      `yaml:"after"`   // characters after it

	SameLine bool `yaml:"same_line"` // also the rest of the line
	SameRow  bool `yaml:"same_row"`  // also the other cells of its table row
	Header   bool `yaml:"header"`    // also the header cell of its column, and the table's caption
	Headers  bool `yaml:"headers"`   // also every header cell of its table
	Document bool `yaml:"document"`  // also everywhere in the document
	Head     bool `yaml:"head"`      // also the head lines and the title of the document

	Parts     []string `yaml:"parts"`      // the candidate stands in one of these (as in Where)
	HeadLines int      `yaml:"head_lines"` // … within this many first lines
	Alone     bool     `yaml:"alone"`      // … alone on its line
	LineStart bool     `yaml:"line_start"` // … at the start of its line, brackets and numbering aside
	LineEnd   bool     `yaml:"line_end"`   // … at the end of it
	MaxLine   int      `yaml:"max_line"`   // … on a line of at most this many characters
	InTable   bool     `yaml:"in_table"`   // … in a table cell
	WholeCell bool     `yaml:"whole_cell"` // … and fills it
	Context   []string `yaml:"context"`    // … in one of these contexts (see ContextNames)

	Name       bool     `yaml:"name"`        // a personal name in the window, or in the row with same_row
	Record     bool     `yaml:"record"`      // a personal name that stands by itself on the line or in the row, as in lists
	Number     []string `yaml:"number"`      // a number of one of these kinds in the window or row
	PastDate   bool     `yaml:"past_date"`   // the latest date or year in the window is past, and there is one
	FutureDate bool     `yaml:"future_date"` // … is in the future
	Completes  bool     `yaml:"completes"`   // a date in the window or row fills in the birth date that a masked number hides, by its check character
	MinCount   int      `yaml:"min_count"`   // at least this many candidates of the rule in the document

	Any []Condition `yaml:"any"` // at least one of these holds as well
	Not []Condition `yaml:"not"` // none of these holds

	Add int    `yaml:"add"` // evidence only: points added to the confidence, may be negative
	Why string `yaml:"why"` // shown by `dict why` and `dict explain`
}

// Confidence in points of 100. A candidate whose sum stays below Floor is no
// finding.
type Confidence struct {
	Base  int `yaml:"base"`
	Floor int `yaml:"floor"`
}

// CountStep raises or lowers the severity from N occurrences on.
type CountStep struct {
	N        int    `yaml:"n"`
	Severity string `yaml:"severity"`
	Add      int    `yaml:"add"` // points added to the confidence
}

// HideStep gives the severity of a masked number with at most Max hidden
// characters.
type HideStep struct {
	Max      int    `yaml:"max"`
	Severity string `yaml:"severity"`
}

// Period is a span of days, both included, as 2006-01-02; empty is open.
type Period struct {
	From string `yaml:"from"`
	To   string `yaml:"to"`
}

// Tests are the examples every rule must bring: at least one hit and one miss.
type Tests struct {
	Hit  []Example `yaml:"hit"`
	Miss []Example `yaml:"miss"`
}

// Example is a document in small. Text is one segment, unless it is split by
// Part "lines"; Table gives rows of cells, the first of them headers.
type Example struct {
	Text  string     `yaml:"text"`
	Part  string     `yaml:"part"`  // kind of segment, or head; default body, which stands below the head lines
	Table [][]string `yaml:"table"` // instead of, or after, Text
	Head  string     `yaml:"head"`  // text of the document's head, before Text
	At    string     `yaml:"at"`    // the matched original text
	Count int        `yaml:"count"` // expected count of the finding
	Today string     `yaml:"today"` // day of the scan as 2006-01-02, default the real one
	Sev   string     `yaml:"severity"`
	Why   string     `yaml:"why"`
}
