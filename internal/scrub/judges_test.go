package scrub_test

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"samizdat/internal/judge"
)

// exiftool asks it what it finds in the files of a folder.
func exiftool(t *testing.T, dir string) map[string][]string {
	t.Helper()
	name := judge.Tool(t, "exiftool", "libimage-exiftool-perl")
	// Its status is 1 when it is not content with one of the files, which damaged ones are among.
	out, err := exec.Command(name, "-ee", "-a", "-G1", "-s", "-r", dir).Output()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	found := map[string][]string{}
	file := ""
	for line := range strings.Lines(string(out)) {
		if rest, ok := strings.CutPrefix(line, "======== "); ok {
			file = filepath.Base(strings.TrimSpace(rest))
			found[file] = nil
		} else if strings.HasPrefix(line, "[") {
			found[file] = append(found[file], strings.TrimSpace(line))
		}
	}
	return found
}

var (
	// harmless are groups of what exiftool finds: the file itself, the form of the picture, its colours, what it concludes.
	harmless = regexp.MustCompile(`^\[(System|File|ExifTool|Composite|JFIF|Adobe|ICC[-_A-Za-z]*|PNG-pHYs|PNG-cICP|RIFF|GIF|Meta|Track\d+|QuickTime|Matroska|PNG|PDF)\] `)
	// telling are words in names of tags that would tell something in the groups that hold the form too.
	telling  = regexp.MustCompile(`(?i)^\[\w+\] +(\w*(GPS|Location|Artist|Author|Creator|Producer|Software|Comment|Title|Serial|Description|Keywords|Encoder|MuxingApp|WritingApp)\w*|Make|Model|\w*(Create|Modify|Time|Date)\w*Date\w*) *: *(.*)$`)
	oriented = regexp.MustCompile(`^\[IFD0\] +Orientation `)
)

// tell returns the lines of exiftool that tell anything about the makers of a file.
func tell(lines []string) []string {
	return slices.DeleteFunc(slices.Clone(lines), func(line string) bool {
		if oriented.MatchString(line) {
			return true
		}
		if m := telling.FindStringSubmatch(line); m != nil && !strings.HasPrefix(line, "[ICC") && !strings.HasPrefix(line, "[File]") && !strings.HasPrefix(line, "[System]") {
			value := strings.TrimSpace(m[4])
			return value == "" || value == "0000:00:00 00:00:00" || strings.HasPrefix(line, "[ExifTool]")
		}
		return harmless.MatchString(line)
	})
}

// TestExiftool lets exiftool look at every vector, before and after.
func TestExiftool(t *testing.T) {
	before, after := t.TempDir(), t.TempDir()
	kinds := map[string]string{"jpeg": ".jpg", "png": ".png", "gif": ".gif", "webp": ".webp", "movie": ".mp4", "heif": ".avif", "matroska": ".mkv", "pdf": ".pdf"}
	for format, vectors := range allVectors(t) {
		for _, v := range vectors {
			_, out := scrubbed(t, v.file)
			name := format + "-" + strings.ReplaceAll(v.name, " ", "-") + kinds[format]
			for dir, b := range map[string][]byte{before: v.file, after: out} {
				if err := os.WriteFile(filepath.Join(dir, name), b, 0o600); err != nil {
					t.Fatal(err)
				}
			}
		}
	}
	told := 0
	for _, lines := range exiftool(t, before) {
		if len(tell(lines)) > 0 {
			told++
		}
	}
	if told < 40 {
		t.Errorf("exiftool finds something in %d vectors, want 40 at least: the sieve is too wide", told)
	}
	files := exiftool(t, after)
	if len(files) < 90 {
		t.Errorf("exiftool looked at %d files, want 90 at least", len(files))
	}
	for name, lines := range files {
		for _, line := range tell(lines) {
			t.Errorf("%s: %s", name, line)
		}
		for _, line := range lines {
			if strings.Contains(line, "Secret") && !strings.Contains(line, "[System]") {
				t.Errorf("%s: %s", name, line)
			}
		}
	}
}
