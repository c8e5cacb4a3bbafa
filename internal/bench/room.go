package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

const (
	roomReaders   = 200              // visitors that read
	roomDownloads = 8                // visitors that take a copy; as many as the server lets
	roomTime      = 10 * time.Second // of each run
)

// roomServe starts our reader as visitors of a room find it, with compression and without scripts, on loopback. It is
// ready when the checksums of the copies are.
func roomServe(ctx context.Context, b *bench, archive, book, first string) (*server, error) {
	addr, port, err := freeAddr()
	if err != nil {
		return nil, err
	}
	s, err := startServer(ctx, addr, addr, "/content/"+book+"/"+first, b.reader, "serve", "--no-browser", "--quiet", "--listen", port, "--host", "127.0.0.1", archive)
	if err != nil {
		return nil, err
	}
	return s, awaitSums(ctx, addr, book)
}

// awaitSums waits until the checksums of the copies are known.
func awaitSums(ctx context.Context, addr, book string) error {
	for { // 503 until then
		if ok, err := answers(addr, addr, "/get/"+book+"/SHA256SUMS"); ok || err != nil || ctx.Err() != nil {
			return err
		}
	}
}

var programLine = regexp.MustCompile(`(?m)^[0-9a-f]{64}  (\S+-[a-z]+-[a-z0-9]+(?:\.exe)?)\r?$`)

// programPaths is where the programs of all platforms are to be had that there are some for.
func programPaths(addr, book string) ([]string, error) {
	conn, err := net.Dial("tcp", addr)
	if err != nil {
		return nil, err
	}
	defer conn.Close()
	sums := "/get/" + book + "/SHA256SUMS"
	if _, err := io.WriteString(conn, "GET "+sums+" HTTP/1.1\r\nHost: "+addr+"\r\nConnection: close\r\n\r\n"); err != nil {
		return nil, err
	}
	text, err := io.ReadAll(conn)
	if err != nil {
		return nil, err
	}
	var paths []string
	for _, found := range programLine.FindAllSubmatch(text, -1) {
		paths = append(paths, "/get/"+book+"/"+string(found[1]))
	}
	return paths, nil
}

// programPath is where the program for this machine is to be had.
func programPath(addr, book string) (string, error) {
	paths, err := programPaths(addr, book)
	for _, path := range paths {
		if strings.HasSuffix(path, "-"+runtime.GOOS+"-"+runtime.GOARCH) {
			return path, err
		}
	}
	if err == nil {
		err = errors.New("there is no program for this machine")
	}
	return "", err
}

// room has many visitors read while others take copies.
func room(ctx context.Context, b *bench) (*comparison, error) {
	archive, list, _, err := b.python(ctx)
	if err != nil {
		return nil, err
	}
	return &comparison{
		about: fmt.Sprintf("%d visitors read the pages of Debian's python3.11-doc, compressed with gzip as browsers ask for it, while %d take the program with the archive inside, again and again, for %s. "+
			"An answer that is not whole, or not 200, ends the measurement: nothing may be lost. The visitors share the machine with the server.", roomReaders, roomDownloads, roomTime),
		contenders: []contender{{name: "samizdat", run: func(ctx context.Context) (sample, error) {
			s, err := roomServe(ctx, b, archive, "python", list[0])
			if err != nil {
				return nil, err
			}
			defer s.stop()
			program, err := programPath(s.addr, "python")
			if err != nil {
				return nil, err
			}
			return visit(ctx, s, "/content/python/", list, []string{program}, roomTime)
		}}},
		figures: []figure{{"requests", "1/s", 0}, {"copies", "MB/s", 0}, {"memory", "MB", 0}},
		goals:   []goal{{what: "memory at most 200 MB", figure: "memory", ours: "samizdat", max: 200, absoluteUnit: "MB"}},
	}, nil
}

// visit is one run of a room: the pages of list are read, and the programs taken in turn, for d.
func visit(ctx context.Context, s *server, base string, list, programs []string, d time.Duration) (sample, error) {
	var taken, next atomic.Int64
	var wg sync.WaitGroup
	errs := make(chan error, roomDownloads)
	end := time.Now().Add(d)
	for range roomDownloads {
		wg.Go(func() {
			for time.Now().Before(end) && ctx.Err() == nil {
				program := programs[int((next.Add(1)-1)%int64(len(programs)))]
				n, err := fetchOnce(s.addr, s.addr, program, "")
				if err != nil {
					errs <- fmt.Errorf("%s: %w", program, err)
					return
				}
				taken.Add(n)
			}
		})
	}
	start := time.Now()
	l := &load{addr: s.addr, host: s.addr, base: base, paths: list, conns: roomReaders, headers: "Accept-Encoding: gzip, deflate\r\n"}
	got, err := l.run(ctx, d)
	if err != nil {
		return nil, err
	}
	wg.Wait()
	select {
	case err := <-errs:
		return nil, err
	default:
	}
	_, peak := s.memory()
	return sample{
		"requests": float64(got.requests) / got.elapsed.Seconds(), "copies": float64(taken.Load()) / 1e6 / time.Since(start).Seconds(), "memory": float64(peak) / 1e6,
	}, nil
}

// get measures how fast a copy of 1 GB leaves, beside nginx with the same bytes in a folder.
func get(ctx context.Context, b *bench) (*comparison, error) {
	archive, err := b.mediaArchive("media-1g", oneFile)
	if err != nil {
		return nil, err
	}
	root := filepath.Join(b.dir, "www-get")
	if err := b.fetchCopy(ctx, archive, filepath.Join(root, "media.bin")); err != nil {
		return nil, err
	}
	info, err := os.Stat(filepath.Join(root, "media.bin"))
	if err != nil {
		return nil, err
	}
	fetch := func(s *server, path string, size int64) (sample, error) {
		start := time.Now()
		const times = 3
		for range times {
			n, err := fetchOnce(s.addr, s.addr, path, "")
			if err != nil {
				return nil, err
			}
			if n != size {
				return nil, fmt.Errorf("%s: %d bytes came, not %d", path, n, size)
			}
		}
		seconds := time.Since(start).Seconds()
		_, peak := s.memory()
		return sample{"throughput": times * float64(size) / 1e6 / seconds, "memory": float64(peak) / 1e6}, nil
	}
	return &comparison{
		about: "One client takes three copies of a program with 1 GiB inside, which ours puts together while it is sent; nginx has the same bytes in a file, and sendfile. All lie in the page cache; the checksums were computed before.",
		contenders: []contender{
			{name: "samizdat", run: func(ctx context.Context) (sample, error) {
				s, err := roomServe(ctx, b, archive, "media-1g", "page.html")
				if err != nil {
					return nil, err
				}
				defer s.stop()
				program, err := programPath(s.addr, "media-1g")
				if err != nil {
					return nil, err
				}
				return fetch(s, program, info.Size())
			}},
			{name: "nginx", needs: "nginx", asked: "-v", run: func(ctx context.Context) (sample, error) {
				s, err := nginxServe(ctx, b.dir, root)
				if err != nil {
					return nil, err
				}
				defer s.stop()
				return fetch(s, "/media.bin", info.Size())
			}},
		},
		figures: []figure{{"throughput", "MB/s", 0}, {"memory", "MB", 0}},
		goals:   []goal{{what: "at least 70 % of nginx's throughput", figure: "throughput", ours: "samizdat", peer: "nginx", min: 0.7}},
	}, nil
}

// fetchCopy writes the program with the archive inside to name, once.
func (b *bench) fetchCopy(ctx context.Context, archive, name string) error {
	if _, err := os.Stat(name); err == nil {
		return nil
	}
	book := strings.TrimSuffix(filepath.Base(archive), ".zim")
	s, err := roomServe(ctx, b, archive, book, "page.html")
	if err != nil {
		return err
	}
	defer s.stop()
	program, err := programPath(s.addr, book)
	if err != nil {
		return err
	}
	conn, err := net.Dial("tcp", s.addr)
	if err != nil {
		return err
	}
	defer conn.Close()
	if _, err := io.WriteString(conn, "GET "+program+" HTTP/1.1\r\nHost: "+s.addr+"\r\nConnection: close\r\n\r\n"); err != nil {
		return err
	}
	in := bufio.NewReader(conn)
	for { // the header
		line, err := in.ReadString('\n')
		if err != nil {
			return err
		}
		if line == "\r\n" {
			break
		}
	}
	if err := os.MkdirAll(filepath.Dir(name), 0o777); err != nil {
		return err
	}
	f, err := os.Create(name + ".part")
	if err != nil {
		return err
	}
	defer f.Close()
	if _, err := io.Copy(f, in); err != nil {
		return err
	}
	if err := f.Close(); err != nil {
		return err
	}
	return os.Rename(name+".part", name)
}
