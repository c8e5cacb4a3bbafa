package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// finished is what a program that ran to its end took.
type finished struct {
	elapsed   time.Duration
	processor time.Duration // of all threads, user and system
	peakBytes int64         // largest resident set
}

// runProgram runs a program to its end. What it prints is shown only if it fails.
func runProgram(ctx context.Context, name string, args ...string) (finished, error) {
	cmd := exec.CommandContext(ctx, name, args...)
	start := time.Now()
	out, err := cmd.CombinedOutput()
	elapsed := time.Since(start)
	if err != nil {
		return finished{}, fmt.Errorf("%s: %w\n%s", name, err, out)
	}
	f := finished{elapsed: elapsed, processor: cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()}
	if usage, ok := cmd.ProcessState.SysUsage().(*syscall.Rusage); ok {
		f.peakBytes = int64(usage.Maxrss) << 10 // 32 bits wide on some platforms
	}
	return f, nil
}

// server is a program that is serving.
type server struct {
	cmd       *exec.Cmd
	addr      string        // 127.0.0.1:PORT
	firstByte time.Duration // from the start of the process to the first byte of the first answer
}

// startServer starts a program that listens on addr, and asks it for path until it answers 200.
func startServer(ctx context.Context, addr, host, path, name string, args ...string) (*server, error) {
	cmd := exec.CommandContext(ctx, name, args...)
	var said strings.Builder
	cmd.Stdout, cmd.Stderr = &said, &said
	start := time.Now()
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	s := &server{cmd: cmd, addr: addr}
	for {
		ok, err := answers(addr, host, path)
		if err == nil {
			s.firstByte = time.Since(start)
			if !ok {
				s.stop()
				return nil, fmt.Errorf("%s does not answer 200 to %s", name, path)
			}
			return s, nil
		}
		if time.Since(start) > 60*time.Second || ctx.Err() != nil {
			s.stop()
			return nil, fmt.Errorf("%s does not answer: %w\n%s", name, err, said.String())
		}
		time.Sleep(200 * time.Microsecond)
	}
}

// answers asks once, by hand, so that the first byte is not kept from us by a client library.
func answers(addr, host, path string) (bool, error) {
	conn, err := net.DialTimeout("tcp", addr, time.Second)
	if err != nil {
		return false, err
	}
	defer conn.Close()
	_ = conn.SetDeadline(time.Now().Add(60 * time.Second))
	if _, err := io.WriteString(conn, request(host, path)); err != nil {
		return false, err
	}
	line, err := bufio.NewReader(conn).ReadString('\n')
	return strings.Contains(line, " 200 "), err
}

func request(host, path string) string {
	return "GET " + path + " HTTP/1.1\r\nHost: " + host + "\r\n\r\n"
}

// memory gives what the server takes now and took at most, in bytes, from /proc; zeros where there is none.
func (s *server) memory() (now, peak int64) {
	f, err := os.Open(fmt.Sprintf("/proc/%d/status", s.cmd.Process.Pid))
	if err != nil {
		return 0, 0
	}
	defer f.Close()
	lines := bufio.NewScanner(f)
	for lines.Scan() {
		name, value, _ := strings.Cut(lines.Text(), ":")
		kb, _ := strconv.ParseInt(strings.TrimSuffix(strings.TrimSpace(value), " kB"), 10, 64)
		switch name {
		case "VmRSS":
			now = kb << 10
		case "VmHWM":
			peak = kb << 10
		}
	}
	return now, peak
}

func (s *server) stop() {
	_ = s.cmd.Process.Signal(syscall.SIGTERM)
	done := make(chan struct{})
	go func() { _ = s.cmd.Wait(); close(done) }()
	select {
	case <-done:
	case <-time.After(10 * time.Second):
		_ = s.cmd.Process.Kill()
		<-done
	}
}

// freeAddr gives an address of this machine where nobody listens now.
func freeAddr() (addr, port string, err error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", "", err
	}
	defer l.Close()
	_, port, err = net.SplitHostPort(l.Addr().String())
	return l.Addr().String(), port, err
}

// kiwixServe starts kiwix-serve with one archive; base is the address below which its pages are, which 3.4 moved.
func kiwixServe(ctx context.Context, archive, book, first string) (s *server, base string, err error) {
	addr, port, err := freeAddr()
	if err != nil {
		return nil, "", err
	}
	for _, base := range []string{"/" + book + "/", "/content/" + book + "/"} {
		s, err = startServer(ctx, addr, addr, base+first, "kiwix-serve", "--address=127.0.0.1", "--port="+port, archive)
		if err == nil {
			return s, base, nil
		}
	}
	return nil, "", err
}

// samizdatServe starts our reader with one archive, which it shows to localhost as a guest.
func samizdatServe(ctx context.Context, b *bench, archive, book, first string) (s *server, host, base string, err error) {
	addr, port, err := freeAddr()
	if err != nil {
		return nil, "", "", err
	}
	host, base = "localhost:"+port, "/content/"+book+"/"
	s, err = startServer(ctx, addr, host, base+first, b.reader, "serve", "--no-browser", "--quiet", "--listen", port, archive)
	return s, host, base, err
}

// versionOf is the first line that a program says about itself, or its name.
func versionOf(name string, args ...string) string {
	out, _ := exec.Command(name, args...).CombinedOutput() // some end with a status that says nothing
	line, _, _ := strings.Cut(strings.TrimSpace(string(out)), "\n")
	if line == "" {
		return name
	}
	return line
}
