package main

import (
	"io"
	"os"
	"strings"

	"samizdat/internal/command"
	"samizdat/internal/seal"
)

// readKey takes a key as minisign prints it, 56 characters of base64, or the name of a file that minisign wrote.
func readKey(text string) (seal.Key, error) {
	key, keyErr := seal.ParseKey(text)
	if keyErr == nil {
		return key, nil
	}
	f, err := os.Open(text)
	if err != nil {
		if looksLikeFile(text) {
			return key, command.Usagef("", "--key: %w", err)
		}
		return key, command.Usagef("give the 56 characters that begin with RW, or the .pub file that holds them", "--key %q: %w", text, keyErr)
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, 4096)) // minisign's are 113 bytes
	if err != nil {
		return key, command.Usagef("", "--key: %w", err)
	}
	if key, keyErr = seal.ParseKey(string(data)); keyErr != nil {
		return key, command.Usagef("a .pub file of minisign has a comment and then 56 characters that begin with RW", "--key %s: %w", text, keyErr)
	}
	return key, nil
}

func looksLikeFile(text string) bool {
	return strings.HasSuffix(text, ".pub") || strings.ContainsAny(text, `\.`)
}
