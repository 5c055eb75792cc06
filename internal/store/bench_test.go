package store

import (
	"fmt"
	"path/filepath"
	"testing"

	"prescreen/internal/cases"
	"prescreen/internal/pgtest"
	"prescreen/scanner"
)

// benchCases is how many findings the lists are measured with.
const benchCases = 100_000

// fill writes many pages of ten findings each.
func fill(b *testing.B, s *Store, n int) {
	b.Helper()
	if _, _, _, err := s.OpenRun(b.Context(), Run{ID: "r1", Scope: "s", RuleSet: "rules1", Started: t0}); err != nil {
		b.Fatal(err)
	}
	severities := []scanner.Severity{scanner.SeverityLow, scanner.SeverityMedium, scanner.SeverityHigh, scanner.SeverityCritical}
	for p := range n / 10 {
		url := fmt.Sprintf("http://www.example.gov.cn/zwgk/2026/%d.html", p)
		var list []scanner.Finding
		for i := range 10 {
			f := found(fmt.Sprint("pii.rule", i%7), fmt.Sprint(p*10+i), url)
			f.Severity, f.Title, f.Message = severities[(p+i)%4], "居民身份证号码", "页面上有疑似完整的居民身份证号码，请核实后脱敏或撤下"
			f.Advice, f.Basis = "隐去出生日期和顺序码后再公开", "《中华人民共和国个人信息保护法》第二十八条"
			list = append(list, f)
		}
		rec := screened(url, list...)
		rec.Site = fmt.Sprint("site", p%20)
		if err := s.Sink("r1").Write(b.Context(), rec); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkLists measures what a web page of the list asks for, with 100,000
// findings; BenchmarkWrite what recording a page with ten findings takes.
func BenchmarkLists(b *testing.B) {
	onBoth(b, func(b *testing.B, s *Store) {
		fill(b, s, benchCases)
		measure := func(name string, f cases.Filter, p cases.Page) {
			b.Run(name, func(b *testing.B) {
				for b.Loop() {
					if _, _, err := s.Cases(b.Context(), f, p); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
		measure("first page", cases.Filter{}, cases.Page{})
		measure("deep page", cases.Filter{}, cases.Page{Cursor: "2.50000"})
		measure("state and unit", cases.Filter{States: []cases.State{cases.Open}, Sites: []string{"site7"}}, cases.Page{})
		measure("by due", cases.Filter{States: []cases.State{cases.Open}}, cases.Page{Sort: cases.ByDue})
		measure("text", cases.Filter{Text: "999.html"}, cases.Page{})
		measure("text, none", cases.Filter{Text: "nosuchword"}, cases.Page{})
		measure("of a run", cases.Filter{NewIn: "r1"}, cases.Page{})
		measure("no such unit", cases.Filter{Units: []string{"none"}}, cases.Page{})
		b.Run("counts", func(b *testing.B) {
			for b.Loop() {
				if _, err := s.Counts(b.Context(), cases.Filter{}); err != nil {
					b.Fatal(err)
				}
			}
		})
	})
}

func BenchmarkWrite(b *testing.B) {
	onBoth(b, func(b *testing.B, s *Store) {
		b.Run("ten new findings", func(b *testing.B) { fill(b, s, 10*b.N) })
		b.Run("clean page", func(b *testing.B) {
			for i := 0; b.Loop(); i++ {
				if err := s.Sink("r1").Write(b.Context(), screened(fmt.Sprint("http://a/", i))); err != nil {
					b.Fatal(err)
				}
			}
		})
	})
}

func onBoth(b *testing.B, do func(*testing.B, *Store)) {
	b.Run("sqlite", func(b *testing.B) { do(b, database{where: filepath.Join(b.TempDir(), "b.db")}.open(b, Options{})) })
	b.Run("postgres", func(b *testing.B) {
		server := pgtest.Start(b)
		do(b, database{postgres, server.URL(b, "bench"), server}.open(b, Options{}))
	})
}
