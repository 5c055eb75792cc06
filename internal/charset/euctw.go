package charset

import "unicode/utf8"

// EUC-TW writes the planes of CNS 11643. Planes 1 and 2 hold the characters of
// Big5 in nearly the same order, so that a list of the runs is all it takes to
// read it; further planes are too rare to carry a table for.

// cnsRun says that count characters of a CNS plane from one index on are those
// of Big5 from another index on.
type cnsRun struct{ cns, big5, count uint16 }

// cnsRuns are the runs of planes 1 and 2, in order. A CNS index counts 94
// characters a row, a Big5 index 157, both from the row 0xA1.
var cnsRuns = [2][]cnsRun{
	{
		{0, 0, 5}, {6, 6, 15}, {21, 23, 2}, {24, 22, 1}, {29, 29, 44}, {73, 74, 1}, {74, 73, 1}, {75, 75, 21}, {98, 98, 1},
		{100, 100, 27}, {127, 128, 1}, {128, 127, 1}, {130, 130, 14}, {146, 146, 2}, {148, 149, 1}, {149, 148, 1},
		{150, 150, 4}, {155, 21, 1}, {156, 156, 78}, {282, 234, 29}, {312, 264, 1}, {314, 266, 142}, {3290, 471, 17},
		{3307, 263, 1}, {3308, 489, 86}, {3394, 265, 1}, {3395, 576, 1307}, {4702, 1884, 424}, {5126, 1883, 1},
		{5127, 2308, 1876}, {7003, 4571, 1}, {7004, 4184, 387}, {7391, 4572, 525}, {7916, 5286, 1}, {7917, 5097, 105},
		{8023, 5203, 83}, {8106, 5287, 84}, {8190, 5517, 1}, {8191, 5371, 54}, {8245, 5426, 1}, {8246, 5425, 1},
		{8247, 5427, 90}, {8337, 5518, 354},
	},
	{
		{0, 6280, 10}, {10, 6291, 33}, {43, 6372, 1}, {44, 6324, 48}, {92, 6373, 46}, {138, 6586, 1}, {139, 6419, 167},
		{306, 6587, 1840}, {2146, 9074, 1}, {2147, 8428, 108}, {2255, 8537, 537}, {2792, 8427, 1}, {2793, 9075, 100},
		{2893, 8536, 1}, {2894, 9175, 399}, {3293, 9575, 1637}, {4930, 11761, 1}, {4931, 11212, 146}, {5077, 11899, 1},
		{5078, 11358, 287}, {5365, 12508, 1}, {5366, 11645, 116}, {5482, 11762, 137}, {5619, 11900, 104}, {5723, 12425, 1},
		{5724, 12004, 222}, {5946, 12227, 198}, {6144, 12426, 82}, {6226, 12509, 86}, {6312, 12226, 1}, {6313, 12595, 8},
		{6321, 12604, 153}, {6474, 12758, 56}, {6530, 13114, 1}, {6531, 12814, 113}, {6644, 12603, 1}, {6645, 12927, 142},
		{6787, 12757, 1}, {6788, 13069, 45}, {6833, 13115, 71}, {6904, 13380, 1}, {6905, 13186, 194}, {7099, 13381, 490},
		{7589, 13914, 1}, {7590, 13871, 43}, {7633, 13915, 1}, {7634, 13917, 11}, {7645, 13916, 1}, {7646, 13928, 4},
	},
}

// cnsRune returns the character at row and column of a plane, 0 for none, and
// its cost.
func cnsRune(plane int, row, col byte) (rune, cost) {
	if plane < 1 || plane > 2 || row < 0xA1 || col < 0xA1 || row == 0xFF || col == 0xFF {
		return 0, costBad
	}
	index := uint16(row-0xA1)*94 + uint16(col-0xA1)
	runs := cnsRuns[plane-1]
	low, high := 0, len(runs)
	for low < high {
		if mid := (low + high) / 2; runs[mid].cns+runs[mid].count <= index {
			low = mid + 1
		} else {
			high = mid
		}
	}
	if low == len(runs) || runs[low].cns > index {
		return 0, costBad
	}
	n := runs[low].big5 + index - runs[low].cns
	lead, trail := byte(0xA1+n/157), byte(n%157)
	if trail += 0x40; trail >= 0x7F {
		trail += 0xA1 - 0x7F
	}
	p := big5Pairs()
	k := pairIndex(lead, trail)
	return p.runes[k], cost(p.costs[k])
}

// eucTWChar reads the character at the start of s: its length is 0 when s does
// not start with one, the rune U+FFFD when it is of a plane without a table.
func eucTWChar(s []byte) (r rune, c cost, size int) {
	switch {
	case s[0] < utf8.RuneSelf:
		return rune(s[0]), 0, 1
	case s[0] == 0x8E && len(s) >= 4 && s[1] >= 0xA1 && s[1] <= 0xB0 && s[2] >= 0xA1 && s[3] >= 0xA1:
		if r, c := cnsRune(int(s[1]-0xA0), s[2], s[3]); r != 0 {
			return r, c, 4
		}
		return utf8.RuneError, costExotic, 4
	case len(s) >= 2 && s[0] >= 0xA1:
		if r, c := cnsRune(1, s[0], s[1]); r != 0 {
			return r, c, 2
		}
	}
	return utf8.RuneError, costBad, 0
}

func eucTWReading(s []byte) reading {
	r := reading{name: "euc-tw"}
	for i := 0; i < len(s); {
		if s[i] < utf8.RuneSelf {
			r.addASCII(s[i])
			i++
			continue
		}
		_, c, n := eucTWChar(s[i:])
		if n == 0 {
			if i+4 >= len(s) {
				return r // cut off at the end
			}
			r.bad++
			n = 1
		}
		r.chars++
		r.cost += c
		i += n
	}
	return r
}

func decodeEUCTW(data []byte) (string, int) {
	out := make([]byte, 0, len(data)*3/2)
	bad := 0
	for i := 0; i < len(data); {
		r, _, n := eucTWChar(data[i:])
		if n == 0 {
			n = 1
		}
		if r == utf8.RuneError {
			bad++
		}
		out = utf8.AppendRune(out, r)
		i += n
	}
	return string(out), bad
}
