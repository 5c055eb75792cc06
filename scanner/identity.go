package scanner

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
)

// valueKey identifies what was found, wherever it stands: HMAC-SHA-256 with
// the installation's key over rule and normal value. It is empty where a
// finding stands for values that may differ from day to day: those beyond the
// limit of their rule, and those of a rule that reports once.
func (sc *scan) valueKey(e *entry) string {
	k := &e.candidate
	if e.sum == 0 || k.rule.Once {
		return ""
	}
	buf := append(sc.tally.key[:0], "value"...)
	buf = append(buf, 0)
	buf = append(buf, k.rule.ID...)
	buf = append(buf, 0)
	if e.column || k.cells > 0 {
		buf = binary.BigEndian.AppendUint64(buf, e.sum)
	} else {
		buf = sc.appendValue(buf, k)
	}
	sc.tally.key = buf
	return sc.s.keyed(buf)
}

// fingerprint identifies a finding from run to run: HMAC-SHA-256 with the
// installation's key over rule, value and canonical address. The value enters
// by its key, so that the fingerprint of the same text at another address can
// be had without the text.
func (s *Scanner) fingerprint(f *Finding) string {
	value := f.ValueKey
	switch {
	case f.Capped:
		value = "capped"
	case value == "":
		value = "once"
	}
	return s.keyed([]byte(f.Rule + "\x00" + value + "\x00" + f.URL))
}

func (s *Scanner) keyed(data []byte) string {
	mac := hmac.New(sha256.New, s.cfg.Key)
	mac.Write(data)
	return hex.EncodeToString(mac.Sum(nil)[:16])
}

// Moved returns the finding as it is in a document with the same text at
// another address.
func (s *Scanner) Moved(f Finding, url string) Finding {
	f.URL = url
	f.Fingerprint = s.fingerprint(&f)
	return f
}
