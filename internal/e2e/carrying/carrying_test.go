package carrying

import (
	"archive/zip"
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"maps"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// printed is the folder of executables that all tests share, and dossier the archive in them.
var printed, dossier string

func TestMain(m *testing.M) {
	flag.Parse()
	os.Exit(run(m))
}

func run(m *testing.M) int {
	dir, err := os.MkdirTemp("", "carrying-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(dir)
	printed, dossier = filepath.Join(dir, "print"), filepath.Join("..", "..", "..", "assets", "packed", "dossier.zim")
	press := filepath.Join("..", "..", "..", "bin", "samizdat-press")
	out, err := exec.Command(press, "print", dossier, "-o", printed, "--quiet", "--target", "all", "--name", "d").CombinedOutput()
	if err != nil {
		fmt.Fprintf(os.Stderr, "samizdat-press print: %v\n%s\nrun make carry-judges, which builds a press with runtimes\n", err, out)
		return 1
	}
	return m.Run()
}

// executable is the printed one for a platform, like "linux-arm64".
func executable(t *testing.T, platform string) string {
	t.Helper()
	name := filepath.Join(printed, "d-"+platform)
	if _, err := os.Stat(name); err != nil {
		t.Fatal(err)
	}
	return name
}

// judge returns the path of somebody else's program. Without it the test is skipped, or fails with CI=true.
func judge(t *testing.T, names ...string) string {
	t.Helper()
	for _, name := range names {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	if os.Getenv("CI") == "true" {
		t.Fatalf("%s is not installed", names[0])
	}
	t.Skipf("%s is not installed", names[0])
	return ""
}

// say runs a command and returns what it says; it must end well.
func say(t *testing.T, env []string, name string, args ...string) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Env = append(os.Environ(), env...)
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%s: %v\n%s", strings.Join(cmd.Args, " "), err, out)
	}
	return string(out)
}

// serves starts the executable by way of runner, fetches the front page over loopback, and lets it verify its dossier.
func serves(t *testing.T, env []string, runner ...string) {
	t.Helper()
	if out := say(t, env, runner[0], append(runner[1:], "verify", "--quiet")...); strings.Contains(out, "error") {
		t.Errorf("verify: %s", out)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
	defer cancel()
	urlFile := filepath.Join(t.TempDir(), "url")
	cmd := exec.CommandContext(ctx, runner[0], append(runner[1:], "serve", "--no-browser", "--url-file", urlFile)...)
	cmd.Env = append(os.Environ(), env...)
	var errors bytes.Buffer
	cmd.Stderr = &errors
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	defer func() {
		cmd.Process.Kill()
		<-ended
	}()
	url := ""
	tick := time.NewTicker(50 * time.Millisecond) // another program writes the file: there is nothing to wait on
	defer tick.Stop()
	for url == "" {
		select {
		case err := <-ended:
			ended <- err
			t.Fatalf("serve ended: %v\n%s", err, errors.String())
		case <-tick.C:
			b, _ := os.ReadFile(urlFile)
			url = strings.TrimSpace(string(b))
		}
	}
	resp, err := http.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	page, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode != http.StatusOK || !bytes.Contains(page, []byte("<h1")) {
		t.Errorf("%s: %s, %v, %d bytes", url, resp.Status, err, len(page))
	}
}

// Every Linux program runs under emulation of its processor.
func TestLinuxPrograms(t *testing.T) {
	for platform, qemu := range map[string]string{
		"linux-amd64": "x86_64", "linux-386": "i386", "linux-arm64": "aarch64", "linux-arm": "arm", "linux-riscv64": "riscv64",
	} {
		t.Run(platform, func(t *testing.T) {
			var env []string
			if platform == "linux-386" { // qemu-i386 7.2 (Debian 12) does not survive the signals by which Go preempts
				env = []string{"GODEBUG=asyncpreemptoff=1"}
			}
			serves(t, env, judge(t, "qemu-"+qemu+"-static"), executable(t, platform))
		})
	}
}

// The Windows program runs under wine, and again after somebody has signed it.
func TestWindowsProgram(t *testing.T) {
	wine := judge(t, "wine64", "/usr/lib/wine/wine64")
	gcc := judge(t, "x86_64-w64-mingw32-gcc")
	dir := t.TempDir()
	env := []string{"WINEPREFIX=" + filepath.Join(dir, "prefix"), "WINEDEBUG=-all", "WINEDLLOVERRIDES=mscoree,mshtml="}
	say(t, env, wine, "wineboot", "--init")
	system := filepath.Join(dir, "prefix", "drive_c", "windows", "system32") // where Go looks for it, and nowhere else
	say(t, nil, gcc, "-shared", "-o", filepath.Join(system, "bcryptprimitives.dll"), "testdata/bcryptprimitives.c", "-ladvapi32")
	plain := filepath.Join(dir, "plain.exe")
	duplicate(t, executable(t, "windows-amd64.exe"), plain)
	t.Run("plain", func(t *testing.T) { serves(t, env, wine, plain) })

	t.Run("signed", func(t *testing.T) {
		sign, openssl := judge(t, "osslsigncode"), judge(t, "openssl")
		key, cert, signed := filepath.Join(dir, "key.pem"), filepath.Join(dir, "cert.pem"), filepath.Join(dir, "signed.exe")
		say(t, nil, openssl, "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=test", "-keyout", key, "-out", cert)
		say(t, nil, sign, "sign", "-certs", cert, "-key", key, "-in", plain, "-out", signed)
		say(t, nil, sign, "verify", "-CAfile", cert, "-in", signed)
		serves(t, env, wine, signed)
		if out := say(t, nil, judge(t, "unzip"), "-t", signed); !strings.Contains(out, "No errors") {
			t.Errorf("unzip -t: %s", out)
		}
	})
}

func duplicate(t *testing.T, from, to string) {
	t.Helper()
	b, err := os.ReadFile(from)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(to, b, 0o755); err != nil {
		t.Fatal(err)
	}
}

// Common tools take the archive out of the executable, unchanged.
func TestZIPTools(t *testing.T) {
	want, err := os.ReadFile(dossier)
	if err != nil {
		t.Fatal(err)
	}
	for _, platform := range []string{"linux-amd64", "linux-arm", "windows-amd64.exe", "windows-386.exe", "windows-arm64.exe", "android-arm64"} {
		name := executable(t, platform)
		t.Run(platform, func(t *testing.T) {
			t.Run("unzip", func(t *testing.T) {
				if out := say(t, nil, judge(t, "unzip"), "-t", name); !strings.Contains(out, "No errors detected") || strings.Contains(out, "warning") {
					t.Error(out)
				}
			})
			t.Run("python", func(t *testing.T) {
				say(t, nil, judge(t, "python3"), "-c", `import sys, zipfile
z = zipfile.ZipFile(sys.argv[1])
assert z.testzip() is None
assert z.read("dossier.zim") == open(sys.argv[2], "rb").read()`, name, dossier)
			})
			t.Run("go", func(t *testing.T) {
				z, err := zip.OpenReader(name)
				if err != nil {
					t.Fatal(err)
				}
				defer z.Close()
				f, err := z.Open("dossier.zim")
				if err != nil {
					t.Fatal(err)
				}
				if got, err := io.ReadAll(f); err != nil || !bytes.Equal(got, want) {
					t.Errorf("%d bytes, %v", len(got), err)
				}
			})
			if platform == "linux-arm" || platform == "windows-386.exe" {
				return // 7-Zip takes constants in these programs for the start of a ZIP; docs/carrying.md says so
			}
			t.Run("7z", func(t *testing.T) { sevenZip(t, name, want) })
		})
	}
	// Others do not look as far back as to where the signature of a Mac program begins.
	for _, platform := range []string{"darwin-amd64", "darwin-arm64"} {
		t.Run(platform, func(t *testing.T) {
			name := executable(t, platform)
			if z, err := zip.OpenReader(name); err == nil {
				z.Close()
				t.Error("Go opens it; docs/carrying.md says that it does not")
			}
			sevenZip(t, name, want)
		})
	}
}

// sevenZip sees that 7-Zip takes the archive want out of an executable.
func sevenZip(t *testing.T, name string, want []byte) {
	t.Helper()
	dir := t.TempDir()
	say(t, nil, judge(t, "7z"), "x", "-tzip:s64m", "-y", "-o"+dir, name)
	if got, err := os.ReadFile(filepath.Join(dir, "dossier.zim")); err != nil || !bytes.Equal(got, want) {
		t.Errorf("%d bytes, %v", len(got), err)
	}
}

// Mac programs fulfil what codesign --verify --strict asks, by somebody else's reading.
func TestMacPrograms(t *testing.T) {
	for _, platform := range []string{"darwin-amd64", "darwin-arm64"} {
		t.Run(platform, func(t *testing.T) {
			name := executable(t, platform)
			if out := say(t, nil, judge(t, "python3"), "testdata/macho.py", name); !strings.HasPrefix(out, "strict: ") {
				t.Error(out)
			}
			if out := say(t, nil, judge(t, "llvm-objdump", "llvm-objdump-14"), "--macho", "--private-headers", name); !strings.Contains(out, "LC_CODE_SIGNATURE") {
				t.Error(out)
			}
			self := judge(t, filepath.Join(printed, "d-linux-amd64")) // our reader opens it on any system
			say(t, nil, self, "verify", "--quiet", name)
			flip(t, name)
		})
	}
}

// flip sees that the judge notices one changed bit.
func flip(t *testing.T, name string) {
	t.Helper()
	b, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	b[len(b)/2] ^= 1
	other := filepath.Join(t.TempDir(), "flipped")
	if err := os.WriteFile(other, b, 0o644); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command(judge(t, "python3"), "testdata/macho.py", other).CombinedOutput(); err == nil {
		t.Errorf("a changed bit goes unnoticed: %s", out)
	}
}

// Windows programs have a version, a manifest and an icon.
func TestWindowsResources(t *testing.T) {
	for _, platform := range []string{"windows-amd64.exe", "windows-386.exe", "windows-arm64.exe"} {
		out := say(t, nil, judge(t, "wrestool"), "-l", executable(t, platform))
		for _, kind := range []string{"--type=3 ", "--type=14 ", "--type=16 ", "--type=24 "} {
			if !strings.Contains(out, kind) {
				t.Errorf("%s has no resource of %s:\n%s", platform, kind, out)
			}
		}
	}
}

// A copy that broke off says that it is incomplete, on any system.
func TestIncomplete(t *testing.T) {
	self := executable(t, "linux-amd64")
	if _, err := exec.Command(self, "version").Output(); err != nil { // no linux/amd64
		if os.Getenv("CI") == "true" {
			t.Fatal(err)
		}
		t.Skipf("this machine does not run it: %v", err)
	}
	for _, platform := range []string{"linux-amd64", "windows-amd64.exe", "darwin-arm64"} {
		b, err := os.ReadFile(executable(t, platform))
		if err != nil {
			t.Fatal(err)
		}
		for _, lost := range []int{120_000, len(b) / 2} { // in the payload, and in the program
			cut := filepath.Join(t.TempDir(), "cut")
			if err := os.WriteFile(cut, b[:len(b)-lost], 0o755); err != nil {
				t.Fatal(err)
			}
			out, err := exec.Command(self, "info", "--archive", cut).CombinedOutput()
			if err == nil || !strings.Contains(string(out), "incomplete copy") {
				t.Errorf("%s without %d bytes: %v\n%s", platform, lost, err, out)
			}
		}
	}
}

// With --carry a copy holds the runtimes, and prints what the press prints.
func TestCarried(t *testing.T) {
	press := filepath.Join("..", "..", "..", "bin", "samizdat-press")
	dir := t.TempDir()
	say(t, nil, press, "print", dossier, "-o", filepath.Join(dir, "full"), "--carry", "--quiet", "-t", "linux/amd64", "--name", "d")
	z, err := zip.OpenReader(filepath.Join(dir, "full", "d-linux-amd64"))
	if err != nil {
		t.Fatal(err)
	}
	defer z.Close()
	f, err := z.Open("runtimes.tar.xz")
	if err != nil {
		t.Fatal(err)
	}
	set := filepath.Join(dir, "runtimes.tar.xz")
	out, err := os.Create(set)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.Copy(out, f); err != nil {
		t.Fatal(err)
	}
	out.Close()
	answer := say(t, nil, press, "print", filepath.Join(dir, "full", "d-linux-amd64"), "-o", filepath.Join(dir, "again"), "--runtimes", set, "--json", "--name", "d")
	var made struct {
		Files []struct{ File, Target string }
	}
	if err := json.Unmarshal([]byte(answer), &made); err != nil || len(made.Files) < 11 {
		t.Fatalf("%v: %s", err, answer)
	}
	for _, f := range made.Files {
		a, err1 := os.ReadFile(f.File)
		b, err2 := os.ReadFile(filepath.Join(printed, filepath.Base(f.File)))
		if err1 != nil || err2 != nil || !bytes.Equal(a, b) {
			t.Errorf("%s is another file than the press made: %v, %v", f.File, err1, err2)
		}
	}
}

// Where nothing may be started from a stick, start.sh starts a copy, which carries on all that is on the stick, and never leaves it with
// less.
func TestStickThatStartsNothing(t *testing.T) {
	sh := judge(t, "sh")
	press := filepath.Join("..", "..", "..", "bin", "samizdat-press")
	dir := t.TempDir()
	full, next := filepath.Join(dir, "full"), filepath.Join(dir, "next")
	for _, d := range []string{full, next} {
		if err := os.Mkdir(d, 0o700); err != nil {
			t.Fatal(err)
		}
	}
	env := append(os.Environ(), "SAMIZDAT_PASSPHRASE=", "XDG_RUNTIME_DIR="+t.TempDir())
	say(t, env, press, "key", "new", "--no-passphrase", "--out", filepath.Join(dir, "key"))
	zim := filepath.Join(dir, "dossier.zim")
	duplicate(t, dossier, zim)
	say(t, env, press, "sign", zim, "--key", filepath.Join(dir, "key"))
	say(t, env, press, "stick", full, "--from", zim, "--key", filepath.Join(dir, "key"))
	read := func(d string) map[string]string {
		entries, err := os.ReadDir(d)
		if err != nil {
			t.Fatal(err)
		}
		files := map[string]string{}
		for _, e := range entries {
			b, err := os.ReadFile(filepath.Join(d, e.Name()))
			if err != nil {
				t.Fatal(err)
			}
			files[e.Name()] = string(b)
			if err := os.Chmod(filepath.Join(d, e.Name()), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		return files
	}
	want := read(full)
	if _, signed := want["SHA256SUMS.minisig"]; !signed || len(want) < 15 {
		t.Fatalf("only %d files, signed: %t", len(want), signed)
	}
	for _, to := range []string{next, full, next} {
		say(t, env, sh, filepath.Join(full, "start.sh"), "stick", to)
		if got := read(to); !maps.Equal(got, want) {
			t.Errorf("%s holds %q, want %q, or other bytes", filepath.Base(to), slices.Sorted(maps.Keys(got)), slices.Sorted(maps.Keys(want)))
		}
	}
}
