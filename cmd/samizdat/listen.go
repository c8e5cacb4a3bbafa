package main

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"strconv"
	"strings"
	"syscall"

	"samizdat/internal/command"
)

// address is where --listen says to listen.
type address struct {
	loopback bool       // only this computer can connect
	ip       netip.Addr // not loopback: the address to bind, unspecified for all
	port     uint16     // 0: any free one
}

// parseListen reads --listen: a port, or an IP address and a port. Empty is a free port of this computer. Names other
// than localhost are refused, because finding their address would ask the network.
func parseListen(text string) (address, error) {
	if text == "" {
		return address{loopback: true}, nil
	}
	host, portText := "localhost", text
	if strings.Contains(text, ":") {
		var err error
		if host, portText, err = net.SplitHostPort(text); err != nil {
			return address{}, badListen(text, "not an address and a port")
		}
	}
	port, err := strconv.ParseUint(portText, 10, 16)
	if err != nil || len(portText) > 1 && portText[0] == '0' { // 018481 is a slip of the finger, or octal for somebody
		return address{}, badListen(text, "the port must be a number from 0 to 65535, without a zero before it")
	}
	a := address{port: uint16(port)}
	switch host {
	case "localhost":
		a.loopback = true
		return a, nil
	case "": // easily typed for a port alone, which means this computer only
		return address{}, badListen(text, "say for whom")
	}
	a.ip, err = netip.ParseAddr(host)
	switch {
	case err != nil:
		return address{}, badListen(text, "the host must be an IP address of this computer, or localhost")
	case a.ip.IsLoopback() && a.ip != netip.AddrFrom4([4]byte{127, 0, 0, 1}) && a.ip != netip.IPv6Loopback():
		return address{}, badListen(text, "of the addresses that stay inside this computer only 127.0.0.1 is used")
	}
	a.loopback = a.ip.IsLoopback()
	return a, nil
}

func badListen(text, why string) error {
	return command.Usagef("samizdat serve --listen 127.0.0.1:8080 for this computer, --listen 0.0.0.0:8080 for the network", "--listen %q: %s", text, why)
}

// attempts to find a port that is free on both loopback addresses.
const attempts = 20

// listen opens the listeners of a and returns the port. On loopback they are 127.0.0.1 and, where the computer has
// it, ::1 with the same port: localhost may mean either, and no other program's page may answer there in our stead.
func listen(a address) ([]net.Listener, uint16, error) {
	if !a.loopback {
		where := netip.AddrPortFrom(a.ip, a.port).String()
		if a.ip == netip.IPv6Unspecified() {
			where = fmt.Sprintf(":%d", a.port) // works without IPv6 too
		}
		l, err := net.Listen("tcp", where)
		if err != nil {
			return nil, 0, explainListen(err, a)
		}
		return []net.Listener{l}, portOf(l), nil
	}
	for attempt := 1; ; attempt++ {
		four, err := net.Listen("tcp4", fmt.Sprintf("127.0.0.1:%d", a.port))
		if err != nil {
			return nil, 0, explainListen(err, a)
		}
		port := portOf(four)
		six, err := net.Listen("tcp6", fmt.Sprintf("[::1]:%d", port))
		switch {
		case err == nil:
			return []net.Listener{four, six}, port, nil
		case !isBusy(err):
			return []net.Listener{four}, port, nil // no IPv6 here
		}
		four.Close()
		if a.port != 0 || attempt == attempts {
			return nil, 0, explainListen(err, a)
		}
	}
}

func portOf(l net.Listener) uint16 { return uint16(l.Addr().(*net.TCPAddr).Port) }

// explainListen says in words why an address cannot be listened on.
func explainListen(err error, a address) error {
	switch {
	case isBusy(err):
		return command.Hint(command.Errorf("listen: port %d is in use by another program", a.port),
			command.Sprintf("choose another with --listen, like --listen %d, or leave --listen out to take a free one", a.port+1))
	case errors.Is(err, syscall.EACCES):
		return command.Hint(command.Errorf("listen: port %d is reserved by the system", a.port), "choose a port from 1024 to 65535")
	case errors.Is(err, syscall.EADDRNOTAVAIL):
		return command.Hint(command.Errorf("listen: %s is not an address of this computer", a.ip),
			command.Sprintf("--listen 0.0.0.0:%d takes every address that it has", a.port))
	}
	return err
}

// networkURLs lists the addresses at which others reach a listener that is not on loopback. The list may be empty
// when the computer is in no network.
func networkURLs(a address, port uint16) []string {
	url := func(ip netip.Addr) string { return "http://" + netip.AddrPortFrom(ip, port).String() + "/" }
	if !a.ip.IsUnspecified() {
		return []string{url(a.ip)}
	}
	addrs, err := net.InterfaceAddrs()
	if err != nil {
		return nil
	}
	var urls []string
	for _, addr := range addrs {
		prefix, err := netip.ParsePrefix(addr.String())
		if err != nil {
			continue
		}
		ip := prefix.Addr()
		if ip.IsLoopback() || ip.IsLinkLocalUnicast() || ip.Is6() { // people type these
			continue
		}
		urls = append(urls, url(ip))
	}
	return urls
}
