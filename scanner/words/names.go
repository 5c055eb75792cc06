package words

import "strings"

// Name is a personal name at byte offsets [Start, End) of the text given to
// Names.
type Name struct{ Start, End int }

// Names appends the personal names that the segmenter finds in a short text,
// a sentence or a row of a table. It is approximate: use it as evidence.
func (s *Segmenter) Names(dst []Name, text string) ([]Name, error) {
	j, err := s.jieba()
	if err != nil {
		return dst, err
	}
	text = sanitise(text)
	at := 0
	for _, tagged := range j.Tag(text) {
		i := strings.LastIndexByte(tagged, '/')
		if i < 0 {
			continue
		}
		word, tag := tagged[:i], tagged[i+1:]
		n := strings.Index(text[at:], word)
		if n < 0 {
			continue
		}
		at += n
		if tag == "nr" && len(word) >= 6 {
			dst = append(dst, Name{at, at + len(word)})
		}
		at += len(word)
	}
	return dst, nil
}

// sanitise replaces what the segmenter's C strings cannot carry, byte by byte,
// so that offsets stay: a NUL byte would end the text, invalid UTF-8 would
// empty it.
func sanitise(text string) string {
	clean := true
	for i, r := range text {
		if r == 0 || r == 0xFFFD && !strings.HasPrefix(text[i:], "\uFFFD") {
			clean = false
			break
		}
	}
	if clean {
		return text
	}
	b := []byte(text)
	for i, r := range text {
		if r == 0 || r == 0xFFFD && !strings.HasPrefix(text[i:], "\uFFFD") {
			b[i] = ' '
		}
	}
	return string(b)
}
