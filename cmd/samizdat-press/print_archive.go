package main

import (
	"context"
	"crypto/md5" //nolint:gosec // ZIM, "Checksum"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"strings"
	"unicode"

	"github.com/spf13/cobra"

	"samizdat/internal/archive"
	"samizdat/internal/carry"
	"samizdat/internal/command"
	"samizdat/internal/splice"
)

// explainFind adds hint and exit status to an error of [archive.Find]. What is not there, is no file or may not be read is
// not damaged.
func explainFind(err error, from string) error {
	switch {
	case errors.Is(err, archive.ErrNotFile), errors.Is(err, fs.ErrNotExist), errors.Is(err, fs.ErrPermission), errors.Is(err, splice.ErrNotStored):
		return command.Hint(err, "give the folder of a dossier, or an archive")
	}
	return command.Hint(command.WithStatus(err, command.ExitDamaged), command.Sprintf("samizdat verify %s tells what is wrong", from))
}

// checkWhole reads the archive and holds it against the hashes in its seal, signed or not, and its checksum, so that what
// is damaged is not spread.
func checkWhole(ctx context.Context, cmd *cobra.Command, from string, src *archive.Source) error {
	progress := command.ProgressOf(cmd, command.T("verifying"))
	defer progress.Done()
	err := wholeError(ctx, src, progress.Set)
	if err == nil || ctx.Err() != nil {
		return err
	}
	return command.Hint(command.WithStatus(fmt.Errorf("print %s: %w", from, err), command.ExitDamaged), command.Sprintf("samizdat verify %s tells what is wrong", from))
}

func wholeError(ctx context.Context, src *archive.Source, progress func(done, total int64)) error {
	if src.Seal != nil {
		return src.Seal.Whole(ctx, src.Raw, progress)
	}
	want, err := src.Zim.Checksum()
	if err != nil {
		return nil //nolint:nilerr // archives of before 2013 have none
	}
	sum, buf, end := md5.New(), make([]byte, 1<<20), src.Size-md5.Size //nolint:gosec // as above
	for at := int64(0); at < end; {
		if err := ctx.Err(); err != nil {
			return err
		}
		n, err := src.Raw.ReadAt(buf[:min(int64(len(buf)), end-at)], at)
		if n == 0 {
			return fmt.Errorf("read at %d: %w", at, errors.Join(err, io.ErrUnexpectedEOF))
		}
		sum.Write(buf[:n])
		at += int64(n)
		progress(at, end)
	}
	if [md5.Size]byte(sum.Sum(nil)) != want {
		return command.Errorf("its checksum is wrong, so it is damaged")
	}
	return nil
}

// isFileName reports whether every file system takes names that begin with name, and a terminal shows them.
func isFileName(name string) bool {
	bad := func(r rune) bool { return !unicode.IsPrint(r) || strings.ContainsRune(`<>:"/\|?*`, r) }
	return !strings.HasPrefix(name, ".") && !carry.IsDevice(name) && !strings.ContainsFunc(name, bad) && strings.TrimRight(name, " .") == name
}
