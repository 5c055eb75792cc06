package dictionaries

// Categories, Severities, FoldNames, BoundaryNames, ContextNames, NumberKinds
// and PartNames list the words a rule may use, in the order they are
// documented.
var (
	categories = []string{"secrecy", "internal", "pii", "credential", "wording"}
	severities = []string{"low", "medium", "high", "critical"}
	boundaries = []string{"none", "digit", "latin", "word"}

	foldNames = []string{
		"exact",          // no default folding
		"width",          // default: full and half width
		"case",           // default
		"traditional",    // default: traditional to simplified
		"digits",         // default: ①②, ⒈, 𝟏 and other digit styles
		"compat",         // default: compatibility forms
		"zero_width",     // default: zero-width, soft hyphen, combining marks
		"chinese_digits", // 三 = 3
		"stars",          // ★☆✩✭✮⭐＊*※●▲◆ are one
		"inner_space",    // spaces between the characters of a term
		"line_break",     // a line break between the characters of a term
		"noise",          // noise symbols between the characters of a term: 机*密
		"split",          // split characters: 木几宓
		"pinyin",
	}

	contextNames = []string{
		"quoted",      // inside “” "" ‘’ '' 「」 『』
		"work_title",  // inside 《》 or 〈〉
		"bracketed",   // inside () （） [] 【】
		"quiz",        // one of several options A. B. C., or in a line that asks
		"example",     // after 如, 例如, 形式为, 标注为 …
		"option",      // an unticked or unfilled choice: □绝密 □机密
		"negated",     // after 不, 无, 未, 非, 不得, 严禁, 禁止 within a few characters
		"placeholder", // beside XX, ××, ___, 示例
		"definition",  // after 是指, 所称 …, or before 是指
	}

	numberKinds = []string{
		"id18",          // GB 11643-1999: region, date and check character valid
		"id18_badcheck", // region and date valid, check character wrong
		"id15",          // 15 digits: region and date valid
		"id_hmt",        // residence permit of Hong Kong, Macao, Taiwan residents: 810000, 820000, 830000
		"id_foreign",    // foreign permanent residence: 18 digits from 9, or 3 letters and 12 digits
		"disability",    // ID and category and grade: 20 digits, or with B1 re-issue mark
		"student",       // G, L or J and 18 characters
		"mobile",        // 1[3-9] and 9 digits, +86, 3-4-4
		"landline",      // area code and 7 or 8 digits
		"bankcard",      // 15 to 19 digits, issuer prefix and Luhn valid
		"account",       // 9 to 30 digits, no checksum: only with a label
		"passport",      // E, G, D, S, P, K, MA, 14, 15 and digits
		"hmt_permit",    // C, W, H, M and digits
		"taiwan_permit", // L, T and digits, or 8 digits
		"hkid",          // A123456(3)
		"twid",          // A123456789
		"military",      // 军字第1234567号
		"plate",         // 皖A12345, 皖AD12345
		"uscc",          // GB 32100-2015; for evidence and exclusion
		"coordinates",   // a latitude or longitude of China: 30°12′, or with four or more decimals
		"ipv4_private",  // 10., 172.16–31., 192.168.
	}

	partNames = []string{
		"body", "title", "heading", "header", "footer", "note", "comment", "revision", "hidden",
		"attribute", "property", "form", "link", "script", "filename", "image",
		"head", "table", "all",
	}

	slotNames = []string{
		"level",  // 绝密 机密 秘密, spaced, traditional
		"gap",    // nothing, or up to 3 spaces or fillers
		"star",   // one to five star-like characters, spaces between
		"term",   // N年, N个月, N天, 长期, 永久, a date, a condition: …前, …后
		"num",    // 1 to 8 digits, Chinese ones too
		"year",   // 1900…2100
		"date",   // 2026年1月2日, 2026-01-02
		"docno",  // 〔2026〕15号, (2026)第15号, [2026]15号
		"name",   // a personal name of 2 to 4 characters
		"cjk",    // 1 to 12 Chinese characters: {cjk:2-8}
		"any",    // up to 12 characters of the same line: {any:0-20}
		"line",   // a line break with spaces around
		"colon",  // ： : = is, spaces around
		"open",   // an opening bracket or quote
		"close",  // a closing one
		"digits", // digits only: {digits:6} {digits:3-7}
	}
)
