package report

import (
	"fmt"
	"io"
	"iter"
	"slices"
	"strconv"
	"strings"
	"time"

	"prescreen/internal/cases"
	"prescreen/internal/lang"
	"prescreen/scanner"
)

// Form is a document that officials expect, in DOCX.
type Form string

// The forms.
const (
	Inspection    Form = "inspection"    // 检查报告
	Rectification Form = "rectification" // 整改通知书, one per unit
	Review        Form = "review"        // 信息发布保密审查单
)

// Forms lists the forms in the order shown in help.
func Forms() []Form { return []Form{Inspection, Rectification, Review} }

// FormName names a form for people.
func FormName(f Form, l lang.Lang) string {
	switch f {
	case Inspection:
		return l.Pick("检查报告", "inspection report")
	case Rectification:
		return l.Pick("整改通知书", "rectification notice")
	case Review:
		return l.Pick("信息发布保密审查单", "pre-publication review")
	}
	return string(f)
}

// FormOptions of RenderForm.
type FormOptions struct {
	Options
	Form Form
	// Template is a DOCX file with fields, nil for the built-in one. See
	// docs/reports.md for the fields.
	Template     []byte
	TemplateName string // for errors
	Unit         string // of a rectification notice: only its cases
	// Deadline of a rectification notice; zero: the latest due date of its
	// cases, and without one, ten working days in words.
	Deadline time.Time
	Contact  string
	// Policy judges each address of a run for a review form.
	Policy scanner.Policy
}

// annexRows bounds the findings in the annex of an inspection report: the
// worst of them; the spreadsheet has all. A rectification notice lists all of
// its unit, because what it does not name need not be mended.
const annexRows = 1000

// RenderForm writes an inspection report or a rectification notice of a run.
func RenderForm(w io.Writer, run *Run, opt FormOptions) error {
	switch opt.Form {
	case Inspection, Rectification:
	case Review:
		return renderReview(w, documentsOf(run.withoutDismissed(), opt.Policy), run, opt)
	default:
		return fmt.Errorf("unknown form %q: use inspection, rectification or review", opt.Form)
	}
	run = run.withoutDismissed()
	if opt.Form == Rectification {
		run.Trend = nil // of all units
		run.Cases = slices.DeleteFunc(run.Cases, func(c cases.Case) bool {
			return (opt.Unit != "" && c.Unit != opt.Unit) || c.State == cases.Closed
		})
	}
	sortCases(run.Cases)
	r := record{fields: formFields(run, &opt), lists: formLists(run, &opt)}
	return fillForm(w, opt, r, func(yield func(record) bool) { yield(r) })
}

func fillForm(w io.Writer, opt FormOptions, first record, records iter.Seq[record]) error {
	template, name := opt.Template, opt.TemplateName
	if template == nil {
		var err error
		if template, err = BuiltinTemplate(opt.Form, opt.Lang); err != nil {
			return err
		}
		name = string(opt.Form)
	}
	return fillTemplate(w, name, template, first, records)
}

// formFields are the fields of the forms, the same for all, so that one text
// can be moved from one template to another.
func formFields(run *Run, opt *FormOptions) map[string]string {
	l, s, n := opt.Lang, &run.Summary, countAll(run.Cases)
	var p Point
	if len(run.Trend) > 0 {
		p = run.Trend[len(run.Trend)-1]
	}
	count := strconv.Itoa
	stamp := func(t time.Time) string {
		if t.IsZero() {
			return ""
		}
		return opt.in(t).Format(l.Pick("2006年1月2日15时04分", "2006-01-02 15:04"))
	}
	return map[string]string{
		"Organisation": opt.Organisation, "Unit": opt.Unit, "Contact": opt.Contact,
		"Sites": strings.Join(s.Sites, l.Pick("、", ", ")), "Hosts": strings.Join(hosts(run), l.Pick("、", ", ")),
		"Run": s.Run, "RuleSet": opt.RuleSet, "Version": opt.Version,
		"Started": stamp(s.Started), "Finished": stamp(s.Finished),
		"Date": opt.Now.Format(l.Pick("2006年1月2日", "2 January 2006")), "Year": opt.Now.Format("2006"),
		"Verdict": VerdictName(s.Verdict, l), "Conclusion": strings.Join(conclusion(run, &opt.Options), "\n"),
		"Pages": count(s.Pages), "Attachments": count(s.Attachments), "Pictures": count(s.Pictures),
		"NotChecked": count(len(s.NotChecked)), "Orphans": count(len(s.Orphans)),
		"Total": count(n.Total()), "Critical": count(n.Critical), "High": count(n.High), "Medium": count(n.Medium), "Low": count(n.Low),
		"New": count(p.New), "Persisting": count(p.Persisting), "Resolved": count(p.Resolved), "Returned": count(p.Returned),
		"Comparison": comparison(run, l), "Coverage": coverage(run, l), "Problems": problems(run.Cases, l),
		"Demands": demands(run, opt), "Deadline": deadline(run, opt),
		"Listed": count(min(n.Total(), annexRows)), "Rest": rest(run, opt),
		// Of a review form: the document.
		"Name": "", "Address": "", "Type": "", "Files": "", "Result": "", "Unread": "",
	}
}

// listFields are the fields of a table row, by list.
func listFields() map[string][]string {
	return map[string][]string{
		"Finding": {"Seq", "Number", "Site", "Unit", "Column", "Title", "URL", "Place", "Found", "Category", "Severity",
			"Excerpt", "Message", "Basis", "Rule", "Advice", "Assignee", "Due", "State", "Recheck", "Note", "Fingerprint"},
		"Statistic": {"Name", "Critical", "High", "Medium", "Low", "Total"},
		"Gap":       {"Seq", "URL", "Reason", "Detail"},
		"Reason":    {"Name", "Total"},
	}
}

func formLists(run *Run, opt *FormOptions) map[string][]map[string]string {
	l := opt.Lang
	out := map[string][]map[string]string{}
	for _, g := range append(byCategory(run.Cases, l), group{l.Pick("合计", "total"), countAll(run.Cases)}) {
		n := g.Counts
		out["Statistic"] = append(out["Statistic"], map[string]string{
			"Name": g.Name, "Critical": strconv.Itoa(n.Critical), "High": strconv.Itoa(n.High),
			"Medium": strconv.Itoa(n.Medium), "Low": strconv.Itoa(n.Low), "Total": strconv.Itoa(n.Total()),
		})
	}
	for i := range run.Cases {
		if i == annexRows && opt.Form == Inspection {
			break
		}
		out["Finding"] = append(out["Finding"], findingFields(i, &run.Cases[i], &opt.Options))
	}
	groups := groupGaps(run.Summary.NotChecked, gapsShown)
	for _, g := range groups {
		out["Reason"] = append(out["Reason"], map[string]string{"Name": g.Reason, "Total": strconv.Itoa(g.Total)})
		for _, gap := range g.Gaps {
			out["Gap"] = append(out["Gap"], map[string]string{
				"Seq": strconv.Itoa(len(out["Gap"]) + 1), "URL": gap.URL, "Reason": gap.Reason, "Detail": gap.Detail,
			})
		}
	}
	return out
}

func findingFields(i int, c *cases.Case, opt *Options) map[string]string {
	f := &c.Finding
	return map[string]string{
		"Seq": strconv.Itoa(i + 1), "Number": Number(c), "Site": c.Site, "Unit": c.Unit, "Column": c.Column,
		"Title": c.Title, "URL": f.URL, "Place": Where(f.Place, opt.Lang), "Published": c.Published, "Found": dateOf(c.FirstSeen, opt),
		"Category": CategoryName(f.Category, opt.Lang), "Severity": SeverityName(f.Severity, opt.Lang),
		"Excerpt": f.Excerpt, "Message": f.Message, "Basis": f.Basis, "Rule": f.Rule, "Advice": f.Advice,
		"Assignee": c.Assignee, "Due": dateOf(c.Due, opt), "State": c.State.Name(opt.Lang),
		"Recheck": recheck(c, opt.Lang), "Note": c.Note, "Fingerprint": f.Fingerprint,
	}
}

func hosts(run *Run) []string {
	seen := map[string]bool{}
	for i := range run.Cases {
		if h := hostOf(run.Cases[i].Finding.URL); h != "" {
			seen[h] = true
		}
	}
	out := make([]string, 0, len(seen))
	for h := range seen {
		out = append(out, h)
	}
	slices.Sort(out)
	return out
}

// renderReview writes one review form per document.
func renderReview(w io.Writer, docs []Document, run *Run, opt FormOptions) error {
	opt.Form = Review
	if len(docs) == 0 {
		docs = []Document{{Verdict: run.Summary.Verdict}}
	}
	return fillForm(w, opt, reviewRecord(&docs[0], run, &opt), func(yield func(record) bool) {
		for i := range docs {
			if !yield(reviewRecord(&docs[i], run, &opt)) {
				return
			}
		}
	})
}

func reviewRecord(d *Document, run *Run, opt *FormOptions) record {
	one := &Run{Summary: run.Summary, Cases: d.Findings}
	one.Summary.NotChecked, one.Summary.Verdict = d.Unread, d.Verdict
	r := record{fields: formFields(one, opt), lists: formLists(one, opt)}
	r.fields["Name"], r.fields["Address"], r.fields["Type"] = d.Name, d.Address, d.Type
	r.fields["Files"] = strconv.Itoa(d.Files)
	r.fields["Result"] = reviewResult(d, opt.Lang)
	r.fields["Unread"] = unreadLines(d.Unread, opt.Lang)
	return r
}

// documentsOf makes each address of a run with a finding a document of its
// own.
func documentsOf(run *Run, policy scanner.Policy) []Document {
	sortCases(run.Cases)
	at := map[string]int{}
	var docs []Document
	doc := func(address, name string) *Document {
		i, ok := at[address]
		if !ok {
			i = len(docs)
			at[address] = i
			docs = append(docs, Document{Name: name, Address: address})
		}
		return &docs[i]
	}
	for _, c := range run.Cases {
		name := c.Title
		if name == "" {
			name = c.Finding.URL
		}
		d := doc(c.Finding.URL, name)
		d.Findings = append(d.Findings, c)
	}
	for i := range docs {
		var findings []scanner.Finding
		for _, c := range docs[i].Findings {
			findings = append(findings, c.Finding)
		}
		docs[i].Verdict = scanner.Judge(findings, nil, policy)
	}
	return docs
}
