package ytdlp

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"

	"samizdat/internal/atomicfile"
)

// lentPrefix begins the names of the folders, in the system's for temporary files, in which yt-dlp is given the editor's cookies. They do not lie
// in the dossier, which is copied, put under git and given away.
const lentPrefix = "samizdat-cookies-"

// lend writes a copy of the cookies that yt-dlp may read and write, into a folder that nobody else may open. remove takes both away.
func lend(cookies []byte) (name string, remove func() error, err error) {
	Sweep()
	dir, err := os.MkdirTemp("", lentPrefix+"*") // 0700
	if err != nil {
		return "", nil, err
	}
	held, err := atomicfile.Temporary(dir, ".tmp", 0o600) // as long as it is open, this process lives
	if err != nil {
		return "", nil, errors.Join(err, os.RemoveAll(dir))
	}
	remove = func() error { return errors.Join(held.Close(), os.RemoveAll(dir)) }
	name = filepath.Join(dir, "cookies.txt")
	if err := os.WriteFile(name, netscape(cookies), 0o600); err != nil {
		return "", nil, errors.Join(err, remove())
	}
	return name, remove, nil
}

// Sweep removes the copies of cookies that killed processes have left in the system's folder for temporary files. Those of living ones stay.
func Sweep() {
	entries, err := os.ReadDir(os.TempDir())
	if err != nil {
		return
	}
	for _, e := range entries {
		if name := filepath.Join(os.TempDir(), e.Name()); e.IsDir() && strings.HasPrefix(e.Name(), lentPrefix) && atomicfile.Left(name) {
			_ = os.RemoveAll(name) // the next tries again
		}
	}
}

// secrets are the values of cookies that are long enough to be told from other words.
func secrets(cookies []byte) (values []string) {
	for line := range bytes.Lines(cookies) {
		if f := strings.Split(strings.TrimRight(string(line), "\r\n"), "\t"); len(f) == 7 && len(f[6]) >= 8 {
			values = append(values, f[6])
		}
	}
	return values
}

// netscape is a file of cookies with the first line that yt-dlp wants to see.
func netscape(cookies []byte) []byte {
	const first = "# Netscape HTTP Cookie File\n"
	if bytes.HasPrefix(cookies, []byte("# Netscape")) || bytes.HasPrefix(cookies, []byte("# HTTP Cookie")) {
		return cookies
	}
	return append([]byte(first), cookies...)
}
