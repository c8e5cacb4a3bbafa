package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"samizdat/internal/command"
	"samizdat/internal/seal"
)

// passphraseVariable is the environment variable that holds the passphrase where nobody can type it.
const passphraseVariable = "SAMIZDAT_PASSPHRASE"

// maxKeyFile is the length in bytes above which a file is no key; minisign's have 113 and 262.
const maxKeyFile = 4096

// readKeyFile returns the content of a small file.
func readKeyFile(name string) ([]byte, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return io.ReadAll(io.LimitReader(f, maxKeyFile))
}

// secretKey reads a secret key, and its passphrase if it is encrypted.
func (p *program) secretKey(cmd *cobra.Command, name string) (*seal.PrivateKey, error) {
	text, err := readKeyFile(name)
	if err != nil {
		return nil, command.Hint(err, "give the file that samizdat-press key new or minisign -G wrote")
	}
	k, err := seal.ParsePrivateKey(text, func() ([]byte, error) { return p.passphrase(cmd, "passphrase of "+name+": ") })
	switch {
	case errors.Is(err, seal.ErrPrivateKey) && isPublicKey(text):
		return nil, command.Usagef(command.Sprintf("give the secret one: --key %s", strings.TrimSuffix(name, ".pub")), "--key %s: this is the public half", name)
	case errors.Is(err, seal.ErrPrivateKey):
		return nil, command.Usagef("give the file that samizdat-press key new or minisign -G wrote", "--key %s: %w", name, err)
	case errors.Is(err, seal.ErrPassphrase):
		return nil, command.Hint(fmt.Errorf("--key %s: %w", name, err), command.Sprintf("type it again, or set %s", passphraseVariable))
	case err != nil:
		return nil, fmt.Errorf("--key %s: %w", name, err)
	}
	return k, nil
}

func isPublicKey(text []byte) bool {
	_, err := seal.ParseKey(string(text))
	return err == nil
}

// publicKey reads a public key: its 56 characters or the name of a .pub file.
func publicKey(text string) (seal.Key, error) {
	if k, err := seal.ParseKey(text); err == nil {
		return k, nil
	}
	data, err := readKeyFile(text)
	if err != nil {
		return seal.Key{}, command.Usagef("give a .pub file, or the 56 characters that begin with RW", "public key: %w", err)
	}
	k, err := seal.ParseKey(string(data))
	if err != nil {
		return k, command.Usagef("give a .pub file, or the 56 characters that begin with RW", "public key %s: %w", text, err)
	}
	return k, nil
}

// passphrase takes the passphrase from the environment, or else from whoever sits at the terminal.
func (p *program) passphrase(cmd *cobra.Command, prompt string) ([]byte, error) {
	if v := p.getenv(passphraseVariable); v != "" {
		return []byte(v), nil
	}
	line, err := command.AskSecret(cmd.Context(), cmd.InOrStdin(), cmd.ErrOrStderr(), prompt)
	if errors.Is(err, command.ErrNoTerminal) {
		return nil, command.Hint(command.Errorf("the passphrase cannot be asked for: %w", err), command.Sprintf("set %s", passphraseVariable))
	}
	return line, err
}

// newPassphrase asks twice.
func (p *program) newPassphrase(cmd *cobra.Command) ([]byte, error) {
	first, err := p.passphrase(cmd, "passphrase: ")
	if err != nil || p.getenv(passphraseVariable) != "" {
		return first, err
	}
	if len(first) == 0 {
		return nil, command.Hint(command.Errorf("an empty passphrase protects nothing"), "--no-passphrase says that you want none")
	}
	second, err := p.passphrase(cmd, "the same again: ")
	if err != nil {
		return nil, err
	}
	if !bytes.Equal(first, second) {
		return nil, command.Errorf("the two passphrases differ")
	}
	return first, nil
}
