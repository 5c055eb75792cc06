package scanner

import (
	"prescreen/dictionaries"
	"prescreen/scanner/match"
)

// numberKind is a kind of number that the digit walk tells apart.
type numberKind uint8

const (
	numID18 numberKind = iota
	numIDBadCheck
	numID15
	numIDHMT
	numIDForeign
	numDisability
	numStudent
	numMobile
	numLandline
	numBankCard
	numAccount
	numPassport
	numHMTPermit
	numTaiwanPermit
	numHKID
	numTWID
	numMilitary
	numPlate
	numUSCC
	numIPv4Private
	numCoordinates
	numberKindCount
)

var numberNames = [numberKindCount]string{
	"id18", "id18_badcheck", "id15", "id_hmt", "id_foreign", "disability", "student", "mobile", "landline", "bankcard", "account",
	"passport", "hmt_permit", "taiwan_permit", "hkid", "twid", "military", "plate", "uscc", "ipv4_private", "coordinates",
}

// kindTitles is what messages call a kind, by language.
var kindTitles = [numberKindCount]dictionaries.Text{
	{ZH: "居民身份证号码", EN: "resident identity number"},
	{ZH: "疑似居民身份证号码（校验位不符）", EN: "resident identity number with a wrong check character"},
	{ZH: "15 位居民身份证号码", EN: "15-digit resident identity number"},
	{ZH: "港澳台居民居住证号码", EN: "residence permit number"},
	{ZH: "外国人永久居留身份证号码", EN: "foreign permanent resident number"},
	{ZH: "残疾人证号码", EN: "disability certificate number"},
	{ZH: "学籍号", EN: "student registration number"},
	{ZH: "手机号码", EN: "mobile number"},
	{ZH: "固定电话号码", EN: "telephone number"},
	{ZH: "银行卡号", EN: "bank card number"},
	{ZH: "账号", EN: "account number"},
	{ZH: "护照号码", EN: "passport number"},
	{ZH: "往来港澳或内地通行证号码", EN: "travel permit number"},
	{ZH: "往来台湾或大陆通行证号码", EN: "Taiwan travel permit number"},
	{ZH: "香港身份证号码", EN: "Hong Kong identity number"},
	{ZH: "台湾身份证号码", EN: "Taiwan identity number"},
	{ZH: "军人证件号码", EN: "military identity number"},
	{ZH: "机动车号牌", EN: "licence plate"},
	{ZH: "统一社会信用代码", EN: "unified social credit code"},
	{ZH: "内网地址", EN: "internal network address"},
	{ZH: "经纬度", EN: "coordinates"},
}

// numberMask is a set of kinds.
type numberMask uint32

func (m numberMask) has(k numberKind) bool { return m>>k&1 != 0 }

func numbersOf(names []string) numberMask {
	var m numberMask
	for _, n := range names {
		for k, name := range numberNames {
			if n == name {
				m |= 1 << k
			}
		}
	}
	return m
}

// number is a value that the walk found: text[start:end].
type number struct {
	kind       numberKind
	hidden     uint8 // masked characters, 0 for a clear value
	start, end int32
}

// numberRule is the number part of a compiled rule.
type numberRule struct {
	kinds        numberMask
	weak, union  bool
	maxHidden    int
	ocr, chinese bool
}

// styleLabels stand before numbers in unusual digits, which are looked for
// behind a label only.
var styleLabels = []string{"身份证", "身份号码", "证件号", "证号", "公民身份", "手机", "电话", "银行卡", "账号", "卡号"}

// numeralStarts begin mobile numbers in Chinese numerals that have no label.
var numeralStarts = []string{"一三", "一五", "一七", "一八", "一九", "幺三", "幺五", "幺七", "幺八", "幺九", "壹叁", "壹伍", "壹柒", "壹捌", "壹玖"}

// number compiles the number part of a rule.
func (c *compiler) number(r *rule) {
	n := r.Match.Number
	nr := &numberRule{kinds: numbersOf(n.Kinds), weak: n.Masked == "weak", union: n.Masked == "union", maxHidden: n.MaxHidden}
	if nr.maxHidden == 0 {
		nr.maxHidden = 5
	}
	for _, s := range n.Styles {
		nr.ocr = nr.ocr || s == "ocr"
		nr.chinese = nr.chinese || s == "chinese"
	}
	r.number = nr
	c.p.numbers |= nr.kinds
	switch {
	case nr.weak:
		c.p.weak = append(c.p.weak, r)
	case nr.union:
		c.p.union = append(c.p.union, r)
	default:
		for k := range numberKindCount {
			if !nr.kinds.has(k) {
				continue
			}
			gated := gatedTerms(k)
			for _, t := range gated {
				c.term(t, match.Default, use{r.index, roleKind, int32(k), nil})
			}
			if gated == nil {
				c.p.byKind[k] = append(c.p.byKind[k], r)
			}
		}
	}
	if nr.ocr || nr.chinese {
		for _, l := range styleLabels {
			c.term(l, contextFold, use{r.index, roleStyle, 0, nil})
		}
		if nr.chinese && nr.kinds.has(numMobile) {
			for _, l := range numeralStarts {
				c.term(l, match.Plain, use{r.index, roleStyle, 1, nil})
			}
		}
	}
}
