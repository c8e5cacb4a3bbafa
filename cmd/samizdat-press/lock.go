package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"

	"samizdat/internal/atomicfile"
	"samizdat/internal/command"
)

// lockDossier makes this run the only one that changes the dossier in the folder dir, until release is called: two would read the manifest and
// the report of captures before either has written them, and the later would take back what the earlier wrote. If there is no such
// folder, whoever reads it says so.
func lockDossier(dir, verb string) (release func() error, err error) {
	if !isFolder(dir) {
		return func() error { return nil }, nil
	}
	release, err = atomicfile.Lock(dir, fmt.Sprintf("samizdat-press %s, process %d", verb, os.Getpid()))
	var locked *atomicfile.LockedError
	switch {
	case errors.Is(err, fs.ErrPermission):
		return nil, command.Hint(err, "choose a folder that you may write to")
	case !errors.As(err, &locked):
		return release, err
	case locked.Who == "":
		err = command.Errorf("another program is changing the dossier %s", dir)
	default:
		err = command.Errorf("another program is changing the dossier %s: %s", dir, locked.Who)
	}
	return nil, command.Hint(err, "wait until it has ended, or end it with Ctrl-C: capture goes on with what is left when it is run again")
}
