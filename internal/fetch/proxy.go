package fetch

import (
	"bufio"
	"context"
	"crypto/tls"
	"encoding/base64"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"time"

	"golang.org/x/net/proxy"
)

// ErrProxy is wrapped by every error of the way through a proxy, which is not the site's.
var ErrProxy = errors.New("the proxy gives no connection")

// throughProxy connects to address by way of the proxy, without TLS.
func (c *Client) throughProxy(ctx context.Context, _, address string) (net.Conn, error) {
	conn, err := c.tunnel(ctx, address)
	if err != nil {
		return nil, err
	}
	return &recorder{Conn: conn}, nil
}

// tunnel asks the proxy for a connection to address, or to what Resolve gives for it. A name is looked up by the proxy, so that nobody
// here learns it; names and addresses of private networks are refused before.
func (c *Client) tunnel(ctx context.Context, address string) (net.Conn, error) {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return nil, err
	}
	address, _ = c.resolved(address)
	to, _, err := net.SplitHostPort(address)
	if err != nil {
		return nil, err
	}
	ip, err := netip.ParseAddr(to)
	if err == nil && !c.leadsTo(host, ip) || err != nil && !c.private[plainHost(host)] && local(host) {
		return nil, fmt.Errorf("%s: %w", host, ErrPrivate)
	}
	conn, err := c.dialProxy(ctx, address)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrProxy, err)
	}
	return conn, nil
}

// dialProxy is tunnel without looking at the address.
func (c *Client) dialProxy(ctx context.Context, address string) (net.Conn, error) {
	p := c.o.Proxy
	to := &net.Dialer{Timeout: c.o.Timeout} // the proxy is the editor's own choice, and often on this machine
	switch p.Scheme {
	case "socks5", "socks5h":
		var auth *proxy.Auth
		if p.User != nil {
			password, _ := p.User.Password()
			auth = &proxy.Auth{User: p.User.Username(), Password: password}
		}
		d, err := proxy.SOCKS5("tcp", withPort(p, "1080"), auth, to)
		if err != nil {
			return nil, err
		}
		dialer, ok := d.(proxy.ContextDialer)
		if !ok {
			return nil, errors.New("the SOCKS dialer takes no context")
		}
		return dialer.DialContext(ctx, "tcp", address)
	case "https":
		conn, err := (&tls.Dialer{NetDialer: to, Config: &tls.Config{RootCAs: c.o.Roots}}).DialContext(ctx, "tcp", withPort(p, "443"))
		if err != nil {
			return nil, err
		}
		return c.ask(conn, address)
	default:
		conn, err := to.DialContext(ctx, "tcp", withPort(p, "8080"))
		if err != nil {
			return nil, err
		}
		return c.ask(conn, address)
	}
}

// ask sends CONNECT (RFC 9110, §9.3.6) and returns the tunnel.
func (c *Client) ask(conn net.Conn, address string) (net.Conn, error) {
	if err := conn.SetDeadline(time.Now().Add(c.o.Timeout)); err != nil {
		conn.Close()
		return nil, err
	}
	req := &http.Request{Method: http.MethodConnect, URL: &url.URL{Opaque: address}, Host: address, Header: http.Header{}}
	if u := c.o.Proxy.User; u != nil {
		password, _ := u.Password()
		req.Header.Set("Proxy-Authorization", "Basic "+base64.StdEncoding.EncodeToString([]byte(u.Username()+":"+password)))
	}
	req.Header.Set("User-Agent", "") // none of the proxy's business
	if err := req.Write(conn); err != nil {
		conn.Close()
		return nil, err
	}
	r := bufio.NewReader(conn)
	resp, err := http.ReadResponse(r, req)
	if err != nil {
		conn.Close()
		return nil, err
	}
	if resp.StatusCode != http.StatusOK {
		conn.Close()
		return nil, fmt.Errorf("it answers %s", resp.Status)
	}
	if err := conn.SetDeadline(time.Time{}); err != nil {
		conn.Close()
		return nil, err
	}
	return &ahead{conn, r}, nil
}

// ahead is a connection of which something was read already.
type ahead struct {
	net.Conn
	r *bufio.Reader
}

func (a *ahead) Read(p []byte) (int, error) { return a.r.Read(p) }

func withPort(u *url.URL, port string) string {
	if p := u.Port(); p != "" {
		port = p
	}
	return net.JoinHostPort(u.Hostname(), port)
}
