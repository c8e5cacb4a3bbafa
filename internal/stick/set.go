package stick

import (
	"context"
	"io"

	"samizdat/internal/carry"
)

// FromSet returns every program of a set of runtimes. They are decoded when they are opened, quickest in the order in
// which they are returned, and only a few are in memory at once.
func FromSet(set *carry.Runtimes) []Runtime {
	cache := carry.NewCache(set)
	var runtimes []Runtime
	for _, t := range cache.Targets() {
		runtimes = append(runtimes, Runtime{
			GOOS: t.OS, GOARCH: t.Arch, Size: set.Bytes(t), SHA256: set.Sum(t),
			Open: func() (io.ReadCloser, error) {
				program, err := cache.Take(context.Background(), t)
				if err != nil {
					return nil, err
				}
				return taken{io.NewSectionReader(program, 0, program.Size()), program}, nil
			},
		})
	}
	return runtimes
}

// taken is a runtime that is given back on Close.
type taken struct {
	io.Reader
	io.Closer
}
