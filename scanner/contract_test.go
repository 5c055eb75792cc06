package scanner

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"prescreen/dictionaries"
)

func body(texts ...string) *Document {
	d := &Document{URL: "https://www.example.gov.cn/a.html"}
	for i, s := range texts {
		d.Segments = append(d.Segments, Segment{Place: Place{Kind: KindBody, Line: i + 1}, Text: s})
	}
	return d
}

func newScanner(t testing.TB, cfg Config) *Scanner {
	t.Helper()
	s, err := New(testSet(t, testRules), cfg)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func only(t *testing.T, fs []Finding, rule string) Finding {
	t.Helper()
	for _, f := range fs {
		if f.Rule == rule {
			return f
		}
	}
	t.Fatalf("no finding of %s in %+v", rule, fs)
	return Finding{}
}

func TestNoAllocationOnCleanText(t *testing.T) {
	s := newScanner(t, Config{Words: testWords(t)})
	doc := body("各有关单位要按照职责分工，抓好贯彻落实。", "第一章 总则 2024年1月1日起施行，共12条。", strings.Repeat("为了规范管理，促进发展，根据有关法律法规，制定本办法。", 200))
	var dst []Finding
	if raceDetector {
		t.Skip("pools forget at random under the race detector")
	}
	if n := testing.AllocsPerRun(100, func() { dst = s.Scan(context.Background(), doc, dst[:0]) }); n > 0 || len(dst) > 0 {
		t.Errorf("%v allocations, %d findings", n, len(dst))
	}
}

// TestSameUnderLoad: findings do not depend on who else is scanning.
func TestSameUnderLoad(t *testing.T) {
	s := newScanner(t, Config{Words: testWords(t), MaxFindings: 20})
	var docs []*Document
	var want [][]Finding
	for i := range 40 {
		id := fmt.Sprintf("37010219720929%03dX", i)
		d := body("本市内参保人员 内参 第8期", "赵六(手机151-0000-33"+fmt.Sprint(10+i)+") 机密★1年", "王五 370102197209299968 "+id, strings.Repeat("开立帐户", i+1))
		docs = append(docs, d)
		want = append(want, s.Scan(context.Background(), d, nil))
	}
	var wg sync.WaitGroup
	for w := range 8 {
		wg.Go(func() {
			for i := range docs {
				k := (i*7 + w*5) % len(docs)
				if got := s.Scan(context.Background(), docs[k], nil); !reflect.DeepEqual(got, want[k]) {
					t.Errorf("document %d: %+v, want %+v", k, got, want[k])
				}
			}
		})
	}
	wg.Wait()
}

func TestCapCountsExactly(t *testing.T) {
	s := newScanner(t, Config{MaxFindings: 5})
	var b strings.Builder
	const n = 40
	for i := range n {
		fmt.Fprintf(&b, "手机 139000%05d\n", 10000+i)
	}
	fs := s.Scan(context.Background(), body(b.String()+b.String()), nil)
	sum, capped := 0, 0
	for _, f := range fs {
		if f.Rule != "t.mobile" {
			continue
		}
		sum += f.Count
		if f.Capped {
			capped++
		}
	}
	if sum != 2*n || capped != 1 || len(fs) != 6 {
		t.Errorf("%d findings, %d capped, counts sum to %d, want 6, 1, %d", len(fs), capped, sum, 2*n)
	}
}

func TestFingerprint(t *testing.T) {
	scan := func(key, url, text string) string {
		s := newScanner(t, Config{Key: []byte(key)})
		d := body(text)
		d.URL = url
		return only(t, s.Scan(context.Background(), d, nil), "t.id18").Fingerprint
	}
	base := scan("k", "u", "王五 370102197209299968")
	for name, got := range map[string]string{
		"spelling": scan("k", "u", "另一处文字 ３７０１０２１９７２０９２９９９６８ 后文"),
		"grouped":  scan("k", "u", "370102 19720929 9968"),
	} {
		if got != base {
			t.Errorf("%s: fingerprint changes", name)
		}
	}
	for name, got := range map[string]string{
		"value": scan("k", "u", "340123199001019977"),
		"key":   scan("l", "u", "370102197209299968"),
		"url":   scan("k", "v", "370102197209299968"),
	} {
		if got == base || len(got) != 32 {
			t.Errorf("%s: fingerprint stays or is odd: %q", name, got)
		}
	}
}

// TestValueKey: the value's key goes with rule and value wherever they stand,
// and a finding can be moved to another address without its text.
func TestValueKey(t *testing.T) {
	s := newScanner(t, Config{Key: []byte("k")})
	scan := func(url, text string) Finding {
		d := body(text)
		d.URL = url
		return only(t, s.Scan(context.Background(), d, nil), "t.id18")
	}
	a, b := scan("u", "王五 370102197209299968"), scan("v", "另一处 ３７０１０２１９７２０９２９９９６８")
	if a.ValueKey != b.ValueKey || len(a.ValueKey) != 32 || a.Fingerprint == b.Fingerprint {
		t.Errorf("the same value elsewhere: value keys %q, %q", a.ValueKey, b.ValueKey)
	}
	if moved := s.Moved(a, "v"); moved.Fingerprint != b.Fingerprint || moved.URL != "v" {
		t.Errorf("moved: %+v, want the fingerprint %s", moved, b.Fingerprint)
	}
	if c := scan("u", "340123199001019977"); c.ValueKey == a.ValueKey {
		t.Error("another value has the same key")
	}
}

// TestFindingsHoldNoValues: nothing of a finding gives the value away.
func TestFindingsHoldNoValues(t *testing.T) {
	s := newScanner(t, Config{Words: testWords(t)})
	text := "姓名 王小五 370102197209299968 手机 13900001234 李四光 340123199001019977，口令串 jdbc:mysql://10.34.1.2/db?user=root&password=sample123"
	fs := s.Scan(context.Background(), body(text), nil)
	if len(fs) < 4 {
		t.Fatalf("%d findings", len(fs))
	}
	for _, f := range fs {
		js, err := json.Marshal(f)
		if err != nil {
			t.Fatal(err)
		}
		for _, secret := range []string{"370102197209299968", "13900001234", "340123199001019977", "sample123", "王小五", "19720929"} {
			if f.Category == "pii" && strings.Contains(string(js), secret) || f.Category == "credential" && secret == "sample123" && strings.Contains(string(js), secret) {
				t.Errorf("finding %s shows %q: %s", f.Rule, secret, js)
			}
		}
	}
}

func TestSecretTermsStaySecret(t *testing.T) {
	set := testSet(t, strings.Replace(testRules, "match: {terms: [内参, 明电], boundary: word}", "match: {terms: [内参, 明电]}", 1))
	r := set.Rule("t.word")
	r.SecretTerms = []string{"蓝鲸工程"}
	s, err := New(set, Config{})
	if err != nil {
		t.Fatal(err)
	}
	f := only(t, s.Scan(context.Background(), body("关于蓝鲸工程的报告"), nil), "t.word")
	if js, err := json.Marshal(f); err != nil || strings.Contains(string(js), "蓝鲸") {
		t.Errorf("%s, %v", js, err)
	}
}

func TestJudge(t *testing.T) {
	find := func(s Severity, c int) Finding { return Finding{Severity: s, Confidence: c} }
	broken := []Problem{{Status: StatusEncrypted}}
	for name, tc := range map[string]struct {
		findings []Finding
		problems []Problem
		policy   Policy
		want     Verdict
	}{
		"nothing":            {nil, nil, Policy{}, VerdictPass},
		"empty file":         {nil, []Problem{{Status: StatusEmpty}}, Policy{}, VerdictPass},
		"unread":             {nil, broken, Policy{}, VerdictIncomplete},
		"low":                {[]Finding{find(SeverityLow, 90)}, nil, Policy{}, VerdictReview},
		"medium, unread":     {[]Finding{find(SeverityMedium, 90)}, broken, Policy{}, VerdictIncomplete},
		"high":               {[]Finding{find(SeverityHigh, 60)}, nil, Policy{}, VerdictBlock},
		"high, unread":       {[]Finding{find(SeverityHigh, 60)}, broken, Policy{}, VerdictBlock},
		"high, not sure":     {[]Finding{find(SeverityHigh, 59)}, nil, Policy{}, VerdictReview},
		"critical after low": {[]Finding{find(SeverityLow, 10), find(SeverityCritical, 80)}, nil, Policy{}, VerdictBlock},
		"policy severity":    {[]Finding{find(SeverityHigh, 99)}, nil, Policy{BlockAt: SeverityCritical}, VerdictReview},
		"policy medium":      {[]Finding{find(SeverityMedium, 70)}, nil, Policy{BlockAt: SeverityMedium}, VerdictBlock},
		"policy confidence":  {[]Finding{find(SeverityHigh, 80)}, nil, Policy{BlockConfidence: 90}, VerdictReview},
		"policy review":      {[]Finding{find(SeverityMedium, 30)}, nil, Policy{ReviewConfidence: 50}, VerdictPass},
		"policy low":         {[]Finding{find(SeverityLow, 90)}, nil, Policy{IgnoreLow: true}, VerdictPass},
	} {
		if got := Judge(tc.findings, tc.problems, tc.policy); got != tc.want {
			t.Errorf("%s: %s, want %s", name, got, tc.want)
		}
	}
}

func TestWhyNamesTheReason(t *testing.T) {
	s := newScanner(t, Config{Words: testWords(t)})
	for text, want := range map[string][2]string{
		"如:秘密★1年。":         {"t.mark", "context"},
		"本市内参保人员":          {"t.word", "word"},
		"蚊帐户外用品":           {"t.pair", "phrase"},
		"值班手机 13900008888": {"t.mobile", "near"},
		"编号 13900008888":   {"t.mobile", "require"},
	} {
		_, misses := s.Why(context.Background(), body(text))
		if !slices.ContainsFunc(misses, func(m NearMiss) bool { return m.Rule == want[0] && m.Reason == want[1] && m.Detail != "" }) {
			t.Errorf("%q: misses %+v, want %v", text, misses, want)
		}
	}
}

func TestProfileCounts(t *testing.T) {
	s := newScanner(t, Config{Words: testWords(t)})
	p := s.NewProfile()
	doc := body("开立帐户和帐户", "蚊帐户外", "jdbc:mysql://h/db")
	if got, want := p.Scan(context.Background(), doc, nil), s.Scan(context.Background(), doc, nil); !reflect.DeepEqual(got, want) {
		t.Errorf("profiled %+v, want %+v", got, want)
	}
	stats := map[string]RuleStats{}
	for _, r := range p.Rules() {
		stats[r.Rule] = r
	}
	if r := stats["t.pair"]; r.Candidates != 3 || r.Accepted != 2 || r.Findings != 1 || r.Documents != 1 || r.Time <= 0 {
		t.Errorf("t.pair: %+v", r)
	}
	if r := stats["t.regex"]; r.Gates != 1 || r.Findings != 1 {
		t.Errorf("t.regex: %+v", r)
	}
	if m := p.Matching(); m <= 0 {
		t.Errorf("%v of matching", m)
	}
	if n, bytes, total := p.Totals(); n != 1 || bytes == 0 || total <= 0 {
		t.Errorf("totals %d, %d, %v", n, bytes, total)
	}
}

func TestReload(t *testing.T) {
	s := newScanner(t, Config{Key: []byte("k"), Words: testWords(t)})
	live := NewLive(s)
	ctx := context.Background()
	if changed, err := live.Reload(ctx, testSet(t, testRules)); changed || err != nil {
		t.Errorf("same rules: %v, %v", changed, err)
	}
	broken := strings.Replace(testRules, "- {text: \"王五 370102197209299968\", at: \"370102197209299968\"}", "- {text: \"王五 370102197209299967\"}", 1)
	if _, err := live.Reload(ctx, testSet(t, broken)); !errors.Is(err, ErrSelfTest) || live.Scanner() != s {
		t.Errorf("failing rules: %v", err)
	}
	better := strings.Replace(testRules, "zh: 独行}", "zh: 独占一行}", 1)
	if changed, err := live.Reload(ctx, testSet(t, better)); !changed || err != nil || live.Scanner() == s {
		t.Errorf("new rules: %v, %v", changed, err)
	}
}

func TestValidity(t *testing.T) {
	set := testSet(t, strings.Replace(testRules, "  message: {zh: 独行}", "  message: {zh: 独行}\n  valid: {from: 2025-01-01, to: 2025-12-31}", 1))
	for day, want := range map[string]int{"2024-12-31": 0, "2025-01-01": 1, "2025-12-31": 1, "2026-01-01": 0} {
		today, err := time.ParseInLocation(time.DateOnly, day, time.Local)
		if err != nil {
			t.Fatal(err)
		}
		s, err := New(set, Config{Today: func() time.Time { return today.Add(12 * time.Hour) }})
		if err != nil {
			t.Fatal(err)
		}
		if fs := s.Scan(context.Background(), body("秘密"), nil); len(fs) != want {
			t.Errorf("%s: %d findings, want %d", day, len(fs), want)
		}
	}
}

func TestLanguage(t *testing.T) {
	if _, err := New(testSet(t, testRules), Config{Lang: "fr"}); err == nil {
		t.Error("an unknown language is accepted")
	}
}

func TestCancelled(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	doc := body()
	for range 1000 {
		doc.Segments = append(doc.Segments, Segment{Place: Place{Kind: KindBody}, Text: "机密★1年"})
	}
	if fs := newScanner(t, Config{}).Scan(ctx, doc, nil); len(fs) > 0 && fs[0].Count >= 1000 {
		t.Error("a cancelled scan goes on to the end")
	}
}

func FuzzScan(f *testing.F) {
	set, err := dictionaries.LoadOnly(dictionaries.Source{Name: "test", FS: fstest.MapFS{"rules.yaml": {Data: []byte(testRules)}}}, nil)
	if err != nil {
		f.Fatal(err)
	}
	s, err := New(set, Config{MaxFindings: 10})
	if err != nil {
		f.Fatal(err)
	}
	for _, seed := range []string{"机密★1年", "370102197209299968", "340123\xff199001\n019977", "密级:\x00机密|张三|3701021972092999**", "皖N00A01 H0000123401 A123456(3)", "30°12′ 13900001234", "北京 jdbc:mysql://x", "“机密”★(1年)"} {
		f.Add(seed, 3)
	}
	f.Fuzz(func(t *testing.T, text string, cols int) {
		doc := body(text)
		for i, cell := range strings.Split(text, "|") {
			n := min(max(cols, 1), 8)
			doc.Segments = append(doc.Segments, Segment{Place: Place{Kind: KindBody}, Text: cell, Table: 1, Row: i/n + 1, Col: i%n + 1, Header: i < n})
		}
		for _, fd := range s.Scan(context.Background(), doc, nil) {
			ok := false
			for i := range doc.Segments {
				ok = ok || fd.End <= len(doc.Segments[i].Text) && fd.Start >= 0 && fd.Start < fd.End
			}
			if !ok {
				t.Errorf("finding %+v lies outside every segment", fd)
			}
			if fd.Count < 1 || fd.Confidence < 0 || fd.Confidence > 100 || fd.Fingerprint == "" {
				t.Errorf("odd finding %+v", fd)
			}
		}
	})
}
