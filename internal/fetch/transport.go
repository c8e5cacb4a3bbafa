package fetch

import (
	"bytes"
	"context"
	"crypto/tls"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
)

// newTransport returns a transport whose connections record what is said, speak HTTP/1.1, and lead to public addresses.
func (c *Client) newTransport() (*http.Transport, error) {
	t := &http.Transport{
		DisableCompression:     true, // bodies are kept as they were sent
		MaxIdleConnsPerHost:    c.o.PerHost,
		MaxResponseHeaderBytes: maxHeader,
		TLSClientConfig:        &tls.Config{RootCAs: c.o.Roots, NextProtos: []string{"http/1.1"}},
		TLSHandshakeTimeout:    c.o.Timeout,
		IdleConnTimeout:        c.o.Timeout,
		DialContext:            c.dial,
	}
	switch p := c.o.Proxy; {
	case p == nil:
		t.DialTLSContext = c.dialTLS
	case p.Scheme == "socks5" || p.Scheme == "socks5h" || p.Scheme == "http" || p.Scheme == "https":
		// net/http makes TLS itself through a proxy, over a connection of ours: what is recorded then is not readable, so
		// TLS is made by us, over the proxy's tunnel.
		t.DialContext = c.throughProxy
		t.DialTLSContext = c.dialTLS
	default:
		return nil, fmt.Errorf("proxy %s: want socks5://HOST:PORT or http://HOST:PORT", p.Redacted())
	}
	return t, nil
}

// dial connects to a public address, or to what Resolve gives for the name.
func (c *Client) dial(ctx context.Context, network, address string) (net.Conn, error) {
	conn, err := c.connect(ctx, network, address)
	if err != nil {
		return nil, err
	}
	return &recorder{Conn: conn}, nil
}

// dialTLS is dial with TLS under the recorder.
func (c *Client) dialTLS(ctx context.Context, network, address string) (net.Conn, error) {
	var conn net.Conn
	var err error
	if c.o.Proxy == nil {
		conn, err = c.connect(ctx, network, address)
	} else {
		conn, err = c.tunnel(ctx, address)
	}
	if err != nil {
		return nil, err
	}
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		conn.Close()
		return nil, err
	}
	config := c.transport.TLSClientConfig.Clone()
	config.ServerName = host
	secure := tls.Client(conn, config)
	if err := secure.HandshakeContext(ctx); err != nil {
		conn.Close()
		return nil, err
	}
	return &recorder{Conn: secure, secure: secure}, nil
}

// connect opens a connection.
func (c *Client) connect(ctx context.Context, network, address string) (net.Conn, error) {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return nil, err
	}
	address, named := c.resolved(address)
	if !named && !c.private[plainHost(host)] && local(host) {
		return nil, fmt.Errorf("%s: %w", host, ErrPrivate)
	}
	d := &net.Dialer{Timeout: c.o.Timeout, Control: func(_, address string, _ syscall.RawConn) error {
		ap, err := netip.ParseAddrPort(address)
		if err != nil {
			return err
		}
		if !c.leadsTo(host, ap.Addr()) {
			return fmt.Errorf("%s: %w", ap.Addr(), ErrPrivate)
		}
		return nil
	}}
	return d.DialContext(ctx, network, address)
}

// resolved returns what Resolve gives for an address, and whether it gives something; otherwise address.
func (c *Client) resolved(address string) (to string, named bool) {
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		return address, false
	}
	to, named = c.o.Resolve[net.JoinHostPort(plainHost(host), port)]
	if !named {
		to, named = c.o.Resolve[plainHost(host)]
	}
	if !named {
		return address, false
	}
	if _, _, err := net.SplitHostPort(to); err != nil {
		to = net.JoinHostPort(to, port)
	}
	return to, true
}

// leadsTo reports whether a host may have an address: a public one, or a private one if the host is among those that may.
func (c *Client) leadsTo(host string, a netip.Addr) bool {
	return Public(a) || c.private[plainHost(host)] && !never(a)
}

// plainHost is a host as it is compared.
func plainHost(host string) string { return strings.TrimSuffix(strings.ToLower(host), ".") }

// local reports whether a name is one of this machine or its network, whatever it means elsewhere.
func local(host string) bool {
	host = strings.TrimSuffix(strings.ToLower(host), ".")
	if _, err := netip.ParseAddr(host); err == nil {
		return false // Control looks at addresses
	}
	for _, end := range []string{"localhost", "local", "internal", "lan", "home", "home.arpa", "intranet", "corp"} {
		if host == end || strings.HasSuffix(host, "."+end) {
			return true
		}
	}
	return !strings.Contains(host, ".")
}

// notPublic are the addresses that lead nowhere on the internet, or back into the network of who asks (IANA's registries of
// special-purpose addresses).
var notPublic = func() (list []netip.Prefix) {
	for s := range strings.FieldsSeq(`0.0.0.0/8 10.0.0.0/8 100.64.0.0/10 127.0.0.0/8 169.254.0.0/16 172.16.0.0/12 192.0.0.0/24 192.0.2.0/24
		192.88.99.0/24 192.168.0.0/16 198.18.0.0/15 198.51.100.0/24 203.0.113.0/24 224.0.0.0/4 240.0.0.0/4
		::/128 ::1/128 64:ff9b:1::/48 100::/64 2001::/23 2001:db8::/32 3fff::/20 5f00::/16 fc00::/7 fe80::/10 ff00::/8`) {
		list = append(list, netip.MustParsePrefix(s))
	}
	return list
}()

// neverAsked are link-local addresses, and those at which clouds answer whoever asks with the keys of the machine, wherever they lie: of AWS and others in
// 169.254.0.0/16, by IPv6, of Google, Alibaba, Oracle and Azure. No page that an editor wants is there.
var neverAsked = func() (list []netip.Prefix) {
	for s := range strings.FieldsSeq(`169.254.0.0/16 fe80::/10 fd00:ec2::254/128 fd20:ce::254/128 100.100.100.200/32 192.0.0.192/32 168.63.129.16/32`) {
		list = append(list, netip.MustParsePrefix(s))
	}
	return list
}()

// never reports whether no host may have an address, nor one that is written inside of it.
func never(a netip.Addr) bool {
	within := func(p netip.Prefix) bool { return p.Contains(a.Unmap().WithZone("")) }
	inner, ok := embedded(a)
	return slices.ContainsFunc(neverAsked, within) || ok && never(inner)
}

// embedded is the address of IPv4 that is written inside one of IPv6: 64:ff9b::/96 (RFC 6052), 2002::/16 (RFC 3056), ::/96.
func embedded(a netip.Addr) (netip.Addr, bool) {
	if !a.Is6() || a.Is4In6() {
		return netip.Addr{}, false
	}
	switch b := a.As16(); {
	case bytes.HasPrefix(b[:], []byte{0, 0x64, 0xff, 0x9b, 0, 0, 0, 0, 0, 0, 0, 0}), bytes.Equal(b[:12], make([]byte, 12)):
		return netip.AddrFrom4([4]byte(b[12:])), true
	case b[0] == 0x20 && b[1] == 0x02:
		return netip.AddrFrom4([4]byte(b[2:6])), true
	}
	return netip.Addr{}, false
}

// Public reports whether an address is one of the public internet.
func Public(a netip.Addr) bool {
	a = a.Unmap().WithZone("")
	if inner, ok := embedded(a); ok && !Public(inner) {
		return false
	}
	return a.IsValid() && !never(a) && !slices.ContainsFunc(notPublic, func(p netip.Prefix) bool { return p.Contains(a) })
}

func tlsName(version uint16) string {
	switch version {
	case tls.VersionTLS13:
		return "tls/1.3"
	case tls.VersionTLS12:
		return "tls/1.2"
	}
	return "tls/" + strconv.Itoa(int(version))
}

// recorder is a connection that keeps the headers of the request and the answer that go over it, as they are sent.
type recorder struct {
	net.Conn
	secure *tls.Conn

	mu  sync.Mutex
	now *heads // of the request that is under way; nil before the first
}

// heads are the headers of one request and its answer. An answer without a body sets its connection free before whoever asked has got it, and
// the next request may begin on it meanwhile: so each has its own.
type heads struct {
	mu       sync.Mutex
	out, in  []byte
	sending  bool
	reading  bool
	response []byte
}

// recorderOf returns the recorder that a connection of net/http is.
func recorderOf(c net.Conn) *recorder {
	r, _ := c.(*recorder)
	return r
}

// begin starts a new request.
func (r *recorder) begin() *heads {
	h := &heads{sending: true, reading: true}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.now = h
	return h
}

func (r *recorder) current() *heads {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.now
}

var headEnd = []byte("\r\n\r\n")

func (r *recorder) Write(p []byte) (int, error) {
	if h := r.current(); h != nil {
		h.sent(p)
	}
	return r.Conn.Write(p)
}

func (r *recorder) Read(p []byte) (int, error) {
	n, err := r.Conn.Read(p)
	if h := r.current(); h != nil && n > 0 {
		h.received(p[:n])
	}
	return n, err
}

func (h *heads) sent(p []byte) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.sending && len(h.out) < maxHeader {
		h.out = append(h.out, p...)
		if i := bytes.Index(h.out, headEnd); i >= 0 {
			h.out, h.sending = h.out[:i+len(headEnd)], false
		}
	}
}

func (h *heads) received(p []byte) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if !h.reading || len(h.in) >= maxHeader+len(p) {
		return
	}
	h.in = append(h.in, p...)
	for h.reading {
		i := endOfHead(h.in)
		if i < 0 {
			break
		}
		head := h.in[:i]
		if interim(head) { // 100, 103: the answer is still to come
			h.in = h.in[i:]
			continue
		}
		h.response, h.in, h.reading = bytes.Clone(head), nil, false
	}
}

// endOfHead returns where a header ends, behind its empty line; -1 if it does not. Servers may end lines in LF alone.
func endOfHead(b []byte) int {
	for i := 0; ; {
		n := bytes.IndexByte(b[i:], '\n')
		if n < 0 {
			return -1
		}
		i += n + 1
		switch rest := b[i:]; {
		case bytes.HasPrefix(rest, []byte("\n")):
			return i + 1
		case bytes.HasPrefix(rest, []byte("\r\n")):
			return i + 2
		}
	}
}

func interim(head []byte) bool {
	f := bytes.Fields(head[:min(len(head), 40)])
	return len(f) > 1 && len(f[1]) == 3 && f[1][0] == '1' && !bytes.Equal(f[1], []byte("101"))
}

// both returns both headers.
func (h *heads) both() (request, response []byte) {
	h.mu.Lock()
	defer h.mu.Unlock()
	return bytes.Clone(h.out), bytes.Clone(h.response)
}
