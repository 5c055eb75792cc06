package evidence

import (
	"crypto/hkdf"
	"crypto/sha256"
	"errors"
	"fmt"
	"strings"

	"filippo.io/age"
)

// minKey is the least length of an installation key, in bytes.
const minKey = 16

// KeyFrom derives the key that evidence is encrypted to from the
// installation's key. It is an ordinary age identity: its String lets the age
// command decrypt, its Recipient alone is enough to encrypt, so a worker that
// only writes evidence need not be able to read it.
func KeyFrom(installationKey []byte) (*age.X25519Identity, error) {
	if len(installationKey) < minKey {
		return nil, fmt.Errorf("evidence: the installation key has %d bytes, at least %d are needed", len(installationKey), minKey)
	}
	secret, err := hkdf.Key(sha256.New, installationKey, nil, "prescreen evidence v1", 32)
	if err != nil {
		return nil, fmt.Errorf("evidence: derive key: %w", err)
	}
	text, err := bech32("age-secret-key-", secret)
	if err != nil {
		return nil, err
	}
	id, err := age.ParseX25519Identity(strings.ToUpper(text))
	if err != nil {
		return nil, fmt.Errorf("evidence: derive key: %w", err)
	}
	return id, nil
}

const bech32Letters = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"

// bech32 encodes as BIP 173 says, the form in which age writes keys.
func bech32(prefix string, data []byte) (string, error) {
	if prefix == "" || strings.ToLower(prefix) != prefix {
		return "", errors.New("bech32: want a prefix in lower case")
	}
	// Eight bits to five.
	var groups []byte
	acc, bits := uint(0), 0
	for _, b := range data {
		acc = acc<<8 | uint(b)
		for bits += 8; bits >= 5; {
			bits -= 5
			groups = append(groups, byte(acc>>bits&31))
		}
	}
	if bits > 0 {
		groups = append(groups, byte(acc<<(5-bits)&31))
	}
	var check []byte
	for _, c := range []byte(prefix) {
		check = append(check, c>>5)
	}
	check = append(check, 0)
	for _, c := range []byte(prefix) {
		check = append(check, c&31)
	}
	check = append(append(check, groups...), 0, 0, 0, 0, 0, 0)
	sum := polymod(check) ^ 1
	var out strings.Builder
	out.WriteString(prefix)
	out.WriteByte('1')
	for _, g := range groups {
		out.WriteByte(bech32Letters[g])
	}
	for i := range 6 {
		out.WriteByte(bech32Letters[sum>>(5*(5-i))&31])
	}
	return out.String(), nil
}

func polymod(values []byte) uint32 {
	generator := [5]uint32{0x3b6a57b2, 0x26508e6d, 0x1ea119fa, 0x3d4233dd, 0x2a1462b3}
	sum := uint32(1)
	for _, v := range values {
		top := sum >> 25
		sum = sum&0x1ffffff<<5 ^ uint32(v)
		for i, g := range generator {
			if top>>i&1 == 1 {
				sum ^= g
			}
		}
	}
	return sum
}
