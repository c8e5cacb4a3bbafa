package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"samizdat/internal/archive"
	"samizdat/internal/command"
	"samizdat/internal/seal"
	"samizdat/internal/splice"
	"samizdat/internal/xapian"
	"samizdat/internal/zim"
)

// find returns the archives to work on, at least one: those at paths, else --archive, else what the program carries
// or has beside it. The caller closes them.
func (p *program) find(paths []string) ([]*archive.Source, error) {
	policy, err := p.policy()
	if err != nil {
		return nil, err
	}
	return p.findIn(policy, paths)
}

// findIn is find for archives that policy lets open.
func (p *program) findIn(policy seal.Policy, paths []string) ([]*archive.Source, error) {
	if p.archive != "" {
		if len(paths) > 0 {
			return nil, command.Usagef("name every archive as an argument, without --archive",
				"--archive %s and the argument %s both name an archive", p.archive, paths[0])
		}
		paths = []string{p.archive}
	}
	switch {
	case p.offset < 0:
		return nil, command.Usagef("samizdat serve --offset 1024 FILE", "--offset %d is before the start of the file", p.offset)
	case p.offset > 0 && len(paths) != 1:
		return nil, command.Usagef("samizdat serve --offset 1024 FILE", "--offset is for one file, and %d are named", len(paths))
	}
	sources, err := archive.Find(archive.Options{
		Paths: paths, Offset: p.offset, Embedded: p.embedded, Executable: p.executable, Skip: p.skip, Seal: policy,
	})
	if err != nil {
		return nil, explainOpen(err)
	}
	return sources, nil
}

// named takes the archive that a verb got as its argument, which is the same as --archive.
func (p *program) named(args []string) error {
	if len(args) == 0 {
		return nil
	}
	if p.archive != "" {
		return command.Usagef("name the archive once", "--archive %s and the argument %s both name an archive", p.archive, args[0])
	}
	p.archive = args[0]
	return nil
}

// one returns the archive that a verb works on which takes only one. The caller closes it.
func (p *program) one(cmd *cobra.Command) (*archive.Source, error) {
	policy, err := p.policy()
	if err != nil {
		return nil, err
	}
	return p.oneUnder(cmd, policy)
}

// oneUnder is one for an archive that policy lets open.
func (p *program) oneUnder(cmd *cobra.Command, policy seal.Policy) (*archive.Source, error) {
	sources, err := p.findIn(policy, nil)
	if err != nil {
		return nil, err
	}
	if len(sources) == 1 {
		return sources[0], nil
	}
	closeAll(sources)
	first := filepath.Base(sources[0].Path)
	hint := cmd.CommandPath() + " --archive "
	if sources[0].Origin == archive.Argument {
		hint += fmt.Sprintf("%s --offset %d", sources[0].Path, sources[0].Offset)
		return nil, command.Usagef(hint, "%d archives are in %s, and %s takes one", len(sources), first, cmd.Name())
	}
	return nil, command.Usagef(hint+first, "%d archives stand beside the program, and %s takes one", len(sources), cmd.Name())
}

func closeAll[C io.Closer](list []C) {
	for _, c := range list {
		_ = c.Close() // they were only read
	}
}

// explainOpen adds the hint and the exit status to an error of [archive.Find].
func explainOpen(err error) error {
	var not *archive.NotZIMError
	if sealed := explainSeal(err); sealed != nil {
		return sealed
	}
	switch {
	case errors.Is(err, archive.ErrNone):
		return command.Hint(errors.New(command.T("no archive found")+strings.TrimPrefix(err.Error(), archive.ErrNone.Error())), "samizdat serve FILE.zim, or put a .zim file beside the program")
	case errors.As(err, &not) && not.Inside > 0:
		return command.Hint(command.WithStatus(err, command.ExitDamaged), command.Sprintf("an archive begins inside of it: samizdat serve --offset %d %s", not.Inside, not.Path))
	case errors.Is(err, archive.ErrNotZIM):
		return command.Hint(command.WithStatus(err, command.ExitDamaged),
			"an archive is a file whose name ends in .zim, its parts .zimaa, .zimab, …, or a program or ZIP that carries one")
	case errors.Is(err, splice.ErrNotStored):
		return command.Hint(err, "unzip it, and open the archive that comes out")
	case errors.Is(err, archive.ErrNotFile):
		return command.Hint(err, "name the file itself")
	case errors.Is(err, archive.ErrSplit):
		return command.Hint(command.WithStatus(err, command.ExitDamaged), "all parts, .zimaa, .zimab and so on, must lie in one folder, whole and under their own names")
	case isDamage(err):
		return command.Hint(command.WithStatus(err, command.ExitDamaged),
			"this file is not whole, or no ZIM archive: copy it again from where you have it")
	case errors.Is(err, fs.ErrNotExist):
		return command.Hint(err, "see that the name is spelled as the file is, and which folder you are in")
	}
	return err
}

// isDamage reports whether err says that the archive's bytes are wrong, as against a disk that cannot be read or a
// path that is not there.
func isDamage(err error) bool {
	var format *zim.FormatError
	var block *seal.BlockError
	var payload *splice.FormatError
	var incomplete *splice.IncompleteError
	var index *xapian.FormatError
	return errors.As(err, &format) || errors.As(err, &block) || errors.As(err, &payload) || errors.As(err, &incomplete) ||
		errors.As(err, &index)
}

// explainRead adds the hint and the exit status to an error met while reading inside an open archive.
func explainRead(err error) error {
	if !isDamage(err) {
		return err
	}
	return command.Hint(command.WithStatus(err, command.ExitDamaged), "samizdat verify tells everything that is wrong with the archive")
}
