// Command runtimes packs the readers without a dossier, built for every platform, into one tar archive for make runtimes.
//
//	runtimes VERSION DIR > runtimes.tar
//
// DIR holds one file per platform, named as [carry.Target.FileName] does for "samizdat". The archive depends on their
// bytes alone. Readers of one processor lie together, because they resemble each other most. Mac programs are signed as
// they are in every copy that is made of them.
package main

import (
	"archive/tar"
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"

	"samizdat/internal/carry"
)

func main() {
	if len(os.Args) != 3 {
		fmt.Fprintln(os.Stderr, "usage: runtimes VERSION DIR > FILE.tar")
		os.Exit(2)
	}
	if err := run(os.Args[1], os.Args[2], os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "runtimes: error:", err)
		os.Exit(1)
	}
}

func run(version, dir string, out io.Writer) error {
	targets := carry.Targets()
	slices.SortStableFunc(targets, func(a, b carry.Target) int { return cmp.Or(cmp.Compare(a.Arch, b.Arch), cmp.Compare(a.OS, b.OS)) })
	index := carry.Index{Version: version}
	var files [][]byte
	for _, t := range targets {
		name := t.FileName("samizdat")
		b, err := alone(filepath.Join(dir, name))
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		sum := sha256.Sum256(b)
		index.Runtimes = append(index.Runtimes, carry.IndexEntry{Target: t.String(), File: name, Bytes: int64(len(b)), SHA256: hex.EncodeToString(sum[:])})
		files = append(files, b)
	}
	head, err := json.MarshalIndent(index, "", "  ")
	if err != nil {
		return err
	}
	w := tar.NewWriter(out)
	if err := put(w, carry.IndexName, 0o644, append(head, '\n')); err != nil {
		return err
	}
	for i, e := range index.Runtimes {
		if err := put(w, e.File, 0o755, files[i]); err != nil {
			return err
		}
	}
	return w.Close()
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

// put writes a file without owner and time.
func put(w *tar.Writer, name string, mode int64, b []byte) error {
	if err := w.WriteHeader(&tar.Header{Format: tar.FormatUSTAR, Typeflag: tar.TypeReg, Name: name, Mode: mode, Size: int64(len(b))}); err != nil {
		return err
	}
	_, err := w.Write(b)
	return err
}
