package main

import (
	"bytes"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"samizdat/internal/archive"
	"samizdat/internal/carry"
	"samizdat/internal/carry/carrytest"
	"samizdat/internal/serve"
	"samizdat/internal/splice"
)

// copyOf writes the copy for target with members, as a file, and opens its archive as the reader does at its own tail.
func copyOf(t *testing.T, runtime []byte, members ...*carry.Member) (string, *archive.Source) {
	t.Helper()
	image, err := carry.New(bytes.NewReader(runtime), int64(len(runtime)), members)
	if err != nil {
		t.Fatal(err)
	}
	return opened(t, image)
}

func opened(t *testing.T, image *carry.Image) (string, *archive.Source) {
	t.Helper()
	data, err := io.ReadAll(io.NewSectionReader(image, 0, image.Size()))
	if err != nil {
		t.Fatal(err)
	}
	name := filepath.Join(t.TempDir(), "copy")
	if err := os.WriteFile(name, data, 0o755); err != nil {
		t.Fatal(err)
	}
	sources, err := archive.Find(archive.Options{Executable: name})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { closeAll(sources) })
	return name, sources[0]
}

func plainZIM(t *testing.T) []byte { return zimOf(t, "plain") }

func zimOf(t *testing.T, kind string) []byte {
	t.Helper()
	name := filepath.Join(t.TempDir(), kind+".zim")
	if err := writeZIM(name, kind); err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func printed(t *testing.T, p *program, src *archive.Source) (list []serve.Program, err error) {
	t.Helper()
	err = p.printable(t.Context(), src, func(made serve.Program) { list = append(list, made) })
	return list, err
}

// A copy with runtimes makes copies for every platform, and each of those makes all the others, byte for byte.
func TestCopiesOfCopies(t *testing.T) {
	runtimes := carrytest.All()
	set, err := carrytest.Set(runtimes, nil)
	if err != nil {
		t.Fatal(err)
	}
	members := []*carry.Member{
		carry.Bytes(carry.ReadmeName, []byte("read me\n")), carry.Bytes(splice.Dossier, plainZIM(t)), carry.Bytes(carry.RuntimesName, set),
	}
	first := map[carry.Target][]byte{}
	for target, runtime := range runtimes {
		name, _ := copyOf(t, runtime, members...)
		if first[target], err = os.ReadFile(name); err != nil {
			t.Fatal(err)
		}
	}
	for _, from := range carry.Targets() {
		name, src := copyOf(t, runtimes[from], members...)
		p := &program{executable: name}
		list, err := printed(t, p, src)
		if err != nil {
			t.Fatalf("from %v: %v", from, err)
		}
		made := map[carry.Target]bool{}
		for _, copied := range list {
			made[copied.Target] = true
			image, release, err := copied.Open(t.Context())
			if err != nil {
				t.Fatalf("from %v, for %v: %v", from, copied.Target, err)
			}
			data, err := io.ReadAll(io.NewSectionReader(image, 0, image.Size()))
			release()
			want := first[copied.Target]
			if copied.Target == carry.Here() { // this program itself: the test calls any kind of program that
				want = first[from]
			}
			if err != nil || copied.Size != int64(len(data)) || !bytes.Equal(data, want) {
				t.Errorf("from %v, for %v: %d bytes, %v; want %d, or others", from, copied.Target, len(data), err, len(want))
			}
		}
		if len(made) != len(carry.Targets()) || len(list) != len(made) {
			t.Errorf("from %v: %d programs for %d platforms", from, len(list), len(made))
		}
	}
}

// A reader that another archive is compiled into is not handed out with a guest's: whoever takes it would take that
// other archive along without knowing.
func TestNoHiddenArchive(t *testing.T) {
	runtime := carrytest.All()[carry.Here()]
	dir := t.TempDir()
	executable, guest := filepath.Join(dir, "reader"), filepath.Join(dir, "guest.zim")
	if err := errors.Join(os.WriteFile(executable, runtime, 0o755), os.WriteFile(guest, plainZIM(t), 0o644)); err != nil {
		t.Fatal(err)
	}
	inside := zimOf(t, "hostile")
	for _, compiled := range []bool{false, true} {
		p := &program{executable: executable, embedded: func() (io.ReaderAt, int64, string, bool) {
			return bytes.NewReader(inside), int64(len(inside)), "inside.zim", compiled
		}}
		sources, err := archive.Find(archive.Options{Paths: []string{guest}})
		if err != nil {
			t.Fatal(err)
		}
		list, err := printed(t, p, sources[0])
		closeAll(sources)
		if err != nil {
			t.Fatal(err)
		}
		if offered := len(list) > 0; offered == compiled {
			t.Errorf("another archive compiled in: %v; the program is offered: %v", compiled, offered)
		}
	}
}

// Damaged runtimes cost what they hold, and are told of; the copy still offers itself.
func TestDamagedRuntimes(t *testing.T) {
	runtimes := carrytest.All()
	whole, err := carrytest.Set(runtimes, nil)
	if err != nil {
		t.Fatal(err)
	}
	wrong, err := carrytest.Set(runtimes, func(index *carry.Index) {
		index.Runtimes[4].SHA256 = strings.Repeat("0", 64)
	})
	if err != nil {
		t.Fatal(err)
	}
	for name, set := range map[string][]byte{"cut": whole[:len(whole)/2], "no xz": []byte("runtimes"), "another sum": wrong} {
		runtime := runtimes[carry.Target{OS: "linux", Arch: "amd64"}]
		executable, src := copyOf(t, runtime, carry.Bytes(splice.Dossier, plainZIM(t)), carry.Bytes(carry.RuntimesName, set))
		list, err := printed(t, &program{executable: executable}, src)
		if err == nil {
			t.Errorf("%s: no error", name)
		}
		if len(list) == 0 || list[0].Target != carry.Here() {
			t.Errorf("%s: %d programs, and not this one first", name, len(list))
		}
		for _, p := range list {
			image, release, err := p.Open(t.Context())
			if err != nil {
				continue // is said when somebody asks
			}
			if p.Size != image.Size() {
				t.Errorf("%s: %v: %d bytes, want %d", name, p.Target, image.Size(), p.Size)
			}
			release()
		}
	}
}
