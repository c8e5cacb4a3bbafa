package main

import (
	"net"
	"net/netip"
	"strings"
	"testing"

	"samizdat/internal/judge"
)

func TestParseListen(t *testing.T) {
	for text, want := range map[string]address{
		"":                 {loopback: true},
		"8080":             {loopback: true, port: 8080},
		"localhost:8080":   {loopback: true, port: 8080},
		"127.0.0.1:0":      {loopback: true, ip: netip.MustParseAddr("127.0.0.1")},
		"[::1]:80":         {loopback: true, ip: netip.MustParseAddr("::1"), port: 80},
		"0.0.0.0:8080":     {ip: netip.MustParseAddr("0.0.0.0"), port: 8080},
		"192.168.1.5:8080": {ip: netip.MustParseAddr("192.168.1.5"), port: 8080},
		"[fd00::1]:1":      {ip: netip.MustParseAddr("fd00::1"), port: 1},
	} {
		if got, err := parseListen(text); err != nil || got != want {
			t.Errorf("parseListen(%q) = %+v, %v, want %+v", text, got, err, want)
		}
	}
	for _, text := range []string{"x", ":8080", "-1", "65536", "018481", "127.0.0.1:0080", "+80", "host:80", "127.0.0.2:80", "1.2.3.4", "::1:80", "[::1]", "localhost:http"} {
		if got, err := parseListen(text); err == nil {
			t.Errorf("parseListen(%q) = %+v, want an error", text, got)
		}
	}
}

func TestListenTakesBothLoopbackAddresses(t *testing.T) {
	listeners, port, err := listen(address{loopback: true})
	if err != nil {
		t.Fatal(err)
	}
	defer closeAll(listeners)
	six, err := net.Listen("tcp6", "[::1]:0")
	if err != nil {
		judge.Missing(t, "no IPv6 here: "+err.Error())
	}
	six.Close()
	if len(listeners) != 2 || portOf(listeners[0]) != port || portOf(listeners[1]) != port {
		t.Errorf("got %d listeners for port %d, want 127.0.0.1 and ::1", len(listeners), port)
	}
}

func TestListenRefusesWhenLocalhostIsSomebodyElse(t *testing.T) {
	six, err := net.Listen("tcp6", "[::1]:0")
	if err != nil {
		judge.Missing(t, "no IPv6 here: "+err.Error())
	}
	defer six.Close()
	listeners, _, err := listen(address{loopback: true, port: portOf(six)})
	if err == nil {
		closeAll(listeners)
		t.Fatal("took the port though ::1 is taken")
	}
	if !strings.Contains(err.Error(), "in use by another program") {
		t.Errorf("got %v", err)
	}
}

func TestOpeners(t *testing.T) {
	const url = "http://127.0.0.1:1/"
	for _, c := range []struct{ name, goos, env, want string }{
		{"desktop", "linux", "DISPLAY=:0", "xdg-open " + url},
		{"wayland", "freebsd", "WAYLAND_DISPLAY=w", "xdg-open " + url},
		{"no desktop", "linux", "", ""},
		{"termux", "linux", "TERMUX_VERSION=1", "termux-open-url " + url + ", am start -a android.intent.action.VIEW -d " + url},
		{"android", "android", "", "termux-open-url " + url + ", am start -a android.intent.action.VIEW -d " + url},
		{"mac", "darwin", "", "/usr/bin/open " + url},
	} {
		name, value, _ := strings.Cut(c.env, "=")
		getenv := func(key string) string {
			if key == name {
				return value
			}
			return ""
		}
		var got []string
		for _, argv := range openers(c.goos, url, getenv) {
			got = append(got, strings.Join(argv, " "))
		}
		if s := strings.Join(got, ", "); s != c.want {
			t.Errorf("%s: got %q, want %q", c.name, s, c.want)
		}
	}
}
