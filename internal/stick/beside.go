package stick

import (
	"bytes"
	"context"
	"io"
	"os"
	"path/filepath"
	"slices"
)

// HomeVariable is the environment variable in which start.sh names the stick to a copy of one of its programs.
const HomeVariable = "SAMIZDAT_STICK"

// Home returns the folder that what travels with the program in the file executable lies in: that of the stick in [HomeVariable], if its
// list of checksums has this program, or else the program's own.
func Home(ctx context.Context, executable string) string {
	own := filepath.Dir(executable)
	dir := os.Getenv(HomeVariable)
	if dir == "" {
		return own
	}
	list, _, err := readList(folder(dir), sumsName)
	if err != nil || len(list) == 0 {
		return own
	}
	sum, _, err := digestOf(ctx, func() (io.ReadCloser, error) { return os.Open(executable) })
	if err != nil {
		return own
	}
	for name := range list {
		if _, _, ok := platformOf(name); ok && list.has(name, sum) {
			return dir
		}
	}
	return own
}

// Beside looks for a stick in the folder dir: the programs in it, to be carried on, and the signature of its list of
// checksums. Programs that do not fit the list of that stick are left out and named in damaged. A folder that is no
// stick gives nothing.
func Beside(ctx context.Context, dir string) (runtimes []Runtime, damaged []string, err error) {
	d := folder(dir)
	list, _, err := readList(d, sumsName)
	if err != nil || len(list) == 0 {
		return nil, nil, nil //nolint:nilerr // a list of somebody else's, or none: no stick
	}
	var names []string
	for name := range list {
		if _, _, ok := platformOf(name); ok {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	for _, name := range names {
		open := func() (io.ReadCloser, error) { return os.Open(d.path(name)) }
		sum, size, err := digestOf(ctx, open)
		if ctx.Err() != nil {
			return nil, nil, ctx.Err()
		}
		if err != nil || !list.has(name, sum) {
			damaged = append(damaged, name)
			continue
		}
		goos, goarch, _ := platformOf(name)
		runtimes = append(runtimes, Runtime{GOOS: goos, GOARCH: goarch, Open: open, Size: size, SHA256: sum})
	}
	return runtimes, damaged, nil
}

// SignatureBeside returns a function for [Options].Sign that gives the signature on the stick in the folder dir, if its
// list of checksums is the same, byte for byte: a copy of a signed stick is signed. [Write] checks the
// signature if the archive is sealed.
func SignatureBeside(dir string) func(sums []byte) ([]byte, error) {
	return func(sums []byte) ([]byte, error) {
		_, have, err := readList(folder(dir), sumsName)
		if err != nil || !bytes.Equal(have, sums) {
			return nil, nil //nolint:nilerr // not that stick, or none
		}
		info, err := os.Stat(filepath.Join(dir, sigName))
		if err != nil || info.Size() > maxListBytes {
			return nil, nil //nolint:nilerr // not signed
		}
		sig, err := os.ReadFile(filepath.Join(dir, sigName))
		if err != nil {
			return nil, nil //nolint:nilerr // as above
		}
		return sig, nil
	}
}
