package main

import (
	"context"
	"crypto/md5" //nolint:gosec // ZIM, "Checksum"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync/atomic"

	"samizdat/internal/command"
	"samizdat/internal/seal"
	"samizdat/internal/zim"
)

// sealJSON is what verify finds out about the seal. Key, Comment and Edition are there if State is "signed"; Edition
// also if it is "unsigned".
type sealJSON struct {
	State   string `json:"state"` // "none", "unsigned", "newer", "signed" or "broken"
	Key     string `json:"key,omitempty"`
	Words   string `json:"words,omitempty"`  // of the key, in English
	Digits  string `json:"digits,omitempty"` // of the key
	Comment string `json:"comment,omitempty"`
	Edition string `json:"edition,omitempty"` // SHA-256 of what is signed, hexadecimal
	Number  string `json:"number,omitempty"`  // of the edition, and its date: what the archive says, if the hashes in its seal cover it
	Date    string `json:"date,omitempty"`
}

// checksumPart names the 16 bytes at the end of an archive in problems.
const checksumPart = "checksum"

// examine reads all of s: its structure, and, at the same time and in one pass, the blocks against the hashes in the seal
// and the checksum. A seal that is broken, and a block that is not as it was sealed, are damage. The error is ctx's or
// the medium's.
func examine(ctx context.Context, s *subject, progress func(done, total int64)) ([]zim.Problem, sealJSON, []problemJSON, error) {
	found, err := seal.Load(s.r, s.size)
	answer := sealJSON{State: "signed"}
	var damage []problemJSON
	switch {
	case err == nil:
		answer.Key, answer.Comment = found.Key.String(), found.Comment
		answer.Words, answer.Digits = words(found.Key), found.Key.Digits()
	case errors.Is(err, seal.ErrUnsigned):
		answer.State = "unsigned"
	case errors.Is(err, seal.ErrNone):
		answer.State = "none"
	case errors.Is(err, seal.ErrVersion):
		answer.State = "newer"
	case errors.Is(err, seal.ErrBroken):
		answer.State = "broken"
		at, _, _ := seal.Place(s.size)
		damage = append(damage, problemJSON{"error", at, "seal", err.Error()})
	default:
		return nil, answer, nil, fmt.Errorf("verify %s: %w", s.name, err)
	}
	if found == nil {
		problems := zim.Check(ctx, s.r, s.size, progress)
		return problems, answer, damage, ctx.Err()
	}
	answer.Edition = hex.EncodeToString(found.Edition[:])

	var structure, hashed atomic.Int64 // bytes
	tell := func() { progress(structure.Load()+hashed.Load(), 2*s.size) }
	var problems []zim.Problem
	checked := make(chan struct{})
	go func() {
		defer close(checked)
		problems = zim.CheckStructure(ctx, s.r, s.size, func(done, total int64) {
			structure.Store(int64(float64(done) / float64(total) * float64(s.size)))
			tell()
		})
	}()
	report, err := found.Verify(ctx, s.r, &seal.VerifyOptions{Progress: func(done, _ int64) {
		hashed.Store(done)
		tell()
	}})
	<-checked
	if err != nil {
		return nil, answer, nil, fmt.Errorf("verify %s: %w", s.name, err)
	}
	for _, b := range report.Changed {
		damage = append(damage, problemJSON{"error", b.Offset, command.Sprintf("block %d", b.Block), command.T("not as it was sealed")})
	}
	if !report.Checksum {
		damage = append(damage, problemJSON{"error", s.size - md5.Size, checksumPart, command.Sprintf("MD5 of the file is %x, another one is stored", report.MD5)})
	}
	return problems, answer, damage, nil
}

// covers reports whether the bytes of the archive are those that the hashes in its seal were made of, given all damage of
// [examine]. The checksum at the end is not among them.
func (s sealJSON) covers(damage []problemJSON) bool {
	return s.Edition != "" && !slices.ContainsFunc(damage, func(p problemJSON) bool { return p.Part != checksumPart })
}

// String says it in a line.
func (s sealJSON) String() string {
	switch s.State {
	case "signed":
		line := command.Sprintf("sealed by %s", s.Key)
		if s.Comment != "" {
			line += " (" + command.Printable(s.Comment) + ")"
		}
		return line
	case "unsigned":
		return command.T("not sealed: it has block hashes, but nobody has signed them")
	case "newer":
		return command.T("not sealed in a way that this version knows: the seal is of a newer one")
	}
	return command.T("not sealed")
}

// details writes the key in the forms that people compare, and which edition it is: an old one is genuine too.
func (s sealJSON) details(w io.Writer) error {
	var b strings.Builder
	if s.State == "signed" {
		b.WriteString(command.Sprintf("  words    %s\n  digits   %s\n", s.Words, s.Digits))
	}
	if s.Edition != "" {
		b.WriteString(command.Sprintf("  edition  %s\n", strings.Join(slices.DeleteFunc([]string{s.Number, s.Date, s.Edition}, func(v string) bool { return v == "" }), ", ")))
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// vouched returns the error of a whole archive that the policy's key has not sealed.
func (s sealJSON) vouched(name string, policy seal.Policy) error {
	switch {
	case s.State != "signed":
		err := command.Errorf("verify %s: the archive is whole, but %s: no key vouches for it", name, s)
		return command.Hint(command.WithStatus(err, command.ExitUnsealed), "get the archive from where its seal is promised, or compare it with a copy that you trust")
	case s.Key != policy.Pin.String() && !policy.AnyKey:
		err := command.Errorf("verify %s: the archive is whole, but sealed by another key: %s", name, s.Key)
		return command.Hint(command.WithStatus(err, command.ExitOtherKey), "do not trust it as the publisher's; get the archive from where the key you gave is used")
	}
	return nil
}
