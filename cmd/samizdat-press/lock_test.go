package main

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"

	"github.com/rogpeppe/go-internal/testscript"
)

// at-once DIR N adds N pages at once, again and again until all are there, and fails if the manifest then lacks one.
func addAtOnce(ts *testscript.TestScript, _ bool, args []string) {
	var n int
	_, err := fmt.Sscan(args[1], &n)
	ts.Check(err)
	dir := ts.MkAbs(args[0])
	press := ""
	for _, bin := range filepath.SplitList(ts.Getenv("PATH")) {
		if press, err = exec.LookPath(filepath.Join(bin, "samizdat-press")); err == nil {
			break
		}
	}
	ts.Check(err)
	var wg sync.WaitGroup
	wrong := make(chan string, n)
	for i := range n {
		wg.Go(func() {
			for {
				cmd := exec.Command(press, "add", dir, fmt.Sprint("http://news.example/page-", i), "--offline")
				cmd.Env = []string{"PATH=" + ts.Getenv("PATH"), "HOME=" + ts.Getenv("HOME"), "TMPDIR=" + ts.Getenv("TMPDIR")}
				out, err := cmd.CombinedOutput()
				switch {
				case err == nil:
					return
				case !bytes.Contains(out, []byte("another program is changing the dossier")):
					wrong <- string(out)
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
