package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"

	"github.com/rogpeppe/go-internal/testscript"

	"samizdat/internal/command"
)

// at-once DIR N adds N pages at once, again and again until all are there, and fails if the manifest then lacks one.
func addAtOnce(ts *testscript.TestScript, _ bool, args []string) {
	var n int
	_, err := fmt.Sscan(args[1], &n)
	ts.Check(err)
	dir := ts.MkAbs(args[0])
	var wg sync.WaitGroup
	wrong := make(chan string, n)
	for i := range n {
		wg.Go(func() {
			for {
				out := &lockedBuffer{}
				status := newProgram().run(context.Background(), []string{"add", dir, fmt.Sprint("http://news.example/page-", i), "--offline"}, nil, out, out)
				switch {
				case status == command.ExitOK:
					return
				case !strings.Contains(out.String(), "another program is changing the dossier"):
					wrong <- out.String()
					return
				}
			}
		})
	}
	wg.Wait()
	close(wrong)
	for w := range wrong {
		ts.Fatalf("%s", w)
	}
	manifest, err := os.ReadFile(filepath.Join(dir, "dossier.yaml"))
	ts.Check(err)
	for i := range n {
		if want := fmt.Sprintf("articles/page-%d/item.yaml", i); strings.Count(string(manifest), want) != 1 {
			ts.Fatalf("the manifest lacks %s:\n%s", want, manifest)
		}
	}
}
