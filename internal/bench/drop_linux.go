package main

import (
	"io"
	"net"
	"syscall"
)

// dropped is where bytes would go if they were copied.
var dropped [1 << 20]byte

// dropTCP passes over n bytes without a copy of them. tcp(7), MSG_TRUNC.
func dropTCP(conn *net.TCPConn, n int64) error {
	raw, err := conn.SyscallConn()
	if err != nil {
		return err
	}
	for n > 0 {
		k := 0
		var failed error
		err := raw.Read(func(fd uintptr) bool {
			k, _, failed = syscall.Recvfrom(int(fd), dropped[:min(n, int64(len(dropped)))], syscall.MSG_TRUNC)
			return failed != syscall.EAGAIN //nolint:errorlint // a number
		})
		switch {
		case err != nil:
			return err
		case failed == syscall.EINTR: //nolint:errorlint // a number
			continue
		case failed != nil:
			return failed
		case k == 0:
			return io.ErrUnexpectedEOF
		}
		n -= int64(k)
	}
	return nil
}
