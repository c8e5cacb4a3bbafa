// Command samizdat is the reader: one file that carries an archive and opens it in the browser.
//
// Started without arguments it serves the archive that it finds on the loopback address and opens the browser. Its
// verbs look into archives, check them and take them apart. It only listens; there is no code in it that connects to
// anything.
package main

import (
	"context"
	"io"
	"os"

	"samizdat/assets"
	"samizdat/internal/command"
)

// version is set by the linker: -X main.version=…; see [command.Version].
var version string

func main() {
	ctx, stop := command.Signals(context.Background())
	executable, err := os.Executable()
	if err != nil {
		executable = "" // then there is no tail and no beside; arguments and the compiled-in archive work
	}
	p := &program{
		version:    command.Version(version),
		executable: executable,
		embedded: func() (io.ReaderAt, int64, string, bool) {
			r, size, ok := assets.Dossier()
			return r, size, assets.Name, ok
		},
	}
	status := p.run(ctx, os.Args[1:], os.Stdin, os.Stdout, os.Stderr)
	stop()
	holdConsole(status)
	os.Exit(status)
}
