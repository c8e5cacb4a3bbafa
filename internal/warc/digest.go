package warc

import (
	"bytes"
	"crypto/md5"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base32"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"strings"
)

// Digest is a labelled digest in its one form: "sha256:" and lower-case hexadecimal digits.
type Digest string

// algorithms are the digests that are checked, by label without hyphens in lower case.
var algorithms = map[string]func() hash.Hash{
	"md5":    md5.New,
	"sha1":   sha1.New,
	"sha224": sha256.New224,
	"sha256": sha256.New,
	"sha384": sha512.New384,
	"sha512": sha512.New,
}

// ErrUnknownDigest means that a digest is of an algorithm that is not known here.
var ErrUnknownDigest = errors.New("digest of an unknown kind")

// ParseDigest reads a digest as it is found: the label in any case and with a hyphen or without, the value in base 32 or
// hexadecimal, in any case, with padding or without (WARC 5.8 leaves all of that open). Usual tells whether it has one of the
// two usual forms, sha1 in base 32 and anything else in lower-case hexadecimal.
func ParseDigest(s string) (d Digest, usual bool, err error) {
	label, value, ok := strings.Cut(strings.TrimSpace(s), ":")
	if !ok {
		return "", false, fmt.Errorf("digest without a label: %s", clip(s))
	}
	name := strings.ReplaceAll(strings.ToLower(label), "-", "")
	newHash := algorithms[name]
	if newHash == nil {
		return "", false, fmt.Errorf("%w: %s", ErrUnknownDigest, clip(label))
	}
	size := newHash().Size()
	var sum []byte
	if len(value) == 2*size {
		sum, err = hex.DecodeString(value)
	} else {
		sum, err = base32.StdEncoding.WithPadding(base32.NoPadding).DecodeString(strings.ToUpper(strings.TrimRight(value, "=")))
	}
	if err != nil || len(sum) != size {
		return "", false, fmt.Errorf("not a %s digest: %s", name, clip(value))
	}
	d = Digest(name + ":" + hex.EncodeToString(sum))
	if name == "sha1" {
		usual = label == name && base32.StdEncoding.EncodeToString(sum) == value
	}
	return d, usual || s == string(d), nil
}

// hasher returns a new hash of the digest's kind.
func (d Digest) hasher() hash.Hash {
	name, _, _ := strings.Cut(string(d), ":")
	return algorithms[name]()
}

// is tells whether a hash has come to this digest.
func (d Digest) is(h hash.Hash) bool {
	_, value, _ := strings.Cut(string(d), ":")
	want, err := hex.DecodeString(value)
	return err == nil && bytes.Equal(want, h.Sum(nil))
}

// sha256Digest makes the digest that this package writes.
func sha256Digest(h hash.Hash) Digest { return Digest("sha256:" + hex.EncodeToString(h.Sum(nil))) }

// Verdict is what came of a digest.
type Verdict uint8

const (
	NoDigest  Verdict = iota // the record gives none
	Matches                  // it is that of the bytes
	Differs                  // it is not: the bytes are not those that the digest was made of
	Unchecked                // it cannot be checked: unknown kind, or of bytes that are not in this record
)

func (v Verdict) String() string {
	return [...]string{"no digest", "matches", "differs", "unchecked"}[min(v, Unchecked)]
}
