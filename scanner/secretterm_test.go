package scanner

import (
	"bytes"
	"context"
	"strings"
	"testing"
	"testing/fstest"

	"filippo.io/age"

	"prescreen/dictionaries"
)

// TestEncryptedTermsStayHidden finds a term of an encrypted list beside and
// inside what other rules find: no excerpt and no message shows it.
func TestEncryptedTermsStayHidden(t *testing.T) {
	id, err := age.GenerateX25519Identity()
	if err != nil {
		t.Fatal(err)
	}
	var list bytes.Buffer
	w, err := age.Encrypt(&list, id.Recipient())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Write([]byte("磐石行动\n")); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	const rules = `dictionary: test
title: {zh: 测试, en: test}
rules:
- id: test.secret
  version: 1
  title: {zh: 代号, en: name}
  category: internal
  basis: 测试
  severity: high
  match: {terms_file: t.age}
  where: {parts: [all]}
  confidence: {base: 80}
  message: {zh: 出现代号, en: a name}
  advice: {zh: 删除, en: remove}
  tests: {hit: [{text: 磐石行动}], miss: [{text: 磐石}]}
- id: test.plain
  version: 1
  title: {zh: 明语, en: plain}
  category: wording
  basis: 测试
  severity: low
  match: {terms: [方案, 石行动组]}
  where: {parts: [all]}
  confidence: {base: 80}
  message: {zh: "出现“{term}”", en: "“{term}” occurs"}
  advice: {zh: 核对, en: check}
  tests: {hit: [{text: 方案}], miss: [{text: 方法}]}
`
	set, err := dictionaries.LoadOnly(dictionaries.Source{Name: "test", FS: fstest.MapFS{
		"rules.yaml": {Data: []byte(rules)}, "t.age": {Data: list.Bytes()}}}, []byte(id.String()))
	if err != nil {
		t.Fatal(err)
	}
	s, err := New(set, Config{Words: testWords(t)})
	if err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{
		"磐石行动方案已印发",
		"关于推进磐 石 行 动的方案",
		"磐石行动组名单",
		"磐石行动工作要点摘要，节选自我局内部材料的方案",
	} {
		found := s.Scan(context.Background(), &Document{Segments: []Segment{{Place: Place{Kind: KindBody}, Text: text}}}, nil)
		rules := map[string]bool{}
		for _, f := range found {
			rules[f.Rule] = true
			for _, shown := range []string{f.Excerpt, f.Message} {
				if plain := strings.ReplaceAll(shown, " ", ""); strings.Contains(plain, "石行") || strings.Contains(plain, "行动") {
					t.Errorf("%s: %s shows the term: %s", text, f.Rule, shown)
				}
			}
		}
		if !rules["test.plain"] {
			t.Errorf("%s: found %v", text, rules)
		}
	}
}
