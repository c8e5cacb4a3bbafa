// Command samizdat-press makes archives: it starts, checks, shows and packs dossiers, and packs any folder of HTML. Its
// archives are read by samizdat and by every program that opens ZIM files.
package main

import (
	"context"
	"os"
	"runtime/debug"
	"time"

	"samizdat/internal/carry"
	"samizdat/internal/command"
)

// version is set by the linker: -X main.version=…; see [command.Version].
var version string

// gcPercent keeps packing below 200 MB on two processors, at no cost in time: most of what is alive then are the tables of the
// compressors, which the collector need not look into. The environment's GOGC goes before.
const gcPercent = 40

func main() {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(gcPercent)
	}
	ctx, stop := command.Signals(context.Background())
	executable, err := os.Executable()
	if err != nil {
		executable = "" // then nothing is looked for beside it
	}
	p := &program{version: command.Version(version), executable: executable, insideMax: carry.InsideMax, now: time.Now, getenv: os.Getenv}
	status := p.run(ctx, os.Args[1:], os.Stdin, os.Stdout, os.Stderr)
	stop()
	os.Exit(status)
}
