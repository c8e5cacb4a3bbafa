// Package carrytest makes sets of runtimes for tests: small ones, with nothing to run, in the form of make runtimes.
package carrytest

import (
	"archive/tar"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"

	"github.com/ulikunitz/xz"

	"samizdat/internal/carry"
	"samizdat/internal/splice/splicetest"
)

// Set packs the runtimes in files. change, unless nil, may spoil the index.
func Set(files map[carry.Target][]byte, change func(*carry.Index)) ([]byte, error) {
	index := carry.Index{Version: "1.2.3"}
	for _, target := range carry.Targets() {
		if b, ok := files[target]; ok {
			sum := sha256.Sum256(b)
			index.Runtimes = append(index.Runtimes, carry.IndexEntry{
				Target: target.String(), File: target.FileName("samizdat"), Bytes: int64(len(b)), SHA256: hex.EncodeToString(sum[:]),
			})
		}
	}
	if change != nil {
		change(&index)
	}
	head, err := json.Marshal(index)
	if err != nil {
		return nil, err
	}
	var out bytes.Buffer
	x, err := xz.NewWriter(&out)
	if err != nil {
		return nil, err
	}
	w := tar.NewWriter(x)
	err = put(w, carry.IndexName, head)
	for _, target := range carry.Targets() {
		if b, ok := files[target]; ok {
			err = errors.Join(err, put(w, target.FileName("samizdat"), b))
		}
	}
	if err = errors.Join(err, w.Close(), x.Close()); err != nil {
		return nil, err
	}
	return out.Bytes(), nil
}

func put(w *tar.Writer, name string, b []byte) error {
	if err := w.WriteHeader(&tar.Header{Name: name, Mode: 0o644, Size: int64(len(b))}); err != nil {
		return err
	}
	_, err := w.Write(b)
	return err
}

// All returns a small executable for every platform.
func All() map[carry.Target][]byte {
	files := map[carry.Target][]byte{}
	for _, t := range carry.Targets() {
		wide := t.Arch != "386" && t.Arch != "arm"
		switch t.OS {
		case "windows":
			files[t] = splicetest.PE(wide)
		case "darwin":
			files[t] = splicetest.MachO(t.Arch == "arm64")
		default:
			files[t] = splicetest.ELF(wide)
		}
	}
	return files
}
