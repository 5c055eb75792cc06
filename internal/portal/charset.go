package portal

import (
	"fmt"
	"strings"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/traditionalchinese"
)

var utf8Page = charsets{Bytes: "utf-8", Header: "utf-8", Meta: "utf-8"}

// set reads "gbk", or "gbk header=utf-8 meta=none": how the bytes are
// encoded, and what header and meta element say where they differ.
func (c *charsets) set(value string) error {
	fields := strings.Fields(value)
	if len(fields) == 0 {
		return fmt.Errorf("empty charset")
	}
	*c = charsets{Bytes: fields[0], Header: fields[0], Meta: fields[0]}
	for _, f := range fields[1:] {
		where, what, _ := strings.Cut(f, "=")
		if what == "none" {
			what = ""
		}
		switch where {
		case "header":
			c.Header = what
		case "meta":
			c.Meta = what
		default:
			return fmt.Errorf("unknown charset declaration %q", f)
		}
	}
	return nil
}

// encode writes text in a charset; what the charset lacks becomes a numeric
// reference, as an editor would save it.
func encode(name, text string) ([]byte, error) {
	var enc encoding.Encoding
	switch name {
	case "utf-8":
		return []byte(text), nil
	case "gbk":
		enc = simplifiedchinese.GBK
	case "gb18030":
		enc = simplifiedchinese.GB18030
	case "big5":
		enc = traditionalchinese.Big5
	default:
		return nil, fmt.Errorf("unknown charset %q", name)
	}
	out, err := encoding.HTMLEscapeUnsupported(enc.NewEncoder()).Bytes([]byte(text))
	if err != nil {
		return nil, fmt.Errorf("encode %s: %w", name, err)
	}
	return out, nil
}
