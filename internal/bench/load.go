package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"strconv"
	"sync"
	"sync/atomic"
	"time"
)

// load asks for paths in turn on several connections that stay open, for a while.
type load struct {
	addr, host string
	base       string   // before every path
	paths      []string // escaped
	conns      int
	headers    string // further lines of every request, each with its CRLF
}

// asked is what the answers came to.
type asked struct {
	requests, bytes int64
	elapsed         time.Duration
}

// run asks until d has passed. The generator shares the machine with the server, so it does as little as it can: it
// reads the status and the length of an answer and counts the rest, which the system drops without a copy where it can.
// An answer that is not 200 is an error.
func (l *load) run(ctx context.Context, d time.Duration) (asked, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	requests := make([][]byte, len(l.paths))
	for i, p := range l.paths {
		requests[i] = []byte("GET " + l.base + p + " HTTP/1.1\r\nHost: " + l.host + "\r\n" + l.headers + "\r\n")
	}
	var next, count, size atomic.Int64
	var wg sync.WaitGroup
	errs := make(chan error, l.conns)
	start := time.Now()
	end := start.Add(d)
	for range l.conns {
		wg.Go(func() {
			if err := l.connection(ctx, end, requests, &next, &count, &size); err != nil && ctx.Err() == nil {
				errs <- err
				cancel()
			}
		})
	}
	wg.Wait()
	elapsed := time.Since(start)
	select {
	case err := <-errs:
		return asked{}, err
	default:
		return asked{count.Load(), size.Load(), elapsed}, nil
	}
}

// connection asks on one connection at a time. A server may end one between two answers, as kiwix-serve does now and
// then; that costs a new connection and the request is sent again.
func (l *load) connection(ctx context.Context, end time.Time, requests [][]byte, next, count, size *atomic.Int64) error {
	var conn net.Conn
	in := bufio.NewReaderSize(nil, 256<<10)
	defer func() {
		if conn != nil {
			conn.Close()
		}
	}()
	for time.Now().Before(end) && ctx.Err() == nil {
		r := requests[int((next.Add(1)-1)%int64(len(requests)))]
		for try := 0; ; try++ {
			fresh := conn == nil
			if fresh {
				var err error
				if conn, err = net.Dial("tcp", l.addr); err != nil {
					return err
				}
				in.Reset(conn)
			}
			n, err := l.ask(conn, in, r)
			if err == nil {
				count.Add(1)
				size.Add(n)
				break
			}
			conn.Close()
			conn = nil
			if fresh || try > 0 || !errors.Is(err, errClosed) {
				line, _, _ := bytes.Cut(r, []byte("\r\n"))
				return fmt.Errorf("%s: %w", line, err)
			}
		}
	}
	return nil
}

// errClosed means that the connection ended before the first byte of an answer.
var errClosed = errors.New("the server closed the connection")

func (l *load) ask(conn net.Conn, in *bufio.Reader, request []byte) (int64, error) {
	if err := conn.SetDeadline(time.Now().Add(60 * time.Second)); err != nil {
		return 0, err
	}
	if _, err := conn.Write(request); err != nil {
		return 0, fmt.Errorf("%w: %w", errClosed, err)
	}
	if _, err := in.Peek(1); err != nil {
		return 0, fmt.Errorf("%w: %w", errClosed, err)
	}
	return readAnswer(&incoming{in, conn})
}

// incoming is what comes on a connection. conn may be nil in tests.
type incoming struct {
	*bufio.Reader
	conn net.Conn
}

// drop passes over n bytes.
func (a *incoming) drop(n int64) error {
	first := min(n, int64(a.Buffered()))
	if err := discard(a.Reader, first); err != nil {
		return err
	}
	if n -= first; n == 0 {
		return nil
	}
	if conn, ok := a.conn.(*net.TCPConn); ok {
		return dropTCP(conn, n)
	}
	return discard(a.Reader, n)
}

// readAnswer reads one answer and returns the length of its body in bytes. The body must have a length or come in
// chunks.
func readAnswer(in *incoming) (int64, error) {
	line, err := in.ReadSlice('\n')
	if err != nil {
		return 0, err
	}
	if len(line) < 12 || string(line[9:12]) != "200" && string(line[9:12]) != "206" {
		return 0, fmt.Errorf("the answer is %q, want 200", bytes.TrimSpace(line))
	}
	length, chunked := int64(-1), false
	for {
		line, err := in.ReadSlice('\n')
		if err != nil {
			return 0, err
		}
		line = bytes.TrimRight(line, "\r\n")
		if len(line) == 0 {
			break
		}
		name, value, _ := bytes.Cut(line, []byte(":"))
		switch {
		case len(name) == 14 && bytes.EqualFold(name, []byte("content-length")):
			if length, err = strconv.ParseInt(string(bytes.TrimSpace(value)), 10, 64); err != nil {
				return 0, err
			}
		case len(name) == 17 && bytes.EqualFold(name, []byte("transfer-encoding")):
			chunked = true
		}
	}
	if !chunked {
		if length < 0 {
			return 0, errors.New("an answer without a length")
		}
		return length, in.drop(length)
	}
	total := int64(0)
	for {
		line, err := in.ReadSlice('\n')
		if err != nil {
			return 0, err
		}
		n, err := strconv.ParseInt(string(bytes.TrimSpace(line)), 16, 64)
		if err != nil {
			return 0, err
		}
		if err := discard(in.Reader, n+2); err != nil {
			return 0, err
		}
		if n == 0 {
			return total, nil
		}
		total += n
	}
}

func discard(in *bufio.Reader, n int64) error {
	for n > 0 {
		k, err := in.Discard(int(min(n, 1<<30)))
		n -= int64(k)
		if err != nil {
			if err == io.EOF { //nolint:errorlint // Discard returns it bare
				return io.ErrUnexpectedEOF
			}
			return err
		}
	}
	return nil
}
