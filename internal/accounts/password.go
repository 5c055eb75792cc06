package accounts

import (
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"golang.org/x/crypto/argon2"
)

// The cost of a password hash: the second recommendation of RFC 9106 with less
// memory, so that eight logins at a time fit into a small machine. One hash
// takes about 60 ms.
const (
	argonTime    = 3
	argonMemory  = 32 << 10 // KiB
	argonThreads = 2
	argonKey     = 32
	argonSalt    = 16

	// What a hash from elsewhere may ask for at most.
	maxArgonTime   = 16
	maxArgonMemory = 256 << 10
)

// Bounds of a password in characters. NIST SP 800-63B asks for a minimum and
// for no rules about kinds of characters.
const (
	MinPassword = 10
	MaxPassword = 256
)

// CheckPassword says what is wrong with a password that somebody chose.
func CheckPassword(password, name string) error {
	n := utf8.RuneCountInString(password)
	switch {
	case n < MinPassword:
		return fmt.Errorf("the password has %d characters; use %d or more", n, MinPassword)
	case n > MaxPassword:
		return fmt.Errorf("the password is longer than %d characters", MaxPassword)
	case name != "" && strings.Contains(strings.ToLower(password), name):
		return errors.New("the password contains the user name")
	case strings.Count(password, password[:1]) == len(password):
		return errors.New("the password is one character repeated")
	}
	for _, worst := range []string{"1234567890", "password12", "qwertyuiop", "abcdefghij", "woaini1314"} {
		if strings.HasPrefix(strings.ToLower(password), worst) {
			return errors.New("the password is among those that are guessed first")
		}
	}
	return nil
}

// HashPassword returns the Argon2id hash of a password in the PHC string
// format.
func HashPassword(password string) string {
	salt := make([]byte, argonSalt)
	rand.Read(salt)
	key := argon2.IDKey([]byte(password), salt, argonTime, argonMemory, argonThreads, argonKey)
	b64 := base64.RawStdEncoding
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version, argonMemory, argonTime, argonThreads,
		b64.EncodeToString(salt), b64.EncodeToString(key))
}

// VerifyPassword reports whether password is the one that was hashed. An empty
// or broken hash costs as much time as a good one and never fits, so that the
// time of an answer does not tell which users there are.
func VerifyPassword(hash, password string) bool {
	p, err := parseHash(hash)
	if err != nil {
		p = phc{time: argonTime, memory: argonMemory, threads: argonThreads, salt: make([]byte, argonSalt), key: make([]byte, argonKey)}
	}
	key := argon2.IDKey([]byte(password), p.salt, p.time, p.memory, p.threads, uint32(len(p.key)))
	return subtle.ConstantTimeCompare(key, p.key) == 1 && err == nil
}

type phc struct {
	time, memory uint32
	threads      uint8
	salt, key    []byte
}

func parseHash(s string) (p phc, err error) {
	parts := strings.Split(s, "$")
	if len(parts) != 6 || parts[0] != "" || parts[1] != "argon2id" || parts[2] != fmt.Sprintf("v=%d", argon2.Version) {
		return p, errors.New("not an argon2id hash")
	}
	if _, err := fmt.Sscanf(parts[3], "m=%d,t=%d,p=%d", &p.memory, &p.time, &p.threads); err != nil {
		return p, fmt.Errorf("parameters of an argon2id hash: %w", err)
	}
	if p.time < 1 || p.time > maxArgonTime || p.memory < 8 || p.memory > maxArgonMemory || p.threads < 1 {
		return p, errors.New("parameters of an argon2id hash are out of bounds")
	}
	if p.salt, err = base64.RawStdEncoding.DecodeString(parts[4]); err != nil || len(p.salt) < 8 {
		return p, errors.New("salt of an argon2id hash is damaged")
	}
	if p.key, err = base64.RawStdEncoding.DecodeString(parts[5]); err != nil || len(p.key) < 16 || len(p.key) > 64 {
		return p, errors.New("argon2id hash is damaged")
	}
	return p, nil
}

// TokenPrefix begins every API token, so that scanners for leaked credentials
// know one when they see it.
const TokenPrefix = "psk_"

// NewSecret returns a secret of 256 bits as text, and the hash to keep of it.
func NewSecret(prefix string) (secret, hash string) {
	b := make([]byte, 32)
	rand.Read(b)
	secret = prefix + base64.RawURLEncoding.EncodeToString(b)
	return secret, HashSecret(secret)
}

// HashSecret returns the hash under which a secret is kept. The secret is
// random and long, so one round of SHA-256 is enough.
func HashSecret(secret string) string {
	sum := sha256.Sum256([]byte(secret))
	return hex.EncodeToString(sum[:])
}
