package main

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"samizdat/internal/command"
)

// publicKey is a minisign public key: the letters "Ed", 8 bytes of key ID, 32 bytes of Ed25519 key. minisign(1),
// "Public key format".
type publicKey [42]byte

// readKey takes a key as minisign prints it, 56 characters of base64, or the name of a file that minisign wrote.
func readKey(text string) (publicKey, error) {
	key, keyErr := parseKey(text)
	if keyErr == nil {
		return key, nil
	}
	f, err := os.Open(text)
	if err != nil {
		if looksLikeFile(text) {
			return key, command.Usagef("", "--key: %w", err)
		}
		return key, command.Usagef("give the 56 characters that begin with RW, or the .pub file that holds them", "--key %q is %w", text, keyErr)
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, 4096)) // minisign's are 113 bytes
	if err != nil {
		return key, command.Usagef("", "--key: %w", err)
	}
	for line := range bytes.Lines(data) {
		line := strings.TrimSpace(string(line))
		if line == "" || strings.HasPrefix(line, "untrusted comment:") {
			continue
		}
		if key, keyErr = parseKey(line); keyErr == nil {
			return key, nil
		}
		break
	}
	return key, command.Usagef("a .pub file of minisign has a comment and then 56 characters that begin with RW", "--key %s: the file is %w", text, keyErr)
}

func looksLikeFile(text string) bool {
	return strings.HasSuffix(text, ".pub") || strings.ContainsAny(text, `\.`)
}

// parseKey reads canonical base64 of a key.
func parseKey(text string) (publicKey, error) {
	var key publicKey
	b, err := base64.StdEncoding.Strict().DecodeString(text)
	switch {
	case err != nil:
		return key, errors.New("no minisign public key: not base64")
	case len(b) != len(key):
		return key, fmt.Errorf("no minisign public key: %d bytes, want %d", len(b), len(key))
	case string(b[:2]) != "Ed":
		return key, errors.New("no minisign public key: it does not begin with RW")
	}
	copy(key[:], b)
	return key, nil
}
