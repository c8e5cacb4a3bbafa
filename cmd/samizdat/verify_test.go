package main

import (
	"errors"
	"os"
	"testing"

	"github.com/spf13/cobra"

	"samizdat/internal/carry"
	"samizdat/internal/carry/carrytest"
	"samizdat/internal/command"
	"samizdat/internal/splice"
)

// Of a program that broke off, and of one whose payload is damaged, verify says that, and does not read the program itself as
// an archive.
func TestVerifyIncompleteProgram(t *testing.T) {
	own := carrytest.All()[carry.Target{OS: "linux", Arch: "amd64"}]
	for what, change := range map[string]func(b []byte) []byte{
		"cut":      func(b []byte) []byte { return b[:len(b)-100] },
		"too long": func(b []byte) []byte { return append(b, "more"...) },
		"damaged": func(b []byte) []byte {
			b[len(b)-22+10]++ // one member more than there are
			return b
		},
	} {
		name, _ := copyOf(t, own, carry.Bytes(splice.Dossier, plainZIM(t)))
		data, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, change(data), 0o644); err != nil {
			t.Fatal(err)
		}
		_, err = (&program{archive: name}).subject(&cobra.Command{Use: "verify"})
		var incomplete *splice.IncompleteError
		var format *splice.FormatError
		if !errors.As(err, &incomplete) && !errors.As(err, &format) || command.Status(err) != command.ExitDamaged || command.HintOf(err) == "" {
			t.Errorf("%s: %v, status %d, hint %q", what, err, command.Status(err), command.HintOf(err))
		}
	}
}
