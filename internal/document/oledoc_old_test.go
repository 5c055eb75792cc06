package document

import (
	"encoding/binary"
	"testing"

	"golang.org/x/text/encoding/charmap"

	"prescreen/scanner"
)

// oldWordFile is a document of Word 95 in a language, of one run of text.
func oldWordFile(t *testing.T, flags, language uint16, text string) []byte {
	le := binary.LittleEndian
	head := make([]byte, 768)
	copy(head, "\xDC\xA5\x68\x00")
	le.PutUint16(head[6:], language)
	le.PutUint16(head[10:], flags)
	le.PutUint32(head[24:], 768)
	le.PutUint32(head[28:], uint32(768+len(text)))
	return oleOf(t, oleStreams{{"WordDocument", string(head) + text}})
}

// Documents of Word 95 are read by their code page. One saved in pieces was
// read as UTF-16 and nothing was said.
func TestWord95(t *testing.T) {
	p := parserForTest(t, Config{})
	res := parseBytes(t, p, "a.doc", oldWordFile(t, 0, 0x0804, gbkBytes("某单位内部通知\r第二段\r")))
	checkWants(t, res, []want{{"某单位内部通知", scanner.KindBody, nil}, {"第二段", scanner.KindBody, nil}})
	if got := problemsOf(res); got != "" {
		t.Error(got)
	}
	russian, err := charmap.Windows1251.NewEncoder().String("Вино\r")
	if err != nil {
		t.Fatal(err)
	}
	checkWants(t, parseBytes(t, p, "a.doc", oldWordFile(t, 0, 0x0419, russian)), []want{{"Вино", scanner.KindBody, nil}})
	res = parseBytes(t, p, "a.doc", oldWordFile(t, 4, 0x0804, gbkBytes("某单位内部通知\r")))
	checkWants(t, res, []want{{"某单位内部通知", scanner.KindBody, nil}})
	if statuses(res)[scanner.StatusPartial] != 1 {
		t.Errorf("saved in pieces: %+v", res.Problems)
	}
}
