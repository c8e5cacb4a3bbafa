package main

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"samizdat/internal/archive"
	"samizdat/internal/carry"
	"samizdat/internal/carry/carrytest"
	"samizdat/internal/messages"
	"samizdat/internal/serve"
	"samizdat/internal/splice"
	"samizdat/internal/stick"
)

// onStick are the names of the programs on a stick: those that FAT, as Linux mounts it, and the Finder start.
var onStick = map[string]string{
	"windows/amd64": "samizdat-windows-amd64.exe", "windows/386": "samizdat-windows-386.exe", "windows/arm64": "samizdat-windows-arm64.exe",
	"darwin/amd64": "samizdat-macos-amd64.command", "darwin/arm64": "samizdat-macos-arm64.command",
	"linux/amd64": "samizdat-linux-amd64.com", "linux/386": "samizdat-linux-386.com", "linux/arm64": "samizdat-linux-arm64.com",
	"linux/arm": "samizdat-linux-arm.com", "linux/riscv64": "samizdat-linux-riscv64.com", "android/arm64": "samizdat-android-arm64",
}

// copiesWith returns the copies that have runtimes with them, by where they have them: name of the program, and its archive.
func copiesWith(t *testing.T, runtimes map[carry.Target][]byte, zim []byte) map[string]func() (string, *archive.Source) {
	t.Helper()
	set, err := carrytest.Set(runtimes, nil)
	if err != nil {
		t.Fatal(err)
	}
	own := runtimes[carry.Target{OS: "linux", Arch: "amd64"}]
	inFolder := func(files map[string][]byte) (string, *archive.Source) {
		dir := t.TempDir()
		for name, data := range files {
			if err := os.WriteFile(filepath.Join(dir, name), data, 0o755); err != nil {
				t.Fatal(err)
			}
		}
		sources, err := archive.Find(archive.Options{Paths: []string{filepath.Join(dir, "d.zim")}})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { closeAll(sources) })
		return filepath.Join(dir, "samizdat"), sources[0]
	}
	return map[string]func() (string, *archive.Source){
		"inside": func() (string, *archive.Source) {
			return copyOf(t, own, carry.Bytes(splice.Dossier, zim), carry.Bytes(carry.RuntimesName, set))
		},
		"beside": func() (string, *archive.Source) {
			return inFolder(map[string][]byte{"samizdat": own, "d.zim": zim, carry.RuntimesName: set})
		},
		"inside, but another archive is read": func() (string, *archive.Source) {
			name, _ := copyOf(t, own, carry.Bytes(splice.Dossier, plainZIM(t)), carry.Bytes(carry.RuntimesName, set))
			_, src := inFolder(map[string][]byte{"d.zim": zim})
			return name, src
		},
	}
}

// fill makes a stick of src with what p carries.
func fill(t *testing.T, p *program, src *archive.Source) string {
	t.Helper()
	dir := t.TempDir()
	runtimes, notes, release, err := p.runtimes(t.Context(), src)
	if err != nil {
		t.Fatal(err)
	}
	defer release()
	if len(notes) > 0 {
		t.Errorf("notes: %q", notes)
	}
	if _, err := stick.Write(t.Context(), dir, &stick.Options{Archive: src.R, Size: src.Size, Zim: src.Zim, Name: src.Name, Runtimes: runtimes}); err != nil {
		t.Fatal(err)
	}
	return dir
}

// A stick gets the program of every platform that the copy carries: the same bytes for every dossier, and again from
// stick to stick.
func TestStickCarriesEveryRuntime(t *testing.T) {
	runtimes := carrytest.All()
	for where, make := range copiesWith(t, runtimes, zimOf(t, "plain")) {
		name, src := make()
		first := fill(t, &program{executable: name}, src)
		name, src = copiesWith(t, runtimes, zimOf(t, "hostile"))[where]()
		second := fill(t, &program{executable: name}, src)
		sources, err := archive.Find(archive.Options{Executable: filepath.Join(first, onStick["linux/amd64"])})
		if err != nil {
			t.Fatal(err)
		}
		third := fill(t, &program{executable: filepath.Join(first, onStick["linux/amd64"])}, sources[0])
		closeAll(sources)
		for target, want := range runtimes {
			for n, dir := range []string{first, second, third} {
				got, err := os.ReadFile(filepath.Join(dir, onStick[target.String()]))
				if err != nil || !bytes.Equal(got, want) {
					t.Errorf("%s: stick %d: %v: %d bytes, %v; want the runtime's %d", where, n, target, len(got), err, len(want))
				}
			}
		}
		a, errA := filepath.Glob(filepath.Join(first, "*.zim"))
		b, errB := filepath.Glob(filepath.Join(second, "*.zim"))
		if errA != nil || errB != nil || len(a) != 1 || len(b) != 1 || filepath.Base(a[0]) == filepath.Base(b[0]) {
			t.Errorf("%s: archives %v and %v, want two dossiers", where, a, b)
		}
	}
}

// A set that is damaged is said so, and nothing of it goes onto a stick.
func TestStickOfDamagedRuntimes(t *testing.T) {
	own := carrytest.All()[carry.Target{OS: "linux", Arch: "amd64"}]
	name, src := copyOf(t, own, carry.Bytes(splice.Dossier, plainZIM(t)), carry.Bytes(carry.RuntimesName, []byte("no xz")))
	if _, _, _, err := (&program{executable: name}).runtimes(t.Context(), src); err == nil || !strings.Contains(err.Error(), "runtimes.tar.xz of this copy") {
		t.Errorf("got %v", err)
	}
	wrong, err := carrytest.Set(carrytest.All(), func(i *carry.Index) { i.Runtimes[3].SHA256 = strings.Repeat("0", 64) })
	if err != nil {
		t.Fatal(err)
	}
	name, src = copyOf(t, own, carry.Bytes(splice.Dossier, plainZIM(t)), carry.Bytes(carry.RuntimesName, wrong))
	runtimes, _, release, err := (&program{executable: name}).runtimes(t.Context(), src)
	if err != nil {
		t.Fatal(err)
	}
	defer release()
	dir := t.TempDir()
	_, err = stick.Write(t.Context(), dir, &stick.Options{Archive: src.R, Size: src.Size, Zim: src.Zim, Runtimes: runtimes})
	left, _ := os.ReadDir(dir)
	if err == nil || !strings.Contains(err.Error(), "SHA-256") || len(left) != 0 {
		t.Errorf("got %v, and %d files are left", err, len(left))
	}
}

// offered is a file on /get: its address and name.
var offered = regexp.MustCompile(`href="/(get/[^"]+)" download="([^"]+)"`)

// Visitors get the executable for their machine from /get, by User-Agent first: what print made for it, in any piece,
// from a copy that carries runtimes inside, and from a stick.
func TestGetForEveryPlatform(t *testing.T) {
	runtimes := carrytest.All()
	zim := zimOf(t, "plain")
	places := copiesWith(t, runtimes, zim)
	insideName, inside := places["inside"]()
	dir := fill(t, &program{executable: insideName}, inside)
	sources, err := archive.Find(archive.Options{Executable: filepath.Join(dir, onStick["linux/amd64"])})
	if err != nil {
		t.Fatal(err)
	}
	defer closeAll(sources)
	set, err := carrytest.Set(runtimes, nil)
	if err != nil {
		t.Fatal(err)
	}
	travelled := []*carry.Member{carry.Bytes(splice.Dossier, zim), carry.Bytes(carry.RuntimesName, set)}
	laid, err := carry.Payload(sources[0])
	if err != nil {
		t.Fatal(err)
	}
	for _, from := range []struct {
		where   string
		p       *program
		src     *archive.Source
		members []*carry.Member // of what visitors get
	}{
		{"inside", &program{executable: insideName}, inside, travelled},
		{"a stick", &program{executable: filepath.Join(dir, onStick["linux/amd64"])}, sources[0], laid},
	} {
		server, err := serve.New(serve.Config{Archives: []*archive.Source{from.src}, Loopback: true, Programs: from.p.printable})
		if err != nil {
			t.Fatal(err)
		}
		listener, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		ctx, stop := context.WithCancel(t.Context())
		ended := make(chan error, 1)
		go func() { ended <- server.Serve(ctx, listener) }()
		get := func(target string, header ...string) (*http.Response, []byte) {
			r, err := http.NewRequest(http.MethodGet, "http://"+listener.Addr().String()+target, nil)
			if err != nil {
				t.Fatal(err)
			}
			for i := 0; i < len(header); i += 2 {
				r.Header.Set(header[i], header[i+1])
			}
			resp, err := http.DefaultClient.Do(r)
			if err != nil {
				t.Fatal(err)
			}
			defer resp.Body.Close()
			body, err := io.ReadAll(resp.Body)
			if err != nil {
				t.Error(err)
			}
			return resp, body
		}
		counting := messages.For("en").Text("check.running")
		for agent, target := range map[string]carry.Target{
			"Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:149.0) Gecko/20100101 Firefox/149.0": {OS: "windows", Arch: "amd64"},
			"Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7)":                                  {OS: "darwin", Arch: "arm64"},
			"Mozilla/5.0 (X11; Linux aarch64) AppleWebKit/537.36":                              {OS: "linux", Arch: "arm64"},
			"Mozilla/5.0 (X11; Linux riscv64) AppleWebKit/537.36":                              {OS: "linux", Arch: "riscv64"},
		} {
			_, page := get("/get", "User-Agent", agent)
			for bytes.Contains(page, []byte(counting)) { // each answer waits for more
				_, page = get("/get", "User-Agent", agent)
			}
			found := offered.FindSubmatch(page)
			if found == nil || !strings.HasSuffix(string(found[2]), target.FileName("")) {
				t.Errorf("%s: %s: first is %q, want the one for %v\n%s", from.where, agent, found, target, page)
				continue
			}
			image, err := carry.New(bytes.NewReader(runtimes[target]), int64(len(runtimes[target])), from.members)
			if err != nil {
				t.Fatal(err)
			}
			want, err := io.ReadAll(io.NewSectionReader(image, 0, image.Size()))
			if err != nil {
				t.Fatal(err)
			}
			whole, got := get("/" + string(found[1]))
			if whole.StatusCode != http.StatusOK || whole.ContentLength != int64(len(want)) || !bytes.Equal(got, want) {
				t.Errorf("%s: %v: %s, %d bytes of %d; want %d", from.where, target, whole.Status, len(got), whole.ContentLength, len(want))
			}
			piece, got := get("/"+string(found[1]), "Range", "bytes=1000-90000")
			if piece.StatusCode != http.StatusPartialContent || !bytes.Equal(got, want[1000:min(90001, len(want))]) {
				t.Errorf("%s: %v: a piece: %s, %d bytes", from.where, target, piece.Status, len(got))
			}
		}
		stop()
		if err := <-ended; err != nil && !errors.Is(err, context.Canceled) {
			t.Error(err)
		}
	}
}
