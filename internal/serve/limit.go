package serve

import (
	"errors"
	"net"
	"net/netip"
	"sync"
)

// limit bounds the connections of all listeners of a server together, and of each client. It is safe for concurrent
// use.
type limit struct {
	slots  chan struct{} // one element per open connection, and per Accept that waits for one
	done   chan struct{} // closed when the server stops
	stop   sync.Once
	perIP  int
	mu     sync.Mutex
	client map[netip.Prefix]int // open connections
}

func newLimit(total, perIP int) *limit {
	return &limit{slots: make(chan struct{}, total), done: make(chan struct{}), perIP: perIP, client: map[netip.Prefix]int{}}
}

// close wakes listeners that wait for a free slot.
func (l *limit) close() { l.stop.Do(func() { close(l.done) }) }

// listener returns inner with the bounds of l: Accept waits while there are too many connections, and drops those of a
// client that has too many.
func (l *limit) listener(inner net.Listener) net.Listener { return &limitListener{inner, l} }

type limitListener struct {
	net.Listener
	limit *limit
}

// Close also wakes an Accept that waits for a free slot, since the server stops.
func (ll *limitListener) Close() error {
	ll.limit.close()
	return ll.Listener.Close()
}

var errStopping = errors.New("server is stopping")

func (ll *limitListener) Accept() (net.Conn, error) {
	for {
		select {
		case ll.limit.slots <- struct{}{}:
		case <-ll.limit.done:
			return nil, errStopping
		}
		conn, err := ll.Listener.Accept()
		if err != nil {
			<-ll.limit.slots
			return nil, err
		}
		who := clientOf(conn)
		if !ll.limit.enter(who) {
			conn.Close()
			<-ll.limit.slots
			continue
		}
		var once sync.Once
		leave := func() {
			once.Do(func() {
				ll.limit.leave(who)
				<-ll.limit.slots
			})
		}
		if tcp, ok := conn.(*net.TCPConn); ok {
			return &tcpConn{tcp, leave}, nil
		}
		return &otherConn{conn, leave}, nil
	}
}

// tcpConn is a connection that gives back its slot. It embeds the concrete type so that its ReadFrom, which can have
// the system send a file, stays visible to net/http.
type tcpConn struct {
	*net.TCPConn
	leave func()
}

func (c *tcpConn) Close() error {
	defer c.leave()
	return c.TCPConn.Close()
}

type otherConn struct {
	net.Conn
	leave func()
}

func (c *otherConn) Close() error {
	defer c.leave()
	return c.Conn.Close()
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

func (l *limit) enter(who netip.Prefix) bool {
	if who == (netip.Prefix{}) {
		return true
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.client[who] >= l.perIP {
		return false
	}
	l.client[who]++
	return true
}

func (l *limit) leave(who netip.Prefix) {
	if who == (netip.Prefix{}) {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.client[who]--; l.client[who] <= 0 {
		delete(l.client, who)
	}
}
