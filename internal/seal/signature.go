package seal

import (
	"bytes"
	"crypto/ed25519"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"golang.org/x/crypto/blake2b"
)

// signature is a minisign signature of the prehashed kind, "ED", with its signed comment.
type signature struct {
	id      [8]byte
	sig     [64]byte
	comment string
	global  [64]byte // over sig and comment
}

// ErrSignature means that a text is no signature that a seal can hold.
var ErrSignature = errors.New("no minisign signature of the prehashed kind")

// parseSlot reads the slot of a seal. There is one accepted form: the slot must equal, byte for byte, the one that is
// built again from the values in it, so nothing can be hidden in spare bits, fill or comments.
func parseSlot(slot []byte) (signature, error) {
	var s signature
	lines := strings.SplitN(strings.TrimRight(string(slot), "\n"), "\n", 4)
	if len(lines) != 4 {
		return s, ErrSignature
	}
	comment, ok := strings.CutPrefix(lines[2], "trusted comment: ")
	first, err := base64.StdEncoding.Strict().DecodeString(lines[1])
	if err != nil || !ok || len(first) != 74 || string(first[:2]) != "ED" {
		return s, ErrSignature
	}
	global, err := base64.StdEncoding.Strict().DecodeString(lines[3])
	if err != nil || len(global) != len(s.global) {
		return s, ErrSignature
	}
	copy(s.id[:], first[2:])
	copy(s.sig[:], first[10:])
	copy(s.global[:], global)
	s.comment = comment
	if want, ok := s.slot(); !ok || !bytes.Equal(want, slot) {
		return s, fmt.Errorf("%w, or not in its one accepted form", ErrSignature)
	}
	return s, nil
}

// parseMinisig reads a signature file as minisign writes it, with any untrusted comment. Line ends may be those of
// Windows.
func parseMinisig(text []byte) (signature, error) {
	lines := strings.SplitAfterN(strings.ReplaceAll(string(text), "\r\n", "\n"), "\n", 2)
	if len(lines) != 2 || !strings.HasPrefix(lines[0], "untrusted comment: ") {
		return signature{}, ErrSignature
	}
	slot := []byte(firstLine + strings.TrimRight(lines[1], "\n"))
	if len(slot) > slotSize {
		return signature{}, fmt.Errorf("%w: its trusted comment is longer than %d bytes", ErrSignature, maxComment)
	}
	return parseSlot(append(slot, bytes.Repeat([]byte{'\n'}, slotSize-len(slot))...))
}

// slot builds the 512 bytes of s; ok is false if its comment does not fit or is no plain text. Tabs are allowed
// because minisign's own default comment has them.
func (s *signature) slot() (b []byte, ok bool) {
	if !plain(s.comment) {
		return nil, false
	}
	first := append(append([]byte("ED"), s.id[:]...), s.sig[:]...)
	b = append(b, firstLine...)
	b = base64.StdEncoding.AppendEncode(b, first)
	b = append(b, "\ntrusted comment: "+s.comment+"\n"...)
	b = base64.StdEncoding.AppendEncode(b, s.global[:])
	b = append(b, '\n')
	if len(b) > slotSize {
		return nil, false
	}
	return append(b, bytes.Repeat([]byte{'\n'}, slotSize-len(b))...), true
}

// plain reports whether a comment is UTF-8 without control characters but tabs.
func plain(comment string) bool {
	for _, r := range comment {
		if (r < ' ' && r != '\t') || r == 0x7f || r == utf8.RuneError {
			return false
		}
	}
	return true
}

// verify tells whether s is k's signature of message, and its comment k's too.
func (s *signature) verify(k Key, message []byte) bool {
	digest := blake2b.Sum512(message)
	return s.id == k.ID && ed25519.Verify(k.Public[:], digest[:], s.sig[:]) &&
		ed25519.Verify(k.Public[:], append(s.sig[:], s.comment...), s.global[:])
}

// Minisig signs message as minisign -S does, and returns what it writes to a .minisig file. The comment is the trusted
// one; [CheckComment] says what it may be.
func (k *PrivateKey) Minisig(message []byte, comment string) ([]byte, error) {
	if err := CheckComment(comment); err != nil {
		return nil, err
	}
	s := k.sign(message, comment)
	slot, ok := s.slot()
	if !ok {
		return nil, errors.New("the comment does not fit")
	}
	return append(bytes.TrimRight(slot, "\n"), '\n'), nil
}

// CheckMinisig returns an error unless minisig, the content of a .minisig file, is k's signature of message. It wraps
// [ErrSignature] if it is no signature at all.
func (k Key) CheckMinisig(message, minisig []byte) error {
	s, err := parseMinisig(minisig)
	if err != nil {
		return err
	}
	if !s.verify(k, message) {
		return errors.New("the signature does not fit")
	}
	return nil
}
