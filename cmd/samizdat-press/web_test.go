package main

import (
	"errors"
	"fmt"
	"io/fs"
	"mime"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

// hung are the requests for files that are not answered.
var hung sync.Map // path to a channel that is closed when somebody asks

// hangs waits until somebody asks for PATH.hang of a host.
func hangs(ts *testscript.TestScript, _ bool, args []string) {
	c, _ := hung.LoadOrStore(ts.MkAbs(args[0]), make(chan struct{}))
	select {
	case <-c.(chan struct{}):
	case <-time.After(time.Minute):
		ts.Fatalf("nobody asked for %s", args[0])
	}
}

// web DIR begins to answer as the hosts below DIR, each a folder of what it has: DIR/HOST/PATH. In the environment, WEB is the address. A
// file PATH.redirect holds where the path leads, PATH.cut is a body that ends too early, PATH.cookie is sent to those only
// who send a cookie, PATH.hang is never sent, and PATH.endless begins so and never ends.
func web(ts *testscript.TestScript, _ bool, args []string) {
	s := httptest.NewServer(folders(ts.MkAbs(args[0])))
	ts.Defer(s.Close)
	ts.Setenv("WEB", s.Listener.Addr().String())
}

type folders string

func (dir folders) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	host, _, err := net.SplitHostPort(r.Host)
	if err != nil {
		host = r.Host
	}
	name := filepath.Join(string(dir), host, filepath.FromSlash(path.Clean("/"+r.URL.Path)))
	if strings.HasSuffix(r.URL.Path, "/") {
		name = filepath.Join(name, "index.html")
	}
	if to, err := os.ReadFile(name + ".redirect"); err == nil {
		http.Redirect(w, r, strings.TrimSpace(string(to)), http.StatusFound)
		return
	}
	if _, err := os.Stat(name + ".hang"); err == nil {
		c, _ := hung.LoadOrStore(name+".hang", make(chan struct{}))
		close(c.(chan struct{}))
		<-r.Context().Done()
		return
	}
	w.Header().Set("Content-Type", mime.TypeByExtension(path.Ext(name)))
	if b, err := os.ReadFile(name + ".endless"); err == nil {
		for err == nil {
			_, err = w.Write(b)
			b = make([]byte, 1<<16)
		}
		return
	}
	if path.Ext(name) == "" {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
	}
	if body, err := os.ReadFile(name + ".cut"); err == nil {
		w.Header().Set("Content-Length", fmt.Sprint(len(body)+100))
		_, _ = w.Write(body)
		return
	}
	if _, err := os.Stat(name + ".cookie"); err == nil && r.Header.Get("Cookie") != "" {
		name += ".cookie"
		http.SetCookie(w, &http.Cookie{Name: "session", Value: "r3newed"})
	}
	body, err := os.ReadFile(name)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		w.WriteHeader(http.StatusNotFound)
	case err != nil:
		w.WriteHeader(http.StatusInternalServerError)
	}
	_, _ = w.Write(body)
}

func TestResolved(t *testing.T) {
	got, err := resolved([]string{"a.example:203.0.113.7", "B.example:203.0.113.7:8080", "c.example:443:203.0.113.7", "d.example:[2001:db8::1]:80", "e.example:2001:db8::1", "f.example:443:127.0.0.1:8443"})
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]string{
		"a.example": "203.0.113.7", "b.example": "203.0.113.7:8080", "c.example:443": "203.0.113.7", "d.example": "[2001:db8::1]:80", "e.example": "2001:db8::1",
		"f.example:443": "127.0.0.1:8443",
	}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("got %v, want %v", got, want)
	}
	for _, bad := range []string{"", "a.example", ":127.0.0.1", "a.example:", "a.example:b.example", "a.example:443"} {
		if got, err := resolved([]string{bad}); err == nil {
			t.Errorf("%q is read as %v", bad, got)
		}
	}
}
