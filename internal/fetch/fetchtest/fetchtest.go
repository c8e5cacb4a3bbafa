// Package fetchtest has what tests of fetching need: proxies that lead names to servers of the test.
package fetchtest

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"sync"
	"testing"
)

// A Proxy speaks CONNECT, or SOCKS 5 with names and without a password. It ends with the test.
type Proxy struct {
	URL   *url.URL
	route func(target string) string

	mu    sync.Mutex
	asked string
}

// NewProxy starts a proxy; scheme is "http" or "socks5". What asks for target, NAME:PORT, is led to the address that route returns.
func NewProxy(t testing.TB, scheme string, route func(target string) string) *Proxy {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	p := &Proxy{URL: &url.URL{Scheme: scheme, Host: l.Addr().String()}, route: route}
	accept := p.connect
	if scheme == "socks5" {
		accept = p.socks
	}
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer c.Close()
				r := bufio.NewReader(c)
				if target := accept(r, c); target != "" {
					p.tunnel(c, r, target)
				}
			}()
		}
	}()
	return p
}

// Asked is what the proxy was told last: method, target and name of the program, or type of address and target.
func (p *Proxy) Asked() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.asked
}

func (p *Proxy) note(asked string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.asked = asked
}

// connect reads a request of HTTP and returns its target; empty if it is none.
func (p *Proxy) connect(r *bufio.Reader, w io.Writer) string {
	req, err := http.ReadRequest(r)
	if err != nil {
		return ""
	}
	p.note(req.Method + " " + req.Host + " " + req.UserAgent())
	_, _ = io.WriteString(w, "HTTP/1.1 200 OK\r\n\r\n")
	return req.Host
}

// socks reads a request of SOCKS 5 (RFC 1928).
func (p *Proxy) socks(r *bufio.Reader, w io.Writer) string {
	hello, head := make([]byte, 3), make([]byte, 5)
	if _, err := io.ReadFull(r, hello); err != nil {
		return ""
	}
	_, _ = w.Write([]byte{5, 0})
	if _, err := io.ReadFull(r, head); err != nil {
		return ""
	}
	length := int(head[4]) // of a name
	switch head[3] {
	case 1: // IPv4, whose first byte was read
		length = 3
	case 4: // IPv6
		length = 15
	}
	rest := make([]byte, length+2)
	if _, err := io.ReadFull(r, rest); err != nil {
		return ""
	}
	name, port := string(rest[:length]), int(rest[length])<<8|int(rest[length+1])
	if head[3] != 3 {
		name = net.IP(append([]byte{head[4]}, rest[:length]...)).String()
	}
	target := net.JoinHostPort(name, fmt.Sprint(port))
	p.note(fmt.Sprintf("type %d %s", head[3], target))
	_, _ = w.Write([]byte{5, 0, 0, 1, 0, 0, 0, 0, 0, 0})
	return target
}

// tunnel carries bytes both ways.
func (p *Proxy) tunnel(c net.Conn, ahead io.Reader, target string) {
	d, err := net.Dial("tcp", p.route(target))
	if err != nil {
		return
	}
	defer d.Close()
	go func() { _, _ = io.Copy(d, ahead) }()
	_, _ = io.Copy(c, d)
}
