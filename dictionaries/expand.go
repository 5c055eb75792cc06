package dictionaries

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"regexp"
	"strings"

	"filippo.io/age"
	"filippo.io/age/armor"
)

// source is where a rule was written.
type source struct {
	place
	fs    fs.FS
	dir   string
	lines *lines
	index int
	name  string
}

// Dictionary returns the name of the dictionary the rule came from.
func (r *Rule) Dictionary() string { return r.source.name }

// Origin returns the file and line the rule was written at.
func (r *Rule) Origin() (file string, line int) {
	return r.source.file, r.source.lines.rule(r.source.index)
}

func (l *loader) failField(r *Rule, field, format string, args ...any) {
	at := r.source.place
	at.line = r.source.lines.field(r.source.index, field)
	l.fail(at, field, format, args...)
}

// expandRule writes out the lists of a rule and reads its files.
func (l *loader) expandRule(r *Rule) {
	m := &r.Match
	l.expand(r, "match.terms", &m.Terms)
	l.expand(r, "match.line_alone", &m.LineAlone)
	for name, terms := range m.Slots {
		l.expand(r, "match.slots."+name, &terms)
		m.Slots[name] = terms
	}
	if f := m.Field; f != nil {
		l.expand(r, "match.field.labels", &f.Labels)
		l.expand(r, "match.field.values", &f.Values)
		l.expand(r, "match.field.clean", &f.Clean)
	}
	if x := m.LineOf; x != nil {
		for name, words := range x.Words {
			l.expand(r, "match.line_of.words."+name, &words)
			x.Words[name] = words
		}
	}
	if x := m.Regex; x != nil {
		l.expand(r, "match.regex.gate", &x.Gate)
	}
	if c := m.Column; c != nil {
		l.expand(r, "match.column.headers", &c.Headers)
		l.expand(r, "match.column.not", &c.Not)
		l.expand(r, "match.column.clean", &c.Clean)
	}
	l.expand(r, "exclude.phrases", &r.Exclude.Phrases)
	l.expand(r, "exclude.inside", &r.Exclude.Inside)
	l.expandConditions(r, "exclude.near", r.Exclude.Near)
	l.expandConditions(r, "require", r.Require)
	l.expandConditions(r, "evidence", r.Evidence)
	if m.TermsFile != "" {
		l.termsFile(r)
	}
	if m.PairsFile != "" {
		l.pairsFile(r)
	}
}

func (l *loader) expandConditions(r *Rule, field string, cs []Condition) {
	for i := range cs {
		c := &cs[i]
		l.expand(r, field, &c.AnyOf)
		l.expand(r, field, &c.NoneOf)
		l.expandConditions(r, field, c.Any)
		l.expandConditions(r, field, c.Not)
	}
}

// listName is what the name of a list looks like.
var listName = regexp.MustCompile(`^[a-z][a-z0-9_-]*$`)

// expand replaces "@name" by the entries of that list, and drops doubles.
func (l *loader) expand(r *Rule, field string, terms *[]string) {
	if len(*terms) == 0 {
		return
	}
	var out []string
	seen := map[string]bool{}
	var add func(terms []string, depth int)
	add = func(terms []string, depth int) {
		for _, t := range terms {
			name, isList := strings.CutPrefix(t, "@")
			isList = isList && listName.MatchString(name) // "@qq." is a literal
			switch {
			case strings.TrimSpace(t) == "":
				l.failField(r, field, "an entry is empty")
			case !isList && !seen[t]:
				seen[t] = true
				out = append(out, t)
			case !isList:
			case depth > 8:
				l.failField(r, field, "list %q contains itself", name)
				return
			default:
				sub, ok := l.named(name)
				if !ok {
					l.failField(r, field, "there is no list %q", name)
					continue
				}
				add(sub.terms, depth+1)
			}
		}
	}
	add(*terms, 0)
	*terms = out
}

// open reads a file named by a rule: beside its dictionary file, or from the
// root of its folder.
func (l *loader) open(r *Rule, name string) ([]byte, error) {
	name = path.Clean(name)
	if !fs.ValidPath(name) {
		return nil, fmt.Errorf("%q leads out of the dictionary's folder", name)
	}
	data, err := readFile(r.source.fs, path.Join(r.source.dir, name))
	if errors.Is(err, fs.ErrNotExist) && r.source.dir != "." {
		data, err = readFile(r.source.fs, name)
	}
	if err != nil {
		return nil, err
	}
	l.hashes = append(l.hashes, name, digest(data))
	return data, nil
}

// termsFile reads one term a line. Terms of an encrypted file are kept apart:
// findings must not show them.
func (l *loader) termsFile(r *Rule) {
	const field = "match.terms_file"
	name := r.Match.TermsFile
	data, err := l.open(r, name)
	if err != nil {
		l.failField(r, field, "%v", err)
		return
	}
	secret := strings.HasSuffix(name, ".age")
	if secret {
		if data, err = decrypt(data, l.cfg.Key); err != nil {
			l.failField(r, field, "open %q: %v", name, err)
			return
		}
	}
	var terms []string
	for line := range strings.Lines(strings.TrimPrefix(string(data), "\ufeff")) {
		line = strings.TrimSpace(line)
		if line != "" && !strings.HasPrefix(line, "#") {
			terms = append(terms, line)
		}
	}
	if len(terms) == 0 {
		l.failField(r, field, "%q holds no term", name)
	}
	if secret {
		r.SecretTerms = terms
		return
	}
	r.Match.Terms = append(r.Match.Terms, terms...)
}

// decrypt opens an age file, binary or armored.
func decrypt(data, key []byte) ([]byte, error) {
	key = bytes.TrimSpace(key)
	if len(key) == 0 {
		return nil, errors.New("the file is encrypted and no dictionary key is set")
	}
	var ids []age.Identity
	var err error
	if bytes.Contains(key, []byte("AGE-SECRET-KEY-")) {
		ids, err = age.ParseIdentities(bytes.NewReader(key))
	} else {
		var id *age.ScryptIdentity
		id, err = age.NewScryptIdentity(string(key))
		ids = []age.Identity{id}
	}
	if err != nil {
		return nil, errors.New("the dictionary key is not an age key") // the library's message may quote it
	}
	var src io.Reader = bytes.NewReader(data)
	if bytes.HasPrefix(data, []byte(armor.Header)) {
		src = armor.NewReader(src)
	}
	plain, err := age.Decrypt(src, ids...)
	if err != nil {
		return nil, fmt.Errorf("decrypt: %w", err)
	}
	out, err := io.ReadAll(io.LimitReader(plain, maxFile))
	if err != nil {
		return nil, fmt.Errorf("decrypt: %w", err)
	}
	return out, nil
}

// pairsFile reads lines of wrong TAB right [TAB correct phrases, separated by |].
func (l *loader) pairsFile(r *Rule) {
	const field = "match.pairs_file"
	name := r.Match.PairsFile
	data, err := l.open(r, name)
	if err != nil {
		l.failField(r, field, "%v", err)
		return
	}
	n := 0
	for line := range strings.Lines(strings.TrimPrefix(string(data), "\ufeff")) {
		n++
		line = strings.TrimRight(line, "\r\n")
		if strings.TrimSpace(line) == "" || strings.HasPrefix(line, "#") {
			continue
		}
		cols := strings.Split(line, "\t")
		if len(cols) < 2 || len(cols) > 3 {
			l.fail(place{file: name, line: n, rule: r.ID}, field, "want wrong TAB right [TAB phrases], have %d columns", len(cols))
			continue
		}
		p := Pair{Wrong: strings.TrimSpace(cols[0]), Right: strings.TrimSpace(cols[1])}
		if len(cols) == 3 && strings.TrimSpace(cols[2]) != "" {
			p.NotIn = strings.Split(strings.TrimSpace(cols[2]), "|")
		}
		if p.Wrong == "" || p.Right == "" || p.Wrong == p.Right {
			l.fail(place{file: name, line: n, rule: r.ID}, field, "wrong and right must both be given and differ")
			continue
		}
		r.Match.Pairs = append(r.Match.Pairs, p)
	}
}
