package main

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"

	"samizdat/internal/command"
	"samizdat/internal/seal"
)

// sealJSON is what verify finds out about the seal. Key, Comment and Edition are there if State is "signed"; Edition
// also if it is "unsigned".
type sealJSON struct {
	State   string `json:"state"` // "none", "unsigned", "newer", "signed" or "broken"
	Key     string `json:"key,omitempty"`
	Comment string `json:"comment,omitempty"`
	Edition string `json:"edition,omitempty"` // SHA-256 of what is signed, hexadecimal
}

// checkSeal reads the seal of s, and with its hashes every block of the archive. A seal that is broken, and a block that
// is not as it was sealed, are damage.
func checkSeal(ctx context.Context, s *subject, progress *command.Progress) (sealJSON, []problemJSON, error) {
	found, err := seal.Load(s.r, s.size)
	answer := sealJSON{State: "signed"}
	switch {
	case err == nil:
		answer.Key, answer.Comment = found.Key.String(), found.Comment
	case errors.Is(err, seal.ErrUnsigned):
		answer.State = "unsigned"
	case errors.Is(err, seal.ErrNone):
		return sealJSON{State: "none"}, nil, nil
	case errors.Is(err, seal.ErrVersion):
		return sealJSON{State: "newer"}, nil, nil
	case errors.Is(err, seal.ErrBroken):
		at, _, _ := seal.Place(s.size)
		return sealJSON{State: "broken"}, []problemJSON{{"error", at, "seal", err.Error()}}, nil
	default:
		return sealJSON{}, nil, fmt.Errorf("verify %s: %w", s.name, err)
	}
	answer.Edition = hex.EncodeToString(found.Edition[:])
	report, err := found.Verify(ctx, s.r, &seal.VerifyOptions{Progress: progress.Set})
	if err != nil {
		return sealJSON{}, nil, fmt.Errorf("verify %s: %w", s.name, err)
	}
	var problems []problemJSON
	for _, b := range report.Changed {
		problems = append(problems, problemJSON{"error", b.Offset, fmt.Sprintf("block %d", b.Block), "not as it was sealed"})
	}
	return answer, problems, nil
}

// String says it in a line.
func (s sealJSON) String() string {
	switch s.State {
	case "signed":
		line := "sealed by " + s.Key
		if s.Comment != "" {
			line += " (" + command.Printable(s.Comment) + ")"
		}
		return line
	case "unsigned":
		return "not sealed: it has block hashes, but nobody has signed them"
	case "newer":
		return "not sealed in a way that this version knows: the seal is of a newer one"
	}
	return "not sealed"
}

// vouched returns the error of a whole archive that key has not sealed.
func (s sealJSON) vouched(name string, key seal.Key) error {
	switch {
	case s.State != "signed":
		err := fmt.Errorf("verify %s: the archive is whole, but %s: no key vouches for it", name, s)
		return command.Hint(command.WithStatus(err, command.ExitUnsealed), "get the archive from where its seal is promised, or compare it with a copy that you trust")
	case s.Key != key.String():
		err := fmt.Errorf("verify %s: the archive is whole, but sealed by another key: %s", name, s.Key)
		return command.Hint(command.WithStatus(err, command.ExitOtherKey), "do not trust it as the publisher's; get the archive from where the key you gave is used")
	}
	return nil
}
