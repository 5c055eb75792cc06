package words

// charClass is a class of characters that word boundaries depend on.
type charClass uint8

const (
	classRest charClass = iota
	classLatin
	classSymbol // and the ends of the text
	firstListed
)

// listedClasses has the characters of the classes from firstListed. A
// character is of the first class that lists it.
var listedClasses = [...]string{
	digits,
	magnitudes,
	"第",
	"个年月天次位名件本条项种座场届期批组套部首集册元人岁倍吨日时分秒米里斤亩度号层", // measure words
	"的地得之",
	"了着过",
	"是在有和与及或并被把将对为以从向到于由所", // prepositions and their like
	"不没也都就还又再最很更太较已只才仅非",   // adverbs
	"中上下里内外前后间边",           // places
	"我你他她它这那此该各每某",         // pronouns
	clearSurnames,
	"大小新老高低总副超全少长",             // before nouns
	"们者性化家员手式型率力机法学院局市县省区国厂会队", // behind nouns
}

const classCount = int(firstListed) + len(listedClasses)

var listedClass = func() map[rune]charClass {
	m := map[rune]charClass{}
	for i, chars := range listedClasses {
		for _, r := range chars {
			if _, ok := m[r]; !ok {
				m[r] = firstListed + charClass(i)
			}
		}
	}
	return m
}()

func classOf(r rune) charClass {
	if c, ok := listedClass[r]; ok {
		return c
	}
	switch {
	case r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z':
		return classLatin
	case r < firstHan || r > lastHan:
		return classSymbol
	}
	return classRest
}
