package weburl

import (
	"fmt"
	"math"
	"net/netip"
	"strconv"
	"strings"

	"golang.org/x/net/idna"
)

// lookup is UTS #46 as the URL Standard asks for it: non-transitional, lax
// about ASCII and hyphens, strict about joiners and direction.
var lookup = idna.New(
	idna.MapForLookup(),
	idna.Transitional(false),
	idna.StrictDomainName(false),
	idna.CheckHyphens(false),
	idna.CheckJoiners(true),
	idna.BidiRule(),
	idna.VerifyDNSLength(false),
)

func parseHost(s string, special bool) (string, error) {
	if strings.HasPrefix(s, "[") {
		return parseIPv6(s)
	}
	if !special {
		for i := range len(s) {
			if s[i] < 0x80 && setForbiddenHost.has(s[i]) {
				return "", fmt.Errorf("host %.100q: %w", s, ErrSyntax)
			}
		}
		return encode(s, &setC0), nil
	}
	domain, err := toASCII(percentDecode(s))
	if err != nil {
		return "", err
	}
	if endsInNumber(domain) {
		return parseIPv4(domain)
	}
	return domain, nil
}

func toASCII(s string) (string, error) {
	ascii := lower(s)
	if !isASCII(s) {
		var err error
		ascii, err = lookup.ToASCII(strings.ToValidUTF8(s, "\uFFFD"))
		if err != nil {
			return "", fmt.Errorf("host %.100q: %v: %w", s, err, ErrSyntax)
		}
	}
	if ascii == "" {
		return "", fmt.Errorf("no host: %w", ErrSyntax)
	}
	for i := range len(ascii) {
		if setForbiddenDomain.has(ascii[i]) {
			return "", fmt.Errorf("host %.100q: %w", s, ErrSyntax)
		}
	}
	return ascii, nil
}

func parseIPv6(s string) (string, error) {
	if !strings.HasSuffix(s, "]") {
		return "", fmt.Errorf("host %.100q: %w", s, ErrSyntax)
	}
	in := s[1 : len(s)-1]
	a, err := netip.ParseAddr(in)
	if err != nil || !a.Is6() || a.Zone() != "" {
		return "", fmt.Errorf("host %.100q: %w", s, ErrSyntax)
	}
	return "[" + formatIPv6(a.As16()) + "]", nil
}

// formatIPv6 is the standard's form: unlike netip it prints an IPv4-mapped
// address in hexadecimal like any other.
func formatIPv6(b [16]byte) string {
	var pieces [8]uint16
	for i := range pieces {
		pieces[i] = uint16(b[2*i])<<8 | uint16(b[2*i+1])
	}
	best, bestLen := -1, 1
	for i := 0; i < 8; i++ {
		j := i
		for j < 8 && pieces[j] == 0 {
			j++
		}
		if j-i > bestLen {
			best, bestLen = i, j-i
		}
		i = max(i, j-1)
	}
	out := make([]byte, 0, 39)
	for i := 0; i < 8; i++ {
		if i == best {
			out = append(out, "::"...)
			i += bestLen - 1
			continue
		}
		if i > 0 && out[len(out)-1] != ':' {
			out = append(out, ':')
		}
		out = strconv.AppendUint(out, uint64(pieces[i]), 16)
	}
	return string(out)
}

// endsInNumber tells an IPv4 address, in any of its odd spellings, from a name.
func endsInNumber(domain string) bool {
	domain = strings.TrimSuffix(domain, ".")
	last := domain[strings.LastIndexByte(domain, '.')+1:]
	if last == "" {
		return false
	}
	allDigits := true
	for i := range len(last) {
		if !isDigit(last[i]) {
			allDigits = false
			break
		}
	}
	if allDigits {
		return true
	}
	_, err := parseIPv4Number(last)
	return err == nil
}

func parseIPv4Number(s string) (uint64, error) {
	if s == "" {
		return 0, ErrSyntax
	}
	base := 10
	switch {
	case len(s) >= 2 && s[0] == '0' && s[1]|0x20 == 'x':
		s, base = s[2:], 16
	case len(s) >= 2 && s[0] == '0':
		s, base = s[1:], 8
	}
	if s == "" {
		return 0, nil
	}
	for i := range len(s) {
		ok := isDigit(s[i]) && (base > 8 || s[i] < '8') || base == 16 && isHex(s[i])
		if !ok {
			return 0, ErrSyntax
		}
	}
	n, err := strconv.ParseUint(s, base, 64)
	if err != nil {
		// Digits of the right base that overflow: a number too large for
		// any part, not a name.
		return math.MaxUint64, nil
	}
	return n, nil
}

func parseIPv4(domain string) (string, error) {
	parts := strings.Split(strings.TrimSuffix(domain, "."), ".")
	if len(parts) > 4 {
		return "", fmt.Errorf("IPv4 address %.100q: %w", domain, ErrSyntax)
	}
	var addr uint64
	for i, part := range parts {
		n, err := parseIPv4Number(part)
		if err != nil {
			return "", fmt.Errorf("IPv4 address %.100q: %w", domain, ErrSyntax)
		}
		if i < len(parts)-1 {
			if n > 255 {
				return "", fmt.Errorf("IPv4 address %.100q: %w", domain, ErrSyntax)
			}
			addr |= n << (8 * (3 - i))
			continue
		}
		if n >= 1<<(8*(5-len(parts))) {
			return "", fmt.Errorf("IPv4 address %.100q: %w", domain, ErrSyntax)
		}
		addr |= n
	}
	ip := netip.AddrFrom4([4]byte{byte(addr >> 24), byte(addr >> 16), byte(addr >> 8), byte(addr)})
	return ip.String(), nil
}
