package main

import (
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"
)

func TestFileParts(t *testing.T) {
	for path, want := range map[string]string{
		"index.html":      "index.html",
		"статья/қ.html":   "статья/қ.html",
		".":               "%2E",
		"..":              ".%2E",
		"a/../b":          "a/.%2E/b",
		"/abs":            "%00/abs",
		"a//b/":           "a/%00/b/%00",
		"NUL":             "%4EUL",
		"nul.tar.gz":      "%6Eul.tar.gz",
		"Com9 .x":         "%43om9 .x",
		"LPT²":            "%4CPT²",
		"COM":             "COM",
		"COM10":           "COM10",
		"CONIN$":          "%43ONIN$",
		"contents.html":   "contents.html",
		"C:x":             "C%3Ax",
		`a\b`:             "a%5Cb",
		"x. ":             "x.%20",
		"x .":             "x %2E",
		"100%41":          "100%2541",
		"q?a=b|c<d>\"*":   "q%3Fa=b%7Cc%3Cd%3E%22%2A",
		"\x00\x1f\x7f":    "%00%1F%7F",
		"a\xffb":          "a%FFb",
		"A/-/I/.hidden":   "A/-/I/.hidden",
		"~/$HOME/`x`;'&'": "~/$HOME/`x`;'&'",
	} {
		parts, err := fileParts(path)
		if err != nil || strings.Join(parts, "/") != want {
			t.Errorf("fileParts(%q) = %q, %v, want %q", path, parts, err, want)
		}
	}
	if _, err := fileParts(strings.Repeat("я", 128)); err == nil {
		t.Error("a part of 256 bytes has a name")
	}
}

// unescape is the way back that the comment in names.go promises.
func unescape(t *testing.T, name string) string {
	t.Helper()
	var parts []string
	for part := range strings.SplitSeq(name, "/") {
		if part == "%00" {
			parts = append(parts, "")
			continue
		}
		part = strings.TrimSuffix(part, "%")
		var b strings.Builder
		for i := 0; i < len(part); i++ {
			if part[i] != '%' {
				b.WriteByte(part[i])
				continue
			}
			v, err := strconv.ParseUint(part[i+1:i+3], 16, 8)
			if err != nil {
				t.Fatal(err)
			}
			b.WriteByte(byte(v))
			i += 2
		}
		parts = append(parts, b.String())
	}
	return strings.Join(parts, "/")
}

func FuzzFileNames(f *testing.F) {
	for _, s := range []string{"a/b", "../..", "CON/aux.c", "%41", "a%", "\xff/\x01", " . ", "con .txt/LPT¹"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, path string) {
		if strings.Contains(path, "\x00") {
			return // no path of an archive has a zero
		}
		parts, err := fileParts(path)
		if err != nil {
			if len(path) < maxName/3 {
				t.Errorf("fileParts(%q): %v", path, err)
			}
			return
		}
		name := strings.Join(parts, "/")
		if back := unescape(t, name); back != path {
			t.Errorf("%q became %q, which reads back as %q", path, name, back)
		}
		if !filepath.IsLocal(name) || !utf8.ValidString(name) {
			t.Errorf("%q became %q", path, name)
		}
		for _, part := range parts {
			if part == "" || part == "." || part == ".." || isDevice(part) || strings.ContainsAny(part, `<>:"|?*\`+"\x00\x1f") ||
				strings.HasSuffix(part, ".") || strings.HasSuffix(part, " ") {
				t.Errorf("%q has the part %q", path, part)
			}
		}
	})
}

// TestDeepPathsAreLeftOut: a path of thousands of folders takes a small archive no room and an extraction hours.
func TestDeepPathsAreLeftOut(t *testing.T) {
	if _, err := fileParts(strings.Repeat("a/", maxDepth-1) + "a"); err != nil {
		t.Errorf("%d parts: %v", maxDepth, err)
	}
	if _, err := fileParts(strings.Repeat("a/", 32000) + "a"); err == nil {
		t.Error("32,001 parts are taken")
	}
}
