package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
)

// printed is the size of the dossier that is printed for every platform, in bytes.
const printed = 100 << 20

// printAll measures print for every platform beside copying what it wrote. Both flush every file to the disk.
func printAll(ctx context.Context, b *bench) (*comparison, error) {
	archive, err := b.mediaArchive("media-100m", printed)
	if err != nil {
		return nil, err
	}
	first, again, copied := filepath.Join(b.dir, "printed"), filepath.Join(b.dir, "printed-again"), filepath.Join(b.dir, "printed-copy")
	if err := os.RemoveAll(first); err != nil {
		return nil, err
	}
	if _, err := runProgram(ctx, b.press, "print", archive, "-o", first, "--target", "all", "--quiet"); err != nil {
		return nil, fmt.Errorf("%w; make press-full makes a press with runtimes", err)
	}
	return &comparison{
		about: "samizdat-press print of an archive of 100 MiB for all platforms, which checks the archive, decodes the runtimes, computes the CRC-32 of the ZIP and the signatures of the Mac programs, writes the executables, each flushed to the disk, " +
			"and reads their ends back; and cp of the same executables, with a sync of each. The SHA-256 of the executables is computed with --sums alone, and not here. The archive lies in the page cache.",
		contenders: []contender{
			{name: "samizdat-press print", run: func(ctx context.Context) (sample, error) {
				defer os.RemoveAll(again)
				f, err := runProgram(ctx, b.press, "print", archive, "-o", again, "--target", "all", "--quiet")
				return sample{"time": f.elapsed.Seconds(), "memory": float64(f.peakBytes) / 1e6}, err
			}},
			{name: "cp, sync", needs: "cp", asked: "--version", run: func(ctx context.Context) (sample, error) {
				defer os.RemoveAll(copied)
				f, err := runProgram(ctx, "sh", "-c", `cp -r "$1" "$2" && sync "$2"/* "$2"`, "sh", first, copied)
				return sample{"time": f.elapsed.Seconds()}, err
			}},
		},
		figures: []figure{{"time", "s", 2}, {"memory", "MB", 0}},
		goals:   []goal{{what: "at most 3 times copying the bytes", figure: "time", ours: "samizdat-press print", peer: "cp, sync", max: 3}},
	}, nil
}
