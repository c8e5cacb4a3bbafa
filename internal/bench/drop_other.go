//go:build !linux

package main

import (
	"bufio"
	"net"
)

// dropTCP passes over n bytes.
func dropTCP(conn *net.TCPConn, n int64) error {
	return discard(bufio.NewReaderSize(conn, int(min(n, 256<<10))), n)
}
