package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"

	"github.com/spf13/cobra"

	"samizdat/internal/atomicfile"
	"samizdat/internal/command"
	"samizdat/internal/dossier"
	"samizdat/internal/pack"
	"samizdat/internal/seal"
	"samizdat/internal/xapian"
)

// output is where an archive goes; pack and pack-html share its flags.
type output struct {
	file    string
	force   bool
	json    bool
	key     string   // file of the secret key that seals it; empty: nobody does
	comment string   // of the signer
	noIndex bool     // leave the databases to search in out
	keep    []string // pack only: ids of items whose media are not scrubbed
}

func (o *output) addFlags(cmd *cobra.Command) {
	cmd.Flags().StringVarP(&o.file, "output", "o", "", "write the archive to `FILE`, which must not exist")
	cmd.Flags().BoolVarP(&o.force, "force", "f", false, "replace FILE if it exists")
	cmd.Flags().BoolVar(&o.json, "json", false, "print the result as JSON")
	cmd.Flags().StringVarP(&o.key, "key", "k", "", "seal the archive with the secret key in the file `KEY`")
	cmd.Flags().StringVar(&o.comment, "comment", "", "with --key: a note of the signer, signed too, at most 271 bytes `TEXT`")
	cmd.Flags().BoolVar(&o.noIndex, "no-index", false, "leave out what is needed to search in the texts")
	_ = cmd.MarkFlagFilename("output", "zim") // these flags exist
	_ = cmd.MarkFlagFilename("key")
}

// packJSON is the answer of pack --json and pack-html --json.
type packJSON struct {
	File     string       `json:"file"`
	Bytes    int64        `json:"bytes"`
	Entries  int          `json:"entries"`
	SHA256   string       `json:"sha256"`        // of the file
	Key      string       `json:"key,omitempty"` // that sealed it
	Warnings []string     `json:"warnings"`
	loud     []string     // of these, those that are said in any case
	Dead     []deadJSON   `json:"dead_links,omitempty"`
	Media    []mediumJSON `json:"media,omitempty"` // pack: files that told of their makers
}

type deadJSON struct {
	File   string `json:"file"`
	Line   int    `json:"line"`
	Target string `json:"target"`
	Reason string `json:"reason"`
}

func (p *program) packVerb() *cobra.Command {
	var out output
	cmd := &cobra.Command{
		Use:   "pack DIR -o FILE",
		Short: "pack a dossier into an archive",
		Long: `Packs the dossier in the folder DIR into one ZIM file. The same folder gives the same
bytes on every machine, so that people can compare what they have.

The finished file is read back and checked before it gets its name. A dossier with
problems is not packed: they are all listed, with --json as check --json does. After a
failure or Ctrl-C no file is left, and a file that was there before stays as it was. One
failure comes later: if the disk does not confirm the folder, that is told, and the
finished file is in place.

The archive ends with hashes of its blocks, by which readers see damage. With --key they
are signed, which is the seal: readers can then check that the archive is yours.

Photos, films and PDF files are packed without what they tell of their makers: position,
camera, names, dates, thumbnails. Pixels and frames stay the same, and so do the files in
DIR. --keep-metadata packs the media of one item as they are, and its record says so.`,
		Example: `  samizdat-press pack bundle -o dossier.zim
  samizdat-press pack bundle -o dossier.zim --keep-metadata march-video
  samizdat-press pack bundle -o dossier.zim --key editor --comment "edition 3"
  samizdat-press pack bundle -o dossier.zim --force --quiet`,
		Args:              command.Args("DIR"),
		ValidArgsFunction: completeFolder,
		RunE: func(cmd *cobra.Command, args []string) error {
			return p.pack(cmd, args[0], &out)
		},
	}
	out.addFlags(cmd)
	addKeepFlag(cmd, &out.keep)
	return cmd
}

func (p *program) pack(cmd *cobra.Command, dir string, out *output) error {
	if err := out.check(cmd); err != nil {
		return err
	}
	result, err := p.packInto(cmd, dir, out)
	if err != nil {
		return err
	}
	return p.tell(cmd, out, result)
}

// packInto packs the dossier in dir; what is wrong with it is printed.
func (p *program) packInto(cmd *cobra.Command, dir string, out *output) (*packJSON, error) {
	d, root, err := loadDossier(dir)
	var result *packJSON
	if err == nil {
		defer root.Close()
		if err := checkKeep(d, out.keep); err != nil {
			return nil, err
		}
		result, err = p.write(cmd, out, func(ctx context.Context, f *os.File, opts *pack.Options) (*pack.Report, error) {
			return pack.Dossier(ctx, d, f, opts)
		})
		var problems dossier.Problems
		if errors.As(err, &problems) {
			err = withFolder(dir, err)
		} else if err != nil {
			err = fmt.Errorf("pack %s: %w", dir, err)
		}
	}
	var bad *problemsError
	if errors.As(err, &bad) {
		if out.json {
			if err := command.JSON(cmd.OutOrStdout(), checkAnswer(dir, d, bad.problems)); err != nil {
				return nil, err
			}
		} else {
			bad.print(cmd.ErrOrStderr())
		}
		return nil, command.Hint(err, command.Sprintf("correct these, then: samizdat-press check %s", dir))
	}
	if err != nil {
		return nil, err
	}
	evidence, err := lookThrough(d, root, nil, nil, true)
	if err != nil {
		return nil, withFolder(dir, err)
	}
	for _, w := range slices.Concat(d.Warnings, sentCookies(d), evidenceWarnings(evidence)) {
		result.Warnings = append(result.Warnings, w.String())
		if w.Message == givesCookies {
			result.loud = append(result.loud, w.String())
		}
	}
	return result, nil
}

// check finds what is wrong with the flags before any work is done.
func (o *output) check(cmd *cobra.Command) error {
	if o.file == "" {
		return command.Usagef(cmd.CommandPath()+" DIR -o FILE.zim", "where to write the archive is not said")
	}
	if o.file == "-" {
		return command.Usagef("name a file: -o archive.zim; one that is called - is ./-", "-o -: an archive cannot go to the standard output, because its header is written last")
	}
	if folder := filepath.Dir(o.file); !isFolder(folder) {
		return command.Hint(command.Errorf("write %s: no folder %s", o.file, folder), "mkdir -p "+folder)
	}
	info, err := os.Lstat(o.file)
	switch {
	case err != nil:
		return nil // it is not there, or not for us to see: writing will tell
	case info.IsDir():
		return command.Hint(command.Errorf("write %s: is a folder", o.file), command.Sprintf("give the name of a file in it: -o %s/archive.zim", o.file))
	case !info.Mode().IsRegular() && info.Mode().Type() != fs.ModeSymlink:
		return command.Errorf("write %s: not a regular file", o.file)
	case !o.force:
		return o.exists()
	}
	return nil
}

func (o *output) exists() error {
	return command.Hint(fmt.Errorf("write %s: %w", o.file, fs.ErrExist), "--force replaces it")
}

// write lets fill write the archive and gives it its name when it is whole.
func (p *program) write(
	cmd *cobra.Command, out *output, fill func(context.Context, *os.File, *pack.Options) (*pack.Report, error),
) (*packJSON, error) {
	key, err := p.packKey(cmd, out)
	if err != nil {
		return nil, err
	}
	progress := command.ProgressOf(cmd, command.T("packing"))
	defer progress.Done()
	var options []atomicfile.Option
	if !out.force {
		options = append(options, atomicfile.NoOverwrite)
	}
	_ = atomicfile.Sweep(filepath.Dir(out.file)) // what cannot be removed harms nothing
	result := &packJSON{File: out.file, Warnings: []string{}}
	if key != nil {
		result.Key = key.Public().String()
	}
	err = atomicfile.Write(out.file, 0o666, func(f *os.File) error {
		report, err := fill(cmd.Context(), f, &pack.Options{
			Progress: progress.Set, Key: key, Comment: out.comment, NoIndex: out.noIndex, Keep: out.keep,
			Spill: func() (xapian.Spill, error) { return newSpill(filepath.Dir(out.file)) },
		})
		if report == nil {
			return err
		}
		result.Bytes, result.Entries = report.Bytes, report.Entries
		for _, d := range report.Dead {
			result.Dead = append(result.Dead, deadJSON(d))
		}
		result.Warnings = append(result.Warnings, report.Notes...)
		for _, w := range report.Warnings {
			result.Warnings = append(result.Warnings, w.String())
		}
		result.Media = mediaAnswer(report.Media)
		for _, w := range report.Problems {
			result.Warnings = append(result.Warnings, fmt.Sprint(w))
		}
		if err != nil {
			return err
		}
		result.SHA256, err = digest(cmd.Context(), f, report.Bytes)
		return err
	}, options...)
	switch {
	case errors.Is(err, fs.ErrExist): // since check
		err = out.exists()
	case errors.Is(err, syscall.ENOSPC):
		err = command.Hint(err, "free some space, or write to another disk with -o")
	}
	return result, err
}

// spill is a temporary file that goes when it is closed.
type spill struct{ *os.File }

// newSpill makes one beside the archive, where there must be room anyway.
func newSpill(folder string) (xapian.Spill, error) {
	f, err := atomicfile.Temporary(folder, ".tmp", 0o600)
	if err != nil {
		return nil, err
	}
	return spill{f}, nil
}

func (s spill) Close() error { return errors.Join(s.File.Close(), os.Remove(s.Name())) }

// packKey reads the key that seals the archive; nil if none was given.
func (p *program) packKey(cmd *cobra.Command, out *output) (*seal.PrivateKey, error) {
	if err := seal.CheckComment(out.comment); err != nil {
		return nil, command.Usagef("a shorter --comment, in one line", "--comment: %w", err)
	}
	switch {
	case out.key != "":
		return p.secretKey(cmd, out.key)
	case out.comment != "":
		return nil, command.Usagef("--key KEY --comment TEXT", "--comment is a note of whoever signs, and no key was given")
	}
	return nil, nil
}

func isFolder(name string) bool {
	info, err := os.Stat(name)
	return err == nil && info.IsDir()
}

// digest returns the SHA-256 of the file in hexadecimal.
func digest(ctx context.Context, f io.ReaderAt, size int64) (string, error) {
	h := sha256.New()
	r := io.NewSectionReader(f, 0, size)
	for {
		if err := ctx.Err(); err != nil {
			return "", err
		}
		_, err := io.CopyN(h, r, 16<<20)
		if err == io.EOF {
			return hex.EncodeToString(h.Sum(nil)), nil
		}
		if err != nil {
			return "", err
		}
	}
}

// tell prints what was made.
func (p *program) tell(cmd *cobra.Command, out *output, result *packJSON) error {
	if out.json {
		return command.JSON(cmd.OutOrStdout(), result)
	}
	p.warn(cmd, result)
	if p.quiet {
		return nil
	}
	sealed := command.Sprintf("not sealed; samizdat-press sign %s --key KEY seals it", result.File)
	if result.Key != "" {
		sealed = command.Sprintf("sealed by %s", result.Key)
	}
	_, err := io.WriteString(cmd.OutOrStdout(), command.Sprintf("%s: %d entries, %d bytes\nsha256 %s\n%s\n",
		result.File, result.Entries, result.Bytes, result.SHA256, sealed)+removed(result.Media))
	return err
}

// warn prints the warnings of packing; a quiet run only those that nobody may miss.
func (p *program) warn(cmd *cobra.Command, result *packJSON) {
	warnings := result.Warnings
	if p.quiet {
		warnings = result.loud
	}
	for _, w := range warnings {
		_, _ = io.WriteString(cmd.ErrOrStderr(), command.Sprintf("warning: %s\n", command.Printable(strings.Replace(w, "warning: ", "", 1))))
	}
}
