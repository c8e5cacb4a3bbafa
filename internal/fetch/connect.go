package fetch

import (
	"context"
	"net"
)

// Connect opens a connection to address, HOST:PORT, for a program that speaks for itself, by the rules of every other one: to public
// addresses only, by way of Resolve and the proxy. It is not recorded.
func (c *Client) Connect(ctx context.Context, network, address string) (net.Conn, error) {
	if c.o.Proxy != nil {
		return c.tunnel(ctx, address)
	}
	return c.connect(ctx, network, address)
}
