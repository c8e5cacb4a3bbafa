package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"time"
)

const (
	loadConns = 16              // connections that ask at once
	loadTime  = 6 * time.Second // of each run

	// asBrowsers is what browsers say of compression. kiwix-serve compresses then; ours does not on loopback, where the time it
	// takes is longer than the way.
	asBrowsers = "Accept-Encoding: gzip, deflate, br\r\n"
)

// serveAll asks for all pages of the Python documentation in turn.
func serveAll(ctx context.Context, b *bench) (*comparison, error) {
	archive, list, total, err := b.python(ctx)
	if err != nil {
		return nil, err
	}
	c := b.serving(archive, "python", list)
	c.about = fmt.Sprintf("All %d pages of Debian's python3.11-doc, %d MB, in turn, %d connections, %s each, asked for as browsers do; both serve the same archive, packed by ours. kiwix-serve compresses its answers, ours does not on loopback. "+
		"Memory is the largest resident set during the run.", len(list), total/1e6, loadConns, loadTime)
	c.goals = []goal{
		{what: "requests/s at least 12 times kiwix-serve's", figure: "requests", ours: "samizdat", peer: "kiwix-serve", min: 12},
		{what: "memory at most 1/3 of kiwix-serve's", figure: "memory", ours: "samizdat", peer: "kiwix-serve", max: 1.0 / 3},
	}
	return c, nil
}

// python gives the archive of the Python documentation, packed by our press with an index, its pages, and their size in bytes.
func (b *bench) python(ctx context.Context) (archive string, list []string, total int64, err error) {
	if archive, err = b.archive(ctx, "python", pythonDoc); err != nil {
		return "", nil, 0, err
	}
	list, total, err = pages(archive)
	return archive, list, total, err
}

// servers are both servers with one archive, each started anew for every run, of which first is a page. Measure ends with the
// server still running.
func (b *bench) servers(archive, book, first string, measure func(ctx context.Context, s *server, host, base string) (sample, error)) []contender {
	return []contender{
		{name: "samizdat", run: func(ctx context.Context) (sample, error) {
			s, host, base, err := samizdatServe(ctx, b, archive, book, first)
			if err != nil {
				return nil, err
			}
			defer s.stop()
			return measure(ctx, s, host, base)
		}},
		{name: "kiwix-serve", needs: "kiwix-serve", asked: "--version", run: func(ctx context.Context) (sample, error) {
			s, base, err := kiwixServe(ctx, archive, book, first)
			if err != nil {
				return nil, err
			}
			defer s.stop()
			return measure(ctx, s, s.addr, base)
		}},
	}
}

// serveLarge asks for pages of an archive that does not fit into the cache, in an order that nobody can guess.
func serveLarge(ctx context.Context, b *bench) (*comparison, error) {
	archive, err := b.archive(ctx, "rust", rustDoc)
	if err != nil {
		return nil, err
	}
	list, total, err := pages(archive)
	if err != nil {
		return nil, err
	}
	c := b.serving(archive, "rust", list)
	shuffled := append([]string(nil), list...)
	rand.New(rand.NewPCG(1, 2)).Shuffle(len(shuffled), func(i, j int) { shuffled[i], shuffled[j] = shuffled[j], shuffled[i] })
	random := b.serving(archive, "rust", shuffled)
	for i, x := range random.contenders {
		random.contenders[i].name = x.name + ", random"
	}
	c.contenders = append(c.contenders, random.contenders...)
	c.about = fmt.Sprintf("The %d pages of Debian's rust-doc, %d MB, which is more than ten times what ours keeps of decoded clusters: in the archive's order, and in one random order; %d connections, %s each.",
		len(list), total/1e6, loadConns, loadTime)
	c.goals = []goal{
		{what: "in turn, requests/s at least 3 times kiwix-serve's", figure: "requests", ours: "samizdat", peer: "kiwix-serve", min: 3},
		{what: "in random order, requests/s at least 3 times kiwix-serve's", figure: "requests", ours: "samizdat, random", peer: "kiwix-serve, random", min: 3},
		{what: "memory still bounded: at most 100 MB", figure: "memory", ours: "samizdat, random", max: 100, absoluteUnit: "MB"},
	}
	return c, nil
}

// serving compares requests per second and memory of both servers for these pages of one archive.
func (b *bench) serving(archive, book string, list []string) *comparison {
	measure := func(ctx context.Context, s *server, host, base string) (sample, error) {
		l := &load{addr: s.addr, host: host, base: base, paths: list, conns: loadConns, headers: asBrowsers}
		got, err := l.run(ctx, loadTime)
		if err != nil {
			return nil, err
		}
		_, peak := s.memory()
		seconds := got.elapsed.Seconds()
		return sample{
			"requests": float64(got.requests) / seconds, "throughput": float64(got.bytes) / 1e6 / seconds,
			"memory": float64(peak) / 1e6,
		}, nil
	}
	return &comparison{
		contenders: b.servers(archive, book, list[0], measure),
		figures:    []figure{{"requests", "1/s", 0}, {"throughput", "MB/s", 0}, {"memory", "MB", 0}},
	}
}
