// Package ytdlptest is a program that behaves like yt-dlp, for tests: their own executable, started again under another name.
package ytdlptest

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// Version is what the program says of itself.
const Version = "2026.01.01"

// Orders are what the program is to do. It gets them from the web, as JSON: from the address that it is given, with ".orders" behind it.
type Orders struct {
	Copy    map[string]string // name of a file to the path, on the same server, of what goes into it; %ORIGIN in .json becomes the server's address
	Write   map[string]string // name of a file to what goes into it
	Fetch   []string          // addresses to ask for, through the proxy, whatever the answer
	Say     string            // on the standard error
	Exit    int
	Grow    bool // write without end
	Babble  bool // talk without end
	Hang    bool // do nothing without end
	Child   bool // start another that hangs, and tell its number in the file child
	Self    bool // tell its own number in the file self
	Torture bool // write into the file of cookies, into the folder above, and a link
}

// Main is the program.
func Main() {
	if slices.Contains(os.Args[1:], "--version") {
		fmt.Println(Version)
		return
	}
	if len(os.Args) == 2 && os.Args[1] == "hang" {
		time.Sleep(time.Hour)
	}
	status, err := run(os.Args[1:])
	if err != nil {
		fmt.Fprintln(os.Stderr, "ERROR: "+err.Error())
		status = 1
	}
	os.Exit(status)
}

func run(args []string) (status int, err error) {
	end := slices.Index(args, "--")
	if end < 0 || end != len(args)-2 || args[0] != "--ignore-config" || os.Getenv("YTDLP_NO_PLUGINS") == "" {
		return 1, fmt.Errorf("the command line is wrong: %q", args)
	}
	value := func(flag string) string {
		if i := slices.Index(args, flag); i >= 0 {
			return args[i+1]
		}
		return ""
	}
	proxy, err := url.Parse(value("--proxy"))
	if err != nil {
		return 1, err
	}
	web := &http.Client{Transport: &http.Transport{Proxy: http.ProxyURL(proxy)}}
	get := func(ref string) ([]byte, error) {
		req, err := http.NewRequest(http.MethodGet, ref, nil)
		if err != nil {
			return nil, err
		}
		if cookies := value("--cookies"); cookies != "" {
			b, err := os.ReadFile(cookies)
			if err != nil || !strings.HasPrefix(string(b), "# Netscape HTTP Cookie File\n") {
				return nil, fmt.Errorf("no cookies: %w", err)
			}
			for line := range strings.Lines(string(b)) {
				if f := strings.Split(strings.TrimSpace(line), "\t"); len(f) == 7 {
					req.AddCookie(&http.Cookie{Name: f[5], Value: f[6]})
				}
			}
		}
		resp, err := web.Do(req)
		if err != nil {
			return nil, err
		}
		defer resp.Body.Close()
		if resp.StatusCode != http.StatusOK {
			return nil, fmt.Errorf("HTTP Error %s", resp.Status)
		}
		return io.ReadAll(resp.Body)
	}
	ref := args[end+1]
	b, err := get(ref + ".orders")
	if err != nil {
		return 1, err
	}
	var o Orders
	if err := json.Unmarshal(b, &o); err != nil {
		return 1, err
	}
	return o.Exit, o.follow(ref, get, value("--cookies"))
}

func (o *Orders) follow(ref string, get func(string) ([]byte, error), cookies string) error {
	base, err := url.Parse(ref)
	if err != nil {
		return err
	}
	for name, from := range o.Copy {
		b, err := get(base.JoinPath("..", from).String())
		if err != nil {
			return err
		}
		if err := os.WriteFile(name, b, 0o666); err != nil {
			return err
		}
	}
	for name, text := range o.Write {
		if err := os.WriteFile(name, []byte(text), 0o666); err != nil {
			return err
		}
	}
	for _, ref := range o.Fetch {
		_, _ = get(ref)
	}
	if o.Torture {
		_ = os.WriteFile(cookies, []byte("overwritten"), 0o666)
		_ = os.WriteFile(filepath.Join("..", "film.mp4"), []byte("outside"), 0o666)
		_ = os.Symlink(cookies, "film.mkv")
	}
	if o.Self {
		_, _ = get(base.String() + ".self-" + fmt.Sprint(os.Getpid()))
	}
	if o.Child {
		c := exec.Command(os.Args[0], "hang")
		c.Args[0] = os.Args[0]
		c.Stdout, c.Stderr = os.Stdout, os.Stderr
		if err := c.Start(); err != nil {
			return err
		}
		if _, err := get(base.String() + ".child-" + fmt.Sprint(c.Process.Pid)); err != nil && !strings.Contains(err.Error(), "HTTP Error") {
			return err
		}
	}
	if o.Grow {
		f, err := os.Create("film.mp4.part")
		if err != nil {
			return err
		}
		block := make([]byte, 1<<20)
		for size := int64(0); size < 1<<30; size += int64(len(block)) { // whoever watches has long ended it
			if _, err := f.Write(block); err != nil {
				return err
			}
			time.Sleep(time.Millisecond)
		}
	}
	for o.Babble {
		if _, err := fmt.Fprint(os.Stderr, strings.Repeat("all that was said \x1b[2J\a\r", 1000)); err != nil {
			return err
		}
	}
	if o.Hang {
		time.Sleep(time.Hour)
	}
	_, err = fmt.Fprint(os.Stderr, o.Say)
	return err
}
