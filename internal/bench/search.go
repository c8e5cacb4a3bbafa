package main

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"samizdat/internal/search"
	"samizdat/internal/search/searchtest"
	"samizdat/internal/zim"
)

const (
	searchConns   = 4                // connections that search at once
	searchTime    = 12 * time.Second // of each run
	searchQueries = 160              // different ones, half of them of two words
	searchPages   = 5000             // of the invented archive
	searchRounds  = 7                // how many times each is asked by itself
)

// openZIM opens an archive until close is called.
func openZIM(name string) (z *zim.Reader, closeFile func() error, err error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, nil, err
	}
	info, err := f.Stat()
	if err == nil {
		z, err = zim.NewReader(f, info.Size(), nil)
	}
	if err != nil {
		f.Close()
		return nil, nil, err
	}
	return z, f.Close, nil
}

// queriesFor makes queries of words of an archive's pages, and the beginnings of its titles as somebody types them.
func queriesFor(name string) (queries, typed []string, err error) {
	z, closeFile, err := openZIM(name)
	if err != nil {
		return nil, nil, err
	}
	defer closeFile()
	var texts []string
	random := rand.New(rand.NewPCG(5, 6))
	for e, err := range z.Entries() {
		if err != nil {
			return nil, nil, err
		}
		if e.Namespace() != zim.NamespaceContent || e.IsRedirect() || !strings.HasPrefix(e.MIMEType(), "text/html") {
			continue
		}
		html, err := e.ReadAll(64 << 20)
		if err != nil {
			return nil, nil, err
		}
		texts = append(texts, search.ReadHTML(html).Text)
		title := []rune(strings.TrimSpace(e.Title()))
		if len(title) > 0 {
			typed = append(typed, string(title[:1+random.IntN(min(len(title), 12))]))
		}
	}
	random.Shuffle(len(typed), func(i, j int) { typed[i], typed[j] = typed[j], typed[i] })
	return searchtest.Queries(texts, searchQueries), typed[:min(len(typed), searchQueries)], nil
}

// addresses puts each text into an address, where %s is.
func addresses(format string, texts []string) []string {
	list := make([]string, len(texts))
	for i, text := range texts {
		list[i] = fmt.Sprintf(format, url.QueryEscape(text))
	}
	return list
}

// serveSearch asks both servers for pages of results with passages.
func serveSearch(ctx context.Context, b *bench) (*comparison, error) {
	archive, list, _, err := b.python(ctx)
	if err != nil {
		return nil, err
	}
	queries, _, err := queriesFor(archive)
	if err != nil {
		return nil, err
	}
	asked := addresses("/search?content=python&pageLength=25&pattern=%s", queries)
	measure := func(ctx context.Context, s *server, host, base string) (sample, error) {
		read := &load{addr: s.addr, host: host, base: base, paths: list, conns: searchConns}
		if _, err := read.run(ctx, loadTime); err != nil {
			return nil, err
		}
		_, serving := s.memory()
		find := &load{addr: s.addr, host: s.addr, paths: asked, conns: searchConns}
		got, err := find.run(ctx, searchTime)
		if err != nil {
			return nil, err
		}
		_, peak := s.memory()
		return sample{
			"searches": float64(got.requests) / got.elapsed.Seconds(), "memory": float64(peak) / 1e6, "memory above serving": float64(peak-serving) / 1e6,
		}, nil
	}
	return &comparison{
		about: fmt.Sprintf("Pages of 25 results with passages, for %d queries of one and two words of the texts, on Debian's python3.11-doc, %d connections, %s each; both serve the same archive, packed by ours. "+
			"Before that, all pages are read for %s, so that memory above serving is what the search takes besides.", len(queries), searchConns, searchTime, loadTime),
		contenders: b.servers(archive, "python", list[0], measure),
		figures:    []figure{{"searches", "1/s", 0}, {"memory", "MB", 0}, {"memory above serving", "MB", 0}},
		goals: []goal{
			{what: "searches/s at least 30 times kiwix-serve's", figure: "searches", ours: "samizdat", peer: "kiwix-serve", min: 30},
			{what: "memory at most 40 MB above serving", figure: "memory above serving", ours: "samizdat", max: 40, absoluteUnit: "MB"},
		},
	}, nil
}

// inventedArchive packs pages of invented words, once.
func (b *bench) inventedArchive(ctx context.Context) (string, error) {
	out := filepath.Join(b.dir, "invented.zim")
	if exists(out) {
		return out, nil
	}
	b.progress("write %d pages of invented words", searchPages)
	dir := filepath.Join(b.dir, "invented")
	icon, err := illustration()
	if err != nil {
		return "", err
	}
	tree := searchtest.Pages(searchPages)
	tree["illustration.png"] = string(icon)
	for path, text := range tree {
		name := filepath.Join(dir, path)
		if err := os.MkdirAll(filepath.Dir(name), 0o777); err != nil {
			return "", err
		}
		if err := os.WriteFile(name, []byte(text), 0o666); err != nil {
			return "", err
		}
	}
	_, err = runProgram(ctx, b.press, pressArgs(dir, out, "Invented")...)
	return out, err
}

// askIndex measures single searches, without a server: each several times, for the first time in an index that has just been
// opened.
func askIndex(ctx context.Context, b *bench) (*comparison, error) {
	archive, err := b.inventedArchive(ctx)
	if err != nil {
		return nil, err
	}
	queries, typed, err := queriesFor(archive)
	if err != nil {
		return nil, err
	}
	return &comparison{
		about: fmt.Sprintf("%d queries of one and two words, without passages, and the beginnings of %d titles, each asked once of an index of %d pages of invented words that has just been opened, by itself, without a server; "+
			"that %d times. The median of all; the slowest query, by the median of its times; and the longest time that anything took, once.", len(queries), len(typed), searchPages, searchRounds),
		contenders: []contender{{name: "samizdat", run: func(ctx context.Context) (sample, error) {
			query, suggestion := make([][]float64, len(queries)), make([][]float64, len(typed))
			for range searchRounds {
				if err := askOnce(ctx, archive, queries, typed, query, suggestion); err != nil {
					return nil, err
				}
			}
			s := sample{}
			s["query"], s["slowest query"], s["longest query"] = ofEach(query)
			s["suggestion"], s["slowest suggestion"], s["longest suggestion"] = ofEach(suggestion)
			return s, nil
		}}},
		figures: []figure{
			{"query", "ms", 3},
			{"slowest query", "ms", 2},
			{"longest query", "ms", 2},
			{"suggestion", "ms", 3},
			{"slowest suggestion", "ms", 2},
			{"longest suggestion", "ms", 2},
		},
		goals: []goal{
			{what: "one query at most 2 ms", figure: "query", ours: "samizdat", max: 2, absoluteUnit: "ms"},
			{what: "the slowest query at most 2 ms", figure: "slowest query", ours: "samizdat", max: 2, absoluteUnit: "ms"},
			{what: "one suggestion at most 1 ms", figure: "suggestion", ours: "samizdat", max: 1, absoluteUnit: "ms"},
			{what: "the slowest suggestion at most 1 ms", figure: "slowest suggestion", ours: "samizdat", max: 1, absoluteUnit: "ms"},
		},
	}, nil
}

// askOnce opens the index of the archive, asks everything once, and adds to query and suggestion what each takes, in milliseconds.
func askOnce(ctx context.Context, archive string, queries, typed []string, query, suggestion [][]float64) error {
	z, closeFile, err := openZIM(archive)
	if err != nil {
		return err
	}
	defer closeFile()
	index, err := search.OpenIndex(z)
	if err != nil {
		return err
	}
	indexes := []*search.Index{index}
	found := 0
	err = timeEach(queries, query, func(text string) error {
		r, err := search.Search(ctx, indexes, search.ParseQuery(text, false), &search.Options{Plain: true})
		if err == nil {
			found += r.Total
		}
		return err
	})
	if err != nil {
		return err
	}
	err = timeEach(typed, suggestion, func(text string) error {
		list, err := search.Suggest(ctx, indexes, text, 10)
		found += len(list)
		return err
	})
	if err == nil && found == 0 {
		err = errors.New("nothing found")
	}
	return err
}

// timeEach adds to each of times what f takes for the text of the same place, in milliseconds.
func timeEach(texts []string, times [][]float64, f func(string) error) error {
	for i, text := range texts {
		start := time.Now()
		if err := f(text); err != nil {
			return fmt.Errorf("%q: %w", text, err)
		}
		times[i] = append(times[i], float64(time.Since(start).Nanoseconds())/1e6)
	}
	return nil
}

// ofEach returns the median of all times, the largest median of one text, and the longest time.
func ofEach(times [][]float64) (middle, slowest, longest float64) {
	var all []float64
	for _, one := range times {
		all = append(all, one...)
		slices.Sort(one)
		slowest = max(slowest, median(one))
	}
	slices.Sort(all)
	return median(all), slowest, slices.Max(all)
}

// serveSuggest asks both servers for suggestions, letter by letter.
func serveSuggest(ctx context.Context, b *bench) (*comparison, error) {
	archive, err := b.inventedArchive(ctx)
	if err != nil {
		return nil, err
	}
	_, titles, err := queriesFor(archive)
	if err != nil {
		return nil, err
	}
	var typed []string
	for _, title := range titles {
		for at := range title {
			if at > 0 {
				typed = append(typed, title[:at])
			}
		}
		if utf8.RuneCountInString(title) == 1 {
			typed = append(typed, title)
		}
	}
	asked := addresses("/suggest?content=invented&count=10&term=%s", typed)
	measure := func(ctx context.Context, s *server, _, _ string) (sample, error) {
		l := &load{addr: s.addr, host: s.addr, paths: asked, conns: 1}
		got, err := l.run(ctx, loadTime)
		if err != nil {
			return nil, err
		}
		_, peak := s.memory()
		return sample{"suggestion": got.elapsed.Seconds() * 1000 / float64(got.requests), "memory": float64(peak) / 1e6}, nil
	}
	return &comparison{
		about:      fmt.Sprintf("/suggest for what somebody types letter by letter, on an archive of %d pages of invented words, one connection, %s each: the mean time from the question to the whole answer.", searchPages, loadTime),
		contenders: b.servers(archive, "invented", "index.html", measure),
		figures:    []figure{{"suggestion", "ms", 3}, {"memory", "MB", 0}},
		goals:      []goal{{what: "one suggestion at most 1 ms", figure: "suggestion", ours: "samizdat", max: 1, absoluteUnit: "ms"}},
	}, nil
}
