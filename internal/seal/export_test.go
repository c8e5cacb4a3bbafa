package seal

import "runtime"

// WaitForUsers waits until so many goroutines want block i at once.
func (c *Reader) WaitForUsers(i int64, users int) {
	for {
		c.mu.Lock()
		n := 0
		if e, ok := c.kept[i]; ok {
			n = e.Value.(*keptBlock).users
		} else if k := c.lent[i]; k != nil {
			n = k.users
		}
		c.mu.Unlock()
		if n >= users {
			return
		}
		runtime.Gosched()
	}
}

// Lent returns how many whole blocks are on their way.
func (c *Reader) Lent() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.lent)
}
