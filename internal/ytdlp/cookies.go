package ytdlp

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"

	"samizdat/internal/atomicfile"
	"samizdat/internal/fetch"
)

// lentPrefix begins the names of the folders, in the system's for temporary files, in which yt-dlp is given the editor's cookies. They do not lie
// in the dossier, which is copied, put under git and given away.
const lentPrefix = "samizdat-cookies-"

// lend writes a copy of the cookies that yt-dlp may read and write, into a folder that nobody else may open. remove takes both away.
func lend(cookies []byte) (name string, remove func() error, err error) {
	Sweep()
	dir, remove, err := atomicfile.Folder("", lentPrefix)
	if err != nil {
		return "", nil, err
	}
	name = filepath.Join(dir, "cookies.txt")
	if err := os.WriteFile(name, netscape(cookies), 0o600); err != nil {
		return "", nil, errors.Join(err, remove())
	}
	return name, remove, nil
}

// Sweep removes the copies of cookies that killed processes have left in the system's folder for temporary files. Those of living ones stay.
func Sweep() {
	dead, _ := atomicfile.DeadFolders(os.TempDir(), lentPrefix, atomicfile.Left) // the next tries again
	for _, name := range dead {
		_ = os.RemoveAll(name)
	}
}

// secrets are the values of cookies that are long enough to be told from other words. Of a file that cannot be read wholly, of those before the
// line that is wrong.
func secrets(cookies []byte) (values []string) {
	list, _ := fetch.CookieList(bytes.NewReader(cookies))
	for _, k := range list {
		if len(k.Value) >= 8 {
			values = append(values, k.Value)
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
