package carry

// KeptRuntimes is how many a [Cache] keeps beside those in use.
const KeptRuntimes = keptRuntimes

// HeldRuntimes is how many a [Cache] has in memory.
const HeldRuntimes = heldRuntimes

// Lent returns how many runtimes somebody takes.
func (c *Cache) Lent() (n int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, k := range c.have {
		if len(k.lent) > 0 {
			n++
		}
	}
	return n
}

// Kept returns how many runtimes are in memory.
func (c *Cache) Kept() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.have)
}
