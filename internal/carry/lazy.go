package carry

import (
	"io"
	"sync"
)

// fixed is bytes that are known.
type fixed []byte

func (f fixed) ReadAt(p []byte, off int64) (int, error) {
	if off >= int64(len(f)) {
		return 0, io.EOF
	}
	n := copy(p, f[off:])
	if n < len(p) {
		return n, io.EOF
	}
	return n, nil
}

// lazy is bytes that are made when they are first read. An error is not kept: the next reader tries again.
type lazy struct {
	make func() ([]byte, error)

	mu   sync.Mutex
	made []byte
}

func (l *lazy) ReadAt(p []byte, off int64) (int, error) {
	l.mu.Lock()
	if l.made == nil {
		b, err := l.make()
		if err != nil {
			l.mu.Unlock()
			return 0, err
		}
		l.made = b
	}
	l.mu.Unlock()
	return fixed(l.made).ReadAt(p, off)
}
