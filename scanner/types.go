package scanner

// Kind says in which part of a document a segment stood. Rules name kinds in
// their `where` condition, reports show them to people.
type Kind string

// The kinds of segment that parsers produce.
const (
	KindBody      Kind = "body"      // visible running text, table cells included
	KindTitle     Kind = "title"     // <title>, document title, slide title
	KindHeading   Kind = "heading"   // h1…h6, heading styles
	KindHeader    Kind = "header"    // page header of a paged document
	KindFooter    Kind = "footer"    // page footer of a paged document
	KindNote      Kind = "note"      // footnote, endnote, speaker notes
	KindComment   Kind = "comment"   // HTML comment, review comment, cell comment, annotation
	KindRevision  Kind = "revision"  // tracked insertion or deletion
	KindHidden    Kind = "hidden"    // present in the file, not shown to a reader
	KindAttribute Kind = "attribute" // alt, title, placeholder, aria-label, data-*
	KindProperty  Kind = "property"  // meta elements, document properties, custom XML
	KindForm      Kind = "form"      // values of inputs, options, form fields
	KindLink      Kind = "link"      // the address a link points to
	KindScript    Kind = "script"    // strings and JSON inside scripts, style content
	KindFilename  Kind = "filename"  // name of a file, an attachment or an archive member
	KindImage     Kind = "image"     // text recognised in an image, QR codes, EXIF
)

// Place says where in a document a segment or a finding stands. Zero fields
// mean "does not apply".
type Place struct {
	Kind  Kind   `json:"kind"`
	File  string `json:"file,omitempty"`  // path inside containers, parts joined by "!/": 附件.zip!/名单.xlsx
	Page  int    `json:"page,omitempty"`  // 1-based page or slide
	Sheet string `json:"sheet,omitempty"` // worksheet name
	Cell  string `json:"cell,omitempty"`  // A1 reference
	Line  int    `json:"line,omitempty"`  // 1-based line of a text file, or block of the part
	XPath string `json:"xpath,omitempty"` // element path in HTML or XML
}

// Segment is one run of text with its place. A segment is a block: inline
// markup is already joined, a table cell is a segment of its own. Offsets of
// findings count bytes of Text.
type Segment struct {
	Place Place
	Text  string

	// Table is the 1-based ordinal of the table the segment is a cell of, 0
	// outside tables; Row and Col are 1-based. Header marks header cells.
	Table, Row, Col int
	Header          bool

	// Confidence is the recogniser's confidence in Text, 1 to 100; 0 means
	// the text is exact.
	Confidence int
}

// Document is what a parser made of one page, file or draft.
type Document struct {
	URL      string // canonical address; enters the fingerprints
	Title    string // for reports
	Segments []Segment
	Problems []Problem // what could not be read
}

// Problem names a part of a document that could not be read completely. Any
// problem that is not Harmless makes the verdict incomplete.
type Problem struct {
	Status  Status `json:"status"`
	File    string `json:"file,omitempty"` // which file or part, empty for the document itself
	Message string `json:"message"`        // one line, no document content
}

// Status is the outcome of reading one file, stored for each of them.
type Status string

// The statuses of a file. Everything but StatusOK and StatusEmpty makes a
// verdict incomplete.
const (
	StatusOK          Status = "ok"
	StatusPartial     Status = "partial"
	StatusEmpty       Status = "empty"
	StatusEncrypted   Status = "encrypted"
	StatusDamaged     Status = "damaged"
	StatusUnsupported Status = "unsupported"
	StatusLimit       Status = "limit"
	StatusTimeout     Status = "timeout"
	StatusUnreachable Status = "unreachable"
)

// Harmless reports whether s leaves a verdict complete.
func (s Status) Harmless() bool { return s == StatusOK || s == StatusEmpty }

// Severity of a rule, from SeverityLow to SeverityCritical.
type Severity string

// The severities, in rising order.
const (
	SeverityLow      Severity = "low"
	SeverityMedium   Severity = "medium"
	SeverityHigh     Severity = "high"
	SeverityCritical Severity = "critical"
)

// Finding is a candidate that passed its rule. Its JSON form is a published
// contract. It never carries the matched value, only a masked excerpt.
type Finding struct {
	Rule        string   `json:"rule"`
	Version     int      `json:"version"`
	Category    string   `json:"category"` // secrecy, internal, pii, credential, wording
	Severity    Severity `json:"severity"`
	Confidence  int      `json:"confidence"` // 0 to 100
	Title       string   `json:"title"`
	Message     string   `json:"message"`
	Advice      string   `json:"advice"`
	Basis       string   `json:"basis"`
	Excerpt     string   `json:"excerpt"` // masked
	Count       int      `json:"count"`   // occurrences this finding stands for, exact
	Capped      bool     `json:"capped,omitempty"`
	URL         string   `json:"url"`
	Place       Place    `json:"place"`
	Start       int      `json:"start"` // byte offset into the segment's original text
	End         int      `json:"end"`
	Fingerprint string   `json:"fingerprint"` // keyed; stable from run to run
	// ValueKey is the same for the same value under the same rule at any
	// address; keyed; empty where a finding stands for changing values.
	ValueKey string `json:"value_key,omitempty"`
}

// Verdict of a document or a run.
type Verdict string

// The verdicts.
const (
	VerdictPass       Verdict = "pass"
	VerdictReview     Verdict = "review"
	VerdictBlock      Verdict = "block"
	VerdictIncomplete Verdict = "incomplete"
)
