package serve

import (
	"container/list"
	"errors"
	"io"
	"net"
	"net/http"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"
)

// stalled is how long a connection may stand in one write before it counts as one that may be closed for others.
const stalled = 2 * time.Second

// limit bounds the connections of all listeners of a server together, and of each client. When there are too many, a
// new one does not wait: the connection that has gone longest without a whole request is closed for it, or else one
// whose client does not take what is sent. It is safe for concurrent use.
type limit struct {
	total, perIP int
	done         chan struct{} // closed when the server stops
	stop         sync.Once

	mu      sync.Mutex
	open    map[*conn]struct{}
	waiting list.List            // of *conn without a whole request, the longest first
	client  map[netip.Prefix]int // open connections
	freed   chan struct{}        // closed, and replaced, when a connection ends
}

func newLimit(total, perIP int) *limit {
	return &limit{
		total: total, perIP: perIP, done: make(chan struct{}), open: map[*conn]struct{}{}, client: map[netip.Prefix]int{},
		freed: make(chan struct{}),
	}
}

// close wakes listeners that wait.
func (l *limit) close() { l.stop.Do(func() { close(l.done) }) }

// listener returns inner with the bounds of l: Accept makes room while there are too many connections, and drops those
// of a client that has too many.
func (l *limit) listener(inner net.Listener) net.Listener { return &limitListener{inner, l} }

// watch is the ConnState of the server.
func (l *limit) watch(c net.Conn, state http.ConnState) {
	var own *conn
	switch c := c.(type) {
	case *tcpConn:
		own = c.conn
	case *otherConn:
		own = c.conn
	default:
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if _, ok := l.open[own]; !ok {
		return
	}
	switch state { // a connection is new or idle until all of a request's header has come
	case http.StateActive:
		l.busy(own)
	case http.StateIdle:
		if own.elem == nil {
			own.elem = l.waiting.PushBack(own)
		}
	}
}

// busy takes c off the list of those without a request. l.mu is held.
func (l *limit) busy(c *conn) {
	if c.elem != nil {
		l.waiting.Remove(c.elem)
		c.elem = nil
	}
}

type limitListener struct {
	net.Listener
	limit *limit
}

// Close also wakes an Accept that waits, since the server stops.
func (ll *limitListener) Close() error {
	ll.limit.close()
	return ll.Listener.Close()
}

var errStopping = errors.New("server is stopping")

func (ll *limitListener) Accept() (net.Conn, error) {
	for {
		inner, err := ll.Listener.Accept()
		if err != nil {
			return nil, err
		}
		c := &conn{limit: ll.limit, inner: inner, who: clientOf(inner)}
		ok, err := ll.limit.enter(c)
		if err != nil {
			inner.Close()
			return nil, err
		}
		if !ok {
			inner.Close()
			continue
		}
		if tcp, ok := inner.(*net.TCPConn); ok {
			return &tcpConn{tcp, c}, nil
		}
		return &otherConn{inner, c}, nil
	}
}

// conn is what a limit knows of a connection.
type conn struct {
	limit   *limit
	inner   net.Conn
	who     netip.Prefix
	elem    *list.Element // in limit.waiting
	writing atomic.Int64  // when the write began that is going on, in Unix nanoseconds; 0 if none is
}

func (c *conn) begin() { c.writing.Store(time.Now().UnixNano()) }
func (c *conn) end()   { c.writing.Store(0) }

// tcpConn is a connection that gives back its slot. It embeds the concrete type so that its ReadFrom, which can have
// the system send a file, stays visible to net/http.
type tcpConn struct {
	*net.TCPConn
	*conn
}

func (c *tcpConn) Close() error {
	defer c.leave()
	return c.TCPConn.Close()
}

func (c *tcpConn) Write(p []byte) (int, error) {
	c.begin()
	defer c.end()
	return c.TCPConn.Write(p)
}

// ReadFrom hides nothing from the system: src is still the file that net/http was given.
func (c *tcpConn) ReadFrom(src io.Reader) (int64, error) {
	c.begin()
	defer c.end()
	return c.TCPConn.ReadFrom(src)
}

type otherConn struct {
	net.Conn
	*conn
}

func (c *otherConn) Close() error {
	defer c.leave()
	return c.Conn.Close()
}

func (c *otherConn) Write(p []byte) (int, error) {
	c.begin()
	defer c.end()
	return c.Conn.Write(p)
}

// clientOf returns who is counted as one client: an IPv4 address, or the 64-bit network of an IPv6 address, all of
// which one machine can have. It is the zero Prefix for loopback, where everybody has the same address.
func clientOf(conn net.Conn) netip.Prefix {
	at, ok := addrPort(conn.RemoteAddr())
	if !ok {
		return netip.Prefix{}
	}
	return clientAt(at.Addr())
}

func clientAt(ip netip.Addr) netip.Prefix {
	if ip.IsLoopback() {
		return netip.Prefix{}
	}
	bits := 64
	if ip.Is4() {
		bits = 32
	}
	p, _ := ip.WithZone("").Prefix(bits) // bits fit the address
	return p
}

// enter makes room for c and counts it. ok is false if its client has too many connections.
func (l *limit) enter(c *conn) (ok bool, err error) {
	for {
		l.mu.Lock()
		if c.who.IsValid() && l.client[c.who] >= l.perIP {
			l.mu.Unlock()
			return false, nil
		}
		if len(l.open) < l.total {
			l.open[c] = struct{}{}
			c.elem = l.waiting.PushBack(c)
			if c.who.IsValid() {
				l.client[c.who]++
			}
			l.mu.Unlock()
			return true, nil
		}
		freed, victim := l.freed, l.victim(time.Now())
		l.mu.Unlock()
		if victim != nil {
			victim.leave() // the server's own Close comes later, and counts no more
			victim.inner.Close()
			continue
		}
		select {
		case <-freed:
		case <-time.After(stalled / 8):
		case <-l.done:
			return false, errStopping
		}
	}
}

// victim returns the connection to close for another one: the first of those without a request, else the one that has stood
// longest in a write, if that is long. l.mu is held.
func (l *limit) victim(now time.Time) *conn {
	if e := l.waiting.Front(); e != nil {
		return e.Value.(*conn)
	}
	var worst *conn
	since := now.Add(-stalled).UnixNano()
	for c := range l.open {
		if w := c.writing.Load(); w != 0 && w < since {
			worst, since = c, w
		}
	}
	return worst
}

// leave gives back the slot of c. It may be called more than once.
func (c *conn) leave() {
	l := c.limit
	l.mu.Lock()
	defer l.mu.Unlock()
	if _, ok := l.open[c]; !ok {
		return
	}
	delete(l.open, c)
	l.busy(c)
	if c.who.IsValid() {
		if l.client[c.who]--; l.client[c.who] <= 0 {
			delete(l.client, c.who)
		}
	}
	close(l.freed)
	l.freed = make(chan struct{})
}
