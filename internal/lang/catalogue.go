package lang

import (
	"regexp"
	"strings"
)

// Catalogue has the Chinese of messages that are English where they are made,
// because whoever makes them knows no reader.
type Catalogue []translation

type translation struct {
	pattern *regexp.Regexp // of the whole message
	chinese string
}

// NewCatalogue makes a catalogue of pairs: a regular expression for the whole
// message, and its Chinese, in which $1 to $3 stand for what was caught.
func NewCatalogue(pairs ...string) Catalogue {
	out := make(Catalogue, 0, len(pairs)/2)
	braces := strings.NewReplacer("$1", "${1}", "$2", "${2}", "$3", "${3}")
	for i := 0; i+1 < len(pairs); i += 2 {
		out = append(out, translation{regexp.MustCompile("^" + pairs[i] + "$"), braces.Replace(pairs[i+1])})
	}
	return out
}

// Say returns a message in a language; ok is false where the catalogue lacks
// it, and the message is returned as it is.
func (c Catalogue) Say(message string, l Lang) (said string, ok bool) {
	if l != Chinese {
		return message, true
	}
	for _, t := range c {
		if t.pattern.MatchString(message) {
			return t.pattern.ReplaceAllString(message, t.chinese), true
		}
	}
	return message, false
}
