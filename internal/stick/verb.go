package stick

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"samizdat/internal/command"
	"samizdat/internal/seal"
	"samizdat/internal/zim"
)

// Flags are the flags of the verb stick, and what it prints, which are the same in both programs.
type Flags struct {
	part string
	json bool
	// force is Options.Force
	force bool
}

// Help is the part of the verb's help that is the same in both programs.
const Help = `
DIR must exist. On FAT32 the archive is cut into parts (.zimaa, .zimab, …), which the
programs and Kiwix read as one; --part-size cuts it anywhere. Every file is read back
from the stick, past the system's cache where the system can do that, and compared.
Only then do the new files take their names: after an error, Ctrl-C, a full disk or a
stick that was pulled out, what was there before still works, and running this again
finishes. Running it on a finished stick copies nothing and checks everything. Files
that an earlier run did not write are never replaced or removed. An archive that is
sealed is replaced by one of the same key, and no program is removed that this copy
does not carry; --force does both.`

// Add gives the flags to cmd.
func (f *Flags) Add(cmd *cobra.Command) {
	cmd.Flags().StringVar(&f.part, "part-size", "", "cut the archive into files of at most `SIZE`: bytes, or like 1900M or 4G (default: what the file system takes)")
	cmd.Flags().BoolVar(&f.json, "json", false, "print what was done as JSON")
	cmd.Flags().BoolVar(&f.force, "force", false, "replace an archive that another key has sealed than this one, and remove programs that this copy does not carry")
	command.SetExits(cmd,
		command.Exit{Status: command.ExitOK, When: "every file is there and was compared"},
		command.Exit{Status: command.ExitFailure, When: "it could not be done; what was on the stick before still works"},
		command.Exit{Status: command.ExitDamaged, When: "the archive is damaged, or the stick gives back other bytes than were written"},
		command.Exit{Status: command.ExitOtherKey, When: "the archive is sealed by another key than the one given, or than the one on the stick"},
		command.Exit{Status: command.ExitUnsealed, When: "the archive is not sealed though a key was given"})
}

// partBytes reads --part-size.
func (f *Flags) partBytes() (int64, error) {
	if f.part == "" {
		return 0, nil
	}
	n, ok := command.Size(f.part)
	if !ok {
		return 0, command.Usagef("--part-size 1900M", "--part-size %q is no size", f.part)
	}
	return n, nil
}

// reportJSON is the answer of stick --json.
type reportJSON struct {
	Directory string           `json:"directory"`
	Archive   string           `json:"archive"` // its file, or the first of its parts
	Parts     int              `json:"parts"`
	SHA256    string           `json:"sha256"` // of the archive
	Signed    bool             `json:"signed"` // SHA256SUMS is signed by the key that sealed the archive
	PastCache bool             `json:"past_cache"`
	Files     []fileReportJSON `json:"files"`
	Removed   []string         `json:"removed"`
	Notes     []string         `json:"notes"`
}

type fileReportJSON struct {
	Name   string `json:"name"`
	Size   int64  `json:"size"`
	SHA256 string `json:"sha256"`
	Kept   bool   `json:"kept"` // it was there already
}

// Run makes the stick dir and tells what was done. notes come before those of the report.
func (f *Flags) Run(cmd *cobra.Command, dir string, opts *Options, notes []string) error {
	part, err := f.partBytes()
	if err != nil {
		return err
	}
	opts.PartBytes, opts.Force = part, f.force
	var progress *command.Progress
	what := ""
	opts.Progress = func(now string, done, total int64) {
		if now != what {
			progress.Done()
			progress, what = command.ProgressOf(cmd, now), now
		}
		progress.Set(done, total)
	}
	report, err := Write(cmd.Context(), dir, opts)
	progress.Done()
	if err != nil {
		return explain(fmt.Errorf("stick %s: %w", dir, err), dir)
	}
	report.Notes = append(slices.Clone(notes), report.Notes...)
	if f.json {
		return command.JSON(cmd.OutOrStdout(), report.json(dir))
	}
	return report.print(cmd, dir)
}

func (r *Report) json(dir string) reportJSON {
	j := reportJSON{
		Directory: dir, Archive: r.Archive, Parts: r.Parts, SHA256: r.SHA256, Signed: r.Signed, PastCache: r.PastCache,
		Files: []fileReportJSON{}, Removed: append([]string{}, r.Removed...), Notes: append([]string{}, r.Notes...),
	}
	for _, x := range r.Files {
		j.Files = append(j.Files, fileReportJSON(x))
	}
	return j
}

func (r *Report) print(cmd *cobra.Command, dir string) error {
	quiet, _ := cmd.Flags().GetBool("quiet")
	if quiet {
		return nil
	}
	for _, note := range r.Notes {
		_, _ = io.WriteString(cmd.ErrOrStderr(), command.Sprintf("note: %s\n", command.Printable(note)))
	}
	var b strings.Builder
	written, size := 0, int64(0)
	for _, x := range r.Files {
		state := command.T("there already")
		if !x.Kept {
			state, written, size = command.T("written"), written+1, size+x.Size
		}
		fmt.Fprintf(&b, "%-13s  %12d  %s\n", state, x.Size, x.Name)
	}
	for _, name := range r.Removed {
		fmt.Fprintf(&b, "%-13s  %12s  %s\n", command.T("removed"), "", name)
	}
	b.WriteString(command.Sprintf("%s: %d files, %d of them written (%d bytes)\n", dir, len(r.Files), written, size))
	if r.PastCache {
		b.WriteString(command.T("all were read back from the medium and compared\n"))
	} else {
		b.WriteString(command.T("all were read back, as far as this system lets the medium be read and not its cache, and compared\n"))
	}
	b.WriteString(command.Sprintf("sha256 of the archive %s\n", r.SHA256))
	b.WriteString(command.T("eject the stick before you pull it out\n"))
	_, err := fmt.Fprint(cmd.OutOrStdout(), b.String())
	return err
}

// explain adds the hint and the exit status to an error.
func explain(err error, dir string) error {
	var mismatch *MismatchError
	var format *zim.FormatError
	var block *seal.BlockError
	switch {
	case errors.Is(err, context.Canceled):
		return err
	case errors.As(err, &mismatch):
		return command.Hint(command.WithStatus(err, command.ExitDamaged), "the stick is worn out, or claims more room than it has: use another")
	case errors.Is(err, ErrDamaged), errors.As(err, &format), errors.As(err, &block):
		return command.Hint(command.WithStatus(err, command.ExitDamaged), "a damaged archive is not passed on; samizdat verify tells what is wrong: get it again from where you have it")
	case errors.Is(err, ErrConflict):
		return command.Hint(err, "move it away, or choose another folder")
	case errors.Is(err, ErrOther):
		return command.Hint(err, "use another stick or folder, or remove that archive's files first")
	case errors.Is(err, ErrPrograms):
		return command.Hint(err, "nothing was changed: start the copy on a full stick, or one printed with --carry; --force removes them")
	case errors.Is(err, ErrSealed):
		return command.Hint(command.WithStatus(err, command.ExitOtherKey), "an edition of the same publisher has the same key: compare the words of both with those you got another way; --force replaces what is there")
	case errors.Is(err, ErrSpace):
		return command.Hint(err, "the old files stay until the new ones are whole; make room, or use another stick")
	case isFull(err):
		return command.Hint(err, "make room on the stick, or use another")
	case isTooLarge(err):
		return command.Hint(err, "the file system takes no such large file: add --part-size 4095M")
	case errors.Is(err, fs.ErrNotExist):
		if _, statErr := os.Stat(dir); errors.Is(statErr, fs.ErrNotExist) {
			return command.Hint(err, command.Sprintf("see where the stick is mounted; a new folder is made with: mkdir %s", dir))
		}
	case errors.Is(err, fs.ErrPermission):
		return command.Hint(err, "choose a folder that you may write to, and see that the stick's lock is open")
	}
	return err
}
