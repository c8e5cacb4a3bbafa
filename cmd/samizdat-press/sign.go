package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"

	"github.com/spf13/cobra"

	"samizdat/internal/atomicfile"
	"samizdat/internal/command"
	"samizdat/internal/seal"
)

// sealedJSON is the answer of sign --json and of seal attach and strip --json.
type sealedJSON struct {
	File    string `json:"file"`
	Bytes   int64  `json:"bytes"`
	Key     string `json:"key,omitempty"`
	Comment string `json:"comment,omitempty"`
	Edition string `json:"edition,omitempty"` // SHA-256 of what was signed, hexadecimal
}

func (p *program) signVerb() *cobra.Command {
	var key, comment string
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "sign FILE --key KEY",
		Short: "seal an archive",
		Long: `Seals the archive FILE, any ZIM file, with the secret key in the file KEY. Every block is
read and hashed for it, and an archive that is damaged is refused. A seal that is there is
replaced; nothing else in the archive changes, and other programs read it as before.

The work is done on a copy beside FILE, which takes its name when it is whole and has
been read back: there must be room for it.`,
		Example: `  samizdat-press sign dossier.zim --key editor
  samizdat-press sign dossier.zim --key editor --comment "kz-2022, edition 3"`,
		Args: command.Args("FILE"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if key == "" {
				return command.Usagef(cmd.CommandPath()+" FILE --key KEY", "which key to sign with is not said")
			}
			if err := seal.CheckComment(comment); err != nil {
				return command.Usagef("a shorter --comment, in one line", "--comment: %w", err)
			}
			k, err := p.secretKey(cmd, key)
			if err != nil {
				return err
			}
			return p.reseal(cmd, args[0], asJSON, func(ctx context.Context, f *os.File, size int64, progress func(done, total int64)) (int64, error) {
				return seal.Sign(ctx, f, size, k, comment, progress)
			})
		},
	}
	cmd.Flags().StringVarP(&key, "key", "k", "", "sign with the secret key in the file `KEY`")
	cmd.Flags().StringVarP(&comment, "comment", "c", "", "a note of the signer, signed too, at most 271 bytes `TEXT`")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print the result as JSON")
	_ = cmd.MarkFlagFilename("key") // the flag exists
	setSealExits(cmd)
	return cmd
}

func setSealExits(cmd *cobra.Command) {
	command.SetExits(cmd, command.Exit{Status: command.ExitDamaged, When: "the archive is damaged, so that no seal may vouch for it"})
}

// renamedPath is the error err about a link on the way to name, told of name.
func renamedPath(err error, name string) error {
	var path *fs.PathError
	if errors.As(err, &path) {
		err = path.Err
	}
	return fmt.Errorf("open %s: %w", name, err)
}

// reseal lets change work on a copy of the archive called name, which takes its place when change is done and, unless it
// took the seal away, the seal has been read back.
func (p *program) reseal(cmd *cobra.Command, name string, asJSON bool,
	change func(ctx context.Context, f *os.File, size int64, progress func(done, total int64)) (int64, error),
) error {
	target, err := filepath.EvalSymlinks(name) // what a link points to is replaced, not the link
	if err != nil {
		return renamedPath(err, name)
	}
	src, err := os.Open(target)
	if err != nil {
		return err
	}
	defer src.Close()
	info, err := src.Stat()
	if err != nil {
		return err
	}
	if !info.Mode().IsRegular() {
		return command.Errorf("open %s: not a regular file", name)
	}
	_ = atomicfile.Sweep(filepath.Dir(target)) // what cannot be removed harms nothing
	progress := command.ProgressOf(cmd, cmd.Name())
	defer progress.Done()
	answer := sealedJSON{File: name}
	err = atomicfile.Write(target, info.Mode().Perm(), func(f *os.File) error {
		ctx := cmd.Context()
		if err := copyFile(ctx, f, src, info.Size()); err != nil {
			return err
		}
		size, err := change(ctx, f, info.Size(), progress.Set)
		if err != nil {
			return err
		}
		answer.Bytes = size
		found, err := seal.Load(f, size)
		switch {
		case errors.Is(err, seal.ErrNone): // stripped
			return nil
		case err != nil:
			return err
		}
		answer.Key, answer.Comment, answer.Edition = found.Key.String(), found.Comment, fmt.Sprintf("%x", found.Edition)
		return seal.ReadBack(ctx, f, size)
	})
	progress.Done()
	if err != nil {
		return explainSeal(name, err)
	}
	if asJSON {
		return command.JSON(cmd.OutOrStdout(), answer)
	}
	if p.quiet {
		return nil
	}
	return answer.print(cmd.OutOrStdout())
}

func (a sealedJSON) print(w io.Writer) error {
	if a.Key == "" {
		_, err := io.WriteString(w, command.Sprintf("%s: no seal any more, %d bytes\n", a.File, a.Bytes))
		return err
	}
	_, err := io.WriteString(w, command.Sprintf("%s: sealed by %s, %d bytes\nedition %s\n", a.File, a.Key, a.Bytes, a.Edition))
	return err
}

// copyFile copies size bytes, on some file systems without moving them.
func copyFile(ctx context.Context, to, from *os.File, size int64) error {
	const step = 64 << 20 // bytes; how long an interrupt may have to wait
	for done := int64(0); done < size; {
		if err := ctx.Err(); err != nil {
			return err
		}
		n, err := io.CopyN(to, from, min(step, size-done))
		if err != nil {
			return err
		}
		done += n
	}
	return nil
}

// explainSeal says which archive an error is about, and what to do.
func explainSeal(name string, err error) error {
	var block *seal.BlockError
	damaged := errors.As(err, &block) || errors.Is(err, seal.ErrChecksum) || errors.Is(err, seal.ErrBroken)
	err = fmt.Errorf("%s: %w", name, err)
	switch {
	case damaged:
		return command.Hint(command.WithStatus(err, command.ExitDamaged), command.Sprintf("samizdat verify %s tells what is wrong; take a whole copy, or pack it again", name))
	case errors.Is(err, seal.ErrNotFinished):
		return command.Hint(err, "give a .zim file that was packed to its end")
	case errors.Is(err, seal.ErrVersion):
		return command.Hint(err, "use the newer version of this program")
	case errors.Is(err, syscall.ENOSPC):
		return command.Hint(err, "the work needs room for a second copy beside the file: free some space")
	}
	return err
}
