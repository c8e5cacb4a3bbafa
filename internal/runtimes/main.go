// Command runtimes packs the readers without a dossier, built for every platform, into one file for make runtimes.
//
//	runtimes VERSION DIR > runtimes.tar.xz
//
// DIR holds one file per platform, named as [carry.Target.FileName] does for "samizdat". The file depends on their bytes
// and on xz alone, which must be installed. Mac programs are signed as they are in every copy that is made of them.
package main

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"

	"samizdat/internal/carry"
)

// maxBytes is the size that the file may have: what the press carries, and copies printed with --carry.
const maxBytes = 25_000_000

func main() {
	if len(os.Args) != 3 {
		fmt.Fprintln(os.Stderr, "usage: runtimes VERSION DIR > FILE.tar.xz")
		os.Exit(2)
	}
	if err := run(os.Args[1], os.Args[2], os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "runtimes: error:", err)
		os.Exit(1)
	}
}

func run(version, dir string, out io.Writer) error {
	files := map[carry.Target][]byte{}
	for _, t := range carry.Targets() {
		b, err := alone(filepath.Join(dir, t.FileName("samizdat")))
		if err != nil {
			return fmt.Errorf("%s: %w", t.FileName("samizdat"), err)
		}
		files[t] = b
	}
	at := make(chan struct{}, runtime.GOMAXPROCS(0)) // each xz takes 400 MB
	set, err := carry.Pack(version, files, func(tar []byte) ([]byte, error) {
		at <- struct{}{}
		defer func() { <-at }()
		return xz(tar)
	})
	if err != nil {
		return err
	}
	if len(set) > maxBytes {
		return fmt.Errorf("%d bytes, want %d at most", len(set), maxBytes)
	}
	_, err = out.Write(set)
	return err
}

// xz compresses with a dictionary of 16 MiB, which whoever decodes it must have free. One program back is what it must reach: 32 MiB
// would spare 110 kB of 20 MB, 8 MiB cost 12 MB. A CRC-32 is enough beside the SHA-256 of every program, and quicker than more.
func xz(b []byte) ([]byte, error) {
	cmd := exec.Command("xz", "--threads=1", "--check=crc32", "--lzma2=preset=9,dict=16MiB")
	cmd.Stdin, cmd.Stderr = bytes.NewReader(b), os.Stderr
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("xz: %w", err)
	}
	return out, nil
}

// alone returns the program in the file as it is without a payload.
func alone(name string) ([]byte, error) {
	b, err := os.ReadFile(name)
	if err != nil {
		return nil, err
	}
	m, err := carry.New(bytes.NewReader(b), int64(len(b)), nil)
	if err != nil {
		return nil, err
	}
	return io.ReadAll(io.NewSectionReader(m, 0, m.Size()))
}
