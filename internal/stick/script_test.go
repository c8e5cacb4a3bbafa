package stick

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"samizdat/internal/judge"
)

// start.sh takes the program for the machine; without one it names that, and the 32-bit one only where that is there.
func TestStartScriptNamesItsProgram(t *testing.T) {
	sh := judge.Tool(t, "sh", "dash")
	for _, c := range []struct {
		machine string
		files   []string
		want    string
	}{
		{"x86_64", nil, "start.sh: there is no samizdat-linux-amd64.com here"},
		{"x86_64", []string{"samizdat-linux-386.com"}, "386 started"},
		{"x86_64", []string{"samizdat-linux-386.com", "samizdat-linux-amd64.com"}, "amd64 started"},
		{"i686", nil, "start.sh: there is no samizdat-linux-386.com here"},
		{"aarch64", []string{"samizdat-linux-386.com"}, "start.sh: there is no samizdat-linux-arm64.com here"},
	} {
		dir, tools := t.TempDir(), t.TempDir()
		write := func(name, text string) {
			if err := os.WriteFile(name, []byte(text), 0o755); err != nil {
				t.Fatal(err)
			}
		}
		write(filepath.Join(dir, startScript), string(startScriptText))
		write(filepath.Join(tools, "uname"), "#!"+sh+"\ncase $1 in -m) echo "+c.machine+";; -s) echo Linux;; *) echo GNU/Linux;; esac\n")
		for _, name := range c.files {
			arch := strings.TrimSuffix(strings.TrimPrefix(name, "samizdat-linux-"), ".com")
			write(filepath.Join(dir, name), "#!"+sh+"\n[ \"$1\" = version ] || echo "+arch+" started\n")
		}
		cmd := exec.Command(sh, filepath.Join(dir, startScript))
		cmd.Env = append(os.Environ(), "PATH="+tools+string(os.PathListSeparator)+os.Getenv("PATH"))
		out, _ := cmd.CombinedOutput() // status 1 without a program
		if !strings.Contains(string(out), c.want) {
			t.Errorf("%s with %v: %s\nwant %q", c.machine, c.files, out, c.want)
		}
	}
}
