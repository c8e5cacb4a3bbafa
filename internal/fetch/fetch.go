// Package fetch gets what an editor named from the web, politely, and keeps what was said on the way: every request and
// every answer with its header as it was sent, redirects and refusals too.
//
// It goes nowhere but where it is sent: not into the editor's own network (addresses that are private, loopback or
// otherwise not public are refused when the connection is made, so that no name and no redirect leads there; the editor may
// name hosts that are exempt, and link-local addresses never are), not
// to where robots.txt forbids unless told to, and with no cookies but those that it was given.
//
// The press alone uses it. The reader has no code that dials.
package fetch

import (
	"bytes"
	"context"
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"os"
	"sync"
	"time"
)

// Errors that callers may test for. They come wrapped, with the address.
var (
	// ErrPrivate means that an address is not on the public internet.
	ErrPrivate = errors.New("the address is not a public one")
	// ErrRobots means that the site asks programs to keep away.
	ErrRobots = errors.New("the site's robots.txt asks programs not to fetch this")
	// ErrNoRobots means that the site's robots.txt cannot be had because of the server, which forbids everything (RFC 9309, §2.3.1.4).
	ErrNoRobots = errors.New("the server does not give the site's robots.txt, which forbids programs to fetch anything")
	// ErrTooLarge means that an answer has more bytes than the limit.
	ErrTooLarge = errors.New("larger than the limit")
	// ErrRedirects means that redirects lead in a circle, or too far.
	ErrRedirects = errors.New("too many redirects")
	// ErrNotWeb means that an address is none of http or https.
	ErrNotWeb = errors.New("not an address of the web")
)

// StatusError is an answer that says no.
type StatusError struct{ Code int }

func (e *StatusError) Error() string {
	return fmt.Sprintf("the server answered %d %s", e.Code, http.StatusText(e.Code))
}

// Options are how to fetch. The zero value is right for the public web.
type Options struct {
	Dir          string            // where bodies are kept until their Exchange is closed; the system's folder for temporary files if empty
	UserAgent    string            // a browser's if empty, as many servers give programs another page
	Private      []string          // hosts, names or addresses, that may lie in a private network or on this machine; all others may not
	Resolve      map[string]string // address (IP, or IP:port) by host name, or by NAME:PORT, instead of asking for it
	Proxy        *url.URL          // http, https, socks5 or socks5h; nil is none: the environment is not asked
	Jar          http.CookieJar    // what to send; nothing that servers set is kept without one
	IgnoreRobots bool
	Roots        *x509.CertPool // whom to trust; the system's if nil

	MaxBytes  int64         // of one body; 4 GiB if 0
	PageEvery time.Duration // between two pages of one host; one second if 0, negative is none
	PerHost   int           // connections to one host at once; 6 if 0, as browsers have
	Timeout   time.Duration // until a connection stands, a header is there, the next bytes come; 60 s if 0
	MinRate   int64         // bytes a second of a body, on average over Timeout; 200 if 0, negative is none
	Tries     int           // for what may go better the next time; 3 if 0
	MaxWait   time.Duration // the longest Retry-After that is waited for; 2 minutes if 0

	// Sleep waits, and Now tells the time. Tests set them.
	Sleep func(context.Context, time.Duration) error
	Now   func() time.Time
}

const (
	maxRedirects = 20
	maxHeader    = 1 << 20
	userAgent    = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
)

// Purpose is what something is fetched for.
type Purpose uint8

// Pages keep their distance and obey robots.txt; what a page needs is fetched as a browser would.
const (
	Page Purpose = iota
	Requisite
)

// Client fetches. It may be used concurrently.
type Client struct {
	o         Options
	private   map[string]bool // hosts that may have private addresses
	transport *http.Transport

	mu    sync.Mutex
	hosts map[string]*host
}

// Hop is one request and its answer.
type Hop struct {
	URL      string
	Method   string    // GET, unless a browser asked otherwise
	Start    time.Time // when the request was sent
	Address  string    // IP and port of the server, or of the proxy
	Proxied  bool
	Protocol string // "http/1.1"; with TLS "tls/1.3 http/1.1"
	// Request and Response are the headers as they went over the wire, with the empty line at their ends.
	Request, Response []byte
	Sent              []byte         // the body of the request; nil if it has none
	OwnCookies        []*http.Cookie // the editor's, that were sent
	Status            int
	Certificates      []*x509.Certificate // of the server, its own first; nil without TLS
	// Size and SHA256 are of the body as it was sent, without its transfer encoding.
	Size   int64
	SHA256 string
	body   *os.File
	header http.Header
}

// Header returns the fields of the answer.
func (h *Hop) Header() http.Header { return h.header }

// HasCookies reports whether cookies were sent.
func (h *Hop) HasCookies() bool {
	for line := range bytes.Lines(h.Request) {
		if len(line) > 7 && bytes.EqualFold(line[:7], []byte("Cookie:")) {
			return true
		}
	}
	return false
}

// Body returns the body as it was sent, with its content encoding. It may be called again, and concurrently.
func (h *Hop) Body() *io.SectionReader {
	if h.body == nil {
		return io.NewSectionReader(none{}, 0, 0)
	}
	return io.NewSectionReader(h.body, 0, h.Size)
}

type none struct{}

func (none) ReadAt([]byte, int64) (int, error) { return 0, io.EOF }

// Exchange is everything that was said to get one thing. It must be closed.
type Exchange struct {
	URL  string // that was asked for
	Hops []*Hop // redirects, and last the answer; answers that were tried again are not among them
}

// Final is the last hop: the answer.
func (x *Exchange) Final() *Hop { return x.Hops[len(x.Hops)-1] }

// Close removes the bodies.
func (x *Exchange) Close() error {
	var errs []error
	for _, h := range x.Hops {
		if h.body != nil {
			errs = append(errs, h.body.Close(), os.Remove(h.body.Name()))
			h.body = nil
		}
	}
	return errors.Join(errs...)
}

// New returns a client.
func New(o Options) (*Client, error) {
	if o.UserAgent == "" {
		o.UserAgent = userAgent
	}
	if o.MaxBytes == 0 {
		o.MaxBytes = 4 << 30
	}
	if o.PageEvery == 0 {
		o.PageEvery = time.Second
	}
	if o.PerHost == 0 {
		o.PerHost = 6
	}
	if o.Timeout == 0 {
		o.Timeout = time.Minute
	}
	if o.MinRate == 0 {
		o.MinRate = 200
	}
	if o.Tries == 0 {
		o.Tries = 3
	}
	if o.MaxWait == 0 {
		o.MaxWait = 2 * time.Minute
	}
	if o.Sleep == nil {
		o.Sleep = sleep
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	c := &Client{o: o, private: map[string]bool{}, hosts: map[string]*host{}}
	for _, h := range o.Private {
		c.private[plainHost(h)] = true
	}
	var err error
	c.transport, err = c.newTransport()
	return c, err
}

func sleep(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Close ends the connections that are kept.
func (c *Client) Close() { c.transport.CloseIdleConnections() }

// Get fetches ref and follows redirects. What may go better the next time is tried again: lost connections, 408, 429 and
// the 5xx that pass. An answer that is no success comes back both as an Exchange, which is to be closed, and as a
// *[StatusError]; with any other error there is no Exchange.
func (c *Client) Get(ctx context.Context, ref string, purpose Purpose) (*Exchange, error) {
	return c.follow(ctx, ref, purpose, nil)
}

// Peek is [Client.Get] of a page of which no more is wanted than wanted says when it has seen the header of an answer: so many bytes of the body, the rest
// of which is neither waited for nor an error.
func (c *Client) Peek(ctx context.Context, ref string, wanted func(http.Header) int64) (*Exchange, error) {
	return c.follow(ctx, ref, Page, wanted)
}

func (c *Client) follow(ctx context.Context, ref string, purpose Purpose, wanted func(http.Header) int64) (*Exchange, error) {
	x := &Exchange{URL: ref}
	seen := map[string]bool{}
	for {
		u, err := parse(ref)
		if err == nil && (seen[u.String()] || len(x.Hops) > maxRedirects) {
			err = ErrRedirects
		}
		if err == nil && purpose == Page && !c.o.IgnoreRobots {
			err = c.allowed(ctx, u)
		}
		var hop *Hop
		if err == nil {
			seen[u.String()] = true
			hop, err = c.persist(ctx, u, Request{Method: http.MethodGet, Header: c.header(), Purpose: purpose, wanted: wanted})
		}
		if err != nil {
			x.Close()
			return nil, fmt.Errorf("%s: %w", ref, err)
		}
		x.Hops = append(x.Hops, hop)
		next := hop.header.Get("Location")
		if hop.Status < 300 || hop.Status > 399 || hop.Status == http.StatusNotModified || next == "" {
			if hop.Status < 200 || hop.Status > 299 {
				return x, fmt.Errorf("%s: %w", ref, &StatusError{hop.Status})
			}
			return x, nil
		}
		to, err := u.Parse(next)
		if err != nil {
			x.Close()
			return nil, fmt.Errorf("%s: redirect: %w", ref, err)
		}
		to.Fragment = ""
		ref = to.String()
	}
}

// parse reads an address of the web.
func parse(ref string) (*url.URL, error) {
	u, err := url.Parse(ref)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrNotWeb, err)
	}
	if u.Scheme != "http" && u.Scheme != "https" || u.Hostname() == "" {
		return nil, ErrNotWeb
	}
	if u.User != nil {
		return nil, fmt.Errorf("%w: it holds a password", ErrNotWeb)
	}
	u.Fragment, u.RawFragment = "", ""
	return u, nil
}

// persist fetches one hop, and tries again what may go better the next time.
func (c *Client) persist(ctx context.Context, u *url.URL, r Request) (*Hop, error) {
	h := c.host(u)
	for try := 1; ; try++ {
		if err := h.enter(ctx, c.o, r.Purpose); err != nil {
			return nil, err
		}
		hop, err := c.once(ctx, u, r)
		h.leave()
		wait, again := backoff(hop, err, try, c.o.Now())
		if !again || try == c.o.Tries || ctx.Err() != nil || !r.repeatable() {
			return hop, err
		}
		if wait > c.o.MaxWait {
			if err == nil {
				return hop, nil
			}
			return nil, err
		}
		if hop != nil {
			hop.drop()
		}
		if err := c.o.Sleep(ctx, wait); err != nil {
			return nil, err
		}
	}
}

func (h *Hop) drop() {
	if h.body != nil {
		h.body.Close()
		os.Remove(h.body.Name())
		h.body = nil
	}
}

// once sends one request and keeps the answer.
func (c *Client) once(ctx context.Context, u *url.URL, r Request) (_ *Hop, err error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	watch := time.AfterFunc(c.o.Timeout, func() { cancel(errSilent) })
	defer watch.Stop()

	hop := &Hop{URL: u.String(), Method: r.Method, Sent: r.Body}
	var conn *recorder
	var said *heads
	ctx = httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{GotConn: func(info httptrace.GotConnInfo) {
		if r := recorderOf(info.Conn); r != nil {
			conn = r
			said = r.begin()
			hop.Start, hop.Address, hop.Proxied = c.o.Now().UTC(), r.RemoteAddr().String(), c.o.Proxy != nil
		}
	}})
	req, err := http.NewRequestWithContext(ctx, r.Method, u.String(), bytes.NewReader(r.Body))
	if err != nil {
		return nil, err
	}
	if r.Body == nil {
		req.Body, req.GetBody = http.NoBody, nil
	}
	req.Header = r.Header.Clone()
	if c.o.Jar != nil {
		hop.OwnCookies = c.o.Jar.Cookies(u)
		addCookies(req, hop.OwnCookies)
	}
	resp, err := c.transport.RoundTrip(req)
	if err != nil {
		return nil, because(ctx, err)
	}
	defer resp.Body.Close()
	if conn == nil {
		return nil, errors.New("the connection was not recorded")
	}
	hop.Request, hop.Response = said.both()
	hop.Status, hop.header, hop.Protocol = resp.StatusCode, resp.Header, "http/1.1"
	if conn.secure != nil {
		state := conn.secure.ConnectionState()
		hop.Certificates = state.PeerCertificates
		hop.Protocol = tlsName(state.Version) + " " + hop.Protocol
	}
	body := io.Reader(&pace{r: resp.Body, silent: watch, every: c.o.Timeout, minRate: c.o.MinRate, now: c.o.Now})
	if r.wanted != nil {
		body = io.LimitReader(body, min(r.wanted(resp.Header), r.most(c.o.MaxBytes)))
	}
	if err := c.keep(ctx, hop, body, r.most(c.o.MaxBytes)); err != nil {
		hop.drop()
		return nil, because(ctx, err)
	}
	return hop, nil
}

// because tells of the silence that ended a request, which only says that it was cancelled.
func because(ctx context.Context, err error) error {
	if cause := context.Cause(ctx); errors.Is(cause, errSilent) {
		return cause
	}
	return err
}

// keep writes the body to a file.
func (c *Client) keep(ctx context.Context, hop *Hop, body io.Reader, most int64) error {
	f, err := os.CreateTemp(c.o.Dir, ".fetched-*")
	if err != nil {
		return err
	}
	hop.body = f
	sum := sha256.New()
	to := []io.Writer{f, sum}
	if m := meterOf(ctx); m != nil {
		to = append(to, m)
	}
	n, err := io.Copy(io.MultiWriter(to...), io.LimitReader(body, most+1))
	if err == nil && n > most {
		err = fmt.Errorf("%w of %d bytes", ErrTooLarge, most)
	}
	if err != nil {
		return err
	}
	hop.Size, hop.SHA256 = n, hex.EncodeToString(sum.Sum(nil))
	return ctx.Err()
}

// IP is the server's address without the port; empty if a proxy knows it.
func (h *Hop) IP() string {
	if h.Proxied {
		return ""
	}
	ip, _, err := net.SplitHostPort(h.Address)
	if err != nil {
		return ""
	}
	return ip
}
