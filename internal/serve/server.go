// Package serve shows archives to a browser: the router, the guard before it, the policy that stored pages run under,
// the shelf, and the addresses that programs written for kiwix-serve expect. It only listens.
//
// On the loopback interface it answers as two sites on one port. The reader's own pages, and archives that came inside
// the program, are at http://127.0.0.1:PORT; every other archive is a guest and is shown at http://localhost:PORT,
// which browsers treat as another site. On any other interface there is one origin and no script for anybody.
//
// Nothing is written to disk. Addresses are described in docs/urls.md, dangers in docs/threat-model.md.
package serve

import (
	"context"
	crand "crypto/rand"
	"errors"
	"fmt"
	"io"
	"log"
	"math/rand/v2"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"sync/atomic"
	"time"

	"github.com/gorilla/mux"

	"samizdat/internal/archive"
	"samizdat/internal/messages"
)

// Bounds on what a client may cost.
const (
	headerTimeout  = 5 * time.Second  // to send the request's header
	bodyTimeout    = 2 * time.Second  // to send a body, which nothing here reads
	idleTimeout    = 60 * time.Second // between requests on one connection
	stopTimeout    = 5 * time.Second  // for answers under way when the server stops
	maxHeaderBytes = 16 << 10

	// On this machine an address may be as long as 10,000 characters of any writing make it.
	maxOwnHeaderBytes = 128 << 10

	maxConns      = 256 // at once; for one more, one that asks for nothing is closed
	maxConnsPerIP = 16  // at once; more are closed. Loopback is not counted
)

// Config says what to serve and to whom. Archives is the only field that must be set.
type Config struct {
	Archives []*archive.Source
	Version  string            // of the program, for the catalogue
	UI       *messages.Printer // of feeds, and of pages for browsers that ask for no language; nil means English
	// OneLanguage says that the reader's own pages are in the language of UI, whatever a browser asks for. The pages of
	// archives, and those in their place, are in the languages that the archive has them in.
	OneLanguage bool
	// Loopback says that only this machine can connect: two sites, nothing compressed, nothing kept by the browser.
	Loopback bool
	// Hosts are further names that requests may call the server by: "name" with the port listened on, or "name:port".
	Hosts []string
	// Log is told, one line at a time, what the person who started the server should know; nil means nobody is.
	// Addresses that were read are never in it, but for that of an entry that is damaged. It may be called concurrently.
	Log func(line string)
	// OnQuit is called when somebody presses "Close the archive"; nil means there is no such button. Only with
	// Loopback. It may be called more than once, and concurrently.
	OnQuit func()
	// Share says that the person at this machine may open the archives to a network, and close them again. Only with
	// Loopback. Networks lists the addresses to choose from; nil means [Networks].
	Share    bool
	Networks func() ([]Network, error)
	// Programs tells add of the executables that can be made to carry an archive, for visitors to take away, one by one as
	// they are known; nil means that there are none. It is called once for each archive, when somebody asks, and may take
	// seconds. Its error says what is missing.
	Programs func(ctx context.Context, src *archive.Source, add func(Program)) error
}

// Server answers requests for archives. It may be used concurrently. The archives must stay open as long as it is used;
// it does not close them.
type Server struct {
	cfg     Config
	ui      *messages.Printer
	hosts   []hostName
	books   []*book
	byName  map[string]*book
	token   string // in our own forms, so that no page of an archive can send one; another one for each run
	router  *mux.Router
	handler http.Handler
	sharing *Sharing // nil if this server may not share

	downloads *downloads

	searches chan struct{} // one element for each search under way

	// Tests replace these.
	random func(n uint32) uint32 // a number below n
	later  func(func())          // calls its argument after quitDelay

	searchTime time.Duration // that a search may take, waiting for its turn among it

	only6 atomic.Bool // listens on [::1] but not on 127.0.0.1
}

// New prepares a server. It fails if two archives have the same name or an archive has none, and if a host is not a
// name.
func New(cfg Config) (*Server, error) {
	s := &Server{cfg: cfg, ui: cfg.UI, byName: map[string]*book{}, searches: make(chan struct{}, searchesAtOnce), searchTime: searchTime}
	if s.ui == nil {
		s.ui = messages.For("en")
	}
	for _, h := range cfg.Hosts {
		name, err := parseHost(h)
		if err != nil {
			return nil, err
		}
		s.hosts = append(s.hosts, name)
	}
	run := crand.Text()
	for _, src := range cfg.Archives {
		if src.Name == "" || strings.Contains(src.Name, "/") || s.byName[src.Name] != nil {
			return nil, fmt.Errorf("serve: %q cannot be the name of one more archive", src.Name)
		}
		b := newBook(src, run)
		b.copies = newCopies(b, s)
		b.tellChange = func() {
			s.logf("%s: damaged, or changed since it was sealed; samizdat verify tells what is wrong", b.name)
		}
		s.books = append(s.books, b)
		s.byName[src.Name] = b
	}
	distinguish(s.books)
	if err := s.prepare(); err != nil {
		return nil, err
	}
	if cfg.Share && cfg.Loopback {
		s.sharing = newSharing(s, cfg.Networks)
	}
	return s, nil
}

// prepare makes what a server has that knows its configuration and its books.
func (s *Server) prepare() error {
	s.token = crand.Text()
	s.random = rand.Uint32N
	s.later = func(f func()) { time.AfterFunc(quitDelay, f) }
	s.downloads = newDownloads()
	router, err := s.newRouter()
	if err != nil {
		return err
	}
	s.router = router
	s.handler = s.guard(router)
	return nil
}

// forRoom returns a server of the same books for everybody in a network: it can do nothing but show them. wrap goes
// around its handler.
func (s *Server) forRoom(wrap func(http.Handler) http.Handler) (*Server, error) {
	room := &Server{
		cfg:   Config{Archives: s.cfg.Archives, Version: s.cfg.Version, UI: s.cfg.UI, Log: s.cfg.Log},
		books: s.books, byName: s.byName, ui: s.ui, searches: s.searches, searchTime: s.searchTime,
	}
	if err := room.prepare(); err != nil {
		return nil, err
	}
	room.handler = wrap(room.handler)
	return room, nil
}

// Sharing returns what opens the archives to a network; nil if the server may not do that.
func (s *Server) Sharing() *Sharing { return s.sharing }

// Handler returns the whole server as a handler, guard included. It must not stand behind an [http.ServeMux], which
// cleans paths.
func (s *Server) Handler() http.Handler { return s.handler }

// Serve answers on all listeners until ctx ends, then lets answers under way finish for a few seconds and returns nil.
// It closes the listeners, and ends sharing. An error of a listener ends the others too and is returned.
func (s *Server) Serve(ctx context.Context, listeners ...net.Listener) error {
	if len(listeners) == 0 {
		return errors.New("serve: nothing to listen on")
	}
	err := s.run(ctx, func() (context.Context, context.CancelFunc) {
		return context.WithTimeout(context.WithoutCancel(ctx), stopTimeout)
	}, listeners...)
	if s.sharing != nil {
		s.sharing.close()
	}
	for _, b := range s.books {
		b.copies.stop()
		b.stopChecking()
	}
	if err != nil {
		return fmt.Errorf("serve: %w", err)
	}
	return nil
}

// run answers on all listeners until ctx ends, and then finishes what is under way as long as patience says, which is
// called once.
func (s *Server) run(ctx context.Context, patience func() (context.Context, context.CancelFunc), listeners ...net.Listener) error {
	s.only6.Store(only6(listeners))
	limit := newLimit(maxConns, maxConnsPerIP)
	srv := s.httpServer()
	srv.ConnState = limit.watch
	failed := make(chan error, len(listeners))
	for _, l := range listeners {
		go func() { failed <- srv.Serve(limit.listener(l)) }()
	}
	var err error
	running := len(listeners)
	select {
	case <-ctx.Done():
	case err = <-failed:
		running--
	}
	stop, cancel := patience()
	defer cancel()
	if srv.Shutdown(stop) != nil {
		srv.Close()
	}
	limit.close()
	for range running {
		<-failed
	}
	if errors.Is(err, http.ErrServerClosed) {
		return nil
	}
	return err
}

func (s *Server) httpServer() *http.Server {
	most := maxHeaderBytes
	if s.cfg.Loopback {
		most = maxOwnHeaderBytes
	}
	return &http.Server{
		Handler:           s.handler,
		ReadHeaderTimeout: headerTimeout,
		IdleTimeout:       idleTimeout,
		MaxHeaderBytes:    most,
		ErrorLog:          log.New(io.Discard, "", 0), // what clients do wrong is no news, and names addresses
		// "OPTIONS *" would be answered before the guard sees it.
		DisableGeneralOptionsHandler: true,
	}
}

// only6 reports whether no listener can be reached at 127.0.0.1.
func only6(listeners []net.Listener) bool {
	for _, l := range listeners {
		at, ok := addrPort(l.Addr())
		if !ok {
			return false
		}
		if ip := at.Addr(); ip.Is4() || ip == netip.IPv6Unspecified() {
			return false
		}
	}
	return true
}

// addrPort returns the address of a TCP listener or connection, with mapped IPv4 addresses and zones made plain.
func addrPort(a net.Addr) (netip.AddrPort, bool) {
	tcp, ok := a.(*net.TCPAddr)
	if !ok {
		return netip.AddrPort{}, false
	}
	at := tcp.AddrPort()
	return netip.AddrPortFrom(at.Addr().Unmap().WithZone(""), at.Port()), true
}

// logf tells the person who started the server.
func (s *Server) logf(format string, args ...any) {
	if s.cfg.Log != nil {
		s.cfg.Log(fmt.Sprintf(format, args...))
	}
}
