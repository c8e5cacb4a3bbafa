// Package judge finds the programs and files of others that tests hold our work against, and what else a machine may lack.
// What is missing skips a test on a user's machine. In CI, where .ci/run installs every judge, it fails the test: a judge
// that is silently absent would pass whatever we break. CI is wherever the environment variable CI is not empty.
//
// It is the only place where tests skip themselves; a test in internal holds the others to that.
package judge

import (
	"os"
	"os/exec"
	"strings"
	"testing"
)

// InCI reports whether everything must be there.
func InCI() bool { return os.Getenv("CI") != "" }

// Tool returns the path of a program, which Debian has in the package debian.
func Tool(t testing.TB, name, debian string) string {
	t.Helper()
	path, err := exec.LookPath(name)
	if err != nil {
		Missing(t, name+" is not installed; apt-get install "+debian)
	}
	return path
}

// Need goes on if err is nil. Else the machine lacks what the test needs, and err says what.
func Need(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		Missing(t, err.Error())
	}
}

// Missing ends the test: what says what it needs and where to get it.
func Missing(t testing.TB, what string) {
	t.Helper()
	if InCI() {
		t.Fatal(what + " (CI is set, so it has to be here)")
	}
	t.Skip(what)
}

// Corpora returns the folder with files of others that the project does not hold. The tests that read them have the build
// tag corpora, so that they are none of "go test ./...": make judges CORPORA=DIR runs them.
func Corpora(t testing.TB) string {
	t.Helper()
	dir := os.Getenv("CORPORA")
	if dir == "" {
		t.Fatal("CORPORA names no folder: make judges CORPORA=DIR")
	}
	return dir
}

// LacksCorpus skips the test of a corpus that is not in the folder, where others are.
func LacksCorpus(t testing.TB, what string) {
	t.Helper()
	t.Skip("there is no " + what + " in the folder that CORPORA names")
}

// Condition answers conditions of scripts: "judge:NAME" holds if a program is installed, and in CI it is an error if it is
// not. Known is false for others.
func Condition(name string) (holds, known bool, err error) {
	tool, known := strings.CutPrefix(name, "judge:")
	if !known {
		return false, false, nil
	}
	_, err = exec.LookPath(tool)
	if err != nil && InCI() {
		return false, true, err
	}
	return err == nil, true, nil
}
