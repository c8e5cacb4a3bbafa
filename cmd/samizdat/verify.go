package main

import (
	"errors"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"samizdat/internal/archive"
	"samizdat/internal/command"
	"samizdat/internal/seal"
	"samizdat/internal/zim"
)

// verifyOptions are the flags of verify.
type verifyOptions struct {
	key  string
	json bool
}

// verifyJSON is the answer of verify --json.
type verifyJSON struct {
	Archive  string        `json:"archive"`
	Size     int64         `json:"size"`  // bytes
	Whole    bool          `json:"whole"` // no errors; warnings do not count
	Seal     sealJSON      `json:"seal"`
	Problems []problemJSON `json:"problems"`
}

// problemJSON is one thing that is wrong.
type problemJSON struct {
	Severity string `json:"severity"` // "error" or "warning"
	Offset   int64  `json:"offset"`   // bytes from the start of the archive
	Part     string `json:"part"`
	Message  string `json:"message"`
}

func (p *program) verifyVerb() *cobra.Command {
	var opts verifyOptions
	cmd := &cobra.Command{
		Use:   "verify [--key KEY] [ARCHIVE]",
		Short: "check that the archive is whole",
		Long: `Reads the whole archive and names everything that is wrong with it: each problem with
its place, counted in bytes from the start. Errors mean that something is lost or
cannot be relied on; warnings are against the rules for archives but lose nothing, like
a title that is too long.

A whole archive is what its maker wrote, as far as a checksum can tell: damage by
accident is found, but who changes an archive on purpose can make it whole again.
Against that helps a seal, which is a signature over every byte. With --key the
archive must be sealed by that key: take it from paper, a voice or a copy you trust,
not from where the archive came from. A copy of this program that you do not trust
can say anything; check with one that you do.`,
		Example: `  samizdat verify
  samizdat verify wikipedia.zim --json
  samizdat verify --key RWQBAQIDBAUGB4qI4910CfGV/VLbLTy6XXLKZwm/HZQSG/N0iAG0D29c`,
		Args: command.Args("[ARCHIVE]"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := p.named(args); err != nil {
				return err
			}
			return p.verify(cmd, opts)
		},
	}
	cmd.Flags().StringVar(&opts.key, "key", "", "the public `KEY` that must have sealed the archive: 56 characters as minisign prints them, or a .pub file")
	cmd.Flags().BoolVar(&opts.json, "json", false, "print as JSON")
	command.SetExits(cmd,
		command.Exit{Status: command.ExitOK, When: "the archive is whole, sealed or not"},
		command.Exit{Status: command.ExitFailure, When: "the archive could not be opened or read"},
		command.Exit{Status: command.ExitDamaged, When: "the archive is damaged, or the file is no archive"},
		command.Exit{Status: command.ExitOtherKey, When: "the archive is whole, but sealed by another key than the one given"},
		command.Exit{Status: command.ExitUnsealed, When: "the archive is whole, but not sealed though a key was given"})
	return cmd
}

func (p *program) verify(cmd *cobra.Command, opts verifyOptions) error {
	var key seal.Key
	if cmd.Flags().Changed("key") {
		k, err := readKey(opts.key)
		if err != nil {
			return err
		}
		key = k
	}
	subject, err := p.subject(cmd)
	if err != nil {
		return err
	}
	defer subject.close()

	progress := command.ProgressOf(cmd, "verify")
	problems := zim.Check(cmd.Context(), subject.r, subject.size, progress.Set)
	progress.Done()
	if err := cmd.Context().Err(); err != nil {
		return err
	}
	progress = command.ProgressOf(cmd, "verify seal")
	sealed, damage, err := checkSeal(cmd.Context(), subject, progress)
	progress.Done()
	if err != nil {
		return err
	}

	answer := verifyJSON{Archive: subject.name, Size: subject.size, Seal: sealed, Problems: []problemJSON{}}
	errorCount := len(damage)
	for _, problem := range problems {
		severity := "warning"
		if problem.Severity == zim.Error && !problem.Rule() {
			severity = "error"
			errorCount++
		}
		answer.Problems = append(answer.Problems, problemJSON{severity, problem.Offset, problem.Part, problem.Message})
	}
	answer.Problems = append(answer.Problems, damage...)
	answer.Whole = errorCount == 0
	if opts.json {
		err = command.JSON(cmd.OutOrStdout(), answer)
	} else {
		err = printVerified(cmd.OutOrStdout(), answer)
	}
	switch {
	case err != nil:
		return err
	case subject.noZIM != nil:
		return fmt.Errorf("verify: %w", subject.noZIM)
	case errorCount > 0:
		err := fmt.Errorf("verify %s: the archive is damaged in %s", subject.name, count(errorCount, "place", "places"))
		hint := "copy it again from where you have it"
		if subject.opens {
			hint += "; samizdat extract saves what can be read"
		}
		return command.Hint(command.WithStatus(err, command.ExitDamaged), hint)
	case cmd.Flags().Changed("key"):
		return sealed.vouched(subject.name, key)
	}
	return nil
}

func printVerified(w io.Writer, answer verifyJSON) error {
	for _, problem := range answer.Problems {
		_, err := fmt.Fprintf(w, "%s: %s at %#x: %s\n", problem.Severity, command.Printable(problem.Part), problem.Offset, command.Printable(problem.Message))
		if err != nil {
			return err
		}
	}
	if !answer.Whole {
		return nil
	}
	warnings := ""
	if n := len(answer.Problems); n > 0 {
		warnings = ", with " + count(n, "warning", "warnings")
	}
	_, err := fmt.Fprintf(w, "%s: whole%s; %s\n", answer.Archive, warnings, answer.Seal)
	return err
}

// count is "1 place" or "2 places".
func count(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}

// subject is what verify reads: the bytes of an archive that may be too damaged to be opened.
type subject struct {
	name  string
	opens bool  // as an archive
	noZIM error // why, if it is none at all
	r     io.ReaderAt
	size  int64
	close func()
}

// subject finds the archive. A file that was named and cannot be opened as an archive is taken as it is, so that what
// is wrong with it can be told in full.
func (p *program) subject(cmd *cobra.Command) (*subject, error) {
	src, err := p.one(cmd)
	if err == nil {
		name := src.Path
		if src.Origin == archive.Tail || name == "" {
			name = "the archive " + where(src.Origin.String(), name)
		}
		return &subject{name: name, opens: true, r: src.R, size: src.Size, close: func() { _ = src.Close() }}, nil
	}
	if p.archive == "" || !isDamage(err) && !errors.Is(err, archive.ErrNotZIM) {
		return nil, err
	}
	r, size, closer, rawErr := archive.Raw(p.archive, p.offset)
	if rawErr != nil {
		return nil, err
	}
	s := &subject{name: p.archive, r: r, size: size, close: func() { _ = closer.Close() }}
	if errors.Is(err, archive.ErrNotZIM) {
		s.noZIM = err
	}
	return s, nil
}
