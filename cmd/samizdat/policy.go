package main

import (
	"errors"
	"strings"

	"github.com/spf13/cobra"

	"samizdat/internal/archive"
	"samizdat/internal/command"
	"samizdat/internal/seal"
)

// addSealFlags adds the flags that say which archives may be opened.
func (p *program) addSealFlags(root *cobra.Command) {
	f := root.PersistentFlags()
	f.StringVar(&p.key, "key", "", "the public `KEY` that must have sealed the archive: 56 characters as minisign prints them, or a .pub file")
	f.BoolVar(&p.anyKey, "any-key", false, "with --key: open what another key has sealed, too")
	f.BoolVar(&p.damaged, "damaged", false, "open what is damaged, without checking it against its seal, to save what can be saved")
	p.keySet = func() bool { return f.Changed("key") }
}

// policy is what these flags say.
func (p *program) policy() (seal.Policy, error) {
	policy := seal.Policy{AnyKey: p.anyKey, Damaged: p.damaged}
	if !p.keySet() {
		if p.anyKey {
			return policy, command.Usagef("leave --any-key away: without --key every key will do", "--any-key is an exception from --key, which is not given")
		}
		return policy, nil
	}
	if p.damaged {
		return policy, command.Usagef("leave one of the two away", "--damaged checks nothing, and --key asks for all to be checked")
	}
	k, err := readKey(p.key)
	if err != nil {
		return policy, err
	}
	policy.Pin = &k
	return policy, nil
}

// explainSeal adds hint and exit status to an error about the seal of an archive that was not opened; nil if err is
// about something else.
func explainSeal(err error) error {
	var other *seal.OtherKeyError
	var block *seal.BlockError
	switch {
	case errors.As(err, &other):
		return command.Hint(command.WithStatus(err, command.ExitOtherKey), command.Sprintf(
			"its words: %s\nthose of the key you gave: %s\nget the archive from where your key is used, or insist with --any-key", words(other.Got), words(other.Want)))
	case errors.Is(err, seal.ErrUnsealed):
		return command.Hint(command.WithStatus(err, command.ExitUnsealed),
			"whoever took a seal away can have changed the rest: get the archive from where its seal is promised, or leave --key away")
	case errors.Is(err, seal.ErrBroken), errors.As(err, &block):
		return command.Hint(command.WithStatus(err, command.ExitDamaged),
			"copy it again from where you have it; --damaged opens it unchecked, to save what can be saved")
	}
	return nil
}

// words are the words of a key in a line.
func words(k seal.Key) string { return strings.Join(k.Words("en"), " ") }

// sealOf says in a line what is known of the seal of an open archive.
func sealOf(src *archive.Source) string {
	k, ok := src.SealedBy()
	switch {
	case ok && src.Named:
		return command.Sprintf("sealed by the key that you gave: %s", words(k))
	case ok && src.Known:
		return command.Sprintf("sealed by a key that came with this program, and is worth as much as the program: %s", words(k))
	case ok:
		return command.Sprintf("sealed by a key that this program does not know: %s", words(k))
	case src.Seal != nil && !src.Checked, errors.Is(src.SealErr, seal.ErrBroken):
		return command.T("opened unchecked, for rescue; nothing vouches for it")
	}
	return command.T("not sealed")
}
