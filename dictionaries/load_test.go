package dictionaries

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"filippo.io/age"
	"filippo.io/age/armor"
)

// ruleYAML is a rule that loads; body replaces its match.
func ruleYAML(id, match string) string {
	return `
- id: ` + id + `
  version: 1
  title: {zh: 规则}
  category: internal
  severity: low
  match: ` + match + `
  confidence: {base: 50}
  message: {zh: 消息}
  tests: {hit: [{text: 甲}], miss: [{text: 乙}]}
`
}

func file(rules string) string { return "dictionary: d\nrules:" + rules }

func folder(files map[string]string) Source {
	m := fstest.MapFS{}
	for name, text := range files {
		m[name] = &fstest.MapFile{Data: []byte(text)}
	}
	return Source{Name: "dict", FS: m}
}

func TestShippedLoads(t *testing.T) {
	set, err := Load(Config{})
	if err != nil {
		t.Fatal(err)
	}
	again, err := Load(Config{})
	if err != nil {
		t.Fatal(err)
	}
	if set.Fingerprint() != again.Fingerprint() || len(set.Fingerprint()) != 16 {
		t.Errorf("fingerprints %q and %q", set.Fingerprint(), again.Fingerprint())
	}
	if !slices.IsSortedFunc(set.Rules(), func(a, b *Rule) int { return strings.Compare(a.ID, b.ID) }) {
		t.Error("rules are not sorted by id")
	}
	for _, r := range set.Rules() {
		if len(r.Tests.Hit) < 3 || len(r.Tests.Miss) < 3 {
			t.Errorf("rule %q ships with %d hits and %d misses, want three of each", r.ID, len(r.Tests.Hit), len(r.Tests.Miss))
		}
		if r.Basis == "" || r.Advice.ZH == "" {
			t.Errorf("rule %q ships without basis or advice", r.ID)
		}
	}
}

// TestErrors holds every mistake a unit can make to one line that names
// file, line, rule and field.
func TestErrors(t *testing.T) {
	ok := `{terms: [甲]}`
	for name, tc := range map[string]struct{ text, want string }{
		"unknown field":      {file(ruleYAML("a.b", ok)) + "  colour: red\n", `dict/x.yaml:12: unknown field "colour"`},
		"duplicate key":      {file(ruleYAML("a.b", ok)) + "  version: 2\n", `dict/x.yaml:12`},
		"no yaml":            {"dictionary: [", `dict/x.yaml:1`},
		"wrong type":         {file(ruleYAML("a.b", `{terms: {a: b}}`)), `dict/x.yaml:8`},
		"duplicate id":       {file(ruleYAML("a.b", ok) + ruleYAML("a.b", ok)), `dict/x.yaml:13: rule "a.b": id: rule "a.b" is already defined in dict/x.yaml:3`},
		"bad id":             {file(ruleYAML("A b", ok)), `dict/x.yaml:3: rule "A b": id: "A b" is not an id`},
		"no name":            {"rules:" + ruleYAML("a.b", ok), `dict/x.yaml: dictionary: is missing`},
		"nothing to match":   {file(ruleYAML("a.b", "{}")), `dict/x.yaml:8: rule "a.b": match: says nothing`},
		"unknown list":       {file(ruleYAML("a.b", `{terms: ["@none"]}`)), `dict/x.yaml:8: rule "a.b": match.terms: there is no list "none"`},
		"bad pattern":        {file(ruleYAML("a.b", `{regex: {pattern: "(", gate: [甲甲]}}`)), `dict/x.yaml:8: rule "a.b": match.regex.pattern: bad pattern`},
		"no gate":            {file(ruleYAML("a.b", `{regex: {pattern: "a+b"}}`)), `match.regex: has no gate`},
		"empty match":        {file(ruleYAML("a.b", `{regex: {pattern: "a*", gate: [甲甲]}}`)), `the pattern matches the empty text`},
		"unknown slot":       {file(ruleYAML("a.b", `{templates: ["甲{nose}"]}`)), `unknown slot {nose}`},
		"no anchor":          {file(ruleYAML("a.b", `{templates: ["{gap}{star}"]}`)), `nothing in it can be searched for`},
		"unknown number":     {file(ruleYAML("a.b", `{number: {kinds: [id19]}}`)), `unknown value "id19"`},
		"unknown fold":       {file(ruleYAML("a.b", `{terms: [甲], fold: [wide]}`)), `unknown value "wide"`},
		"missing file":       {file(ruleYAML("a.b", `{terms_file: t.txt}`)), `match.terms_file: read file`},
		"file outside":       {file(ruleYAML("a.b", `{terms_file: ../../t.txt}`)), `leads out of the dictionary's folder`},
		"encrypted, no key":  {file(ruleYAML("a.b", `{terms_file: t.age}`)), `no dictionary key is set`},
		"tests missing":      {strings.Replace(file(ruleYAML("a.b", ok)), "hit: [{text: 甲}], ", "", 1), `tests: at least one hit and one miss are needed, have 0 and 1`},
		"unknown severity":   {strings.Replace(file(ruleYAML("a.b", ok)), "severity: low", "severity: fatal", 1), `dict/x.yaml:7: rule "a.b": severity: unknown value "fatal"`},
		"bad confidence":     {strings.Replace(file(ruleYAML("a.b", ok)), "base: 50", "base: 500", 1), `confidence.base: 500 is not between`},
		"condition nowhere":  {file(ruleYAML("a.b", ok)) + "  require: [{any_of: [甲]}]\n", `require: condition 1 does not say where to look`},
		"empty condition":    {file(ruleYAML("a.b", ok)) + "  require: [{before: 3}]\n", `require: condition 1 says nothing`},
		"at not in text":     {strings.Replace(file(ruleYAML("a.b", ok)), "{text: 甲}", "{text: 甲, at: 丙}", 1), `at "丙" is not in its text`},
		"bad placeholder":    {strings.Replace(file(ruleYAML("a.b", ok)), "zh: 消息", `zh: "{nose}"`, 1), `unknown placeholder {nose}`},
		"nothing to disable": {file(ruleYAML("a.b", ok)) + "disable: [no.such]\n", `disable: no rule "no.such" to disable`},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := LoadOnly(folder(map[string]string{"x.yaml": tc.text, "t.age": "x"}), nil)
			var one *Error
			if err == nil || !errors.As(err, &one) {
				t.Fatalf("error = %v", err)
			}
			if !strings.Contains(err.Error(), tc.want) {
				t.Errorf("error = %q, want %q in it", err, tc.want)
			}
			for _, line := range strings.Split(err.Error(), "\n") {
				if !strings.HasPrefix(line, "dict/x.yaml") {
					t.Errorf("line %q does not begin with the file", line)
				}
			}
		})
	}
}

func TestOverlays(t *testing.T) {
	shippedRules, err := Load(Config{})
	if err != nil {
		t.Fatal(err)
	}
	victim, other := shippedRules.Rules()[0].ID, shippedRules.Rules()[1].ID
	text := file(ruleYAML("own.rule", `{terms: ["@own", 丙]}`)+ruleYAML(other, `{terms: [丁]}`)) + "lists: {own: [甲, 乙]}\ndisable: [" + victim + "]\n"
	set, err := Load(Config{Overlays: []Source{folder(map[string]string{"own.yaml": text})}})
	if err != nil {
		t.Fatal(err)
	}
	if set.Rule(victim) != nil {
		t.Errorf("rule %q is not disabled", victim)
	}
	if r := set.Rule(other); r == nil || !slices.Equal(r.Match.Terms, []string{"丁"}) {
		t.Errorf("rule %q is not replaced", other)
	}
	if r := set.Rule("own.rule"); r == nil || !slices.Equal(r.Match.Terms, []string{"甲", "乙", "丙"}) {
		t.Errorf("own rule = %+v", r)
	}
	if set.Fingerprint() == shippedRules.Fingerprint() {
		t.Error("an overlay does not change the fingerprint")
	}
	if _, err := Load(Config{Overlays: []Source{folder(map[string]string{"readme.txt": ""})}}); err == nil {
		t.Error("an overlay without dictionaries is accepted")
	}
}

// A ConfigMap's volume holds links into a hidden folder that is changed as a
// whole: each file is seen once.
func TestVolumeOfLinks(t *testing.T) {
	dir := t.TempDir()
	data := filepath.Join(dir, "..2026_11_30")
	if err := os.Mkdir(data, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(data, "own.yaml"), []byte(file(ruleYAML("own.a", "{terms: [甲]}"))), 0o644); err != nil {
		t.Fatal(err)
	}
	for link, to := range map[string]string{"..data": "..2026_11_30", "own.yaml": "..data/own.yaml"} {
		if err := os.Symlink(to, filepath.Join(dir, link)); err != nil {
			t.Fatal(err)
		}
	}
	set, err := LoadOnly(Source{Name: dir, FS: os.DirFS(dir)}, nil)
	if err != nil {
		t.Fatal(err)
	}
	if len(set.Rules()) != 1 {
		t.Errorf("%d rules, want 1", len(set.Rules()))
	}
}

func TestTermFiles(t *testing.T) {
	set, err := LoadOnly(folder(map[string]string{
		"sub/x.yaml":  file(ruleYAML("a.b", `{terms_file: t.txt, pairs_file: p.tsv, terms: [零]}`)),
		"sub/t.txt":   "\ufeff# comment\n甲\r\n\n 乙 \n",
		"p.tsv":       "帐户\t账户\t甲帐户外|乙\n布署\t部署\n",
		"sub/no.yaml": "dictionary: none\n",
	}), nil)
	if err != nil {
		t.Fatal(err)
	}
	m := set.Rule("a.b").Match
	if !slices.Equal(m.Terms, []string{"零", "甲", "乙"}) {
		t.Errorf("terms = %q", m.Terms)
	}
	if len(m.Pairs) != 2 || m.Pairs[0].Right != "账户" || !slices.Equal(m.Pairs[0].NotIn, []string{"甲帐户外", "乙"}) {
		t.Errorf("pairs = %+v", m.Pairs)
	}
	_, err = LoadOnly(folder(map[string]string{"x.yaml": file(ruleYAML("a.b", `{pairs_file: p.tsv}`)), "p.tsv": "甲\t乙\n只有一列\n"}), nil)
	if err == nil || !strings.Contains(err.Error(), "p.tsv:2: ") {
		t.Errorf("error = %v, want the line of the file", err)
	}
}

func TestEncryptedTerms(t *testing.T) {
	id, err := age.GenerateX25519Identity()
	if err != nil {
		t.Fatal(err)
	}
	pass, err := age.NewScryptRecipient("correct horse")
	if err != nil {
		t.Fatal(err)
	}
	pass.SetWorkFactor(10)
	encrypt := func(r age.Recipient, armored bool) string {
		var buf bytes.Buffer
		a := armor.NewWriter(&buf)
		w, err := age.Encrypt(&buf, r)
		if armored {
			buf.Reset()
			w, err = age.Encrypt(a, r)
		}
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write([]byte("某内部代号\n")); err != nil {
			t.Fatal(err)
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		if armored {
			if err := a.Close(); err != nil {
				t.Fatal(err)
			}
		}
		return buf.String()
	}
	for name, tc := range map[string]struct {
		data, key string
		ok        bool
	}{
		"key":         {encrypt(id.Recipient(), false), id.String(), true},
		"armored":     {encrypt(id.Recipient(), true), "# comment\n" + id.String() + "\n", true},
		"passphrase":  {encrypt(pass, false), "correct horse\n", true},
		"wrong":       {encrypt(pass, false), "wrong", false},
		"no key":      {encrypt(pass, false), "", false},
		"damaged":     {encrypt(id.Recipient(), false)[:150], id.String(), false},
		"key garbled": {encrypt(id.Recipient(), false), "AGE-SECRET-KEY-1XYZ", false},
	} {
		t.Run(name, func(t *testing.T) {
			set, err := LoadOnly(folder(map[string]string{"x.yaml": file(ruleYAML("a.b", `{terms_file: t.age}`)), "t.age": tc.data}), []byte(tc.key))
			if tc.ok != (err == nil) {
				t.Fatalf("error = %v", err)
			}
			if err != nil {
				if tc.key != "" && strings.Contains(err.Error(), tc.key) {
					t.Errorf("error %q shows the key", err)
				}
				return
			}
			r := set.Rule("a.b")
			if len(r.Match.Terms) != 0 || !slices.Equal(r.SecretTerms, []string{"某内部代号"}) {
				t.Errorf("terms %q, secret %q", r.Match.Terms, r.SecretTerms)
			}
		})
	}
}

func FuzzLoad(f *testing.F) {
	f.Add(file(ruleYAML("a.b", `{terms: [甲]}`)))
	f.Add("dictionary: [")
	f.Add("rules: [{}]")
	f.Add("- a\n- b")
	f.Add("a: &x [*x]")
	f.Add("lists: {a: ['@a'], b: [1, null]}\nrules: [null]")
	f.Fuzz(func(t *testing.T, text string) {
		// Any text loads or gives errors; it never panics.
		if set, err := LoadOnly(folder(map[string]string{"x.yaml": text}), nil); err == nil && set == nil {
			t.Error("neither a set nor an error")
		}
	})
}

func BenchmarkLoad(b *testing.B) {
	for range b.N {
		if _, err := Load(Config{}); err != nil {
			b.Fatal(err)
		}
	}
}
