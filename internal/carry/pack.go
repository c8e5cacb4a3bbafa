package carry

import (
	"archive/tar"
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"
)

// Pack makes a set of runtimes for [OpenRuntimes]: the index in an xz stream of its own, then a stream for each processor,
// all of them together one tar archive. compress returns one xz stream that holds its argument, with a dictionary of
// 16 MiB at most; it is called concurrently. The set depends on files and compress alone.
func Pack(version string, files map[Target][]byte, compress func(tar []byte) ([]byte, error)) ([]byte, error) {
	order := slices.SortedFunc(maps.Keys(files), func(a, b Target) int { return cmp.Or(cmp.Compare(a.Arch, b.Arch), cmp.Compare(a.OS, b.OS)) })
	index := Index{Version: version}
	var arch []string    // of the streams
	var plain [][]byte   // the streams before compression
	var streamOf [][]int // the entries of each
	for i, t := range order {
		b := files[t]
		if len(b) > maxRuntime {
			return nil, fmt.Errorf("pack runtimes: %v has %d bytes, and at most %d are read back", t, len(b), maxRuntime)
		}
		if len(arch) == 0 || arch[len(arch)-1] != t.Arch {
			arch, plain, streamOf = append(arch, t.Arch), append(plain, nil), append(streamOf, nil)
		}
		sum := sha256.Sum256(b)
		e := IndexEntry{Target: t.String(), File: t.FileName("samizdat"), Bytes: int64(len(b)), SHA256: hex.EncodeToString(sum[:])}
		index.Runtimes = append(index.Runtimes, e)
		last := len(plain) - 1
		file, err := tarFile(e.File, 0o755, b)
		if err != nil {
			return nil, err
		}
		plain[last], streamOf[last] = append(plain[last], file...), append(streamOf[last], i)
	}
	if len(plain) == 0 {
		return nil, errors.New("pack runtimes: there are none")
	}
	plain[len(plain)-1] = append(plain[len(plain)-1], make([]byte, 1024)...) // the end of a tar archive
	packed, errs := make([][]byte, len(plain)), make([]error, len(plain))
	var all sync.WaitGroup
	for i := range plain {
		all.Go(func() { packed[i], errs[i] = compress(plain[i]) })
	}
	all.Wait()
	if err := errors.Join(errs...); err != nil {
		return nil, fmt.Errorf("pack runtimes: %w", err)
	}
	fromEnd := int64(0)
	for i, p := range slices.Backward(packed) {
		fromEnd += int64(len(p))
		for _, entry := range streamOf[i] {
			index.Runtimes[entry].Stream = fromEnd
		}
	}
	head, err := PackIndex(index, compress)
	if err != nil {
		return nil, err
	}
	return slices.Concat(append([][]byte{head}, packed...)...), nil
}

// PackIndex makes the first stream of a set.
func PackIndex(index Index, compress func(tar []byte) ([]byte, error)) ([]byte, error) {
	head, err := json.MarshalIndent(index, "", "  ")
	if err != nil {
		return nil, err
	}
	file, err := tarFile(IndexName, 0o644, append(head, '\n'))
	if err != nil {
		return nil, err
	}
	return compress(file)
}

// tarFile is one file of a tar archive, without owner and time, up to where the next one begins.
func tarFile(name string, mode int64, b []byte) ([]byte, error) {
	var out bytes.Buffer
	w := tar.NewWriter(&out)
	if err := w.WriteHeader(&tar.Header{Format: tar.FormatUSTAR, Typeflag: tar.TypeReg, Name: name, Mode: mode, Size: int64(len(b))}); err != nil {
		return nil, err
	}
	if _, err := w.Write(b); err != nil {
		return nil, err
	}
	if err := w.Flush(); err != nil {
		return nil, err
	}
	return out.Bytes(), nil
}
