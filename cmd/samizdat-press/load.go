package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"samizdat/internal/command"
	"samizdat/internal/dossier"
)

// openFolder opens a folder that is an argument. Nothing that is opened in it later can lead out of it.
func openFolder(dir string) (*os.Root, error) {
	info, err := os.Stat(dir)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, command.Errorf("open %s: no such folder", dir)
	case err == nil && !info.IsDir():
		return nil, command.Errorf("open %s: not a folder", dir)
	}
	return os.OpenRoot(dir)
}

// openDossier is [openFolder] with advice.
func openDossier(dir string) (*os.Root, error) {
	root, err := openFolder(dir)
	if err == nil {
		return root, nil
	}
	if _, statErr := os.Stat(dir); errors.Is(statErr, fs.ErrNotExist) {
		return nil, command.Hint(err, command.Sprintf("samizdat-press new %s makes one", dir))
	}
	return nil, command.Hint(err, command.Sprintf("give the folder that holds %s", dossier.ManifestFile))
}

// loadDossier loads the dossier in dir. What is wrong with it is a [*problemsError]; the caller closes root, which
// the dossier's files are read from.
func loadDossier(dir string) (d *dossier.Dossier, root *os.Root, err error) {
	root, err = openDossier(dir)
	if err != nil {
		return nil, nil, err
	}
	if _, err := root.Stat(dossier.ManifestFile); errors.Is(err, fs.ErrNotExist) {
		root.Close()
		err := command.Errorf("open %s: no %s in this folder", dir, dossier.ManifestFile)
		return nil, nil, command.Hint(err, "give the folder of a dossier, or make one with: samizdat-press new DIR")
	}
	d, err = dossier.Load(root.FS())
	if err == nil {
		return d, root, nil
	}
	root.Close()
	return nil, nil, withFolder(dir, err)
}

// withFolder says of an error which dossier it is about.
func withFolder(dir string, err error) error {
	var problems dossier.Problems
	switch {
	case err == nil:
		return nil
	case errors.As(err, &problems):
		return &problemsError{dir, problems}
	}
	return fmt.Errorf("read %s: %w", dir, err)
}

// problemsError is a dossier that cannot be packed as it is.
type problemsError struct {
	dir      string
	problems dossier.Problems
}

func (e *problemsError) Error() string {
	return command.Sprintf("%s: %d problems", e.dir, e.problems.Errors())
}

// print writes one problem per line, with the path as it can be opened from here.
func (e *problemsError) print(w io.Writer) { printProblems(w, e.dir, e.problems) }

func printProblems(w io.Writer, dir string, problems dossier.Problems) {
	var b strings.Builder
	for _, p := range problems {
		p.File = filepath.Join(dir, filepath.FromSlash(p.File))
		b.WriteString(command.Printable(p.String()))
		b.WriteByte('\n')
	}
	_, _ = io.WriteString(w, b.String())
}
