package main

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"samizdat/internal/carry"
	"samizdat/internal/judge"
	"samizdat/internal/seal/sealtest"
	"samizdat/internal/splice"
)

// host is a machine of its own: a network namespace, whose only ways out are the links that the test makes.
type host struct {
	t    *testing.T
	name string
	dir  string
}

// hosts makes n machines in a row, each linked to the next: machine i has 10.77.i.1 on its link to the next one,
// and 10.77.(i-1).2 on that to the one before.
func hosts(t *testing.T, n int) []*host {
	t.Helper()
	for tool, debian := range map[string]string{"ip": "iproute2", "curl": "curl", "sha256sum": "coreutils"} {
		judge.Tool(t, tool, debian)
	}
	run := func(args ...string) error {
		out, err := exec.Command("ip", args...).CombinedOutput()
		if err != nil {
			return fmt.Errorf("ip %s: %w: %s", strings.Join(args, " "), err, bytes.TrimSpace(out))
		}
		return nil
	}
	var all []*host
	for i := range n {
		h := &host{t, fmt.Sprintf("samizdat-%d-%d", os.Getpid(), i), t.TempDir()}
		if err := run("netns", "add", h.name); err != nil {
			judge.Missing(t, "NOT TESTED: two hosts. Network namespaces are not allowed here (root is needed): "+err.Error())
		}
		t.Cleanup(func() { _ = run("netns", "del", h.name) })
		all = append(all, h)
	}
	for i := 1; i < n; i++ {
		left, right := all[i-1].name, all[i].name
		for _, args := range [][]string{
			{"link", "add", "wlan0", "netns", left, "type", "veth", "peer", "name", "eth0", "netns", right},
			{"-n", left, "addr", "add", fmt.Sprintf("10.77.%d.1/24", i-1), "dev", "wlan0"},
			{"-n", right, "addr", "add", fmt.Sprintf("10.77.%d.2/24", i-1), "dev", "eth0"},
			{"-n", left, "link", "set", "wlan0", "up"},
			{"-n", right, "link", "set", "eth0", "up"},
		} {
			if err := run(args...); err != nil {
				judge.Missing(t, "NOT TESTED: two hosts. Links between network namespaces are not allowed here: "+err.Error())
			}
		}
	}
	for _, h := range all {
		if err := run("-n", h.name, "link", "set", "lo", "up"); err != nil {
			t.Fatal(err)
		}
	}
	return all
}

// command is a command on h, in its folder.
func (h *host) command(args ...string) *exec.Cmd {
	cmd := exec.Command("ip", append([]string{"netns", "exec", h.name}, args...)...)
	cmd.Dir = h.dir
	return cmd
}

// run runs a command on h and returns what it prints and its exit status.
func (h *host) run(args ...string) (string, int) {
	h.t.Helper()
	out, err := h.command(args...).CombinedOutput()
	if _, ok := err.(*exec.ExitError); err != nil && !ok {
		h.t.Fatalf("%s: %v", args, err)
	}
	return string(out), h.status(err)
}

func (h *host) status(err error) int {
	if exit, ok := err.(*exec.ExitError); ok {
		return exit.ExitCode()
	}
	return 0
}

func (h *host) must(args ...string) string {
	h.t.Helper()
	out, status := h.run(args...)
	if status != 0 {
		h.t.Fatalf("%s: %s: exit status %d\n%s", h.name, args, status, out)
	}
	return out
}

// share starts program on h and returns the address for others, and what stops it again.
func (h *host) share(program string, args ...string) (url string, stop func()) {
	h.t.Helper()
	file := filepath.Join(h.dir, "url")
	cmd := h.command(append([]string{program, "share", "--no-browser", "--url-file", file}, args...)...)
	var said bytes.Buffer
	cmd.Stdout, cmd.Stderr = &said, &said
	if err := cmd.Start(); err != nil {
		h.t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	stop = func() {
		h.t.Helper()
		if err := cmd.Process.Signal(syscall.SIGINT); err != nil {
			return // it has ended, and that was said
		}
		select {
		case err := <-ended:
			if err != nil {
				h.t.Errorf("%s: share: %v\n%s", h.name, err, said.String())
			}
		case <-time.After(patience):
			_ = cmd.Process.Kill()
			h.t.Errorf("%s: share does not end", h.name)
		}
		if _, err := os.Stat(file); err == nil {
			h.t.Errorf("%s: the file with the address is left", h.name)
		}
	}
	for deadline := time.Now().Add(patience); ; {
		if text, err := os.ReadFile(file); err == nil {
			return strings.TrimSpace(string(text)), stop
		}
		select {
		case err := <-ended:
			h.t.Fatalf("%s: share: %v\n%s", h.name, err, said.String())
		case <-time.After(5 * time.Millisecond):
		}
		if time.Now().After(deadline) {
			_ = cmd.Process.Kill()
			h.t.Fatalf("%s: share prints no address\n%s", h.name, said.String())
		}
	}
}

// agents are what browsers on machines like this one say they are.
var agents = map[string]string{
	"amd64": "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36", "arm64": "Mozilla/5.0 (X11; Linux aarch64) AppleWebKit/537.36",
	"386": "Mozilla/5.0 (X11; Linux i686) AppleWebKit/537.36", "arm": "Mozilla/5.0 (X11; Linux armv7l) AppleWebKit/537.36", "riscv64": "Mozilla/5.0 (X11; Linux riscv64) AppleWebKit/537.36",
}

// take downloads on h, from url, what /get offers first to a machine like this: the first 5,000,000 bytes, then the
// rest. It returns the file's path.
func (h *host) take(url string) string {
	h.t.Helper()
	page := h.must("curl", "-sf", "-A", agents[carry.Here().Arch], url+"get")
	found := offered.FindStringSubmatch(page)
	if found == nil {
		h.t.Fatalf("%s: nothing to download in\n%s", h.name, page)
	}
	if want := carry.Here().FileName("test-plain"); found[2] != want {
		h.t.Errorf("%s: %s is offered first, want %s", h.name, found[2], want)
	}
	file := filepath.Join(h.dir, found[2])
	h.must("curl", "-sf", "-r", "0-4999999", "-o", file, url+found[1])
	if info, err := os.Stat(file); err != nil || info.Size() != 5_000_000 {
		h.t.Fatalf("%s: the first part: %v, %v", h.name, info, err)
	}
	if out, status := h.run("chmod", "+x", file); status != 0 {
		h.t.Fatal(out)
	}
	if _, status := h.run(file, "verify"); status == 0 {
		h.t.Errorf("%s: half a program says that it is whole", h.name)
	}
	h.must("curl", "-sf", "-C", "-", "-o", file, url+found[1])
	sums := h.must("curl", "-sf", url+"get/dossier/SHA256SUMS")
	if err := os.WriteFile(filepath.Join(h.dir, "SHA256SUMS"), []byte(sums), 0o600); err != nil {
		h.t.Fatal(err)
	}
	h.must("sha256sum", "--quiet", "--ignore-missing", "-c", "SHA256SUMS")
	return file
}

// TestHostToHost is how an archive travels: the first machine shares it, the second takes the program from it, checks it
// with the publisher's key and shares it on; the third then holds what the first one did, byte for byte.
func TestHostToHost(t *testing.T) {
	if testing.Short() {
		t.Skip("builds the program")
	}
	row := hosts(t, 3)
	a, b, c := row[0], row[1], row[2]

	reader := filepath.Join(t.TempDir(), "samizdat")
	build := exec.Command("go", "build", "-trimpath", "-buildvcs=false", "-ldflags", "-s -w", "-tags", "bare", "-o", reader, ".")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("go build: %v\n%s", err, out)
	}
	zimFile := filepath.Join(t.TempDir(), "plain.zim")
	if err := writeZIM(zimFile, "plain"); err != nil {
		t.Fatal(err)
	}
	archive, err := os.ReadFile(zimFile)
	if err != nil {
		t.Fatal(err)
	}
	signer := sealtest.NewSigner(1)
	archive = sealtest.ZIM(archive, signer, "edition 1")
	first := filepath.Join(a.dir, "first")
	printProgram(t, first, reader, carry.Bytes(carry.ReadmeName, []byte("read me\n")), carry.Bytes(splice.Dossier, archive))

	url, stop := a.share(first)
	if want := "http://10.77.0.1:8470/"; url != want {
		t.Errorf("the first machine shares at %s, want %s", url, want)
	}
	second := b.take(url)
	same(t, first, second)
	if out, status := b.run("curl", "-s", "-X", "POST", "-H", "Sec-Fetch-Site: same-origin", "-H", "Origin: "+strings.TrimSuffix(url, "/"), "-w", "%{http_code}", "-o", "/dev/null", url+"-/quit"); out != "404" {
		t.Errorf("quit from the room: %s, exit status %d", out, status)
	}
	if out, status := c.run("curl", "-s", "-m", "2", url); status == 0 {
		t.Errorf("a machine in another network reaches it: %s", out)
	}
	stop()
	if out, status := b.run("curl", "-s", "-m", "2", url); status == 0 {
		t.Errorf("it answers after the end: %s", out)
	}

	if out := b.must(second, "verify", "--key", signer.Public()); !strings.Contains(out, "sealed by "+signer.Public()) {
		t.Errorf("verify --key says\n%s", out)
	}
	if out, status := b.run(second, "verify", "--key", sealtest.NewSigner(2).Public()); status != 4 {
		t.Errorf("verify with another key: exit status %d, want 4\n%s", status, out)
	}

	url, stop = b.share(second, "--address", "10.77.1.1", "--for", "10m")
	defer stop()
	third := c.take(url)
	same(t, first, third)
	if out := c.must(third, "cat", "index.html"); !strings.Contains(out, "Hello") {
		t.Errorf("the third generation reads\n%s", out)
	}
}

// printProgram writes the executable of runtime and members.
func printProgram(t *testing.T, name, runtime string, members ...*carry.Member) {
	t.Helper()
	in, err := os.Open(runtime)
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	info, err := in.Stat()
	if err != nil {
		t.Fatal(err)
	}
	image, err := carry.New(in, info.Size(), members)
	if err != nil {
		t.Fatal(err)
	}
	out, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o755)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.Copy(out, io.NewSectionReader(image, 0, image.Size())); err != nil {
		t.Fatal(err)
	}
	if err := out.Close(); err != nil {
		t.Fatal(err)
	}
}

// same fails unless the files have the same bytes.
func same(t *testing.T, want, got string) {
	t.Helper()
	a, err := os.ReadFile(want)
	if err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile(got)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(a, b) {
		t.Errorf("%s has %d bytes, %s has %d, or others", got, len(b), want, len(a))
	}
}
