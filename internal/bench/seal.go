package main

import (
	"context"
	"crypto/md5" //nolint:gosec // the peer that verify is held against
	"crypto/sha256"
	"fmt"
	"hash"
	"io"
	"os"
	"path/filepath"
	"time"

	"samizdat/internal/seal"
	"samizdat/internal/zim"
)

// sealed copies an archive and seals the copy; plain takes the seal off another copy. Both are made once. They lie in
// folders of their own, so that their books have the same name.
func (b *bench) sealed(ctx context.Context, archive string) (sealed, plain string, err error) {
	key := filepath.Join(b.dir, "key")
	if _, err := os.Stat(key); err != nil {
		if _, err := runProgram(ctx, b.press, "key", "new", "--out", key, "--no-passphrase", "--quiet"); err != nil {
			return "", "", err
		}
	}
	produce := func(folder string, verb ...string) (string, error) {
		out := filepath.Join(b.dir, folder, filepath.Base(archive))
		if _, err := os.Stat(out); err == nil {
			return out, nil
		}
		part := out + ".part"
		if err := os.MkdirAll(filepath.Dir(out), 0o777); err != nil {
			return "", err
		}
		if _, err := runProgram(ctx, "cp", "--reflink=auto", archive, part); err != nil {
			return "", err
		}
		if _, err := runProgram(ctx, b.press, append(verb, part, "--quiet")...); err != nil {
			return "", err
		}
		return out, os.Rename(part, out)
	}
	if sealed, err = produce("sealed", "sign", "--key", key); err != nil {
		return "", "", err
	}
	// Sealed first, because there must be a seal to take away.
	if plain = filepath.Join(b.dir, "plain", filepath.Base(archive)); !exists(plain) {
		archive = sealed
		plain, err = produce("plain", "seal", "strip")
	}
	return sealed, plain, err
}

func exists(name string) bool {
	_, err := os.Stat(name)
	return err == nil
}

// sealServe asks for all pages of a sealed archive and of the same one without a seal.
func sealServe(ctx context.Context, b *bench) (*comparison, error) {
	archive, list, total, err := b.python(ctx)
	if err != nil {
		return nil, err
	}
	sealed, plain, err := b.sealed(ctx, archive)
	if err != nil {
		return nil, err
	}
	with, without := b.serving(sealed, "python", list), b.serving(plain, "python", list)
	c := *with
	c.contenders = []contender{{name: "sealed", run: with.contenders[0].run}, {name: "not sealed", run: without.contenders[0].run}}
	c.about = fmt.Sprintf("All %d pages of Debian's python3.11-doc, %d MB, in turn, %d connections, %s each, out of the archive with a seal and without.", len(list), total/1e6, loadConns, loadTime)
	c.goals = []goal{{what: "a seal costs at most 15 % of the requests", figure: "requests", ours: "sealed", peer: "not sealed", min: 0.85}}
	return &c, nil
}

// sealMedia fetches a file out of the raw cluster of a sealed archive, beside hashing as many bytes.
func sealMedia(ctx context.Context, b *bench) (*comparison, error) {
	archive, err := b.mediaArchive("media-1g", oneFile)
	if err != nil {
		return nil, err
	}
	sealed, _, err := b.sealed(ctx, archive)
	if err != nil {
		return nil, err
	}
	return &comparison{
		about: "One client fetches a file of 1 GiB out of a sealed archive, three times; every block is hashed each time. Go's SHA-256 goes through the file alone, without a server. All lies in the page cache.",
		contenders: []contender{
			{name: "samizdat", run: func(ctx context.Context) (sample, error) {
				s, host, base, err := samizdatServe(ctx, b, sealed, "media-1g", "page.html")
				if err != nil {
					return nil, err
				}
				defer s.stop()
				start := time.Now()
				for range 3 {
					if n, err := fetchOnce(s.addr, host, base+"media.bin", ""); err != nil || n != oneFile {
						return nil, fmt.Errorf("%d bytes came: %w", n, err)
					}
				}
				_, peak := s.memory()
				return sample{"throughput": 3 * oneFile / 1e6 / time.Since(start).Seconds(), "memory": float64(peak) / 1e6}, nil
			}},
			{name: "SHA-256", run: func(context.Context) (sample, error) { return hashFile(sealed, sha256.New()) }},
		},
		figures: []figure{{"throughput", "MB/s", 0}, {"memory", "MB", 0}},
	}, nil
}

// sealVerify verifies a sealed archive, beside Go's MD5 of the same file.
func sealVerify(ctx context.Context, b *bench) (*comparison, error) {
	archive, err := b.mediaArchive("media-1g", oneFile)
	if err != nil {
		return nil, err
	}
	sealed, _, err := b.sealed(ctx, archive)
	if err != nil {
		return nil, err
	}
	info, err := os.Stat(sealed)
	if err != nil {
		return nil, err
	}
	return &comparison{
		about: "samizdat verify of a sealed archive with 1 GiB of media: structure, every block, the signature and the MD5; and Go's MD5 of the same file alone. The file lies in the page cache.",
		contenders: []contender{
			{name: "samizdat verify", run: func(ctx context.Context) (sample, error) {
				f, err := runProgram(ctx, b.reader, "verify", "--quiet", sealed)
				if err != nil {
					return nil, err
				}
				return sample{"throughput": float64(info.Size()) / 1e6 / f.elapsed.Seconds(), "memory": float64(f.peakBytes) / 1e6}, nil
			}},
			{name: "MD5", run: func(context.Context) (sample, error) { return hashFile(sealed, md5.New()) }}, //nolint:gosec // see above
		},
		figures: []figure{{"throughput", "MB/s", 0}, {"memory", "MB", 0}},
		goals:   []goal{{what: "at least 80 % of Go's MD5", figure: "throughput", ours: "samizdat verify", peer: "MD5", min: 0.8}},
	}, nil
}

// hashFile reads a file through h.
func hashFile(name string, h hash.Hash) (sample, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	start := time.Now()
	n, err := io.CopyBuffer(struct{ io.Writer }{h}, struct{ io.Reader }{f}, make([]byte, 1<<20))
	if err != nil {
		return nil, err
	}
	return sample{"throughput": float64(n) / 1e6 / time.Since(start).Seconds()}, nil
}

// sealOpen starts the reader with an archive of 3 GB, sealed and not, that is not in the page cache.
func sealOpen(ctx context.Context, b *bench) (*comparison, error) {
	archive, err := b.mediaArchive("media-3g", largeMedia)
	if err != nil {
		return nil, err
	}
	sealed, plain, err := b.sealed(ctx, archive)
	if err != nil {
		return nil, err
	}
	const starts = 10
	open := contender{name: "the seal alone", run: func(ctx context.Context) (sample, error) {
		var runs []sample
		for range starts {
			if err := forget(ctx, sealed); err != nil {
				return nil, err
			}
			took, err := openSealed(sealed)
			if err != nil {
				return nil, err
			}
			runs = append(runs, sample{"open": float64(took.Microseconds()) / 1000})
		}
		return sample{"open": median(valuesOf(runs, "open"))}, nil
	}}
	cold := func(archive string) func(context.Context) (sample, error) {
		return func(ctx context.Context) (sample, error) {
			return startsOf(starts, func() (*server, error) {
				if err := forget(ctx, archive); err != nil {
					return nil, err
				}
				s, _, _, err := samizdatServe(ctx, b, archive, "media-3g", "page.html")
				return s, err
			})
		}
	}
	return &comparison{
		about: fmt.Sprintf("Opening a sealed archive of 3 GB (its 12,289 hashes and the signature are read and checked, and then the header); and from the start of the process to the first byte of a page "+
			"behind 3 GB of media. The median of %d in each round; the system forgets the file before each.", starts),
		contenders: []contender{
			open,
			{name: "sealed", run: cold(sealed)},
			{name: "not sealed", run: cold(plain)},
		},
		figures: []figure{{"open", "ms", 1}, {"first byte", "ms", 1}},
		goals:   []goal{{what: "open: at most 40 ms", figure: "open", ours: open.name, max: 40, absoluteUnit: "ms"}},
	}, nil
}

// forget has the system drop a file from its page cache.
func forget(ctx context.Context, name string) error {
	_, err := runProgram(ctx, "dd", "if="+name, "iflag=nocache", "count=0")
	return err
}

// openSealed opens a sealed archive as the reader does and tells how long it took.
func openSealed(name string) (time.Duration, error) {
	f, err := os.Open(name)
	if err != nil {
		return 0, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return 0, err
	}
	start := time.Now()
	s, err := seal.Load(f, info.Size())
	if err != nil {
		return 0, err
	}
	if _, err := zim.NewReader(seal.NewReader(f, s), info.Size(), nil); err != nil {
		return 0, err
	}
	return time.Since(start), nil
}
