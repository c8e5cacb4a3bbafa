package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"samizdat/internal/zim"
)

const (
	smallMedia = 3 << 20 // bytes
	largeMedia = 3 << 30 // bytes; beyond what 32 bits, signed or not, can count
	oneFile    = 1 << 30 // bytes; the file that is sent whole
)

// mediaArchive writes an archive with media of so many bytes in raw clusters, and a page that is stored behind it. Every
// eight bytes are their own offset, so that a range can be checked without the file.
func (b *bench) mediaArchive(name string, size int64) (string, error) {
	out := filepath.Join(b.dir, name+".zim")
	if _, err := os.Stat(out); err == nil {
		return out, nil
	}
	b.progress("write %s", out)
	f, err := os.Create(out + ".part")
	if err != nil {
		return "", err
	}
	defer f.Close()
	w, err := zim.NewWriter(f, nil)
	if err != nil {
		return "", err
	}
	if err := w.Add(zim.Header{Path: "media.bin", MIMEType: "video/mp4", Store: true}, io.LimitReader(&counter{}, size)); err != nil {
		return "", err
	}
	page := zim.Header{Path: "page.html", Title: "Page", MIMEType: "text/html", FrontArticle: true}
	if err := w.Add(page, &repeated{line: "<p>a line</p>\n", left: 100 << 10}); err != nil {
		return "", err
	}
	for _, m := range [][2]string{{"Title", name}, {"Description", "for measuring"}, {"Language", "eng"}, {"Date", "2022-01-06"}, {"Creator", "bench"}, {"Publisher", "bench"}, {"Name", name}} {
		if err := w.AddMetadata(m[0], []byte(m[1])); err != nil {
			return "", err
		}
	}
	w.SetMainPage("page.html")
	if err := w.Close(); err != nil {
		return "", err
	}
	if err := f.Close(); err != nil {
		return "", err
	}
	return out, os.Rename(out+".part", out)
}

// counter gives eight-byte numbers, each the offset at which it stands, big-endian.
type counter struct{ at int64 }

func (c *counter) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = counted(c.at)
		c.at++
	}
	return len(p), nil
}

func counted(at int64) byte { return byte(at &^ 7 >> (56 - 8*(at&7))) }

// repeated gives a line again and again.
type repeated struct {
	line string
	left int
}

func (r *repeated) Read(p []byte) (int, error) {
	if r.left == 0 {
		return 0, io.EOF
	}
	n := copy(p[:min(len(p), r.left)], r.line)
	r.left -= n
	return n, nil
}

// startUp measures from the start of the process to the first byte of a page, for a small archive and a large one.
func startUp(ctx context.Context, b *bench) (*comparison, error) {
	small, err := b.mediaArchive("media-3m", smallMedia)
	if err != nil {
		return nil, err
	}
	large, err := b.mediaArchive("media-3g", largeMedia)
	if err != nil {
		return nil, err
	}
	const starts = 20
	var list []contender
	for _, a := range []struct{ size, archive, book string }{{"3 MB", small, "media-3m"}, {"3 GB", large, "media-3g"}} {
		list = append(list,
			contender{name: "samizdat, " + a.size, run: func(ctx context.Context) (sample, error) {
				return startsOf(starts, func() (*server, error) {
					s, _, _, err := samizdatServe(ctx, b, a.archive, a.book, "page.html")
					return s, err
				})
			}},
			contender{name: "kiwix-serve, " + a.size, needs: "kiwix-serve", asked: "--version", run: func(ctx context.Context) (sample, error) {
				return startsOf(starts, func() (*server, error) {
					s, _, err := kiwixServe(ctx, a.archive, a.book, "page.html")
					return s, err
				})
			}})
	}
	return &comparison{
		about: fmt.Sprintf("From the start of the process to the first byte of a page behind 3 MB and behind 3 GB of media, the median of %d starts in each round. "+
			"The archives were read lately, so the disk does not count.", starts),
		contenders: list,
		figures:    []figure{{"first byte", "ms", 1}},
		goals: []goal{
			{what: "3 MB: at most 1/2 of kiwix-serve's", figure: "first byte", ours: "samizdat, 3 MB", peer: "kiwix-serve, 3 MB", max: 0.5},
			{what: "3 GB: at most 1/2 of kiwix-serve's", figure: "first byte", ours: "samizdat, 3 GB", peer: "kiwix-serve, 3 GB", max: 0.5},
			{what: "the same for 3 GB as for 3 MB (within a fifth)", figure: "first byte", ours: "samizdat, 3 GB", peer: "samizdat, 3 MB", max: 1.2},
		},
	}, nil
}

func startsOf(n int, start func() (*server, error)) (sample, error) {
	var runs []sample
	for range n {
		s, err := start()
		if err != nil {
			return nil, err
		}
		s.stop()
		runs = append(runs, sample{"first byte": float64(s.firstByte.Microseconds()) / 1000})
	}
	return sample{"first byte": median(valuesOf(runs, "first byte"))}, nil
}

// media measures how fast a file of 1 GB leaves a raw cluster, beside nginx with the same file in a folder.
func media(ctx context.Context, b *bench) (*comparison, error) {
	archive, err := b.mediaArchive("media-1g", oneFile)
	if err != nil {
		return nil, err
	}
	large, err := b.mediaArchive("media-3g", largeMedia)
	if err != nil {
		return nil, err
	}
	if err := b.checkRanges(ctx, large, "media-3g"); err != nil {
		return nil, fmt.Errorf("ranges at 3 GB: %w", err)
	}
	plain := filepath.Join(b.dir, "www", "media.bin")
	if info, err := os.Stat(plain); err != nil || info.Size() != oneFile {
		if err := os.MkdirAll(filepath.Dir(plain), 0o777); err != nil {
			return nil, err
		}
		f, err := os.Create(plain)
		if err != nil {
			return nil, err
		}
		if _, err := io.Copy(f, io.LimitReader(&counter{}, oneFile)); err != nil {
			f.Close()
			return nil, err
		}
		if err := f.Close(); err != nil {
			return nil, err
		}
	}
	fetch := func(ctx context.Context, s *server, host, path string) (sample, error) {
		defer s.stop()
		start := time.Now()
		for range 3 {
			n, err := fetchOnce(s.addr, host, path, "")
			if err != nil {
				return nil, err
			}
			if n != oneFile {
				return nil, fmt.Errorf("%d bytes came, not %d", n, oneFile)
			}
		}
		seconds := time.Since(start).Seconds()
		_, peak := s.memory()
		return sample{"throughput": 3 * oneFile / 1e6 / seconds, "memory": float64(peak) / 1e6}, nil
	}
	return &comparison{
		about: "One client fetches a file of 1 GiB three times, out of an unsealed archive and, by nginx with sendfile, out of a folder; both lie in the page cache. " +
			"Before that, ranges around 2 GiB, 3 GiB and the end of a file of 3 GiB were compared byte by byte and were right.",
		contenders: []contender{
			{name: "samizdat", run: func(ctx context.Context) (sample, error) {
				s, host, base, err := samizdatServe(ctx, b, archive, "media-1g", "page.html")
				if err != nil {
					return nil, err
				}
				return fetch(ctx, s, host, base+"media.bin")
			}},
			{name: "nginx", needs: "nginx", asked: "-v", run: func(ctx context.Context) (sample, error) {
				s, err := nginxServe(ctx, b.dir, filepath.Dir(plain))
				if err != nil {
					return nil, err
				}
				return fetch(ctx, s, s.addr, "/media.bin")
			}},
			{name: "kiwix-serve", needs: "kiwix-serve", asked: "--version", run: func(ctx context.Context) (sample, error) {
				s, base, err := kiwixServe(ctx, archive, "media-1g", "page.html")
				if err != nil {
					return nil, err
				}
				return fetch(ctx, s, s.addr, base+"media.bin")
			}},
		},
		figures: []figure{{"throughput", "MB/s", 0}, {"memory", "MB", 0}},
		goals:   []goal{{what: "at least 80 % of nginx's throughput", figure: "throughput", ours: "samizdat", peer: "nginx", min: 0.8}},
	}, nil
}

// nginxServe serves a folder with one process and sendfile.
func nginxServe(ctx context.Context, dir, root string) (*server, error) {
	addr, _, err := freeAddr()
	if err != nil {
		return nil, err
	}
	config := filepath.Join(dir, "nginx.conf")
	text := fmt.Sprintf(`daemon off; master_process off; pid %[1]s/nginx.pid; error_log %[1]s/nginx.log;
events {}
http {
	access_log off; sendfile on; tcp_nopush on;
	client_body_temp_path %[1]s/nginx-body; proxy_temp_path %[1]s/nginx-proxy; fastcgi_temp_path %[1]s/nginx-fastcgi;
	uwsgi_temp_path %[1]s/nginx-uwsgi; scgi_temp_path %[1]s/nginx-scgi;
	server { listen %[2]s; root %[3]s; }
}
`, dir, addr, root)
	if err := os.WriteFile(config, []byte(text), 0o666); err != nil {
		return nil, err
	}
	return startServer(ctx, addr, addr, "/media.bin", "nginx", "-p", dir, "-c", config)
}

// checkRanges compares ranges of the large file with what stands there.
func (b *bench) checkRanges(ctx context.Context, archive, book string) error {
	s, host, base, err := samizdatServe(ctx, b, archive, book, "page.html")
	if err != nil {
		return err
	}
	defer s.stop()
	const n = 100_003
	for _, from := range []int64{0, 1<<31 - 50_000, 1<<31 + 1, largeMedia - 2*n, largeMedia - n} {
		want := strconv.FormatInt(from, 10) + "-" + strconv.FormatInt(from+n-1, 10)
		conn, err := net.Dial("tcp", s.addr)
		if err != nil {
			return err
		}
		_, err = io.WriteString(conn, "GET "+base+"media.bin HTTP/1.1\r\nHost: "+host+"\r\nConnection: close\r\nRange: bytes="+want+"\r\n\r\n")
		if err != nil {
			conn.Close()
			return err
		}
		all, err := io.ReadAll(conn)
		conn.Close()
		if err != nil {
			return err
		}
		if len(all) < n {
			return fmt.Errorf("%s: %d bytes came", want, len(all))
		}
		for i, got := range all[len(all)-n:] {
			if got != counted(from+int64(i)) {
				return fmt.Errorf("%s: byte %d is %d, want %d", want, i, got, counted(from+int64(i)))
			}
		}
	}
	return nil
}

// fetchOnce asks for one path and returns the length of the body.
func fetchOnce(addr, host, path, headers string) (int64, error) {
	conn, err := net.Dial("tcp", addr)
	if err != nil {
		return 0, err
	}
	defer conn.Close()
	if _, err := io.WriteString(conn, "GET "+path+" HTTP/1.1\r\nHost: "+host+"\r\n"+headers+"\r\n"); err != nil {
		return 0, err
	}
	return readAnswer(&incoming{bufio.NewReaderSize(conn, 256<<10), conn})
}
