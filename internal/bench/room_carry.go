package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"samizdat/internal/carry"
)

const (
	carryTime = 20 * time.Second // of each run: the first seconds are for decoding
	carryBook = "dossier"        // what rides in a program is called so
)

// roomCarry is room with a copy that makes copies for every platform. Nothing is known when the visitors come: the first of them
// have all programs decoded, while the others read.
func roomCarry(ctx context.Context, b *bench) (*comparison, error) {
	archive, list, _, err := b.python(ctx)
	if err != nil {
		return nil, err
	}
	dir := filepath.Join(b.dir, "carrying")
	if err := os.RemoveAll(dir); err != nil {
		return nil, err
	}
	here := carry.Here()
	if _, err := runProgram(ctx, b.press, "print", archive, "-o", dir, "--name", "python", "--carry", "--target", here.String(), "--quiet"); err != nil {
		return nil, fmt.Errorf("%w; make press-full makes a press with runtimes", err)
	}
	serve := func() (*server, error) {
		addr, port, err := freeAddr()
		if err != nil {
			return nil, err
		}
		return startServer(ctx, addr, addr, "/content/"+carryBook+"/"+list[0], filepath.Join(dir, here.FileName("python")),
			"serve", "--no-browser", "--quiet", "--listen", port, "--host", "127.0.0.1")
	}
	s, err := serve()
	if err != nil {
		return nil, err
	}
	defer s.stop()
	if err := awaitSums(ctx, s.addr, carryBook); err != nil {
		return nil, err
	}
	programs, err := programPaths(s.addr, carryBook)
	if err != nil {
		return nil, err
	}
	if len(programs) != len(carry.Targets()) {
		return nil, fmt.Errorf("programs for %d platforms are offered, not for %d", len(programs), len(carry.Targets()))
	}
	return &comparison{
		about: fmt.Sprintf("The same with a copy printed with --carry: %d visitors read while %d take programs, each the next one of those for %d platforms, from the first moment on, for %s. "+
			"So the runtimes are decoded for their sizes and their checksums while everybody reads.", roomReaders, roomDownloads, len(programs), carryTime),
		contenders: []contender{{name: "samizdat", run: func(ctx context.Context) (sample, error) {
			s, err := serve()
			if err != nil {
				return nil, err
			}
			defer s.stop()
			return visit(ctx, s, "/content/"+carryBook+"/", list, programs, carryTime)
		}}},
		figures: []figure{{"requests", "1/s", 0}, {"copies", "MB/s", 0}, {"memory", "MB", 0}},
		goals:   []goal{{what: "memory at most 200 MB", figure: "memory", ours: "samizdat", max: 200, absoluteUnit: "MB"}},
	}, nil
}
