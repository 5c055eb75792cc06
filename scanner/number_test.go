package scanner

import (
	"slices"
	"strings"
	"testing"
	"time"
)

func testWalker(t testing.TB) *walker {
	t.Helper()
	tables := newNumberTables(shippedSet(t))
	tables.today = func() time.Time { return time.Date(2026, 11, 23, 12, 0, 0, 0, time.Local) }
	return &walker{tables: tables}
}

// found walks text and returns "kind:value" for everything found.
func (w *walker) foundIn(text string) []string {
	w.walk(text, 1<<numberKindCount-1, true)
	var out []string
	for _, n := range w.found {
		if n.kind == numAccount && n.hidden == 0 {
			continue // any long number can be one
		}
		name := numberNames[n.kind]
		if n.hidden > 0 {
			name += "?"
		}
		out = append(out, name+":"+text[n.start:n.end])
	}
	return out
}

func TestWalk(t *testing.T) {
	w := testWalker(t)
	for text, want := range map[string]string{
		// Resident identity numbers and their disguises.
		"王五 370102197209299968 元": "id18:370102197209299968",
		"身份证:34012319900103996x":  "id18:34012319900103996x",
		"34012319900103996×":      "id18:34012319900103996×",
		"340123 199001 019977":    "id18:340123 199001 019977",
		"340123/19900101/9977":    "id18:340123/19900101/9977",
		"٣٧٠١٠٢١٩٧٢٠٩٢٩٩٩٦٨":      "id18:٣٧٠١٠٢١٩٧٢٠٩٢٩٩٩٦٨",
		"340123_19900101_9977":    "id18:340123_19900101_9977",
		"3\u200b7\u200b0\u200b1\u200b0\u200b2\u200b1\u200b9\u200b7\u200b2\u200b0\u200b9\u200b2\u200b9\u200b9\u200b9\u200b6\u200b8\u200b。": "id18:3\u200b7\u200b0\u200b1\u200b0\u200b2\u200b1\u200b9\u200b7\u200b2\u200b0\u200b9\u200b2\u200b9\u200b9\u200b9\u200b6\u200b8",
		"3 7 0 1 0 2 1 9 7 2 0 9 2 9 9 9 6 8": "id18:3 7 0 1 0 2 1 9 7 2 0 9 2 9 9 9 6 8",
		"１３９０００１２３４５":                         "mobile:１３９０００１２３４５",
		"𝟑𝟕𝟎𝟏𝟎𝟐𝟏𝟗𝟕𝟐𝟎𝟗𝟐𝟗𝟗𝟗𝟔𝟖":                  "id18:𝟑𝟕𝟎𝟏𝟎𝟐𝟏𝟗𝟕𝟐𝟎𝟗𝟐𝟗𝟗𝟗𝟔𝟖",
		"610103\n19881119\n9979":              "id18:610103\n19881119\n9979",
		"370102\n197209299968":                "id18:370102\n197209299968",
		"13900001234370102197209299968":       "mobile:13900001234 id18:370102197209299968",
		"342401198608159998":                  "id18:342401198608159998", // a county that is no more
		"340123198703049975":                  "id18_badcheck:340123198703049975",
		// Neither: no region, no date, in the future, in a longer number.
		"123456789012345678":       "",
		"341502199013019977":       "",
		"3415021990010112345":      "",
		"91341500MA0000031P001V":   "",
		"设备编号 341502199001011235":  "id18_badcheck:341502199001011235",
		"2605-341502-04-01-123456": "",
		// Other identities.
		"342427290101995":       "id15:342427290101995",
		"342401 210305 991":     "id15:342401 210305 991",
		"810000198304059974":    "id_hmt:810000198304059974",
		"931840197503039974":    "id_foreign:931840197503039974",
		"34012319900101997741":  "disability:34012319900101997741",
		"L341502201606010001":   "student:L341502201606010001",
		"G34012319900101997741": "",
		"护照 EA0000123 李四":       "passport:EA0000123",
		"G00004567":             "passport:G00004567",
		"E1234567型号":            "",
		"H0000123401":           "hmt_permit:H0000123401",
		"L00001234":             "taiwan_permit:L00001234",
		"A123456(3)":            "hkid:A123456(3)",
		"A123456(4)":            "",
		"A123456789":            "twid:A123456789",
		"A123456788":            "",
		"91350100M000100Y43":    "uscc:91350100M000100Y43",
		// Telephones.
		"151-0000-3344":        "mobile:151-0000-3344",
		"+86 19900007788":      "mobile:86 19900007788",
		"8613900001234":        "mobile:8613900001234",
		"135 0000 9900":        "mobile:135 0000 9900",
		"订单号13900001234567890": "",
		"项目总投资13000000000元":    "mobile:13000000000",
		"12900001234":          "",
		"0564-1234567":         "landline:0564-1234567",
		"(0564)3234567":        "landline:3234567",
		"139****0000":          "",
		"*13900001234":         "mobile:13900001234",
		// Cards.
		"6217000000000000012":     "bankcard:6217000000000000012",
		"6217 9900 0000 0000 030": "bankcard:6217 9900 0000 0000 030",
		"6217000000000000013":     "",
		// Masked identities.
		"35*************123":   "id18?:35*************123",
		"330106197907059***":   "id18?:330106197907059***",
		"330106197907059XXX":   "id18?:330106197907059XXX",
		"3403211985061*9980":   "id18?:3403211985061*9980",
		"37010219720929996*":   "id18?:37010219720929996*",
		"340123199013*19977":   "",
		"****************1234": "",
		"**********":           "",
		"10.34.1.2":            "ipv4_private:10.34.1.2",
		"172.32.0.1":           "",
		"192.168.1.256":        "",
		"北纬30°12′":             "coordinates:30°12′",
		"31.23045, 121.47370":  "coordinates:31.23045 coordinates:121.47370",
	} {
		if got := strings.Join(w.foundIn(text), " "); got != want {
			t.Errorf("%q: %s, want %s", text, got, want)
		}
	}
}

// TestMutation flips every digit of every number with a check in the tests of
// the shipped rules: none of them may stay valid. The identity number of
// Taiwan is left out: its even weights modulo 10 cannot tell 0 from 5.
func TestMutation(t *testing.T) {
	w := testWalker(t)
	checked := numberMask(1<<numID18 | 1<<numIDHMT | 1<<numIDForeign | 1<<numHKID | 1<<numUSCC | 1<<numBankCard | 1<<numDisability)
	texts := []string{"370102197209299968", "34012319900103996X", "810000198304059974", "931840197503039974", "6217000000000000012", "91350100M000100Y43", "A123456(3)"}
	for _, r := range shippedSet(t).Rules() {
		for _, e := range slices.Concat(r.Tests.Hit, r.Tests.Miss) {
			texts = append(texts, e.Text)
			for _, row := range e.Table {
				texts = append(texts, row...)
			}
		}
	}
	numbers, flips := 0, 0
	for _, text := range texts {
		w.walk(text, checked, false)
		for _, n := range slices.Clone(w.found) {
			value := text[n.start:n.end]
			if strings.ContainsAny(value, " -_\n") || len(value) > 20 || n.kind == numIDForeign && value[0] != '9' {
				continue
			}
			numbers++
			for i := range value {
				if value[i] < '0' || value[i] > '9' || n.kind == numDisability && i >= 18 {
					continue
				}
				for d := byte('0'); d <= '9'; d++ {
					if d == value[i] {
						continue
					}
					flips++
					w.walk(value[:i]+string(d)+value[i+1:], 1<<n.kind, false)
					if len(w.found) > 0 {
						t.Errorf("%s stays valid with %c at %d", numberNames[n.kind], d, i)
					}
				}
			}
		}
	}
	if numbers < 20 {
		t.Errorf("only %d numbers to flip", numbers)
	}
	t.Logf("%d flips of %d numbers", flips, numbers)
}

func TestCandidates(t *testing.T) {
	w := testWalker(t)
	for text, want := range map[string]int{
		"37010219720929996*": 1,  // the check character follows from the rest
		"3701021972092999*8": 1,  // and gives a digit back
		"3701021972092999**": 10, // the last of the sequence is free
		"330106197907059***": 100,
	} {
		w.walk(text, 1<<numID18, true)
		if len(w.found) != 1 {
			t.Fatalf("%q: %v", text, w.found)
		}
		var room [18]uint8
		vals, _ := w.digitsOf(room[:0], group{0, 18})
		spread(vals)
		if got := w.tables.candidates(vals); got != want {
			t.Errorf("%q: %d candidates, want %d", text, got, want)
		}
	}
	var vals [18]uint8
	for i, c := range "340123********9977" {
		vals[i] = uint8(c - '0')
		if c == '*' {
			vals[i] = unitMask
		}
	}
	if got := w.tables.candidates(vals[:]); got < 3000 || got > 4200 {
		t.Errorf("a hidden birth date leaves %d candidates, want about 3,300 for each century", got)
	}
}

func TestRegionInTime(t *testing.T) {
	w := testWalker(t)
	digits := func(s string) (v []uint8) {
		for i := range s {
			v = append(v, s[i]-'0')
		}
		return v
	}
	if s := w.tables.region(digits("342401"), 1986); s != regionValid {
		t.Errorf("342401 for a birth in 1986: %d", s)
	}
	if s := w.tables.region(digits("342401"), 2015); s != regionRetired {
		t.Errorf("342401 for a birth in 2015: %d", s)
	}
	if s := w.tables.region(digits("999999"), 1986); s != regionUnknown {
		t.Errorf("999999: %d", s)
	}
}

func BenchmarkWalk(b *testing.B) {
	w := testWalker(b)
	text := strings.Repeat("为了规范管理，促进发展，根据有关法律、法规，制定本办法。自2024年1月1日起施行。", 2000)
	b.SetBytes(int64(len(text)))
	b.ReportAllocs()
	for b.Loop() {
		w.walk(text, 1<<numberKindCount-1, true)
	}
}
