package serve

import (
	"context"
	"errors"
	"fmt"
	"hash/maphash"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"syscall"
	"time"
)

// Bounds on sharing.
const (
	ShareTime    = time.Hour       // unless the sharer says otherwise
	MinShareTime = time.Minute     // less is a slip
	MaxShareTime = 12 * time.Hour  // more is forgotten
	SharePort    = 8470            // tried first, so that the address is the same tomorrow
	graceTime    = 2 * time.Minute // for downloads under way when the time is over
	watchTime    = 2 * time.Second // between looks at the clock and at the machine's addresses
	maxVisitors  = 1 << 16         // counted; more are "at least"
)

// Errors of [Sharing.Start] that a caller can test for; CheckNetwork's [ErrNotAnyones] is another.
var (
	ErrSharing   = errors.New("already sharing")
	ErrShareTime = fmt.Errorf("sharing takes from %d minute to %d hours", MinShareTime/time.Minute, MaxShareTime/time.Hour)
	ErrWiFi      = errors.New("not the name and password of a Wi-Fi")
)

// WiFi is what a visitor's phone needs to join the sharer's network. It is kept in memory while sharing lasts, and shown
// to nobody but the sharer.
type WiFi struct {
	Name     string // SSID, 1 to 32 bytes; empty means that there is no code to show
	Password string // empty for an open network
}

// code is the text of a QR code that joins the network. Phones read this, and nobody has standardised it: zxing, "Barcode
// Contents", "Wi-Fi Network config"; WPA3 Specification §7 has the same form.
func (w WiFi) code() string {
	escape := strings.NewReplacer(`\`, `\\`, `;`, `\;`, `,`, `\,`, `:`, `\:`, `"`, `\"`).Replace
	if w.Password == "" {
		return "WIFI:T:nopass;S:" + escape(w.Name) + ";;"
	}
	return "WIFI:T:WPA;S:" + escape(w.Name) + ";P:" + escape(w.Password) + ";;"
}

// check reports what cannot be a network's name and password. IEEE 802.11 §9.4.2.2 and Annex J: a name has 32 bytes, a
// passphrase 8 to 63 characters, or a key 64 hexadecimal digits.
func (w WiFi) check() error {
	n := len(w.Password)
	if len(w.Name) > 32 || n > 64 || 0 < n && n < 8 || w.Name == "" && n > 0 || strings.ContainsFunc(w.Name+w.Password, func(r rune) bool { return r < ' ' }) {
		return ErrWiFi
	}
	return nil
}

// ShareOptions says how to share. Addr must be set.
type ShareOptions struct {
	Addr netip.Addr    // of this machine, where others connect
	Port uint16        // 0: [SharePort], or any free one if that is taken
	For  time.Duration // 0: [ShareTime]
	WiFi WiFi
}

// ShareState is what the sharer may know. Who visits, and what they read, is nowhere.
type ShareState struct {
	On       bool
	URL      string // "http://192.168.1.5:8470/"
	Network  Network
	Until    time.Time
	Visitors int  // machines that asked for anything since sharing began
	Gone     bool // the machine no longer has the address: the Wi-Fi is off, or another
	Ending   int  // downloads that are still under way after the time was over
	// TimeOver says that the last sharing ended by itself.
	TimeOver bool

	wifi WiFi
}

// Sharing opens a server's archives to a network, and closes them again. There is one for each server that may share;
// see [Server.Sharing]. It may be used concurrently.
type Sharing struct {
	server *Server
	ended  chan struct{} // receives when the time of a sharing is over and its downloads have ended

	// Tests replace these.
	now      func() time.Time
	tick     func() (<-chan time.Time, func()) // what wakes the watch, and how to stop it
	networks func() ([]Network, error)
	listen   func(at netip.AddrPort) (net.Listener, error)

	mu       sync.Mutex
	room     *room // nil: off
	rooms    sync.WaitGroup
	timeOver bool
	closed   bool
}

func newSharing(s *Server, networks func() ([]Network, error)) *Sharing {
	if networks == nil {
		networks = Networks
	}
	return &Sharing{
		server: s, ended: make(chan struct{}, 1), now: time.Now, networks: networks,
		tick: func() (<-chan time.Time, func()) {
			t := time.NewTicker(watchTime)
			return t.C, t.Stop
		},
		listen: func(at netip.AddrPort) (net.Listener, error) { return net.Listen("tcp", at.String()) },
	}
}

// room is one sharing, from its start to its end.
type room struct {
	network Network
	url     string
	until   time.Time // by the wall clock: a machine that sleeps does not make it later
	wifi    WiFi
	server  *Server
	stop    context.CancelCauseFunc // its cause says why
	cut     context.CancelFunc      // ends the downloads too
	visitors
	gone   bool // guarded by Sharing.mu, as all below
	ending bool
}

var (
	errTimeOver = errors.New("the time is over")
	errStopped  = errors.New("the sharer stopped it")
)

// Networks lists where the server can be shared, the best first; see [Networks].
func (s *Sharing) Networks() ([]Network, error) { return s.networks() }

// Ended is sent to when the time of a sharing was over and its last download has ended, or its grace has.
func (s *Sharing) Ended() <-chan struct{} { return s.ended }

// Start begins to share. It returns [ErrSharing] if that has happened already, and the error of net.Listen if nobody can
// listen at the address.
func (s *Sharing) Start(o ShareOptions) (ShareState, error) {
	if o.For == 0 {
		o.For = ShareTime
	}
	if o.For < MinShareTime || o.For > MaxShareTime {
		return ShareState{}, ErrShareTime
	}
	if err := o.WiFi.check(); err != nil {
		return ShareState{}, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.room != nil && !s.room.ending || s.closed {
		return s.state(), ErrSharing
	}
	l, err := s.open(o)
	if err != nil {
		return ShareState{}, err
	}
	at, _ := addrPort(l.Addr())
	r := &room{
		network: networkOf(o.Addr), url: "http://" + at.String() + "/",
		until: s.now().Round(0).Add(o.For), wifi: o.WiFi, visitors: newVisitors(),
	}
	if r.server, err = s.server.forRoom(r.visitors.counting); err != nil {
		l.Close()
		return ShareState{}, err
	}
	if all, err := s.networks(); err == nil {
		if i := slices.IndexFunc(all, func(n Network) bool { return n.Addr == r.network.Addr }); i >= 0 {
			r.network = all[i]
		}
	}
	ctx, stop := context.WithCancelCause(context.Background())
	hard, cut := context.WithCancel(context.Background())
	r.stop, r.cut, s.room, s.timeOver = stop, cut, r, false
	for _, b := range s.server.books { // which takes seconds: visitors should not wait for it
		b.copies.start()
	}
	s.rooms.Add(1)
	go func() {
		defer s.rooms.Done()
		s.run(ctx, hard, r, l)
	}()
	return s.state(), nil
}

// open listens where o says.
func (s *Sharing) open(o ShareOptions) (net.Listener, error) {
	ip := o.Addr.Unmap().WithZone("")
	if o.Port != 0 {
		return s.listen(netip.AddrPortFrom(ip, o.Port))
	}
	l, err := s.listen(netip.AddrPortFrom(ip, SharePort))
	if err != nil && !errors.Is(err, syscall.EADDRNOTAVAIL) {
		l, err = s.listen(netip.AddrPortFrom(ip, 0))
	}
	return l, err
}

// run serves r until it is stopped or its time is over.
func (s *Sharing) run(ctx, hard context.Context, r *room, l net.Listener) {
	defer r.cut()
	watch, done := context.WithCancel(ctx)
	go s.watch(watch, r)
	err := r.server.run(ctx, func() (context.Context, context.CancelFunc) {
		if context.Cause(ctx) != errTimeOver {
			return context.WithTimeout(context.Background(), stopTimeout)
		}
		return context.WithTimeout(hard, graceTime)
	}, l)
	done()
	over := context.Cause(ctx) == errTimeOver
	s.mu.Lock()
	if s.room == r {
		s.room, s.timeOver = nil, over
	}
	s.mu.Unlock()
	switch {
	case err != nil:
		s.server.logf("sharing has ended: %v", err)
	case over:
		select {
		case s.ended <- struct{}{}:
		default:
		}
	}
}

// watch ends the room when its time is over, and notices when the machine loses its address. A network that is off for a
// moment does not end the sharing: the listener outlives that.
func (s *Sharing) watch(ctx context.Context, r *room) {
	wake, stop := s.tick()
	defer stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-wake:
		}
		if !s.now().Round(0).Before(r.until) {
			s.mu.Lock()
			r.ending = true
			s.mu.Unlock()
			r.stop(errTimeOver)
			return
		}
		all, err := s.networks()
		if err != nil && !errors.Is(err, ErrNoNetwork) || r.network.Interface == "" {
			continue // the system does not tell, or did not know the address in the beginning
		}
		gone := !slices.ContainsFunc(all, func(n Network) bool { return n.Addr == r.network.Addr })
		s.mu.Lock()
		changed := gone != r.gone
		r.gone = gone
		s.mu.Unlock()
		switch {
		case changed && gone:
			s.server.logf("this machine is no longer at %s: nobody can reach it until it is again, or until you share at another address", r.network.Addr)
		case changed:
			s.server.logf("this machine is at %s again", r.network.Addr)
		}
	}
}

// Stop ends sharing. Downloads under way have a few seconds.
func (s *Sharing) Stop() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.halt()
}

func (s *Sharing) halt() {
	if s.room == nil {
		return
	}
	s.room.stop(errStopped)
	if s.room.ending {
		s.room.cut()
	}
	s.room, s.timeOver = nil, false
}

// close ends sharing for good and waits for the end, so that the archives can be closed.
func (s *Sharing) close() {
	s.mu.Lock()
	s.halt()
	s.closed = true
	s.mu.Unlock()
	s.rooms.Wait()
}

// State returns what is to be known now.
func (s *Sharing) State() ShareState {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.state()
}

func (s *Sharing) state() ShareState {
	r := s.room
	if r == nil {
		return ShareState{TimeOver: s.timeOver}
	}
	state := ShareState{
		On: !r.ending, URL: r.url, Network: r.network, Until: r.until, Visitors: r.count(), Gone: r.gone, TimeOver: r.ending, wifi: r.wifi,
	}
	if r.ending {
		state.Ending = r.server.downloads.running()
	}
	return state
}

// visitors counts machines without remembering them: what is kept is a hash with a seed of its own.
type visitors struct {
	seed maphash.Seed
	mu   *sync.Mutex
	seen map[uint64]struct{}
}

func newVisitors() visitors {
	return visitors{maphash.MakeSeed(), new(sync.Mutex), map[uint64]struct{}{}}
}

// counting is a handler that counts who asks next.
func (v visitors) counting(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if at, err := netip.ParseAddrPort(r.RemoteAddr); err == nil {
			h := maphash.Comparable(v.seed, at.Addr().Unmap())
			v.mu.Lock()
			if len(v.seen) < maxVisitors {
				v.seen[h] = struct{}{}
			}
			v.mu.Unlock()
		}
		next.ServeHTTP(w, r)
	})
}

func (v visitors) count() int {
	v.mu.Lock()
	defer v.mu.Unlock()
	return len(v.seen)
}
