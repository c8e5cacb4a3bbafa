package main

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"time"

	"samizdat/internal/atomicfile"
)

// writeSection puts text between the section's marks in the document, whose other words are left alone. A section
// without marks is added at the end.
func writeSection(name string, s section, text string) error {
	doc, err := os.ReadFile(name)
	if err != nil {
		return err
	}
	return atomicfile.WriteFile(name, replaceSection(doc, s, text), 0o644)
}

func replaceSection(doc []byte, s section, text string) []byte {
	open, shut := fmt.Appendf(nil, "<!-- bench:%s -->\n", s.name), fmt.Appendf(nil, "<!-- /bench:%s -->\n", s.name)
	from, to := bytes.Index(doc, open), bytes.Index(doc, shut)
	if from < 0 || to < from {
		doc = fmt.Appendf(doc, "\n## %s\n\n%s%s", s.title, open, shut)
		from, to = len(doc)-len(shut)-len(open), len(doc)-len(shut)
	}
	out := bytes.Clone(doc[:from+len(open)])
	out = append(out, strings.TrimSpace(text)+"\n"...)
	return append(out, doc[to:]...)
}

// machine says where and when the figures come from.
func machine() string {
	cpu := "an unknown processor"
	if info, err := os.ReadFile("/proc/cpuinfo"); err == nil {
		for line := range strings.Lines(string(info)) {
			if name, value, ok := strings.Cut(line, ":"); ok && strings.TrimSpace(name) == "model name" {
				cpu = strings.TrimSpace(value)
				break
			}
		}
	}
	kernel, err := exec.Command("uname", "-sr").Output()
	if err != nil {
		kernel = []byte(runtime.GOOS)
	}
	return fmt.Sprintf("Measured %s on %d cores of %s, %s, %s.\n",
		time.Now().UTC().Format(time.DateOnly), runtime.NumCPU(), cpu, bytes.TrimSpace(kernel), runtime.Version())
}
