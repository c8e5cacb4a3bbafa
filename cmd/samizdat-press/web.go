package main

import (
	"fmt"
	"io"
	"log"
	"net"
	"net/netip"
	"net/url"
	"os"
	"strings"
	"time"

	"github.com/spf13/pflag"

	"samizdat/internal/command"
	"samizdat/internal/fetch"
)

// webOptions are the flags of the verbs that ask the web for something.
type webOptions struct {
	ignoreRobots bool
	allowPrivate bool
	resolve      []string
	cookies      string
	proxy        string
	timeout      time.Duration
	every        time.Duration
	perHost      int
	tries        int
	minRate      string
	maxSize      string
}

func (o *webOptions) addFlags(f *pflag.FlagSet) {
	f.BoolVar(&o.ignoreRobots, "ignore-robots", false, "do not ask robots.txt; that is recorded")
	f.StringVar(&o.proxy, "proxy", "", "go through the proxy at `URL`, like socks5://127.0.0.1:9050 (Tor) or http://HOST:PORT")
	f.StringVar(&o.cookies, "cookies", "", "send the cookies in `FILE`, as curl and the browsers' add-ons write it; they are never stored")
	f.StringSliceVar(&o.resolve, "resolve", nil, "take `HOST:ADDR` for the address of HOST, as curl does; HOST:PORT:ADDR for one port; may be repeated")
	f.BoolVar(&o.allowPrivate, "allow-private", false, "ask on this machine and in private networks too, the hosts of the items and of --resolve alone")
	f.DurationVar(&o.timeout, "timeout", time.Minute, "give up after a `TIME` without a word from the server")
	f.DurationVar(&o.every, "every", time.Second, "least `TIME` between two pages of one host")
	f.IntVar(&o.perHost, "per-host", 6, "`N` connections to one host at once")
	f.IntVar(&o.tries, "tries", 3, "`N` tries of what may go better the next time")
	f.StringVar(&o.minRate, "min-rate", "200", "give up on what comes at less than `SIZE` a second, on average over --timeout; 0 waits for ever")
	f.StringVar(&o.maxSize, "max-size", "4G", "take nothing that is larger than `SIZE`, as it is sent or unpacked: bytes, or like 500M or 4G")
}

// client returns a client that keeps what it gets in the folder dir. It may be that it is sent to private addresses: then the hosts of pages, which
// the editor named, may have such, and those of --resolve. What pages and redirects name may not.
func (o *webOptions) client(dir string, pages []string) (*fetch.Client, error) {
	to := fetch.Options{
		Dir: dir, IgnoreRobots: o.ignoreRobots,
		Timeout: o.timeout, PageEvery: o.every, PerHost: o.perHost, Tries: o.tries,
	}
	if o.every == 0 {
		to.PageEvery = -1
	}
	if o.timeout <= 0 || o.every < 0 || o.perHost < 1 || o.tries < 1 {
		return nil, command.Usagef("", "--timeout, --per-host and --tries begin above 0")
	}
	var ok bool
	if to.MaxBytes, ok = command.Size(o.maxSize); !ok {
		return nil, command.Usagef("--max-size 500M", "--max-size %q is no size", o.maxSize)
	}
	if to.MinRate, ok = command.Size(o.minRate); o.minRate == "0" {
		to.MinRate = -1
	} else if !ok {
		return nil, command.Usagef("--min-rate 200", "--min-rate %q is no size", o.minRate)
	}
	var err error
	if to.Resolve, err = resolved(o.resolve); err != nil {
		return nil, err
	}
	if o.allowPrivate {
		for _, page := range pages {
			if u, err := url.Parse(page); err == nil && u.Hostname() != "" {
				to.Private = append(to.Private, u.Hostname())
			}
		}
		for host := range to.Resolve {
			if name, _, err := net.SplitHostPort(host); err == nil { // of one port
				host = name
			}
			to.Private = append(to.Private, host)
		}
	}
	if o.proxy != "" {
		if to.Proxy, err = url.Parse(o.proxy); err != nil || to.Proxy.Host == "" {
			return nil, command.Usagef("--proxy socks5://127.0.0.1:9050", "--proxy %q is no address of a proxy", o.proxy)
		}
	}
	if o.cookies != "" {
		f, err := os.Open(o.cookies)
		if err != nil {
			return nil, err
		}
		defer f.Close()
		if to.Jar, err = fetch.Cookies(f, time.Now()); err != nil {
			return nil, fmt.Errorf("%s: %w", o.cookies, err)
		}
	}
	log.SetOutput(io.Discard) // net/http would write there, that is on the terminal, what servers send unasked
	c, err := fetch.New(to)
	if err != nil {
		return nil, command.Usagef("--proxy socks5://127.0.0.1:9050", "%w", err)
	}
	return c, nil
}

// resolved reads the values of --resolve: HOST:ADDR, where ADDR is an IP address, with a port if need be, and curl's
// HOST:PORT:ADDR. Addresses of IPv6 that have a port stand in brackets.
func resolved(values []string) (map[string]string, error) {
	to := map[string]string{}
	for _, v := range values {
		host, address, _ := strings.Cut(strings.ToLower(v), ":")
		if port, rest, ok := strings.Cut(address, ":"); ok && strings.Trim(port, "0123456789") == "" && port != "" && isAddress(rest) {
			host, address = net.JoinHostPort(host, port), rest
		}
		if host == "" || !isAddress(address) {
			return nil, command.Usagef("--resolve example.org:203.0.113.7", "--resolve %q: not a host and an address", v)
		}
		to[host] = strings.Trim(address, "[]")
		if _, err := netip.ParseAddrPort(address); err == nil {
			to[host] = address
		}
	}
	return to, nil
}

func isAddress(s string) bool {
	if _, err := netip.ParseAddrPort(s); err == nil {
		return true
	}
	_, err := netip.ParseAddr(strings.TrimSuffix(strings.TrimPrefix(s, "["), "]"))
	return err == nil
}
