package seal

import (
	"encoding/base64"
	"errors"
	"strings"
)

// ErrKey says that a text is no minisign public key.
var ErrKey = errors.New("not a minisign public key (56 characters that begin with RW)")

// Key is a minisign public key: an Ed25519 key and the number minisign gives it. Keys are compared whole, with ==.
type Key struct {
	ID     [8]byte
	Public [32]byte
}

// ParseKey reads a key as minisign prints it: 56 characters of base64, alone or as the last line of a .pub file. The
// error wraps ErrKey.
func ParseKey(text string) (Key, error) {
	text = strings.TrimSpace(text)
	if i := strings.LastIndexByte(text, '\n'); i >= 0 {
		text = strings.TrimSpace(text[i+1:])
	}
	b, err := base64.StdEncoding.Strict().DecodeString(text)
	if err != nil || len(b) != 42 || string(b[:2]) != "Ed" {
		return Key{}, ErrKey
	}
	var k Key
	copy(k.ID[:], b[2:])
	copy(k.Public[:], b[10:])
	return k, nil
}

// String gives the 56 characters.
func (k Key) String() string {
	b := append([]byte("Ed"), k.ID[:]...)
	return base64.StdEncoding.EncodeToString(append(b, k.Public[:]...))
}
