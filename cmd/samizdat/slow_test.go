package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"samizdat/internal/archive"
	"samizdat/internal/carry"
	"samizdat/internal/carry/carrytest"
	"samizdat/internal/messages"
	"samizdat/internal/serve"
	"samizdat/internal/splice"
)

// pipes listens for connections that hold no byte on its way: what is written waits until it is read.
type pipes struct {
	at    *net.TCPAddr
	calls chan net.Conn
	ended context.Context
}

func (p *pipes) Accept() (net.Conn, error) {
	select {
	case c := <-p.calls:
		return c, nil
	case <-p.ended.Done():
		return nil, net.ErrClosed
	}
}
func (p *pipes) Close() error   { return nil }
func (p *pipes) Addr() net.Addr { return p.at }

// located is a connection at an address.
type located struct {
	net.Conn
	at *net.TCPAddr
}

func (l located) LocalAddr() net.Addr  { return l.at }
func (l located) RemoteAddr() net.Addr { return l.at }

// ask sends a request on a connection of its own and reads the header of the answer, and no more.
func (p *pipes) ask(t *testing.T, target string) *http.Response {
	t.Helper()
	ours, theirs := net.Pipe()
	t.Cleanup(func() { ours.Close() })
	p.calls <- located{theirs, p.at}
	if _, err := fmt.Fprintf(ours, "GET %s HTTP/1.1\r\nHost: %s\r\nConnection: close\r\n\r\n", target, p.at); err != nil {
		t.Fatal(err)
	}
	answer, err := http.ReadResponse(bufio.NewReaderSize(ours, 16), nil)
	if err != nil {
		t.Fatal(err)
	}
	return answer
}

// Visitors who take their programs drop by drop, more of them than there are runtimes in memory, keep out nobody who wants
// another one, and get every byte.
func TestSlowVisitorsKeepNobodyOut(t *testing.T) {
	runtimes := carrytest.All()
	var targets []carry.Target
	for _, target := range carry.Targets() {
		if (target.OS == "linux" || target.OS == "android") && target != carry.Here() {
			runtimes[target] = append(runtimes[target], bytes.Repeat([]byte(target.Arch), 100_000)...) // more than is sent at once
			targets = append(targets, target)
		}
	}
	if len(targets) < 5 {
		t.Fatalf("%d platforms, want 5", len(targets))
	}
	set, err := carrytest.Set(runtimes, nil)
	if err != nil {
		t.Fatal(err)
	}
	members := []*carry.Member{carry.Bytes(splice.Dossier, zimOf(t, "plain")), carry.Bytes(carry.RuntimesName, set)}
	name, src := copyOf(t, runtimes[targets[0]], members...)
	p := &program{executable: name, tenure: time.Nanosecond}
	server, err := serve.New(serve.Config{Archives: []*archive.Source{src}, Loopback: true, Programs: p.printable})
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	listener := &pipes{&net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 8470}, make(chan net.Conn), ctx}
	ended := make(chan error, 1)
	go func() { ended <- server.Serve(ctx, listener) }()

	want := func(target carry.Target) []byte {
		image, err := carry.New(bytes.NewReader(runtimes[target]), int64(len(runtimes[target])), members)
		if err != nil {
			t.Fatal(err)
		}
		b, err := io.ReadAll(io.NewSectionReader(image, 0, image.Size()))
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	var page []byte
	counting := []byte(messages.For("en").Text("check.running"))
	for again := true; again; again = bytes.Contains(page, counting) { // each answer waits for more
		if page, err = io.ReadAll(listener.ask(t, "/get").Body); err != nil {
			t.Fatal(err)
		}
	}
	path := func(target carry.Target) string {
		for _, found := range offered.FindAllSubmatch(page, -1) {
			if strings.HasSuffix(string(found[2]), target.FileName("")) {
				return "/" + string(found[1])
			}
		}
		t.Fatalf("nothing is offered for %v:\n%s", target, page)
		return ""
	}
	slow := map[carry.Target]*http.Response{}
	for _, target := range targets[:4] {
		answer := listener.ask(t, path(target))
		if answer.StatusCode != http.StatusOK {
			t.Fatalf("%v: %s", target, answer.Status)
		}
		slow[target] = answer
	}
	fast := listener.ask(t, path(targets[4]))
	if got, err := io.ReadAll(fast.Body); err != nil || fast.StatusCode != http.StatusOK || !bytes.Equal(got, want(targets[4])) {
		t.Errorf("a fast visitor: %s, %d bytes, %v; want %d", fast.Status, len(got), err, len(want(targets[4])))
	}
	for target, answer := range slow {
		if got, err := io.ReadAll(answer.Body); err != nil || !bytes.Equal(got, want(target)) {
			t.Errorf("a slow visitor, %v: %d bytes, %v; want %d", target, len(got), err, len(want(target)))
		}
	}
	stop()
	if err := <-ended; err != nil && !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}
