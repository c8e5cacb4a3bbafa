package main

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"samizdat/internal/atomicfile"
	"samizdat/internal/command"
	"samizdat/internal/seal"
)

func (p *program) keyVerb() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "key",
		Short: "make a key to seal archives with, or show one",
		Long: `A key has two halves. The secret half seals archives: keep it where nobody else gets at
it, with a copy on paper or on a stick in a drawer. The public half goes to the readers,
who check with it that an archive is yours: print its words, read them out, put them
on a wall. Both are files of minisign, which can use them too.`,
		Example: `  samizdat-press key new --out editor
  samizdat-press key show editor.pub`,
	}
	cmd.AddCommand(p.keyNewVerb(), p.keyShowVerb())
	return cmd
}

// keyJSON is the answer of key new --json and key show --json.
type keyJSON struct {
	Secret string              `json:"secret_file,omitempty"`
	Public string              `json:"public_file,omitempty"`
	Key    string              `json:"key"`    // as minisign prints it
	Digits string              `json:"digits"` // in groups
	Words  map[string][]string `json:"words"`  // by language
}

func (p *program) keyNewVerb() *cobra.Command {
	var out string
	var open, asJSON bool
	cmd := &cobra.Command{
		Use:   "new --out FILE",
		Short: "make a new key",
		Long: `Writes the secret half to FILE, encrypted with a passphrase that is asked for twice or
taken from the environment variable ` + passphraseVariable + `, and the public half to
FILE.pub. Files that are there are never replaced. Whoever has FILE and its passphrase can
seal in your name; who loses either cannot seal any more, and nobody can help.`,
		Example: `  samizdat-press key new --out editor
  samizdat-press key new --out /media/stick/editor --no-passphrase`,
		Args: command.Args(),
		RunE: func(cmd *cobra.Command, _ []string) error { return p.keyNew(cmd, out, open, asJSON) },
	}
	cmd.Flags().StringVarP(&out, "out", "o", "", "write the secret half to `FILE` and the public one to FILE.pub; neither may exist")
	cmd.Flags().BoolVar(&open, "no-passphrase", false, "do not encrypt the secret half: for tests, and for machines that nobody else gets at")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print the public key as JSON")
	return cmd
}

func (p *program) keyNew(cmd *cobra.Command, out string, open, asJSON bool) error {
	public := out + ".pub"
	switch {
	case out == "":
		return command.Usagef(cmd.CommandPath()+" --out FILE", "where to write the key is not said")
	case strings.HasSuffix(out, ".pub"):
		return command.Usagef("--out "+strings.TrimSuffix(out, ".pub"), "--out %s names the public half, and the secret one goes there", out)
	case !isFolder(filepath.Dir(out)):
		return command.Hint(command.Errorf("write %s: no folder %s", out, filepath.Dir(out)), "mkdir -p "+filepath.Dir(out))
	}
	for _, name := range []string{out, public} { // before anybody types a passphrase for nothing
		if _, err := os.Lstat(name); err == nil {
			return keyExists(name)
		}
	}
	var passphrase []byte
	if !open {
		var err error
		if passphrase, err = p.newPassphrase(cmd); err != nil {
			return err
		}
	}
	k, err := seal.NewPrivateKey(rand.Reader)
	if err != nil {
		return err
	}
	text, err := k.Text(passphrase, rand.Reader)
	if err != nil {
		return err
	}
	if err := writeKey(out, text, 0o600); err != nil {
		return err
	}
	if err := writeKey(public, k.Public().File(), 0o644); err != nil {
		os.Remove(out) // nobody has the public half of it
		return err
	}
	answer := describeKey(k.Public())
	answer.Secret, answer.Public = out, public
	if asJSON {
		return command.JSON(cmd.OutOrStdout(), answer)
	}
	if p.quiet {
		return nil
	}
	_, err = io.WriteString(cmd.OutOrStdout(), command.Sprintf("%s is the secret half, %s the public one\n\n", out, public))
	if err == nil {
		err = answer.print(cmd.OutOrStdout())
	}
	if err == nil && open {
		_, err = io.WriteString(cmd.ErrOrStderr(), command.Sprintf("note: %s is not encrypted: whoever reads it can seal in your name\n", out))
	}
	return err
}

func writeKey(name string, data []byte, perm fs.FileMode) error {
	err := atomicfile.WriteFile(name, data, perm, atomicfile.NoOverwrite)
	if errors.Is(err, fs.ErrExist) {
		return keyExists(name)
	}
	return err
}

func keyExists(name string) error {
	return command.Hint(fmt.Errorf("write %s: %w", name, fs.ErrExist), "keys are never replaced; choose another name with --out")
}

func (p *program) keyShowVerb() *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "show KEY",
		Short: "show a public key as words and digits",
		Long: `Shows a public key in every form in which readers see it: as words, as groups of digits,
and as the text that programs take. Words and digits are made from the whole key, so two
keys never share them; compare all of them.`,
		Example: `  samizdat-press key show editor.pub
  samizdat-press key show RWQBAQIDBAUGB4qI4910CfGV/VLbLTy6XXLKZwm/HZQSG/N0iAG0D29c --json`,
		Args: command.Args("KEY"),
		RunE: func(cmd *cobra.Command, args []string) error {
			k, err := publicKey(args[0])
			if err != nil {
				return err
			}
			if asJSON {
				return command.JSON(cmd.OutOrStdout(), describeKey(k))
			}
			return describeKey(k).print(cmd.OutOrStdout())
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print as JSON")
	return cmd
}

func describeKey(k seal.Key) *keyJSON {
	answer := &keyJSON{Key: k.String(), Digits: k.Digits(), Words: map[string][]string{}}
	for _, lang := range seal.WordLanguages() {
		answer.Words[lang] = k.Words(lang)
	}
	return answer
}

// print writes one form per paragraph.
func (k *keyJSON) print(w io.Writer) error {
	var b strings.Builder
	for _, lang := range seal.WordLanguages() {
		fmt.Fprintf(&b, "words (%s)  %s\n", lang, strings.Join(k.Words[lang], " "))
	}
	fmt.Fprintf(&b, "digits      %s\nkey         %s\n", k.Digits, k.Key)
	_, err := io.WriteString(w, b.String())
	return err
}
