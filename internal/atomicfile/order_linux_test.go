package atomicfile_test

import (
	"encoding/binary"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"samizdat/internal/atomicfile"
)

// TestNamedBeforeClosed: a file has its name before it is closed. Its lock keeps [atomicfile.Sweep] away as long as it is open; in
// the other order it could be taken for a leftover in between. The kernel tells what happened, in order.
func TestNamedBeforeClosed(t *testing.T) {
	dir := t.TempDir()
	for _, c := range []struct {
		name    string
		options []atomicfile.Option
		gets    uint32 // the event by which the name appears
	}{
		{"replaced", nil, syscall.IN_MOVED_TO},
		{"new", []atomicfile.Option{atomicfile.NoOverwrite}, syscall.IN_CREATE},
	} {
		fd, err := syscall.InotifyInit1(syscall.IN_NONBLOCK)
		if err != nil {
			t.Fatal(err)
		}
		events := os.NewFile(uintptr(fd), "inotify")
		if _, err := syscall.InotifyAddWatch(fd, dir, syscall.IN_MOVED_TO|syscall.IN_CREATE|syscall.IN_CLOSE_WRITE); err != nil {
			t.Fatal(err)
		}
		if err := atomicfile.WriteFile(filepath.Join(dir, c.name), []byte("x"), 0o600, c.options...); err != nil {
			t.Fatal(err)
		}
		buf := make([]byte, 16<<10)
		n, err := events.Read(buf) // they are there: no wait
		if err != nil {
			t.Fatal(err)
		}
		events.Close()
		var happened []string
		for b := buf[:n]; len(b) >= syscall.SizeofInotifyEvent; {
			mask, size := binary.NativeEndian.Uint32(b[4:]), binary.NativeEndian.Uint32(b[12:])
			name := strings.TrimRight(string(b[syscall.SizeofInotifyEvent:][:size]), "\x00")
			switch {
			case mask&syscall.IN_CLOSE_WRITE != 0:
				happened = append(happened, "closed")
			case mask&c.gets != 0 && name == c.name:
				happened = append(happened, "named")
			}
			b = b[syscall.SizeofInotifyEvent+size:]
		}
		if !slices.Equal(happened, []string{"named", "closed"}) {
			t.Errorf("%s: %v, want named, then closed", c.name, happened)
		}
	}
}
