package main

import (
	"archive/zip"
	"bytes"
	"context"
	"crypto/md5"
	"errors"
	"fmt"
	"image"
	"image/png"
	"io"
	"net"
	"net/http"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"samizdat/internal/command"
	"samizdat/internal/search"
	"samizdat/internal/search/searchtest"
	"samizdat/internal/serve"
	"samizdat/internal/zim"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){
		"samizdat":      carrying,
		"samizdat-real": main,
	})
}

// lanOf are the networks that a script has the machine be in: addresses with a comma between them.
func lanOf(list string) ([]serve.Network, error) {
	if list == "" {
		return nil, serve.ErrNoNetwork
	}
	var all []serve.Network
	for text := range strings.SplitSeq(list, ",") {
		ip := netip.MustParseAddr(text)
		all = append(all, serve.Network{Addr: ip, Interface: "test0", Private: ip.IsLoopback() || ip.IsPrivate()})
	}
	return all, nil
}

// carrying is main with the world chosen by the script: $CARRIED is the compiled-in archive, $PROGRAM the path that
// the program believes to have, $LAN the addresses in networks. All may be empty.
func carrying() {
	ctx, stop := command.Signals(context.Background())
	defer stop()
	p := &program{
		version:    "0.0-test",
		executable: os.Getenv("PROGRAM"),
		embedded: func() (io.ReaderAt, int64, string, bool) {
			data, err := os.ReadFile(os.Getenv("CARRIED"))
			return bytes.NewReader(data), int64(len(data)), "carried.zim", err == nil
		},
	}
	if lan, ok := os.LookupEnv("LAN"); ok {
		p.networks = func() ([]serve.Network, error) { return lanOf(lan) }
	}
	os.Exit(p.run(ctx, os.Args[1:], os.Stdin, os.Stdout, os.Stderr))
}

// TestScripts runs testdata/script. Beside the commands of testscript there are:
//
//	exits STATUS COMMAND…   run it and expect this exit status; stdout and stderr look at its output
//	mkzim FILE [KIND]       write an archive: plain, hostile (paths that are dangerous as file names), big, old
//	(WORDS is an archive with an index; in that of DAMAGED_WORDS the postings of "january" are damaged)
//	sealzim FILE [SEED]     seal it with the key made from SEED, 1 if not given; "-" leaves it unsigned
//	flip FILE OFFSET        change one byte; a negative offset counts from the end, "zstd" is the first compressed cluster
//	truncate FILE SIZE      with a sign: to so many bytes more or less than it has
//	cut FILE SIZE…          into FILEaa, FILEab, … of these sizes and the rest; FILE itself goes
//	wrap FILE OUT           FILE in the middle of OUT, from byte 12 on
//	zip OUT [-0] FILE…      make a ZIP, with -0 of stored members
//	waitfor FILE [noted]    until it exists; with any second word, until it has content
//	get FILE PATH STATUS [TEXT]   ask the server whose address is in FILE; the answer must contain TEXT
//	quit FILE               press the button
//	occupy VARIABLE         set it to a port that somebody else listens on
func TestScripts(t *testing.T) {
	words := searchtest.Archive(t, "words.zim", []searchtest.Page{
		{Path: "index.html", Language: "en", Section: "articles", Title: "Networks", Text: "The networks were &quot;shut down&quot; in January."},
		{Path: "ru.html", Language: "ru", Section: "statements", Title: "Улицы", Text: "Протестующие вышли на улицы \x1b[31mгорода."},
	}, &search.IndexOptions{Mixed: true, NGrams: true})
	b, err := os.ReadFile(words)
	if err != nil {
		t.Fatal(err)
	}
	damaged := filepath.Join(t.TempDir(), "damaged.zim")
	if err := os.WriteFile(damaged, b, 0o600); err != nil {
		t.Fatal(err)
	}
	searchtest.Damage(t, damaged, "january")
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata/script",
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		Setup: func(env *testscript.Env) error {
			env.Setenv("WORDS", words)
			env.Setenv("DAMAGED_WORDS", damaged)
			env.Setenv("NO_COLOR", "1")
			env.Setenv("CARRIED", "")
			env.Setenv("PROGRAM", "")
			self, err := os.Executable()
			env.Setenv("SELF", self) // this test, which is an executable that carries nothing
			return err
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"exits": exits, "mkzim": mkzim, "sealzim": sealZIM, "flip": flip, "truncate": truncate,
			"cut": cut, "wrap": wrap, "zip": makeZIP,
			"waitfor": waitFor, "get": get, "quit": quit, "occupy": occupy,
		},
	})
}

// want fails the script unless it gave that many arguments at least.
func want(ts *testscript.TestScript, neg bool, args []string, n int) {
	if neg || len(args) < n {
		ts.Fatalf("see TestScripts for how to use this")
	}
}

func exits(ts *testscript.TestScript, neg bool, args []string) {
	want(ts, neg, args, 2)
	err := ts.Exec(args[1], args[2:]...)
	status := 0
	var exit *exec.ExitError
	switch {
	case errors.As(err, &exit):
		status = exit.ExitCode()
	case err != nil:
		ts.Fatalf("%v", err)
	}
	if strconv.Itoa(status) != args[0] {
		ts.Fatalf("exit status %d, want %s\nstdout:\n%s\nstderr:\n%s", status, args[0], ts.ReadFile("stdout"), ts.ReadFile("stderr"))
	}
}

// entries of the archives that mkzim writes: path, type, content. They are added in this order.
var kinds = map[string][][3]string{
	"plain": {
		{"media/dot.png", "image/png", "\x89PNG not really"},
		{"index.html", "text/html", "<!DOCTYPE html><title>Start</title><p>Hello <a href=\"статья.html\">статья</a>\n"},
		{"style.css", "text/css", "p { margin: 0 }\n"},
		{"статья.html", "text/html", "<!DOCTYPE html><title>Статья</title><p>Қазақстан\n"},
		{"a/deep/page.html", "text/html", "<!DOCTYPE html><title>Deep</title>\n"},
	},
	"hostile": {
		{"index.html", "text/html", "<!DOCTYPE html><title>x</title>\n"},
		{"../escape.html", "text/html", "up"},
		{"0etc/absolute", "text/plain", "root"},    // see writeZIM
		{"00evil.example/x", "text/plain", "host"}, // see writeZIM
		{"same one", "text/plain", "one"},          // gets the path of the next, see writeZIM
		{"same onf", "text/plain", "another"},
		{`C:\Windows\x.dll`, "text/plain", "drive"},
		{"line\nbreak", "text/plain", "newline"},
		{"NUL.txt", "text/plain", "device with extension"},
		{"aux .html", "text/html", "device with a space"},
		{"dots. ./x", "text/plain", "folder with dots and spaces"},
		{"Case.html", "text/html", "upper"},
		{"case.html", "text/html", "lower"},
		{"CON", "text/plain", "device"},
		{"aux.txt", "text/plain", "device with extension"},
		{"com1/x", "text/plain", "device folder"},
		{"a:b", "text/plain", "stream"},
		{`c\d`, "text/plain", "backslash"},
		{"trailing.", "text/plain", "dot"},
		{"trailing ", "text/plain", "space"},
		{"AC", "text/html", "file"},
		{"AC/DC", "text/html", "in a folder of that name"},
		{"double//slash", "text/plain", "empty part"},
		{"100%", "text/plain", "percent"},
		{"esc\x1b[2J", "text/plain", "escape \x1b[2J sequence"},
		{strings.Repeat("long", 70), "text/plain", "280 bytes"},
	},
	"big": {
		{"index.html", "text/html", "<!DOCTYPE html><title>Big</title>\n"},
		{"big.txt", "text/plain", strings.Repeat("a line of text\n", 500_000)},
	},
}

func mkzim(ts *testscript.TestScript, neg bool, args []string) {
	want(ts, neg, args, 1)
	kind := "plain"
	if len(args) > 1 {
		kind = args[1]
	}
	ts.Check(writeZIM(ts.MkAbs(args[0]), kind))
}

func writeZIM(name, kind string) error {
	entries, ok := kinds[kind]
	if !ok {
		return fmt.Errorf("no kind of archive is called %s", kind)
	}
	f, err := os.Create(name)
	if err != nil {
		return err
	}
	defer f.Close()
	w, err := zim.NewWriter(f, nil)
	if err != nil {
		return err
	}
	for _, e := range entries {
		html := e[1] == "text/html"
		if err := w.Add(zim.Header{Path: e[0], Title: "", MIMEType: e[1], FrontArticle: html, Store: e[1] == "image/png"}, strings.NewReader(e[2])); err != nil {
			return err
		}
	}
	if err := w.AddRedirect(zim.Header{Path: "start", Title: "Start"}, "index.html"); err != nil {
		return err
	}
	w.SetMainPage("index.html")
	metadata := [][2]string{
		{"Title", "Test " + kind},
		{"Description", "An archive for tests"},
		{"Language", "eng"},
		{"Creator", "nobody"},
		{"Publisher", "samizdat"},
		{"Date", "2022-01-05"},
		{"Name", "test-" + kind},
		{"Illustration_48x48@1", string(illustration)},
	}
	for _, m := range metadata {
		if err := w.AddMetadata(m[0], []byte(m[1])); err != nil {
			return err
		}
	}
	if err := w.Close(); err != nil {
		return err
	}
	if kind == "hostile" { // the writer refuses a slash at the beginning; the order of paths stays right
		data, err := os.ReadFile(name)
		if err != nil {
			return err
		}
		for old, path := range map[string]string{
			"0etc/absolute": "/etc/absolute", "00evil.example/x": "//evil.example/x", "same one": "same onf",
		} {
			data = bytes.Replace(data, []byte(old+"\x00"), []byte(path+"\x00"), 1)
		}
		sum := md5.Sum(data[:len(data)-md5.Size])
		copy(data[len(data)-md5.Size:], sum[:])
		return os.WriteFile(name, data, 0o644)
	}
	return f.Close()
}

func flip(ts *testscript.TestScript, neg bool, args []string) {
	want(ts, neg, args, 2)
	name := ts.MkAbs(args[0])
	data, err := os.ReadFile(name)
	ts.Check(err)
	offset := bytes.Index(data, []byte("\x28\xb5\x2f\xfd")) // RFC 8878, 3.1.1
	if args[1] != "zstd" {
		offset, err = strconv.Atoi(args[1])
		ts.Check(err)
	}
	if offset < 0 {
		offset += len(data)
	}
	data[offset] ^= 0x55
	ts.Check(os.WriteFile(name, data, 0o644))
}

func truncate(ts *testscript.TestScript, neg bool, args []string) {
	want(ts, neg, args, 2)
	size, err := strconv.ParseInt(args[1], 10, 64)
	ts.Check(err)
	if strings.HasPrefix(args[1], "+") || size < 0 {
		info, err := os.Stat(ts.MkAbs(args[0]))
		ts.Check(err)
		size += info.Size()
	}
	ts.Check(os.Truncate(ts.MkAbs(args[0]), size))
}

func cut(ts *testscript.TestScript, neg bool, args []string) {
	want(ts, neg, args, 1)
	name := ts.MkAbs(args[0])
	data, err := os.ReadFile(name)
	ts.Check(err)
	for i := range args {
		n := len(data)
		if i+1 < len(args) {
			n, err = strconv.Atoi(args[i+1])
			ts.Check(err)
		}
		ts.Check(os.WriteFile(name+"a"+string(rune('a'+i)), data[:n], 0o644))
		data = data[n:]
	}
	ts.Check(os.Remove(name))
}

func wrap(ts *testscript.TestScript, neg bool, args []string) {
	want(ts, neg, args, 2)
	data, err := os.ReadFile(ts.MkAbs(args[0]))
	ts.Check(err)
	ts.Check(os.WriteFile(ts.MkAbs(args[1]), slices.Concat([]byte("WHAT IS HERE"), data, []byte("and more behind")), 0o644))
}

func makeZIP(ts *testscript.TestScript, neg bool, args []string) {
	want(ts, neg, args, 2)
	method, files := zip.Deflate, args[1:]
	if files[0] == "-0" {
		method, files = zip.Store, files[1:]
	}
	f, err := os.Create(ts.MkAbs(args[0]))
	ts.Check(err)
	defer f.Close()
	w := zip.NewWriter(f)
	for _, name := range files {
		data, err := os.ReadFile(ts.MkAbs(name))
		ts.Check(err)
		m, err := w.CreateHeader(&zip.FileHeader{Name: "assets/" + name, Method: method})
		ts.Check(err)
		_, err = m.Write(data)
		ts.Check(err)
	}
	ts.Check(w.Close())
}

// patience for another process; only a failing test waits that long.
const patience = 20 * time.Second

func waitFor(ts *testscript.TestScript, neg bool, args []string) {
	want(ts, neg, args, 1)
	name := ts.MkAbs(args[0])
	for deadline := time.Now().Add(patience); ; {
		if info, err := os.Stat(name); err == nil && (len(args) == 1 || info.Size() > 0) {
			return
		}
		if time.Now().After(deadline) {
			ts.Fatalf("%s does not appear", args[0])
		}
		<-time.After(5 * time.Millisecond)
	}
}

func get(ts *testscript.TestScript, neg bool, args []string) {
	want(ts, neg, args, 3)
	url := strings.TrimSpace(ts.ReadFile(args[0])) + strings.TrimPrefix(args[1], "/")
	client := &http.Client{Timeout: patience}
	res, err := client.Get(url)
	ts.Check(err)
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	ts.Check(err)
	if strconv.Itoa(res.StatusCode) != args[2] {
		ts.Fatalf("GET %s: %s, want %s\n%s", url, res.Status, args[2], body)
	}
	if len(args) > 3 && !bytes.Contains(body, []byte(args[3])) {
		ts.Fatalf("GET %s: no %q in\n%s", url, args[3], body)
	}
}

func quit(ts *testscript.TestScript, neg bool, args []string) {
	want(ts, neg, args, 1)
	url := strings.TrimSpace(ts.ReadFile(args[0]))
	page, err := http.Get(url + "-/")
	ts.Check(err)
	defer page.Body.Close()
	shelf, err := io.ReadAll(page.Body)
	ts.Check(err)
	token := regexp.MustCompile(`name="token" value="(\w+)"`).FindSubmatch(shelf)
	if token == nil {
		ts.Fatalf("the shelf has no button to quit")
	}
	req, err := http.NewRequest(http.MethodPost, url+"-/quit", strings.NewReader("token="+string(token[1])))
	ts.Check(err)
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.Header.Set("Origin", strings.TrimSuffix(url, "/"))
	req.Header.Set("Sec-Fetch-Site", "same-origin")
	res, err := http.DefaultClient.Do(req)
	ts.Check(err)
	res.Body.Close()
	if res.StatusCode >= 400 {
		ts.Fatalf("quit: %s", res.Status)
	}
}

func occupy(ts *testscript.TestScript, neg bool, args []string) {
	want(ts, neg, args, 1)
	l, err := net.Listen("tcp4", "127.0.0.1:0")
	ts.Check(err)
	ts.Defer(func() { l.Close() })
	ts.Setenv(args[0], strconv.Itoa(l.Addr().(*net.TCPAddr).Port))
}

// illustration is a PNG of 48 × 48 pixels.
var illustration = func() []byte {
	var b bytes.Buffer
	if err := png.Encode(&b, image.NewGray(image.Rect(0, 0, 48, 48))); err != nil {
		panic(err)
	}
	return b.Bytes()
}()
