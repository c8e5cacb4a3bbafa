package stick

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"samizdat/internal/zim"
)

// made is an archive as options for a stick.
type made struct {
	data []byte
	opts *Options
}

// build makes an archive called name whose one page is text. It names itself a dossier of ours only if told so.
func build(t testing.TB, name, text string, pad int) made {
	t.Helper()
	return buildDated(t, name, text, pad, "2026-11-25")
}

func buildDated(t testing.TB, name, text string, pad int, date string) made {
	t.Helper()
	return buildEdition(t, name, text, pad, date, "")
}

// buildEdition makes an archive with a date and, if it is not empty, a number.
func buildEdition(t testing.TB, name, text string, pad int, date, number string) made {
	t.Helper()
	f, err := os.Create(filepath.Join(t.TempDir(), "built"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	w, err := zim.NewWriter(f, nil)
	if err != nil {
		t.Fatal(err)
	}
	add := func(path, mime string, data []byte) {
		if err := w.Add(zim.Header{Path: path, Title: text, MIMEType: mime, FrontArticle: mime == "text/html"}, bytes.NewReader(data)); err != nil {
			t.Fatal(err)
		}
	}
	add("index.html", "text/html", []byte("<title>"+text+"</title>"))
	add("pad.bin", "application/octet-stream", bytes.Repeat([]byte("0123456789abcdef"), pad/16))
	metadata := map[string]string{"Name": name, "Title": text, "Language": "eng", "Date": date}
	if number != "" {
		metadata["X-Edition"] = number
	}
	for key, value := range metadata {
		if err := w.AddMetadata(key, []byte(value)); err != nil {
			t.Fatal(err)
		}
	}
	w.SetMainPage("index.html")
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(f.Name())
	if err != nil {
		t.Fatal(err)
	}
	return of(t, data, name)
}

// of makes options for an archive and three programs, which are no real ones.
func of(t testing.TB, data []byte, name string) made {
	t.Helper()
	z, err := zim.NewReader(bytes.NewReader(data), int64(len(data)), nil)
	if err != nil {
		t.Fatal(err)
	}
	return made{data, &Options{
		Archive: bytes.NewReader(data), Size: int64(len(data)), Zim: z, Name: name,
		Runtimes: []Runtime{runtime("windows", "amd64", "one"), runtime("linux", "amd64", "two"), runtime("darwin", "arm64", "three")},
	}}
}

func runtime(goos, goarch, text string) Runtime {
	data := bytes.Repeat([]byte("program "+text+"\n"), 500)
	return Runtime{GOOS: goos, GOARCH: goarch, Open: func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(data)), nil }}
}

// dossier is the packed archive of the repository.
func dossier(t testing.TB) made {
	t.Helper()
	data, err := os.ReadFile("../../assets/packed/dossier.zim")
	if err != nil {
		t.Fatal(err) // it is committed
	}
	return of(t, data, "dossier")
}

// stickIn writes m into dir and fails if it cannot.
func stickIn(t testing.TB, dir string, m made) *Report {
	t.Helper()
	report, err := Write(t.Context(), dir, m.opts)
	if err != nil {
		t.Fatal(err)
	}
	return report
}

// TestFewerPrograms: a copy that carries fewer programs takes none from a stick, unless it is forced; one that is no longer what was
// written stays in any case.
func TestFewerPrograms(t *testing.T) {
	dir := t.TempDir()
	m := build(t, "one", "an edition", 15_000)
	stickIn(t, dir, m)
	before := content(t, dir)
	all := m.opts.Runtimes
	if len(all) < 3 {
		t.Fatalf("only %d programs", len(all))
	}
	for _, edition := range []string{"an edition", "the next edition"} {
		poorer := build(t, "one", edition, 15_000)
		poorer.opts.Runtimes = all[:1]
		_, err := Write(t.Context(), dir, poorer.opts)
		if !errors.Is(err, ErrPrograms) || !strings.Contains(err.Error(), RuntimeName(all[1].GOOS, all[1].GOARCH)) || strings.Contains(err.Error(), RuntimeName(all[0].GOOS, all[0].GOARCH)) {
			t.Errorf("%s: error %v, want ErrPrograms about the others", edition, err)
		}
		if !maps.Equal(content(t, dir), before) {
			t.Errorf("%s: the stick was changed", edition)
		}
	}
	poorer := build(t, "one", "an edition", 15_000)
	poorer.opts.Runtimes, poorer.opts.Force = all[:1], true
	stickIn(t, dir, poorer)
	fresh := t.TempDir()
	if stickIn(t, fresh, poorer); !maps.Equal(content(t, dir), content(t, fresh)) {
		t.Error("forced: another stick than a new one")
	}
	// More programs are welcome.
	if stickIn(t, dir, m); !maps.Equal(content(t, dir), before) {
		t.Error("with all programs again it is another stick")
	}
}

// TestHome: only a stick that has the program is taken for its home.
func TestHome(t *testing.T) {
	dir, elsewhere := t.TempDir(), t.TempDir()
	m := build(t, "one", "an edition", 15_000)
	stickIn(t, dir, m)
	program := filepath.Join(elsewhere, "samizdat")
	b, err := os.ReadFile(filepath.Join(dir, RuntimeName(m.opts.Runtimes[0].GOOS, m.opts.Runtimes[0].GOARCH)))
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		bytes    []byte
		variable string
		want     string
	}{{b, "", elsewhere}, {b, dir, dir}, {b, elsewhere, elsewhere}, {b, filepath.Join(dir, "none"), elsewhere}, {append(b[:len(b):len(b)], 1), dir, elsewhere}} {
		if err := os.WriteFile(program, c.bytes, 0o600); err != nil {
			t.Fatal(err)
		}
		t.Setenv(HomeVariable, c.variable)
		if got := Home(t.Context(), program); got != c.want {
			t.Errorf("%d bytes, %s: %s, want %s", len(c.bytes), c.variable, got, c.want)
		}
	}
}

// content is every file of a folder, by name.
func content(t testing.TB, dir string) map[string]string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	files := map[string]string{}
	for _, e := range entries {
		b, err := os.ReadFile(filepath.Join(dir, e.Name()))
		if err != nil {
			t.Fatal(err)
		}
		files[e.Name()] = string(b)
	}
	return files
}

// checkSums compares every file that SHA256SUMS names.
func checkSums(files map[string]string) error {
	list := files[sumsName]
	if list == "" {
		return nil
	}
	for line := range strings.Lines(list) {
		sum, name, _ := strings.Cut(strings.TrimSpace(line), "  ")
		data, ok := files[name]
		if !ok {
			return fmt.Errorf("%s is in the list and not there", name)
		}
		if got := fmt.Sprintf("%x", sha256.Sum256([]byte(data))); got != sum {
			return fmt.Errorf("%s does not fit the list", name)
		}
	}
	return nil
}

func write1(t testing.TB, dir, name, text string) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

func TestWrite(t *testing.T) {
	dir := t.TempDir()
	write1(t, dir, "holiday.jpg", "foreign")
	m := dossier(t)
	report := stickIn(t, dir, m)
	files := content(t, dir)
	want := []string{
		".metadata_never_index", "README.en.txt", "README.fa.txt", "README.kk.txt", "README.ru.txt", "SHA256SUMS", "START-HERE.html",
		"holiday.jpg", "kazakhstan-2022_en_all.zim", "samizdat-linux-amd64.com", "samizdat-macos-arm64.command",
		"samizdat-windows-amd64.exe", "start.sh",
	}
	if got := slices.Sorted(maps.Keys(files)); !slices.Equal(got, want) {
		t.Errorf("the stick holds %q, want %q", got, want)
	}
	if err := checkSums(files); err != nil {
		t.Error(err)
	}
	if got := strings.Count(files[sumsName], "\n"); got != len(want)-2 { // not the list itself, not the foreign file
		t.Errorf("%d files are listed, want %d", got, len(want)-2)
	}
	if files["kazakhstan-2022_en_all.zim"] != string(m.data) {
		t.Error("the archive is not the one that was given")
	}
	if len(report.Files) != len(want)-2 || report.Parts != 1 || report.Signed || report.Removed != nil {
		t.Errorf("report %+v", report)
	}
	if info, err := os.Stat(filepath.Join(dir, "samizdat-linux-amd64.com")); err != nil || info.Mode().Perm()&0o100 == 0 {
		t.Errorf("the program cannot be run: %v, %v", info.Mode(), err)
	}
}

// A second run copies nothing, but reads everything.
func TestWriteAgain(t *testing.T) {
	dir := t.TempDir()
	m := dossier(t)
	stickIn(t, dir, m)
	d := &faulty{disk: folder(dir), failAt: -1}
	report, err := fill(t.Context(), d, volume{}, m.opts)
	if err != nil {
		t.Fatal(err)
	}
	if d.steps != 0 {
		t.Errorf("%d steps changed something: %q", d.steps, d.log)
	}
	for _, f := range report.Files {
		if !f.Kept {
			t.Errorf("%s was written again", f.Name)
		}
	}
}

// A file that was damaged, or is gone, is written again, and only that.
func TestMend(t *testing.T) {
	dir := t.TempDir()
	m := dossier(t)
	stickIn(t, dir, m)
	whole := content(t, dir)
	damaged := []byte(whole["samizdat-linux-amd64.com"])
	damaged[1000] ^= 1
	write1(t, dir, "samizdat-linux-amd64.com", string(damaged))
	if err := os.Remove(filepath.Join(dir, "README.ru.txt")); err != nil {
		t.Fatal(err)
	}
	report := stickIn(t, dir, m)
	var written []string
	for _, f := range report.Files {
		if !f.Kept {
			written = append(written, f.Name)
		}
	}
	if want := []string{"README.ru.txt", "samizdat-linux-amd64.com"}; !slices.Equal(written, want) {
		t.Errorf("written again: %q, want %q", written, want)
	}
	if !maps.Equal(content(t, dir), whole) {
		t.Error("the stick is not what it was")
	}
}

func TestCut(t *testing.T) {
	dir := t.TempDir()
	m := build(t, "cut", "a cut one", 3_000_000)
	m.opts.PartBytes = 1_000_000
	report := stickIn(t, dir, m)
	if report.Parts != 4 {
		t.Errorf("%d parts, want 4", report.Parts)
	}
	joined := ""
	files := content(t, dir)
	for _, name := range slices.Sorted(maps.Keys(files)) {
		if strings.Contains(name, ".zim") {
			if len(files[name]) > 1_000_000 {
				t.Errorf("%s has %d bytes", name, len(files[name]))
			}
			joined += files[name]
		}
	}
	if joined != string(m.data) {
		t.Error("the parts together are not the archive")
	}
	if !regexp.MustCompile(`^cut-[0-9a-f]{8}\.zimaa$`).MatchString(report.Archive) {
		t.Errorf("the first part is called %s", report.Archive)
	}
	if !strings.Contains(files["README.en.txt"], "cut into pieces") {
		t.Error("the README does not say that the archive is cut")
	}
	// What FAT32 cannot take is cut without being asked.
	if got := partBytes(volume{maxFile: fat32MaxFile}, &Options{}); got != 4294967295 {
		t.Errorf("parts of %d bytes on FAT32", got)
	}
	m.opts.PartBytes = 1
	if _, err := Write(t.Context(), dir, m.opts); err == nil || !strings.Contains(err.Error(), "there are names for 676") {
		t.Errorf("parts of one byte: %v", err)
	}
}

// What an earlier run did not write is neither replaced nor removed.
func TestForeignFiles(t *testing.T) {
	m := dossier(t)
	for name, text := range map[string]string{
		"start.sh":                   "#!/bin/sh\n# mine\n",
		"README.en.txt":              "mine",
		"SHA256SUMS":                 strings.Repeat("0", 64) + "  debian-12.iso\n",
		"kazakhstan-2022_en_all.zim": "mine",
		journalName:                  "mine",
	} {
		dir := t.TempDir()
		write1(t, dir, name, text)
		_, err := Write(t.Context(), dir, m.opts)
		if !errors.Is(err, ErrConflict) || !strings.Contains(err.Error(), name) {
			t.Errorf("%s: %v, want a conflict", name, err)
		}
		if got := content(t, dir); len(got) != 1 || got[name] != text {
			t.Errorf("%s: the folder holds %q", name, slices.Collect(maps.Keys(got)))
		}
	}
	dir := t.TempDir()
	if err := os.Mkdir(filepath.Join(dir, startPage), 0o755); err != nil {
		t.Fatal(err)
	}
	if _, err := Write(t.Context(), dir, m.opts); !errors.Is(err, ErrConflict) {
		t.Errorf("a folder in the way: %v", err)
	}
	// The signature of somebody's own list.
	dir = t.TempDir()
	write1(t, dir, sigName, "mine")
	if _, err := Write(t.Context(), dir, m.opts); !errors.Is(err, ErrConflict) {
		t.Errorf("a signature in the way: %v", err)
	}
}

func TestAnotherArchiveIsNotReplaced(t *testing.T) {
	dir := t.TempDir()
	stickIn(t, dir, build(t, "one", "one", 100))
	before := content(t, dir)
	if _, err := Write(t.Context(), dir, build(t, "two", "two", 100).opts); !errors.Is(err, ErrOther) {
		t.Errorf("error %v, want ErrOther", err)
	}
	if !maps.Equal(content(t, dir), before) {
		t.Error("the stick has changed")
	}
}

func TestDamagedArchiveIsNotSpread(t *testing.T) {
	dir := t.TempDir()
	m := build(t, "one", "one", 100_000)
	m.data[len(m.data)/2] ^= 1
	if _, err := Write(t.Context(), dir, m.opts); !errors.Is(err, ErrDamaged) {
		t.Errorf("error %v, want ErrDamaged", err)
	}
	if got := content(t, dir); len(got) != 0 {
		t.Errorf("something was written: %q", slices.Collect(maps.Keys(got)))
	}
}

func TestRoom(t *testing.T) {
	dir := t.TempDir()
	m := build(t, "one", "one", 100_000)
	v := volume{free: 200_000, cluster: 32 << 10, known: true}
	if _, err := fill(t.Context(), folder(dir), v, m.opts); !errors.Is(err, ErrSpace) {
		t.Errorf("error %v, want ErrSpace", err)
	}
	if got := content(t, dir); len(got) != 0 {
		t.Errorf("something was written: %q", slices.Collect(maps.Keys(got)))
	}
	if real, err := volumeOf(dir); err != nil || real.known && real.free <= 0 {
		t.Errorf("the real volume: %+v, %v", real, err)
	}
}

func TestCancelled(t *testing.T) {
	dir := t.TempDir()
	ctx, cancel := context.WithCancel(t.Context())
	m := build(t, "one", "one", 3_000_000)
	m.opts.Progress = func(what string, done, _ int64) {
		if strings.HasPrefix(what, "write") && done > 1_500_000 {
			cancel()
		}
	}
	if _, err := Write(ctx, dir, m.opts); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v", err)
	}
	if got := content(t, dir); len(got) != 0 {
		t.Errorf("left: %q", slices.Collect(maps.Keys(got)))
	}
}

func TestSignature(t *testing.T) {
	dir := t.TempDir()
	m := build(t, "one", "one", 100)
	var signed string
	m.opts.Sign = func(sums []byte) ([]byte, error) {
		signed = string(sums)
		return []byte("a signature"), nil
	}
	if report := stickIn(t, dir, m); report.Signed || !strings.Contains(strings.Join(report.Notes, " "), "not checked") {
		t.Errorf("anybody's signature counts: %+v", report)
	}
	files := content(t, dir)
	if files[sumsName] != signed || files[sigName] != "a signature" {
		t.Errorf("signed %q, and the signature is %q", signed, files[sigName])
	}
	// The same content again, by somebody without the key: the signature stays.
	m.opts.Sign = nil
	if report := stickIn(t, dir, m); report.Signed || content(t, dir)[sigName] == "" || !strings.Contains(strings.Join(report.Notes, " "), "not checked") {
		t.Errorf("the signature did not stay, or counts: %+v", report)
	}
	// Another edition without a signature: the old one goes.
	if report := stickIn(t, dir, build(t, "one", "two", 100)); report.Signed || content(t, dir)[sigName] != "" {
		t.Error("a signature of another list stayed")
	}
}

func TestNames(t *testing.T) {
	for in, want := range map[string]string{
		"kazakhstan-2022_en_all": "kazakhstan-2022_en_all",
		"CON":                    "archive-con",
		"nul.txt":                "archive-nul.txt",
		"../../etc/passwd":       "etc-passwd",
		"a.":                     "a",
		"Қазақстан":              "archive",
		"a b  c":                 "a-b-c",
		"":                       "archive",
		"samizdat-linux":         "archive-samizdat-linux",
		strings.Repeat("x", 300): strings.Repeat("x", 64),
	} {
		got := archiveBase(in)
		if got != want {
			t.Errorf("archiveBase(%q) = %q, want %q", in, got, want)
		}
		if base, ok := baseOf(archiveName(got)); !ok || base != got {
			t.Errorf("baseOf(%q) = %q, %v", archiveName(got), base, ok)
		}
		if base, ok := baseOf(partName(got, digest{1, 2, 3, 4}, 27)); !ok || base != got {
			t.Errorf("baseOf of a part = %q, %v", base, ok)
		}
	}
	for _, p := range [][2]string{{"windows", "386"}, {"darwin", "arm64"}, {"linux", "riscv64"}, {"android", "arm64"}} {
		if goos, goarch, ok := platformOf(RuntimeName(p[0], p[1])); !ok || goos != p[0] || goarch != p[1] {
			t.Errorf("platformOf(%q) = %s, %s, %v", RuntimeName(p[0], p[1]), goos, goarch, ok)
		}
	}
}
