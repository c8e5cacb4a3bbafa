package seal

import (
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
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
	b, err := base64.StdEncoding.Strict().DecodeString(lastLine(text))
	if err != nil || len(b) != 42 || string(b[:2]) != "Ed" {
		return Key{}, ErrKey
	}
	var k Key
	copy(k.ID[:], b[2:])
	copy(k.Public[:], b[10:])
	return k, nil
}

// String gives the 56 characters.
func (k Key) String() string { return base64.StdEncoding.EncodeToString(k.bytes()) }

// bytes gives the 42 bytes that String is the base64 of.
func (k Key) bytes() []byte {
	b := append([]byte("Ed"), k.ID[:]...)
	return append(b, k.Public[:]...)
}

// File returns the content of minisign's .pub file: a comment with the key's number, and the key.
func (k Key) File() []byte {
	return fmt.Appendf(nil, "untrusted comment: minisign public key %X\n%s\n", binary.LittleEndian.Uint64(k.ID[:]), k)
}
