// Command licenses writes the licence texts that a program of ours owes: its own, Go's, and those of every module
// that is linked on any platform we build for.
//
//	go run ./internal/licenses ./cmd/samizdat > internal/carry/licenses.txt
//
// It is part of the workshop (make generate), not of the programs; they embed what it wrote. A module without a
// licence text is an error.
package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
)

// platforms are enough to reach every build constraint among our dependencies.
var platforms = []string{"linux/amd64", "windows/amd64", "darwin/arm64", "android/arm64"}

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: licenses PACKAGE")
		os.Exit(2)
	}
	if err := run(os.Stdout, os.Args[1]); err != nil {
		fmt.Fprintln(os.Stderr, "licenses: error:", err)
		os.Exit(1)
	}
}

// linked is a module that the program contains.
type linked struct {
	path, version string
	dirs          []string // the module's top folder, then those of its linked packages, on this machine
}

func run(w io.Writer, pkg string) error {
	mods, err := modules(pkg)
	if err != nil {
		return err
	}
	own, err := os.ReadFile("LICENSE")
	if err != nil {
		return err
	}
	goroot, err := output(nil, "go", "env", "GOROOT")
	if err != nil {
		return err
	}
	golang, err := texts(strings.TrimSpace(string(goroot)))
	if err != nil {
		return fmt.Errorf("the Go distribution: %w", err)
	}

	fmt.Fprintf(w, "%s\n\nThis program is made of the following works, each under the licence printed below it.\n", filepath.Base(pkg))
	section(w, "samizdat", own)
	section(w, "The Go programming language and its standard library", golang)
	for _, m := range mods {
		text, err := texts(m.dirs...)
		if err != nil {
			return fmt.Errorf("%s %s: %w", m.path, m.version, err)
		}
		section(w, m.path+" "+m.version, text)
	}
	return nil
}

// section writes one work with its licence between rules.
func section(w io.Writer, name string, text []byte) {
	rule := strings.Repeat("=", 78)
	fmt.Fprintf(w, "\n%s\n%s\n%s\n\n%s\n", rule, name, rule, bytes.Trim(text, "\r\n"))
}

// modules lists what pkg links on any of the platforms, in order of path.
func modules(pkg string) ([]linked, error) {
	found := map[string]linked{}
	for _, p := range platforms {
		goos, goarch, _ := strings.Cut(p, "/")
		env := []string{"GOOS=" + goos, "GOARCH=" + goarch, "CGO_ENABLED=0"}
		out, err := output(env, "go", "list", "-deps", "-f", "{{$dir := .Dir}}{{with .Module}}{{if not .Main}}{{.Path}}\t{{.Version}}\t{{.Dir}}\t{{$dir}}{{end}}{{end}}", pkg)
		if err != nil {
			return nil, err
		}
		for line := range strings.Lines(string(out)) {
			f := strings.Split(strings.TrimSpace(line), "\t")
			if len(f) != 4 {
				continue
			}
			m, ok := found[f[0]]
			if !ok {
				m = linked{path: f[0], version: f[1], dirs: []string{f[2]}}
			}
			// Code taken over from elsewhere keeps its licence beside it, anywhere between package and module.
			for dir := f[3]; len(dir) > len(f[2]); dir = filepath.Dir(dir) {
				if !slices.Contains(m.dirs, dir) {
					m.dirs = append(m.dirs, dir)
				}
			}
			found[f[0]] = m
		}
	}
	var list []linked
	for _, m := range found {
		list = append(list, m)
	}
	slices.SortFunc(list, func(a, b linked) int { return strings.Compare(a.path, b.path) })
	return list, nil
}

var errNoText = errors.New("no licence text in its top folder")

// texts joins the files that a licence asks to pass on: those of the first folder, which must have one, and of the
// others in order of name.
func texts(dirs ...string) ([]byte, error) {
	slices.Sort(dirs[1:])
	var all [][]byte
	for i, dir := range dirs {
		entries, err := os.ReadDir(dir)
		if err != nil {
			return nil, err
		}
		for _, e := range entries {
			if e.IsDir() || !owed(e.Name()) {
				continue
			}
			b, err := os.ReadFile(filepath.Join(dir, e.Name()))
			if err != nil {
				return nil, err
			}
			all = append(all, bytes.Trim(bytes.ReplaceAll(b, []byte("\r\n"), []byte("\n")), "\n"))
		}
		if i == 0 && len(all) == 0 {
			return nil, errNoText
		}
	}
	return bytes.Join(all, []byte("\n\n----\n\n")), nil
}

// owed tells whether a file of this name is a licence or a notice.
func owed(name string) bool {
	name = strings.ToUpper(name)
	if strings.HasSuffix(name, ".GO") {
		return false
	}
	for _, prefix := range []string{"LICENSE", "LICENCE", "COPYING", "NOTICE"} {
		if strings.HasPrefix(name, prefix) {
			return true
		}
	}
	return false
}

func output(env []string, name string, args ...string) ([]byte, error) {
	cmd := exec.Command(name, args...)
	cmd.Env = append(os.Environ(), env...)
	cmd.Stderr = os.Stderr
	return cmd.Output()
}
