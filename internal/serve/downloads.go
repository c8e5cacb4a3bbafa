package serve

import (
	"net/http"
	"net/netip"
	"sync"
)

// Bounds on copies of whole archives that are on their way. On a room's Wi-Fi more would only be slower for each, and
// leave nothing for those who read.
const (
	maxDownloads       = 8 // at once
	maxDownloadsPerIP  = 2 // at once; a browser opens a second connection to go on where it was interrupted
	downloadRetryAfter = "60"
)

// downloads counts copies that are on their way. It may be used concurrently.
type downloads struct {
	mu     sync.Mutex
	total  int
	client map[netip.Prefix]int
}

func newDownloads() *downloads { return &downloads{client: map[netip.Prefix]int{}} }

// begin reports whether one more may go to the client at remote, an address with a port. If so, end must be called.
// On loopback everybody has the same address, so there only the total counts.
func (d *downloads) begin(remote string) (end func(), ok bool) {
	who := netip.Prefix{}
	if at, err := netip.ParseAddrPort(remote); err == nil {
		who = clientAt(at.Addr().Unmap())
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.total >= maxDownloads || who.IsValid() && d.client[who] >= maxDownloadsPerIP {
		return nil, false
	}
	d.total++
	d.client[who]++
	return func() {
		d.mu.Lock()
		defer d.mu.Unlock()
		d.total--
		if d.client[who]--; d.client[who] == 0 {
			delete(d.client, who)
		}
	}, true
}

func (d *downloads) running() int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.total
}

// download answers by send, unless too many copies are on their way already.
func (s *Server) download(w http.ResponseWriter, r *http.Request, send func()) {
	end, ok := s.downloads.begin(r.RemoteAddr)
	if !ok {
		s.busy(w, r)
		return
	}
	defer end()
	send()
}
