// Command samizdat-press makes archives: it starts, checks, shows and packs dossiers, and packs any folder of HTML. Its
// archives are read by samizdat and by every program that opens ZIM files.
package main

import (
	"context"
	"os"
	"time"

	"samizdat/internal/command"
)

// version is set by the linker: -X main.version=…; see [command.Version].
var version string

func main() {
	ctx, stop := command.Signals(context.Background())
	p := &program{version: command.Version(version), now: time.Now, getenv: os.Getenv}
	status := p.run(ctx, os.Args[1:], os.Stdin, os.Stdout, os.Stderr)
	stop()
	os.Exit(status)
}
