// Package carrytest makes sets of runtimes for tests: small ones, with nothing to run, in the form of make runtimes.
package carrytest

import (
	"archive/tar"
	"bytes"
	"encoding/json"

	"github.com/ulikunitz/xz"

	"samizdat/internal/carry"
	"samizdat/internal/splice/splicetest"
	"samizdat/internal/zim"
)

// Set packs the runtimes in files. change, unless nil, may spoil the index.
func Set(files map[carry.Target][]byte, change func(*carry.Index)) ([]byte, error) {
	set, err := carry.Pack("1.2.3", files, compress)
	if err != nil || change == nil {
		return set, err
	}
	t := tar.NewReader(zim.DecodeXZ(bytes.NewReader(set)))
	if _, err := t.Next(); err != nil {
		return nil, err
	}
	var index carry.Index
	if err := json.NewDecoder(t).Decode(&index); err != nil {
		return nil, err
	}
	rest := set[int64(len(set))-index.Runtimes[0].Stream:]
	change(&index)
	head, err := carry.PackIndex(index, compress)
	return append(head, rest...), err
}

func compress(b []byte) ([]byte, error) {
	var out bytes.Buffer
	x, err := xz.NewWriter(&out)
	if err != nil {
		return nil, err
	}
	if _, err := x.Write(b); err != nil {
		return nil, err
	}
	if err := x.Close(); err != nil {
		return nil, err
	}
	return out.Bytes(), nil
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
