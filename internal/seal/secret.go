package seal

import (
	"bytes"
	"crypto/ed25519"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math/bits"
	"strings"

	"golang.org/x/crypto/blake2b"
	"golang.org/x/crypto/scrypt"
)

// Errors of [ParsePrivateKey]. Test with errors.Is.
var (
	ErrPrivateKey = errors.New("not a minisign secret key")
	ErrPassphrase = errors.New("wrong passphrase")
)

// PrivateKey is a minisign secret key, decrypted. It does not change and may be used concurrently.
type PrivateKey struct {
	id  [8]byte
	key ed25519.PrivateKey
}

// A secret key file is a comment line and the base64 of these 158 bytes: "Ed", the way of encryption (scrypt, or two
// zeros), "B2", salt, scrypt's cost as libsodium counts it, and 104 bytes which scrypt's output is XORed over: key ID,
// seed, public key and BLAKE2b-256 of "Ed" and those three. minisign 0.11, minisign.h.
const (
	secretLen    = 158
	sealedFrom   = 54 // offset of what is encrypted
	sealedLen    = secretLen - sealedFrom
	kdfScrypt    = "Sc"
	kdfNone      = "\x00\x00"
	checksumType = "B2"

	plainSecret     = "untrusted comment: minisign secret key, not encrypted\n"
	encryptedSecret = "untrusted comment: minisign encrypted secret key\n"
)

// The cost of a passphrase: as much work as minisign's own (libsodium's "sensitive"), with a quarter of its memory, so
// that an editor's old laptop can do it. libsodium makes of these numbers N = 2¹⁸, r = 8, p = 4.
const (
	opsLimit = 1 << 25
	memLimit = 256 << 20 // bytes

	scryptR = 8
	maxLogN = 20 // 1 GiB, minisign's default; a file that asks for more is refused
	maxP    = 16
)

// NewPrivateKey makes a key out of 40 bytes of random.
func NewPrivateKey(random io.Reader) (*PrivateKey, error) {
	var b [8 + ed25519.SeedSize]byte
	if _, err := io.ReadFull(random, b[:]); err != nil {
		return nil, err
	}
	return &PrivateKey{[8]byte(b[:8]), ed25519.NewKeyFromSeed(b[8:])}, nil
}

// Public returns the key that verifies what k signs.
func (k *PrivateKey) Public() Key {
	return Key{ID: k.id, Public: [32]byte(k.key.Public().(ed25519.PublicKey))}
}

// sign signs message and the comment.
func (k *PrivateKey) sign(message []byte, comment string) signature {
	digest := blake2b.Sum512(message)
	s := signature{id: k.id, comment: comment}
	copy(s.sig[:], ed25519.Sign(k.key, digest[:]))
	copy(s.global[:], ed25519.Sign(k.key, append(bytes.Clone(s.sig[:]), comment...)))
	return s
}

// plain returns what a key file protects.
func (k *PrivateKey) plain() []byte {
	b := append(bytes.Clone(k.id[:]), k.key...)
	sum := blake2b.Sum256(append([]byte("Ed"), b...))
	return append(b, sum[:]...)
}

// Text returns the content of a minisign secret key file, encrypted with the passphrase; without one, in the clear.
// random gives the salt. Encrypting takes seconds and 256 MiB.
func (k *PrivateKey) Text(passphrase []byte, random io.Reader) ([]byte, error) {
	return k.text(passphrase, random, opsLimit, memLimit)
}

func (k *PrivateKey) text(passphrase []byte, random io.Reader, ops, mem uint64) ([]byte, error) {
	b := make([]byte, sealedFrom, secretLen)
	copy(b, "Ed"+kdfNone+checksumType)
	secret, comment := k.plain(), plainSecret
	if len(passphrase) == 0 {
		clear(secret[len(secret)-blake2b.Size256:]) // minisign writes no checksum then
	} else {
		comment = encryptedSecret
		copy(b[2:], kdfScrypt)
		if _, err := io.ReadFull(random, b[6:38]); err != nil {
			return nil, err
		}
		binary.LittleEndian.PutUint64(b[38:], ops)
		binary.LittleEndian.PutUint64(b[46:], mem)
		if err := crypt(secret, b, passphrase); err != nil {
			return nil, err
		}
	}
	b = append(b, secret...)
	return []byte(comment + base64.StdEncoding.EncodeToString(b) + "\n"), nil
}

// ParsePrivateKey reads a secret key file of minisign. If it is encrypted, passphrase is called for its passphrase, and
// its errors are returned as they are. Otherwise the error wraps ErrPrivateKey or ErrPassphrase. Decrypting takes up to
// 1 GiB.
func ParsePrivateKey(text []byte, passphrase func() ([]byte, error)) (*PrivateKey, error) {
	b, err := base64.StdEncoding.Strict().DecodeString(lastLine(string(text)))
	if err != nil || len(b) != secretLen || string(b[:2]) != "Ed" || string(b[4:6]) != checksumType {
		return nil, ErrPrivateKey
	}
	secret := b[sealedFrom:]
	encrypted := string(b[2:4]) == kdfScrypt
	switch {
	case encrypted:
		p, err := passphrase()
		if err != nil {
			return nil, err
		}
		if err := crypt(secret, b, p); err != nil {
			return nil, err
		}
	case string(b[2:4]) != kdfNone:
		return nil, fmt.Errorf("%w: it is encrypted in an unknown way", ErrPrivateKey)
	}
	seed := secret[8 : 8+ed25519.SeedSize]
	k := &PrivateKey{[8]byte(secret[:8]), ed25519.NewKeyFromSeed(seed)}
	want := k.plain()
	if !encrypted { // the checksum is not written then
		want = want[:len(want)-blake2b.Size256]
	}
	switch {
	case bytes.HasPrefix(secret, want):
		return k, nil
	case encrypted:
		return nil, ErrPassphrase
	}
	return nil, fmt.Errorf("%w: its public half does not fit its secret half", ErrPrivateKey)
}

// crypt XORs secret with what scrypt makes of the passphrase and the file's salt and cost.
func crypt(secret, file, passphrase []byte) error {
	logN, p, ok := cost(binary.LittleEndian.Uint64(file[38:]), binary.LittleEndian.Uint64(file[46:]))
	if !ok {
		return fmt.Errorf("%w: it asks for more memory or time than any that minisign makes", ErrPrivateKey)
	}
	stream, err := scrypt.Key(passphrase, file[6:38], 1<<logN, scryptR, p, sealedLen)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrPrivateKey, err)
	}
	for i := range secret {
		secret[i] ^= stream[i]
	}
	return nil
}

// cost turns libsodium's limits into scrypt's parameters. libsodium, crypto_pwhash_scryptsalsa208sha256, pickparams.
func cost(ops, mem uint64) (logN, p int, ok bool) {
	ops = max(ops, 32768)
	p = 1
	if ops < mem/32 {
		logN = power(ops / (scryptR * 4))
		return logN, p, logN <= maxLogN
	}
	logN = power(mem / (scryptR * 128))
	if logN > maxLogN {
		return 0, 0, false
	}
	p = int(min(ops/4>>logN, 0x3fffffff) / scryptR)
	return logN, p, p >= 1 && p <= maxP
}

// power is the first exponent, from 1 on, whose power of two is more than half of n.
func power(n uint64) int { return max(1, bits.Len64(n/2)) }

// lastLine returns the last line of text that is not empty, without space around it.
func lastLine(text string) string {
	text = strings.TrimSpace(text)
	return strings.TrimSpace(text[strings.LastIndexByte(text, '\n')+1:])
}
