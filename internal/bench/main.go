// Command bench measures the two programs against their peers, side by side on one machine, and writes what it found
// into docs/benchmarks.md.
//
//	go run ./internal/bench [-only REGEXP] [-rounds 3] [-doc docs/benchmarks.md] [-dir DIR]
//
// It is part of the workshop (make bench), not of the programs, and starts them as their users do. Every section
// compares contenders in alternation and gives medians, ratios and, where there is a goal, whether it is met. A peer
// that is not installed is named, and its column stays empty.
//
// To add a section, write a function that gives one, in a file of its own, and name it in sections.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"regexp"
	"syscall"
)

// sections are measured in this order, which is that of the document.
var sections = []section{
	{"pack-html", "Packing: a folder of pages", packPlain},
	{"pack-index", "Packing: a folder of pages, with an index", packIndexed},
	{"pack-many", "Packing: many small entries", packMany},
	{"serve", "Serving: all pages in turn", serveAll},
	{"serve-large", "Serving: an archive larger than the cache", serveLarge},
	{"search", "Searching: pages of results", serveSearch},
	{"search-query", "Searching: one query", askIndex},
	{"suggest", "Searching: suggestions", serveSuggest},
	{"start", "Start to first byte", startUp},
	{"media", "Media from a raw cluster", media},
	{"seal-serve", "The seal: serving", sealServe},
	{"seal-media", "The seal: media from a raw cluster", sealMedia},
	{"seal-verify", "The seal: verify", sealVerify},
	{"seal-open", "The seal: opening 3 GB, cold", sealOpen},
	{"print", "Executables for every platform", printAll},
	{"get", "Copies: a program with 1 GiB inside", get},
	{"room", "A room: 200 read while 8 take copies", room},
	{"room-carry", "A room of all platforms: 200 read while 8 take copies", roomCarry},
}

// section is one table of the document.
type section struct {
	name  string // of the marks around it in the document
	title string
	run   func(context.Context, *bench) (*comparison, error)
}

// bench is what all sections share.
type bench struct {
	rounds   int    // alternating runs
	dir      string // for corpora and archives
	reader   string // the bare reader
	press    string
	progress func(format string, args ...any)
}

func main() {
	b := &bench{progress: func(format string, args ...any) { fmt.Fprintf(os.Stderr, "bench: "+format+"\n", args...) }}
	only := flag.String("only", "", "measure the sections whose name matches this `REGEXP`")
	doc := flag.String("doc", "", "write the tables into this `FILE`, between their marks; else to the output only")
	flag.IntVar(&b.rounds, "rounds", 3, "alternating runs of each contender")
	flag.StringVar(&b.dir, "dir", "", "`DIR` for archives, which are used again if they are there (default: a new one, removed at the end)")
	flag.StringVar(&b.reader, "reader", "bin/samizdat-bare", "the reader, `FILE`")
	flag.StringVar(&b.press, "press", "bin/samizdat-press", "the press, `FILE`")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := b.main(ctx, *only, *doc)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench: error:", err)
		os.Exit(1)
	}
}

func (b *bench) main(ctx context.Context, only, doc string) error {
	chosen, err := regexp.Compile(only)
	if err != nil {
		return err
	}
	for _, p := range []*string{&b.reader, &b.press} {
		if *p, err = filepath.Abs(*p); err != nil {
			return err
		}
		if _, err := os.Stat(*p); err != nil {
			return fmt.Errorf("%w; make bare press builds it", err)
		}
	}
	if b.dir == "" {
		if b.dir, err = os.MkdirTemp("", "samizdat-bench-"); err != nil {
			return err
		}
		defer os.RemoveAll(b.dir)
	} else if err := os.MkdirAll(b.dir, 0o777); err != nil {
		return err
	}
	if b.dir, err = filepath.Abs(b.dir); err != nil {
		return err
	}
	found := 0
	for _, s := range sections {
		if !chosen.MatchString(s.name) {
			continue
		}
		found++
		b.progress("== %s", s.title)
		c, err := s.run(ctx, b)
		if err != nil {
			return fmt.Errorf("%s: %w", s.name, err)
		}
		text, err := b.measure(ctx, c)
		if err != nil {
			return fmt.Errorf("%s: %w", s.name, err)
		}
		text = machine() + "\n" + text
		fmt.Printf("## %s\n\n%s\n", s.title, text)
		if doc != "" {
			if err := writeSection(doc, s, text); err != nil {
				return err
			}
		}
	}
	if found == 0 {
		return fmt.Errorf("no section is called %q", only)
	}
	return nil
}
