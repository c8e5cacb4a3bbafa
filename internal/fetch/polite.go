package fetch

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/temoto/robotstxt"
)

// host is what is known of one host: who is talking to it, when its last page was fetched, what its robots.txt says.
type host struct {
	slots chan struct{} // one for each connection

	mu    sync.Mutex
	next  time.Time     // before which no page is fetched
	delay time.Duration // between pages, as its robots.txt asks for

	robots     sync.Mutex
	robotsRead bool
	unreadable error                 // why the rules are not known, and everything is forbidden; usually nil
	rules      *robotstxt.RobotsData // nil is none
}

// host returns the entry of the address's host and port.
func (c *Client) host(u *url.URL) *host {
	key := u.Scheme + "://" + strings.ToLower(u.Host)
	c.mu.Lock()
	defer c.mu.Unlock()
	h := c.hosts[key]
	if h == nil {
		h = &host{slots: make(chan struct{}, c.o.PerHost)}
		c.hosts[key] = h
	}
	return h
}

// enter waits until something may be fetched from the host.
func (h *host) enter(ctx context.Context, o Options, purpose Purpose) error {
	select {
	case h.slots <- struct{}{}:
	case <-ctx.Done():
		return ctx.Err()
	}
	if purpose != Page || o.PageEvery < 0 {
		return nil
	}
	h.mu.Lock()
	now := o.Now()
	at := h.next
	if at.Before(now) {
		at = now
	}
	h.next = at.Add(max(o.PageEvery, h.delay))
	h.mu.Unlock()
	if wait := at.Sub(now); wait > 0 {
		if err := o.Sleep(ctx, wait); err != nil {
			h.leave()
			return err
		}
	}
	return nil
}

func (h *host) leave() { <-h.slots }

// passing are the answers that may be others later.
var passing = []int{
	http.StatusRequestTimeout, http.StatusTooManyRequests, http.StatusInternalServerError, http.StatusBadGateway,
	http.StatusServiceUnavailable, http.StatusGatewayTimeout,
}

// backoff tells whether to try again, and after what time: what the server asks for (RFC 9110, §10.2.3), or about one,
// two, four seconds.
func backoff(hop *Hop, err error, try int, now time.Time) (time.Duration, bool) {
	wait := time.Second << (try - 1)
	wait += rand.N(wait / 2)
	if err != nil {
		return wait, temporary(err)
	}
	if !slices.Contains(passing, hop.Status) {
		return 0, false
	}
	if after := hop.header.Get("Retry-After"); after != "" {
		if s, err := strconv.ParseUint(strings.TrimSpace(after), 10, 31); err == nil {
			return time.Duration(s) * time.Second, true
		}
		if t, err := http.ParseTime(after); err == nil {
			return max(0, t.Sub(now)), true
		}
	}
	return wait, true
}

// temporary reports whether a connection that failed may stand the next time.
func temporary(err error) bool {
	var dns *net.DNSError
	var slow net.Error
	switch {
	case errors.Is(err, ErrPrivate), errors.Is(err, ErrTooLarge), errors.Is(err, ErrTooMuch), errors.Is(err, ErrSlow), errors.Is(err, context.Canceled), errors.Is(err, syscall.ENOSPC):
		return false
	case errors.As(err, &dns):
		return dns.IsTemporary || dns.IsTimeout
	case errors.As(err, &slow) && slow.Timeout():
		return true
	}
	return errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.EOF) || errors.Is(err, syscall.ECONNRESET) || errors.Is(err, syscall.EPIPE) ||
		errors.Is(err, syscall.ECONNREFUSED) || errors.Is(err, syscall.EADDRNOTAVAIL) || errors.Is(err, os.ErrDeadlineExceeded) || errors.Is(err, net.ErrClosed)
}

// maxRobots is how much of a robots.txt is read: what RFC 9309, §2.5 asks for at least.
const maxRobots = 500 << 10

// robotsAgent is the name that a site may call us by.
const robotsAgent = "samizdat"

// allowed asks the host's robots.txt (RFC 9309). One that cannot be had because of the server forbids everything; one
// that is not there, nothing.
func (c *Client) allowed(ctx context.Context, u *url.URL) error {
	h := c.host(u)
	h.robots.Lock()
	defer h.robots.Unlock()
	if !h.robotsRead {
		rules, err := c.readRobots(ctx, u)
		if errors.Is(err, ErrNoRobots) {
			h.unreadable, err = err, nil
		}
		if err != nil {
			return err
		}
		h.rules, h.robotsRead = rules, true
		if rules != nil {
			h.mu.Lock()
			h.delay = min(rules.FindGroup(robotsAgent).CrawlDelay, c.o.MaxWait)
			h.mu.Unlock()
		}
	}
	if h.unreadable != nil {
		return h.unreadable
	}
	if h.rules == nil || h.rules.TestAgent(u.RequestURI(), robotsAgent) {
		return nil
	}
	return ErrRobots
}

func (c *Client) readRobots(ctx context.Context, u *url.URL) (*robotstxt.RobotsData, error) {
	x, err := c.Get(ctx, (&url.URL{Scheme: u.Scheme, Host: u.Host, Path: "/robots.txt"}).String(), Requisite)
	var status *StatusError
	if err != nil && !errors.As(err, &status) {
		return nil, err
	}
	defer x.Close()
	if status != nil {
		if status.Code >= 500 {
			return nil, fmt.Errorf("%w: %w", ErrNoRobots, status)
		}
		return nil, nil
	}
	body, err := x.Final().Text(maxRobots)
	if err != nil && !errors.Is(err, ErrTooLarge) {
		return nil, nil // a file that cannot be read says nothing
	}
	rules, err := robotstxt.FromBytes(body)
	if err != nil {
		return nil, nil
	}
	return rules, nil
}
