package scanner

import (
	"context"
	"fmt"
	"slices"
)

// NearMiss is a candidate that did not become a finding, and why.
type NearMiss struct {
	Rule       string `json:"rule"`
	Title      string `json:"title"`
	Reason     string `json:"reason"` // period, place, boundary, word, masked, phrase, context, near, require or confidence
	Detail     string `json:"detail"` // one sentence for people
	Confidence int    `json:"confidence,omitempty"`
	Floor      int    `json:"floor,omitempty"`
	Excerpt    string `json:"excerpt"` // masked
	Place      Place  `json:"place"`
	Start      int    `json:"start"`
	End        int    `json:"end"`
}

// maxNearMisses bounds what Why returns.
const maxNearMisses = 1000

// Why scans doc and returns its findings, those included that another one at
// the same place says better, and the candidates that nearly
// became some, in the order they were met.
func (s *Scanner) Why(ctx context.Context, doc *Document) ([]Finding, []NearMiss) {
	sc := newScan(s)
	w := &whyWatcher{}
	sc.watch, sc.every = w, true
	return sc.run(ctx, doc, nil), w.misses
}

type whyWatcher struct {
	misses []NearMiss
}

func (w *whyWatcher) accepted(*scan, *candidate, int) {}

func (w *whyWatcher) rejected(sc *scan, k *candidate, reason string) {
	if len(w.misses) == maxNearMisses {
		return
	}
	m := NearMiss{Rule: k.rule.ID, Title: k.rule.Title.In(sc.s.cfg.Lang), Reason: reason, Detail: sc.detail(k, reason),
		Excerpt: sc.excerpt(k), Place: sc.doc.Segments[k.seg].Place, Start: k.start, End: k.end}
	if reason == stopLow {
		m.Confidence, m.Floor = sc.score(k), k.rule.Confidence.Floor
	}
	w.misses = append(w.misses, m)
}

// detail says what held a candidate back.
func (sc *scan) detail(k *candidate, reason string) string {
	en := sc.s.cfg.Lang == "en"
	say := func(zh, english string) string {
		if en {
			return english
		}
		return zh
	}
	switch reason {
	case stopPeriod:
		return say("规则不在有效期内", "the rule is not in force on this day")
	case stopPlace:
		return say("不在规则要求的位置（文首、文件名等）", "not in the parts of a document the rule looks at")
	case stopBoundary:
		return say("前后紧接数字或字母，是更长编码的一部分", "digits or letters right beside it: part of a longer code")
	case stopWord:
		return say("切断了词语，是跨词的偶然组合", "it cuts across words")
	case stopMasked:
		return say("已作遮盖处理", "masked")
	case stopPhrase:
		return say("属于排除的固定说法", "part of an excluded phrase")
	case stopContext:
		return say("处于提及性语境："+sc.contextNames(k), "mentioned, not used: "+sc.contextNames(k))
	case stopNear:
		for _, cd := range slices.Concat(k.rule.never, k.rule.near) {
			if sc.holds(&cd, k) {
				return say("附近有排除性内容", "something beside it excludes it") + whyText(&cd)
			}
		}
	case stopRequire:
		for _, cd := range slices.Concat(k.rule.quick, k.rule.require) {
			if !sc.holds(&cd, k) {
				return say("缺少规则要求的佐证", "evidence the rule requires is missing") + whyText(&cd)
			}
		}
	case stopLow:
		return fmt.Sprintf(say("可信度 %d 低于下限 %d", "confidence %d is below the floor of %d"), sc.score(k), k.rule.Confidence.Floor)
	}
	return reason
}

func whyText(cd *cond) string {
	if cd.why == "" {
		return fmt.Sprintf(" (#%d)", cd.at+1)
	}
	return ": " + cd.why
}

func (sc *scan) contextNames(k *candidate) string {
	m := sc.contextOf(k, k.rule.contexts)
	out := ""
	for i, w := range contextWords {
		if m>>i&1 != 0 {
			if out != "" {
				out += ", "
			}
			out += w
		}
	}
	return out
}
