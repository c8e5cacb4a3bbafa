package ytdlp

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"errors"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"sync"
	"sync/atomic"
	"time"

	"samizdat/internal/fetch"
)

// tunnel is a proxy on loopback, for yt-dlp alone: it has a password. It reads nothing of what goes through TLS.
type tunnel struct {
	connect func(ctx context.Context, network, address string) (net.Conn, error)
	ctx     context.Context // ends with the tunnel
	cancel  context.CancelFunc
	host    string
	secret  string
	server  *http.Server
	web     *http.Transport
	served  sync.WaitGroup

	moved atomic.Int64 // bytes that came
	most  int64        // of them
	over  func()       // is called when more have come

	mu      sync.Mutex
	refused error // the last refusal to connect that says why
}

func newTunnel(ctx context.Context, connect func(ctx context.Context, network, address string) (net.Conn, error), most int64, over func()) (*tunnel, error) {
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	t := &tunnel{connect: connect, host: listener.Addr().String(), secret: rand.Text(), most: most, over: over}
	t.ctx, t.cancel = context.WithCancel(ctx)
	t.web = &http.Transport{DisableCompression: true, DialContext: t.dial}
	t.server = &http.Server{Handler: t, ReadHeaderTimeout: time.Minute, ErrorLog: log.New(io.Discard, "", 0)}
	t.served.Go(func() { _ = t.server.Serve(listener) })
	return t, nil
}

// address is that of the proxy, with its password.
func (t *tunnel) address() string {
	return (&url.URL{Scheme: "http", User: url.UserPassword("press", t.secret), Host: t.host}).String()
}

// close ends all connections.
func (t *tunnel) close() {
	t.cancel()
	t.server.Close()
	t.web.CloseIdleConnections()
	t.served.Wait()
}

// refusal is why a connection was refused, if a reader can make something of it; nil otherwise.
func (t *tunnel) refusal() error {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.refused
}

func (t *tunnel) dial(ctx context.Context, network, address string) (net.Conn, error) {
	conn, err := t.connect(ctx, network, address)
	for _, known := range []error{fetch.ErrPrivate, fetch.ErrProxy} {
		if errors.Is(err, known) {
			t.mu.Lock()
			if t.refused = known; errors.Is(known, fetch.ErrProxy) {
				t.refused = errNoConnection // a proxy is none of a reader's business
			}
			t.mu.Unlock()
		}
	}
	if err != nil {
		return nil, err
	}
	return &counted{conn, t}, nil
}

var errNoConnection = errors.New("there was no connection to the server")

// counted counts what is read.
type counted struct {
	net.Conn
	t *tunnel
}

func (c *counted) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	if all := c.t.moved.Add(int64(n)); all > c.t.most {
		c.t.over()
		return 0, ErrTooLarge
	}
	return n, err
}

// ServeHTTP answers yt-dlp.
func (t *tunnel) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	probe := &http.Request{Header: http.Header{"Authorization": r.Header["Proxy-Authorization"]}}
	if _, password, ok := probe.BasicAuth(); !ok || subtle.ConstantTimeCompare([]byte(password), []byte(t.secret)) != 1 {
		w.Header().Set("Proxy-Authenticate", `Basic realm="press"`)
		http.Error(w, "not for you", http.StatusProxyAuthRequired)
		return
	}
	if r.Method == http.MethodConnect {
		t.pass(w, r)
		return
	}
	if r.URL.Scheme != "http" || r.URL.Host == "" {
		http.Error(w, "no address of the web", http.StatusBadRequest)
		return
	}
	(&httputil.ReverseProxy{
		Rewrite:      func(p *httputil.ProxyRequest) {},
		Transport:    t.web,
		ErrorHandler: func(w http.ResponseWriter, _ *http.Request, _ error) { w.WriteHeader(http.StatusBadGateway) },
		ErrorLog:     log.New(io.Discard, "", 0),
	}).ServeHTTP(w, r)
}

// pass connects both ends (RFC 9110, §9.3.6).
func (t *tunnel) pass(w http.ResponseWriter, r *http.Request) {
	to, err := t.dial(r.Context(), "tcp", r.Host)
	if err != nil {
		w.WriteHeader(http.StatusBadGateway)
		return
	}
	defer to.Close()
	from, buffered, err := http.NewResponseController(w).Hijack()
	if err != nil {
		return
	}
	defer from.Close()
	stop := context.AfterFunc(t.ctx, func() { // nobody else knows of a connection that was taken over
		from.Close()
		to.Close()
	})
	defer stop()
	if _, err := io.WriteString(from, "HTTP/1.1 200 Connection established\r\n\r\n"); err != nil {
		return
	}
	var both sync.WaitGroup
	both.Go(func() {
		_, _ = io.Copy(to, buffered) // an end is an end
		closeWrite(to)
	})
	_, _ = io.Copy(from, to)
	closeWrite(from)
	from.Close()
	both.Wait()
}

// closeWrite says that no more is coming.
func closeWrite(c net.Conn) {
	if c, ok := c.(*counted); ok {
		closeWrite(c.Conn)
		return
	}
	if half, ok := c.(interface{ CloseWrite() error }); ok {
		_ = half.CloseWrite()
	}
}
