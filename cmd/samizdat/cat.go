package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"strings"

	"github.com/spf13/cobra"

	"samizdat/internal/command"
	"samizdat/internal/zim"
)

func (p *program) catVerb() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "cat PATH",
		Short: "write one entry of the archive to the standard output",
		Long: `Writes the bytes of one entry. PATH is as samizdat list prints it: not percent-encoded,
without a slash at its beginning. M/Title, W/mainPage and other paths that begin with
a namespace are found too. Redirects are followed.

On a terminal control characters are shown as escapes, because a page can hold some
that would change what you see; into a file or a pipe the bytes go as they are.`,
		Example: `  samizdat cat index.html
  samizdat cat M/Description
  samizdat cat C/media/photo.jpg >photo.jpg`,
		Args: command.Args("PATH"),
		RunE: func(cmd *cobra.Command, args []string) error { return p.cat(cmd, args[0]) },
	}
	command.SetExits(cmd,
		command.Exit{Status: command.ExitFailure, When: "the archive has no such entry, or could not be opened"},
		command.Exit{Status: command.ExitDamaged, When: "the archive is damaged, or the file is no archive"})
	return cmd
}

func (p *program) cat(cmd *cobra.Command, path string) error {
	src, err := p.one(cmd)
	if err != nil {
		return err
	}
	defer src.Close()
	e, err := lookUp(src.Zim, path)
	if errors.Is(err, fs.ErrNotExist) {
		hint := "samizdat list prints every path"
		if near := nearPath(src.Zim, path); near != "" {
			hint = command.Sprintf("did you mean %s? samizdat list prints every path", oneLine(near))
		}
		return command.Hint(command.Errorf("cat %s: the archive has no such entry", path), hint)
	}
	if err != nil {
		return explainRead(fmt.Errorf("cat %s: %w", path, err))
	}
	r, err := e.Open()
	if err != nil {
		return explainRead(fmt.Errorf("cat %s: %w", path, err))
	}
	defer r.Close()

	w := cmd.OutOrStdout()
	if command.IsTerminal(w) {
		return explainRead(copyVisible(w, r))
	}
	if _, err := io.Copy(w, r); err != nil {
		return explainRead(fmt.Errorf("cat %s: %w", path, err))
	}
	return nil
}

// lookUp finds an entry by its content path, or by its namespace and path ("M/Title"), or by a content path with a
// namespace or a slash too many, in that order. The error wraps fs.ErrNotExist if nothing is found.
func lookUp(z *zim.Reader, path string) (zim.Entry, error) {
	if !z.OldNamespaces() {
		if e, err := z.Entry(zim.NamespaceContent, path); !errors.Is(err, fs.ErrNotExist) {
			return e, err
		}
	}
	if len(path) > 2 && path[1] == '/' {
		if e, err := z.Entry(path[0], path[2:]); !errors.Is(err, fs.ErrNotExist) {
			return e, err
		}
	}
	e, err := z.Content(path)
	if rest, ok := strings.CutPrefix(path, "/"); ok && errors.Is(err, fs.ErrNotExist) {
		return z.Content(rest)
	}
	return e, err
}

// maxNearEntries bounds the search for a path that somebody may have meant.
const maxNearEntries = 200_000 // entries looked at

// nearPath returns the content path that somebody may have meant: the same but for the case of letters, or else one that
// has the same last part, whatever folders it lies in. It returns "" if there is none.
func nearPath(z *zim.Reader, path string) string {
	file := func(p string) string { return p[strings.LastIndexByte(p, '/')+1:] }
	near, n := "", 0
	for e, err := range z.Entries() {
		if n++; n > maxNearEntries {
			break
		}
		if err != nil || !isContent(z, e) {
			continue
		}
		switch name := contentName(z, e); {
		case strings.EqualFold(name, path):
			return name
		case near == "" && strings.EqualFold(file(name), file(path)):
			near = name
		}
	}
	return near
}

// copyVisible copies text with control characters made visible.
func copyVisible(w io.Writer, r io.Reader) error {
	in := bufio.NewReader(r)
	out := bufio.NewWriter(w)
	for {
		c, size, err := in.ReadRune()
		if err == io.EOF {
			return out.Flush()
		}
		if err != nil {
			return err
		}
		switch {
		case c == '\uFFFD' && size == 1:
			if err := in.UnreadRune(); err != nil {
				return err
			}
			b, err := in.ReadByte()
			if err != nil {
				return err
			}
			_, _ = out.WriteString(command.Printable(string([]byte{b}))) // Flush returns what goes wrong
		case c == '\t':
			_, _ = out.WriteRune(c)
		default:
			_, _ = out.WriteString(command.Printable(string(c)))
		}
	}
}
