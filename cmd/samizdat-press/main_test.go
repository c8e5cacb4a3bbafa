package main

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"image"
	"image/png"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"samizdat/internal/browser"
	"samizdat/internal/carry"
	"samizdat/internal/carry/carrytest"
	"samizdat/internal/command"
	"samizdat/internal/judge"
	"samizdat/internal/search"
	"samizdat/internal/ytdlp/ytdlptest"
	"samizdat/internal/zim"
)

var update = flag.Bool("update", false, "rewrite what scripts compare with")

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){
		"samizdat-press": func() {
			version = "0.0-test"
			main()
		},
		"press-at":    pressAt,
		"fake-yt-dlp": ytdlptest.Main,
	})
}

// pressAt is main of a press that is the file $PRESS, and to which an archive of more than $INSIDE_MAX bytes is too large
// for executables.
func pressAt() {
	p := &program{version: "0.0-test", executable: os.Getenv("PRESS"), insideMax: carry.InsideMax, now: time.Now, getenv: os.Getenv}
	if n, err := strconv.ParseInt(os.Getenv("INSIDE_MAX"), 10, 64); err == nil {
		p.insideMax = n
	}
	os.Exit(p.run(context.Background(), os.Args[1:], os.Stdin, os.Stdout, os.Stderr))
}

// TestScripts runs the command as people do. BUNDLE is the project's own dossier.
func TestScripts(t *testing.T) {
	bundle, err := filepath.Abs("../../bundle")
	if err != nil {
		t.Fatal(err)
	}
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata/script",
		UpdateScripts:       *update,
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		Setup: func(env *testscript.Env) error {
			env.Setenv("BUNDLE", bundle)
			env.Setenv("NO_COLOR", "1")
			env.Setenv("HERE", carry.Here().OS+"-"+carry.Here().Arch+carry.Here().Ext())
			runtimes := carrytest.All()
			set, err := carrytest.Set(runtimes, nil)
			if err != nil {
				return err
			}
			return errors.Join(
				os.WriteFile(filepath.Join(env.WorkDir, "reader"), runtimes[carry.Here()], 0o755),
				os.WriteFile(filepath.Join(env.WorkDir, "icon.png"), icon(t), 0o644),
				os.WriteFile(filepath.Join(env.WorkDir, "runtimes.tar.xz"), set, 0o644),
			)
		},
		Condition: func(name string) (bool, error) {
			if name == "root" {
				return os.Geteuid() == 0, nil
			}
			if name == "chromium" {
				_, err := browser.Find(os.Getenv)
				if err != nil && judge.InCI() {
					return false, err // CI installs it
				}
				return err == nil, nil
			}
			if holds, known, err := judge.Condition(name); known {
				return holds, err
			}
			return false, fmt.Errorf("no condition %s", name)
		},
		Cmds: map[string]func(ts *testscript.TestScript, neg bool, args []string){
			"at-once":   addAtOnce,
			"touch-all": touchAll,
			"only":      only,
			"flip":      flip,
			"mode":      mode,
			"indexed":   indexed,
			"entry":     entry,
			"recorded":  recorded,
			"replace":   replace,
			"copy":      copyFolder,
			"redigest":  redigest,
			"web":       web,
			"hangs":     hangs,
		},
	})
}

// icon is a PNG of 48 by 48 pixels.
func icon(t *testing.T) []byte {
	var b bytes.Buffer
	if err := png.Encode(&b, image.NewGray(image.Rect(0, 0, 48, 48))); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// touchAll DIR gives every file another time.
func touchAll(ts *testscript.TestScript, _ bool, args []string) {
	at := time.Date(1999, 12, 31, 23, 59, 59, 0, time.UTC)
	ts.Check(filepath.WalkDir(ts.MkAbs(args[0]), func(name string, _ os.DirEntry, err error) error {
		at = at.Add(31 * time.Hour)
		if err != nil {
			return err
		}
		return os.Chtimes(name, at, at)
	}))
}

// only DIR NAME… fails unless DIR holds exactly these, hidden files included.
func only(ts *testscript.TestScript, _ bool, args []string) {
	entries, err := os.ReadDir(ts.MkAbs(args[0]))
	ts.Check(err)
	var names []string
	for _, e := range entries {
		names = append(names, e.Name())
	}
	if got, want := fmt.Sprint(names), fmt.Sprint(args[1:]); got != want {
		ts.Fatalf("%s holds %s, want %s", args[0], got, want)
	}
}

// flip FILE OFFSET changes the lowest bit of a byte; offsets below 0 count from the end.
func flip(ts *testscript.TestScript, _ bool, args []string) {
	at, err := strconv.Atoi(args[1])
	ts.Check(err)
	data := []byte(ts.ReadFile(args[0]))
	if at < 0 {
		at += len(data)
	}
	data[at] ^= 1
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), data, 0o666))
}

// mode FILE MODE fails unless FILE has these permissions, in octal.
func mode(ts *testscript.TestScript, _ bool, args []string) {
	info, err := os.Stat(ts.MkAbs(args[0]))
	ts.Check(err)
	if got := fmt.Sprintf("%04o", info.Mode().Perm()); got != args[1] {
		ts.Fatalf("%s has mode %s, want %s", args[0], got, args[1])
	}
}

// indexed FILE… fails unless each archive has both databases to search in; with ! in front, unless it has neither.
func indexed(ts *testscript.TestScript, neg bool, args []string) {
	for _, name := range args {
		data := []byte(ts.ReadFile(name))
		z, err := zim.NewReader(bytes.NewReader(data), int64(len(data)), nil)
		ts.Check(err)
		index, err := search.OpenIndex(z)
		ts.Check(err)
		if fulltext, titles := index.Has(); fulltext == neg || titles == neg {
			ts.Fatalf("%s: full text %t, titles %t", name, fulltext, titles)
		}
	}
}

// entry ARCHIVE PATH FILE writes what lies at a path of an archive into a file.
func entry(ts *testscript.TestScript, _ bool, args []string) {
	data := []byte(ts.ReadFile(args[0]))
	z, err := zim.NewReader(bytes.NewReader(data), int64(len(data)), nil)
	ts.Check(err)
	e, err := z.Content(args[1])
	ts.Check(err)
	b, err := e.ReadAll(1 << 20)
	ts.Check(err)
	ts.Check(os.WriteFile(ts.MkAbs(args[2]), b, 0o666))
}

// newProgram is the program as tests use it.
func newProgram() *program {
	return &program{version: "0.0-test", now: time.Now, getenv: func(string) string { return "" }}
}

// ending is a context that ends when its error has been asked for a number of times: an interrupt at a moment that is
// always the same.
type ending struct {
	context.Context
	cancel context.CancelFunc
	left   atomic.Int64
}

func endingAfter(ctx context.Context, cancel context.CancelFunc, asked int64) *ending {
	e := &ending{Context: ctx, cancel: cancel}
	e.left.Store(asked)
	return e
}

func (e *ending) Err() error {
	if e.left.Add(-1) == 0 {
		e.cancel()
	}
	return e.Context.Err()
}

func TestInterruptedLeavesNothing(t *testing.T) {
	for _, after := range []int64{1, 10, 25} {
		dir := t.TempDir()
		ctx, cancel := context.WithCancel(t.Context())
		out := &lockedBuffer{}
		status := newProgram().run(endingAfter(ctx, cancel, after), []string{"pack", "../../bundle", "-o", filepath.Join(dir, "x.zim")}, nil, out, out)
		cancel()
		if status != command.ExitFailure {
			t.Errorf("after %d: status %d, want %d", after, status, command.ExitFailure)
		}
		if want := "samizdat-press: error: stopped before the end\n"; out.String() != want {
			t.Errorf("after %d: output %q, want %q", after, out, want)
		}
		if entries, err := os.ReadDir(dir); err != nil || len(entries) > 0 {
			t.Errorf("after %d: the folder holds %v, %v; want nothing", after, entries, err)
		}
	}
}

// TestHelpTeaches looks at the help of every verb for an example and the exit statuses.
func TestHelpTeaches(t *testing.T) {
	verbs := newProgram().root().Commands()
	if len(verbs) < 7 {
		t.Fatalf("%d verbs", len(verbs))
	}
	for _, v := range verbs {
		out := &lockedBuffer{}
		if status := newProgram().run(t.Context(), []string{v.Name(), "--help"}, nil, out, out); status != command.ExitOK {
			t.Errorf("%s --help: status %d", v.Name(), status)
		}
		for _, want := range []string{v.Short, "Examples\n  samizdat-press " + v.Name(), "Exit status\n  0  "} {
			if !strings.Contains(out.String(), want) {
				t.Errorf("%s --help lacks %q", v.Name(), want)
			}
		}
	}
}
