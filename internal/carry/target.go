package carry

import (
	"fmt"
	"runtime"
	"strings"
)

// Target is a platform that a copy can be made for, in Go's words.
type Target struct{ OS, Arch string }

// targets is the same list as TARGETS in the Makefile.
var targets = []Target{
	{"windows", "amd64"},
	{"windows", "386"},
	{"windows", "arm64"},
	{"darwin", "amd64"},
	{"darwin", "arm64"},
	{"linux", "amd64"},
	{"linux", "386"},
	{"linux", "arm64"},
	{"linux", "arm"},
	{"linux", "riscv64"},
	{"android", "arm64"},
}

// Targets returns every platform, in the order in which they are named everywhere.
func Targets() []Target { return append([]Target(nil), targets...) }

// Here is the platform that this program runs on; it need not be one of [Targets].
func Here() Target { return Target{runtime.GOOS, runtime.GOARCH} }

// ParseTarget reads a name like "linux/amd64".
func ParseTarget(name string) (Target, error) {
	for _, t := range targets {
		if t.String() == name {
			return t, nil
		}
	}
	return Target{}, fmt.Errorf("no platform %q", name)
}

// String is like "linux/amd64".
func (t Target) String() string { return t.OS + "/" + t.Arch }

// FileName is what the executable of a dossier called name is called: NAME-GOOS-GOARCH, with .exe on Windows.
func (t Target) FileName(name string) string {
	return strings.Join([]string{name, t.OS, t.Arch}, "-") + t.Ext()
}

// Ext is the suffix of executables: ".exe" on Windows, or none.
func (t Target) Ext() string {
	if t.OS == "windows" {
		return ".exe"
	}
	return ""
}
