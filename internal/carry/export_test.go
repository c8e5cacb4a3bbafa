package carry

// KeptRuntimes is how many a [Cache] keeps beside those in use.
const KeptRuntimes = keptRuntimes

// HeldRuntimes is how many a [Cache] has in memory.
const HeldRuntimes = heldRuntimes

// Kept returns how many runtimes are in memory.
func (c *Cache) Kept() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.have)
}
