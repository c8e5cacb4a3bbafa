package main

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"samizdat/internal/archive"
	"samizdat/internal/carry"
	"samizdat/internal/carry/carrytest"
	"samizdat/internal/seal/sealtest"
	"samizdat/internal/splice"
)

// Of a ZIP or a program that the user names, only the archive goes into copies. Its key must not make its archive "ours"
// in them, and its runtimes must not be handed out: they may be anything, and the seal does not cover them.
func TestCopiesOfGuestPayload(t *testing.T) {
	stranger := sealtest.NewSigner(9)
	sealed := sealtest.ZIM(plainZIM(t), stranger, "")
	evil := carrytest.All()
	for target := range evil {
		evil[target] = append(evil[target], "evil"...)
	}
	set, err := carrytest.Set(evil, nil)
	if err != nil {
		t.Fatal(err)
	}
	own := carrytest.All()[carry.Target{OS: "linux", Arch: "amd64"}]
	guest, _ := copyOf(t, own,
		carry.Bytes(carry.ReadmeName, []byte("run me\n")), carry.Bytes("stranger.pub", []byte(stranger.Public()+"\n")),
		carry.Bytes(splice.Dossier, sealed), carry.Bytes(carry.RuntimesName, set))
	sources, err := archive.Find(archive.Options{Paths: []string{guest}})
	if err != nil {
		t.Fatal(err)
	}
	defer closeAll(sources)
	bare := filepath.Join(t.TempDir(), "samizdat")
	if err := os.WriteFile(bare, own, 0o755); err != nil {
		t.Fatal(err)
	}
	p := &program{executable: bare, embedded: func() (io.ReaderAt, int64, string, bool) { return nil, 0, "", false }}

	list, err := printed(t, p, sources[0])
	if err != nil || len(list) != 1 || list[0].Target != carry.Here() {
		t.Fatalf("%d programs, %v; want this one alone", len(list), err)
	}
	image, release, err := list[0].Open(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer release()
	name, src := opened(t, image)
	if line := sealOf(src); src.Known || !strings.HasPrefix(line, "sealed by a key that this program does not know") {
		t.Errorf("in the copy: %q", line)
	}
	f, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	payload, err := splice.Find(bytes.NewReader(f), int64(len(f)))
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, m := range payload.Members {
		names = append(names, m.Name)
	}
	if got, want := strings.Join(names, " "), carry.ReadmeName+" "+carry.LicenseName+" "+splice.Dossier; got != want {
		t.Errorf("the copy carries %s, want %s", got, want)
	}
	section, err := payload.Open(carry.ReadmeName)
	if err != nil {
		t.Fatal(err)
	}
	if text, err := io.ReadAll(section); err != nil || bytes.Contains(text, []byte("run me")) {
		t.Errorf("the README is %q, %v; want one of ours", text, err)
	}

	runtimes, _, release, err := p.runtimes(t.Context(), sources[0])
	if err != nil || len(runtimes) != 1 {
		t.Errorf("stick: %d programs, %v; want this one alone", len(runtimes), err)
	}
	release()
}

// A key that rides in the program makes what it has sealed ours, but it is not said to be the user's.
func TestKeyOfProgram(t *testing.T) {
	publisher := sealtest.NewSigner(1)
	own := carrytest.All()[carry.Target{OS: "linux", Arch: "amd64"}]
	name, src := copyOf(t, own, carry.Bytes("publisher.pub", []byte(publisher.Public()+"\n")), carry.Bytes(splice.Dossier, sealtest.ZIM(plainZIM(t), publisher, "")))
	if line := sealOf(src); !src.Ours || !src.Known || src.Named || !strings.HasPrefix(line, "sealed by a key that came with this program, and is worth as much as the program:") {
		t.Errorf("%q", line)
	}
	pin, ok := src.SealedBy()
	if !ok {
		t.Fatal("not sealed")
	}
	policy := archive.Options{Executable: name}
	policy.Seal.Pin = &pin
	sources, err := archive.Find(policy)
	if err != nil {
		t.Fatal(err)
	}
	defer closeAll(sources)
	if line := sealOf(sources[0]); !sources[0].Named || !strings.HasPrefix(line, "sealed by the key that you gave:") {
		t.Errorf("with --key: %q", line)
	}
}
