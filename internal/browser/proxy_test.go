package browser

import (
	"bufio"
	"context"
	"crypto/tls"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"

	"samizdat/internal/fetch"
)

// nothing counts what it is asked for.
type nothing struct{ asked atomic.Int32 }

func (n *nothing) Send(context.Context, fetch.Request) (*fetch.Hop, error) {
	n.asked.Add(1)
	return nil, errors.New("no answer")
}

// ask sends raw lines to the proxy and returns the status.
func ask(t *testing.T, p *proxy, lines ...string) int {
	t.Helper()
	c, err := net.Dial("tcp", p.listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	io.WriteString(c, strings.Join(lines, "\r\n")+"\r\n\r\n")
	resp, err := http.ReadResponse(bufio.NewReader(c), nil)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode
}

// Nobody but the browser gets through, and from it only what can be kept.
func TestProxyRefuses(t *testing.T) {
	web := &nothing{}
	p, err := startProxy(t.Context(), web, "http://paper.example/", 1<<20)
	if err != nil {
		t.Fatal(err)
	}
	defer p.close()
	password := "Proxy-Authorization: Basic " + base64.StdEncoding.EncodeToString([]byte("browser:"+p.password))
	for _, c := range []struct {
		name   string
		lines  []string
		status int
		asked  int32
	}{
		{"without the password", []string{"GET http://paper.example/ HTTP/1.1", "Host: paper.example"}, 407, 0},
		{"with another", []string{"GET http://paper.example/ HTTP/1.1", "Host: paper.example", "Proxy-Authorization: Basic YnJvd3Nlcjo="}, 407, 0},
		{"a tunnel without it", []string{"CONNECT paper.example:443 HTTP/1.1", "Host: paper.example:443"}, 407, 0},
		{"as if it were a site", []string{"GET / HTTP/1.1", "Host: 127.0.0.1", password}, 400, 0},
		{"a tunnel to nowhere", []string{"CONNECT paper.example HTTP/1.1", "Host: paper.example", password}, 400, 0},
		{"the page of the password", []string{"GET http://hello.invalid/ HTTP/1.1", "Host: hello.invalid", password}, 200, 0},
		{"its icon", []string{"GET http://hello.invalid/favicon.ico HTTP/1.1", "Host: hello.invalid", password}, 404, 0},
		{"a WebSocket", []string{"GET http://paper.example/s HTTP/1.1", "Host: paper.example", "Connection: Upgrade", "Upgrade: websocket", password}, 403, 0},
		{"a service worker", []string{"GET http://paper.example/w.js HTTP/1.1", "Host: paper.example", "Service-Worker: script", password}, 403, 0},
		{"a film", []string{"GET http://paper.example/f.mp4 HTTP/1.1", "Host: paper.example", "Range: bytes=0-", password}, 403, 0},
		{"a ping", []string{"POST http://paper.example/p HTTP/1.1", "Host: paper.example", "Ping-To: x", password}, 403, 0},
		{"an update of the browser", []string{"GET http://edgedl.me.gvt1.com/x HTTP/1.1", "Host: edgedl.me.gvt1.com", password}, 403, 0},
		{"too much", []string{"POST http://paper.example/p HTTP/1.1", "Host: paper.example", "Content-Length: 1048577", password, "", strings.Repeat("x", 1<<20+1)}, 413, 0},
		{"a page", []string{"GET http://paper.example/p HTTP/1.1", "Host: paper.example", password}, 502, 1},
	} {
		before := web.asked.Load()
		if status := ask(t, p, c.lines...); status != c.status || web.asked.Load()-before != c.asked {
			t.Errorf("%s: status %d, asked %d times; want %d, %d", c.name, status, web.asked.Load()-before, c.status, c.asked)
		}
	}
}

// The host of what comes through a tunnel is the one that it was opened for, and the browser's own requests are refused there.
func TestTunnel(t *testing.T) {
	web := &nothing{}
	p, err := startProxy(t.Context(), sender(func(r fetch.Request) { web.asked.Add(1); checkURL(t, r.URL) }), "https://paper.example/", 1<<20)
	if err != nil {
		t.Fatal(err)
	}
	defer p.close()
	proxyURL, err := url.Parse(p.address())
	if err != nil {
		t.Fatal(err)
	}
	proxyURL.User = url.UserPassword("browser", p.password)
	tr := &http.Transport{Proxy: http.ProxyURL(proxyURL), TLSClientConfig: &tls.Config{InsecureSkipVerify: true}}
	defer tr.CloseIdleConnections()
	for _, c := range []struct {
		site, dest string
		status     int
	}{{"none", "document", 502}, {"cross-site", "image", 502}, {"none", "empty", 403}, {"", "", 403}} {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "https://paper.example:8443/p?q=1", nil)
		if err != nil {
			t.Fatal(err)
		}
		req.Host = "other.example"
		if c.site != "" {
			req.Header.Set("Sec-Fetch-Site", c.site)
			req.Header.Set("Sec-Fetch-Dest", c.dest)
		}
		resp, err := tr.RoundTrip(req)
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		if resp.StatusCode != c.status {
			t.Errorf("%+v: status %d", c, resp.StatusCode)
		}
	}
	if n := web.asked.Load(); n != 2 {
		t.Errorf("asked %d times, want 2", n)
	}
}

func checkURL(t *testing.T, ref string) {
	if ref != "https://paper.example:8443/p?q=1" {
		t.Errorf("asked for %s", ref)
	}
}

type sender func(fetch.Request)

func (s sender) Send(_ context.Context, r fetch.Request) (*fetch.Hop, error) {
	s(r)
	return nil, fmt.Errorf("%s: no answer", r.URL)
}
