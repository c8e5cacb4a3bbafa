package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"samizdat/internal/search"
	"samizdat/internal/zim"
)

// packPlain packs the Python documentation with both packers, without an index.
func packPlain(_ context.Context, b *bench) (*comparison, error) {
	return b.packing("Neither makes an index.", []string{"--no-index"}, []string{"-j"})
}

// packIndexed does the same with an index of titles and of the full text, which is what both make if nobody asks for less.
func packIndexed(_ context.Context, b *bench) (*comparison, error) {
	c, err := b.packing("Both make an index of the titles and of the full text.", nil, nil)
	if err != nil {
		return nil, err
	}
	ours, theirs := c.contenders[0].name, c.contenders[1].name
	c.figures = append(c.figures, figure{"full text", "MB", 3}, figure{"titles", "MB", 3})
	c.goals = []goal{
		{what: "at least 8 times as fast as " + theirs, figure: "time", ours: ours, peer: theirs, max: 1.0 / 8},
		{what: "full text at most as large", figure: "full text", ours: ours, peer: theirs, max: 1},
		{what: "titles at most as large", figure: "titles", ours: ours, peer: theirs, max: 1},
	}
	return c, nil
}

// packing compares both packers on the Python documentation, with these flags besides.
func (b *bench) packing(about string, ourFlags, theirFlags []string) (*comparison, error) {
	dir, err := b.corpus("python", pythonDoc)
	if err != nil {
		return nil, err
	}
	packer := func(out, program string, args ...string) func(context.Context) (sample, error) {
		return func(ctx context.Context) (sample, error) {
			if err := os.RemoveAll(out); err != nil {
				return nil, err
			}
			f, err := runProgram(ctx, program, args...)
			if err != nil {
				return nil, err
			}
			info, err := os.Stat(out)
			if err != nil {
				return nil, err
			}
			s := sample{
				"time": f.elapsed.Seconds(), "processor time": f.processor.Seconds(),
				"archive": float64(info.Size()) / 1e6, "memory": float64(f.peakBytes) / 1e6,
			}
			return s, addDatabases(s, out)
		}
	}
	ours, theirs := filepath.Join(b.dir, "packed.zim"), filepath.Join(b.dir, "zimwriterfs.zim")
	name := strings.Join(append([]string{"zimwriterfs"}, theirFlags...), " ")
	zimwriterfs := append(slices.Clone(theirFlags), "-w", "index.html", "-I", "illustration.png", "-l", "eng",
		"-t", "Python", "-d", "for measuring", "-c", "Debian", "-p", "bench", "-n", "python", dir, theirs)
	return &comparison{
		about: "Debian's python3.11-doc (530 pages, 67 MB with all other files) into an archive. " + about + " `zimwriterfs` has four threads, as it starts them itself; " +
			"ours has one for each core, and its time includes reading the whole archive back.",
		contenders: []contender{
			{name: "pack-html", run: packer(ours, b.press, append(pressArgs(dir, ours, "Python"), ourFlags...)...)},
			{name: name, needs: "zimwriterfs", asked: "--version", run: packer(theirs, "zimwriterfs", zimwriterfs...)},
		},
		figures: []figure{{"time", "s", 2}, {"processor time", "s", 2}, {"archive", "MB", 2}, {"memory", "MB", 0}},
		goals: []goal{
			{what: "at least 8 times as fast as " + name, figure: "time", ours: "pack-html", peer: name, max: 1.0 / 8},
			{what: "archive at most 1.02 times as large", figure: "archive", ours: "pack-html", peer: name, max: 1.02},
			{what: "memory at most 200 MB", figure: "memory", ours: "pack-html", max: 200, absoluteUnit: "MB"},
		},
	}, nil
}

// addDatabases adds the sizes of an archive's databases to a sample, if it has any.
func addDatabases(s sample, archive string) error {
	z, closeFile, err := openZIM(archive)
	if err != nil {
		return err
	}
	defer closeFile()
	for name, path := range map[string]string{"full text": search.FulltextPath, "titles": search.TitlePath} {
		e, err := z.Entry(zim.NamespaceIndex, path)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return err
		}
		blob, err := e.Blob()
		if err != nil {
			return err
		}
		s[name] = float64(blob.Size()) / 1e6
	}
	return nil
}

// packMany packs folders with more and more small pages: memory and time may grow with their number, but no faster, and the
// reader starts as fast as ever.
func packMany(_ context.Context, b *bench) (*comparison, error) {
	const small, large = 50_000, 200_000
	c := &comparison{
		about: "Folders of small pages, each of some 300 bytes, packed by pack-html. \"First byte\" is what `samizdat serve` takes from its start to the first byte of a page of that archive.",
		figures: []figure{
			{"time", "s", 2}, {"time for each entry", "µs", 1}, {"memory", "MB", 0}, {"archive", "MB", 2}, {"first byte", "ms", 1},
		},
	}
	name := func(n int) string { return strconv.Itoa(n) + " entries" }
	for n := small; n <= large; n *= 2 {
		dir, err := b.manyPages(n)
		if err != nil {
			return nil, err
		}
		out := dir + ".zim"
		c.contenders = append(c.contenders, contender{name: name(n), run: func(ctx context.Context) (sample, error) {
			f, err := runProgram(ctx, b.press, pressArgs(dir, out, "Many")...)
			if err != nil {
				return nil, err
			}
			info, err := os.Stat(out)
			if err != nil {
				return nil, err
			}
			s, _, _, err := samizdatServe(ctx, b, out, filepath.Base(dir), "index.html")
			if err != nil {
				return nil, err
			}
			s.stop()
			return sample{
				"time": f.elapsed.Seconds(), "time for each entry": float64(f.elapsed.Microseconds()) / float64(n),
				"memory": float64(f.peakBytes) / 1e6, "archive": float64(info.Size()) / 1e6, "first byte": float64(s.firstByte.Microseconds()) / 1e3,
			}, nil
		}})
	}
	c.goals = []goal{
		{what: "memory for 200,000 entries at most 400 MB", figure: "memory", ours: name(large), max: 400, absoluteUnit: "MB"},
		{what: "time linear: for each of 200,000 at most 1.25 times that for each of 50,000", figure: "time for each entry", ours: name(large), peer: name(small), max: 1.25},
		{what: "start unchanged: first byte at most 1.25 times that with 50,000", figure: "first byte", ours: name(large), peer: name(small), max: 1.25},
	}
	return c, nil
}

// manyPages makes a folder of n files, once: the illustration, the main page, and small pages, a thousand to a folder, with
// words that no other has.
func (b *bench) manyPages(n int) (string, error) {
	dir := filepath.Join(b.dir, "many-"+strconv.Itoa(n))
	if _, err := os.Stat(dir); err == nil {
		return dir, nil
	}
	b.progress("write %d pages", n)
	part := dir + ".part"
	if err := os.RemoveAll(part); err != nil {
		return "", err
	}
	if err := os.MkdirAll(part, 0o777); err != nil {
		return "", err
	}
	icon, err := illustration()
	if err != nil {
		return "", err
	}
	if err := os.WriteFile(filepath.Join(part, "illustration.png"), icon, 0o666); err != nil {
		return "", err
	}
	random := rand.New(rand.NewPCG(1, 2))
	for i := range n - 1 { // the illustration is an entry as well
		name := filepath.Join(part, "index.html")
		if i > 0 {
			name = filepath.Join(part, manyPage(i))
		}
		if i%1000 == 1 {
			if err := os.MkdirAll(filepath.Dir(name), 0o777); err != nil {
				return "", err
			}
		}
		f, err := os.Create(name)
		if err != nil {
			return "", err
		}
		w := bufio.NewWriter(f)
		fmt.Fprintf(w, "<!DOCTYPE html><title>Page %d</title><h1>Page %d</h1><p>", i, i)
		for range 24 {
			fmt.Fprintf(w, "%x ", random.Uint32N(1<<20))
		}
		if i > 0 {
			fmt.Fprintf(w, "<p><a href=\"../index.html\">up</a> <a href=\"%s\">here</a>", filepath.Base(name))
		}
		if err := w.Flush(); err != nil {
			return "", err
		}
		if err := f.Close(); err != nil {
			return "", err
		}
	}
	return dir, os.Rename(part, dir)
}

// manyPage is the path of page i, a thousand of them to a folder.
func manyPage(i int) string { return fmt.Sprintf("%03d/%06d.html", (i-1)/1000, i) }
