package main

import (
	"context"
	"regexp"
	"slices"
	"strings"
	"testing"

	"prescreen/dictionaries"
	"prescreen/scanner"
)

// checked are the rules whose numbers carry a check digit that guards every
// position, with the shape of their numbers and a label to stand before them.
var checked = []struct {
	rule, label string
	shape       *regexp.Regexp
}{
	{"pii.id18", "身份证号 ", regexp.MustCompile(`\b[1-7]\d{16}[\dX]\b`)},
	{"pii.id.hmt", "居住证号码 ", regexp.MustCompile(`\b8[123]0000\d{11}[\dX]\b`)},
	{"pii.id.foreign", "永久居留身份证 ", regexp.MustCompile(`\b9\d{16}[\dX]\b`)},
	{"pii.bankcard", "张三 银行卡号 ", regexp.MustCompile(`\b62\d{14,17}\b`)},
}

// A number of the rules' own examples stops being one when any single digit is
// changed.
func TestOneChangedDigitIsNoNumber(t *testing.T) {
	set, err := dictionaries.Load(dictionaries.Config{})
	if err != nil {
		t.Fatal(err)
	}
	s, err := scanner.New(set, scanner.Config{})
	if err != nil {
		t.Fatal(err)
	}
	fires := func(rule, text string) bool {
		doc := &scanner.Document{Segments: []scanner.Segment{{Place: scanner.Place{Kind: scanner.KindBody}, Text: text}}}
		return slices.ContainsFunc(s.Scan(context.Background(), doc, nil), func(f scanner.Finding) bool { return f.Rule == rule })
	}
	for _, c := range checked {
		rule := set.Rule(c.rule)
		if rule == nil {
			t.Errorf("rule %s is gone", c.rule)
			continue
		}
		valid := 0
		for _, e := range rule.Tests.Hit {
			text := e.Text
			for _, row := range e.Table {
				text += " " + strings.Join(row, " ")
			}
			for _, number := range c.shape.FindAllString(text, -1) {
				if !fires(c.rule, c.label+number) {
					t.Errorf("%s: %q is an example and does not fire", c.rule, number)
					continue
				}
				valid++
				for i := range number {
					if number[i] == 'X' {
						continue
					}
					changed := number[:i] + string('0'+(number[i]-'0'+1)%10) + number[i+1:]
					if fires(c.rule, c.label+changed) {
						t.Errorf("%s: %q, changed at %d, still fires", c.rule, changed, i+1)
					}
				}
			}
		}
		if valid == 0 {
			t.Errorf("%s: no valid number among its examples", c.rule)
		}
	}
}
