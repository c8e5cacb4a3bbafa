package serve

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strings"
)

// Network is an address of this machine at which others can reach it.
type Network struct {
	Addr      netip.Addr // without a zone
	Interface string     // "wlan0", or what the system calls it; empty if that is not known
	// Private says that the address means something in this network only, so that nobody outside can use it
	// (RFC 1918, RFC 3927, RFC 4193).
	Private bool
}

// Errors that [ParseNetwork] and [Networks] wrap.
var (
	ErrNoNetwork  = errors.New("this machine is in no network")
	ErrNotAnyones = errors.New("not an address that others can open")
)

// Networks returns the addresses to share at, the best first: what people in one room have in common, which is a
// private IPv4 address of a real interface. It leaves out loopback, and link-local IPv6 addresses, which browsers
// cannot open because a URL of theirs would need a zone (RFC 6874, obsoleted by RFC 9844). Without any the error
// wraps [ErrNoNetwork].
func Networks() ([]Network, error) {
	interfaces, err := net.Interfaces()
	if err != nil { // Android keeps them from programs
		return nil, fmt.Errorf("%w that it tells of: %w", ErrNoNetwork, err)
	}
	var list []Network
	rank := map[netip.Addr]int{}
	for _, i := range interfaces {
		if i.Flags&net.FlagUp == 0 || i.Flags&net.FlagRunning == 0 || i.Flags&net.FlagLoopback != 0 {
			continue
		}
		addrs, err := i.Addrs()
		if err != nil {
			continue // the interface has just gone
		}
		for _, a := range addrs {
			prefix, err := netip.ParsePrefix(a.String())
			if err != nil || CheckNetwork(prefix.Addr()) != nil {
				continue
			}
			n := networkOf(prefix.Addr())
			n.Interface = i.Name
			rank[n.Addr] = n.rank(i.Flags&net.FlagPointToPoint != 0)
			list = append(list, n)
		}
	}
	if len(list) == 0 {
		return nil, ErrNoNetwork
	}
	slices.SortStableFunc(list, func(a, b Network) int { return rank[a.Addr] - rank[b.Addr] })
	return list, nil
}

func networkOf(ip netip.Addr) Network {
	ip = ip.Unmap().WithZone("")
	return Network{Addr: ip, Private: ip.IsPrivate() || ip.IsLinkLocalUnicast()}
}

// virtual begins the names of interfaces that lead to other programs on this machine, or through a tunnel, and not into
// the room.
var virtual = []string{"docker", "br-", "veth", "virbr", "vmnet", "vboxnet", "vethernet", "tun", "tap", "utun", "wg", "zt", "tailscale", "lxc", "podman"}

// rank is lower for a network that is more likely to be that of the room.
func (n Network) rank(tunnel bool) int {
	r := 0
	name := strings.ToLower(n.Interface)
	if tunnel || slices.ContainsFunc(virtual, func(p string) bool { return strings.HasPrefix(name, p) }) {
		r += 8
	}
	if !n.Private {
		r += 16
	}
	if n.Addr.IsLinkLocalUnicast() { // two machines on a cable, without anybody who gives out addresses
		r += 2
	}
	if n.Addr.Is6() { // nobody can type it
		r += 4
	}
	return r
}

// String is what a person chooses by.
func (n Network) String() string {
	if n.Interface == "" {
		return n.Addr.String()
	}
	return n.Addr.String() + " (" + n.Interface + ")"
}

// CheckNetwork reports why others cannot open an address of this machine, or nil. The error wraps [ErrNotAnyones].
func CheckNetwork(ip netip.Addr) error {
	plain := ip.Unmap()
	why := ""
	switch {
	case !plain.IsValid() || plain.IsUnspecified():
		why = "it stands for all addresses; choose one"
	case plain.IsLoopback():
		why = "it stays inside this machine"
	case plain.IsMulticast():
		why = "it is nobody's own"
	case plain.Is6() && plain.IsLinkLocalUnicast():
		why = "browsers do not open link-local addresses of IPv6"
	default:
		return nil
	}
	return fmt.Errorf("%s: %w: %s", ip, ErrNotAnyones, why)
}
