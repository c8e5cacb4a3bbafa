package main

import (
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"samizdat/internal/archive"
	"samizdat/internal/command"
	"samizdat/internal/seal"
	"samizdat/internal/splice"
	"samizdat/internal/zim"
)

// verifyOptions are the flags of verify.
type verifyOptions struct {
	json bool
}

// verifyJSON is the answer of verify --json.
type verifyJSON struct {
	Archive  string        `json:"archive"`
	Size     int64         `json:"size"`   // bytes
	Whole    bool          `json:"whole"`  // no errors; warnings do not count
	Pinned   bool          `json:"pinned"` // a key was given, which must have sealed the archive
	OK       bool          `json:"ok"`     // whole, and with a key given sealed by it; that is exit status 0
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
	policy, err := p.policy()
	if err != nil {
		return err
	}
	subject, err := p.subject(cmd)
	if err != nil {
		return err
	}
	defer subject.close()

	progress := command.ProgressOf(cmd, "verify")
	problems, sealed, damage, err := examine(cmd.Context(), subject, progress.Set)
	progress.Done()
	if err != nil {
		return err
	}

	if sealed.covers(damage) {
		sealed.Number, sealed.Date = subject.texts()
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
	answer.Whole, answer.Pinned = errorCount == 0, policy.Pin != nil
	var refused error // by the policy
	if policy.Pin != nil {
		refused = sealed.vouched(subject.name, policy)
	}
	answer.OK = answer.Whole && subject.noZIM == nil && refused == nil
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
		err := command.Errorf("verify %s: the archive is damaged in %d places", subject.name, errorCount)
		if sealed.State == "signed" && errorCount == 1 && damage != nil && damage[0].Part == checksumPart {
			err = command.Errorf("verify %s: everything is as it was sealed; only the checksum at the end is damaged", subject.name)
		}
		hint := "copy it again from where you have it"
		if subject.opens {
			hint = "copy it again from where you have it; samizdat extract saves what can be read"
		}
		return command.Hint(command.WithStatus(err, command.ExitDamaged), hint)
	}
	return refused
}

func printVerified(w io.Writer, answer verifyJSON) error {
	for _, problem := range answer.Problems {
		_, err := io.WriteString(w, command.Sprintf("%s: %s at %#x: %s\n", command.T(problem.Severity), command.Printable(problem.Part), problem.Offset, command.Printable(problem.Message)))
		if err != nil {
			return err
		}
	}
	if !answer.Whole {
		return nil
	}
	line := command.Sprintf("%s: whole; %s\n", answer.Archive, answer.Seal)
	if n := len(answer.Problems); n > 0 {
		line = command.Sprintf("%s: whole, with %d warnings; %s\n", answer.Archive, n, answer.Seal)
	}
	if _, err := io.WriteString(w, line); err != nil {
		return err
	}
	return answer.Seal.details(w)
}

// subject is what verify reads: the bytes of an archive that may be too damaged to be opened.
type subject struct {
	name  string
	opens bool  // as an archive
	noZIM error // why, if it is none at all
	r     io.ReaderAt
	size  int64
	close func()

	// texts are number and date of the edition, as the archive's metadata have them. They are read when asked for.
	texts func() (number, date string)
}

// subject finds the archive. A file that was named and cannot be opened as an archive is taken as it is, so that what
// is wrong with it can be told in full.
func (p *program) subject(cmd *cobra.Command) (*subject, error) {
	src, err := p.oneUnder(cmd, seal.Policy{Damaged: true}) // what is wrong is for verify to tell
	if err == nil {
		name := src.Path
		if src.Origin == archive.Tail || name == "" {
			name = command.Sprintf("the archive %s", where(src.Origin.String(), name))
		}
		s := &subject{name: name, opens: true, r: src.Raw, size: src.Size, close: func() { _ = src.Close() }}
		s.texts = func() (string, string) { return shortText(src, "X-Edition"), shortText(src, "Date") }
		return s, nil
	}
	if p.archive == "" || !isDamage(err) && !errors.Is(err, archive.ErrNotZIM) || isCarrier(err) {
		return nil, err
	}
	r, size, closer, rawErr := archive.Raw(p.archive, p.offset)
	if rawErr != nil {
		return nil, err
	}
	s := &subject{name: p.archive, r: r, size: size, close: func() { _ = closer.Close() }, texts: func() (string, string) { return "", "" }}
	if errors.Is(err, archive.ErrNotZIM) {
		s.noZIM = err
	}
	return s, nil
}

// isCarrier reports whether err is about a program or ZIP that carries an archive, and where that archive lies is not known:
// read as an archive, such a file would be wrong in every place.
func isCarrier(err error) bool {
	var incomplete *splice.IncompleteError
	var format *splice.FormatError
	return errors.As(err, &incomplete) || errors.As(err, &format)
}

// shortText is a short text of the metadata in one line; what is missing, damaged or long is empty.
func shortText(src *archive.Source, name string) string {
	const most = 40 // bytes
	v, err := src.Zim.Metadata(name)
	if err != nil || len(v) > most {
		return ""
	}
	return strings.Join(strings.Fields(command.Printable(string(v))), " ")
}
