package stick

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"io"
	"io/fs"
	"regexp"
	"strings"

	"samizdat/internal/carry"
)

// Names of files on a stick that do not depend on what it holds.
const (
	startPage   = "START-HERE.html"
	startScript = "start.sh"
	sumsName    = "SHA256SUMS"
	sigName     = "SHA256SUMS.minisig"
	neverIndex  = ".metadata_never_index" // keeps Spotlight of macOS from reading the stick into its index
	keyName     = "samizdat.pub"
)

// Names that stand on a stick only while it is written. A dot hides them; [isLeftover] knows them again.
const (
	newPrefix   = ".samizdat-stick-"
	newSuffix   = ".tmp"
	journalName = ".samizdat-stick.journal"
)

var leftover = regexp.MustCompile(`^\.samizdat-stick-[0-9]{1,6}\.tmp$`)

// isLeftover reports whether name is that of a file which an earlier run left unfinished.
func isLeftover(name string) bool { return leftover.MatchString(name) }

// digest is a SHA-256.
type digest [sha256.Size]byte

// file is one file of the layout.
type file struct {
	name    string
	program bool // gets the right to be run, on file systems that have such rights
	size    int64
	sum     digest
	open    func() (io.ReadCloser, error)
}

func (f *file) perm() fs.FileMode {
	if f.program {
		return 0o755
	}
	return 0o644
}

// textFile is a file whose bytes are in memory.
func textFile(name string, data []byte) *file {
	return &file{
		name: name, size: int64(len(data)), sum: sha256.Sum256(data),
		open: func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(data)), nil },
	}
}

// RuntimeName is what the program for a platform, in Go's words, is called on a stick. Linux mounts FAT so that only
// names ending in .exe, .com or .bat may be run (udisks2 2.9.4, mount option showexec); the Finder opens .command files
// in a terminal.
func RuntimeName(goos, goarch string) string {
	switch goos {
	case "windows":
		return "samizdat-windows-" + goarch + ".exe"
	case "darwin":
		return "samizdat-macos-" + goarch + ".command"
	case "linux":
		return "samizdat-linux-" + goarch + ".com"
	}
	return "samizdat-" + goos + "-" + goarch
}

var runtimePattern = regexp.MustCompile(`^samizdat-(?:(windows)-([a-z0-9]+)\.exe|(macos)-([a-z0-9]+)\.command|(linux)-([a-z0-9]+)\.com|(android)-([a-z0-9]+))$`)

// platformOf is the reverse of [RuntimeName].
func platformOf(name string) (goos, goarch string, ok bool) {
	m := runtimePattern.FindStringSubmatch(name)
	for i := 1; i+1 < len(m); i += 2 {
		if m[i] == "macos" {
			return "darwin", m[i+1], true
		}
		if m[i] != "" {
			return m[i], m[i+1], true
		}
	}
	return "", "", false
}

// maxBaseName is the longest name of an archive without its ending, in bytes. FAT takes 255 UTF-16 units, but people
// type these.
const maxBaseName = 64

// archiveBase makes a name for the archive's file, without ending, that every file system takes and every keyboard has:
// small Latin letters, digits, hyphens, underscores and single dots inside.
func archiveBase(name string) string {
	var b strings.Builder
	for _, r := range strings.ToLower(name) {
		switch {
		case 'a' <= r && r <= 'z', '0' <= r && r <= '9', r == '_', r == '-':
			b.WriteRune(r)
		case r == '.' && b.Len() > 0 && !strings.HasSuffix(b.String(), "."):
			b.WriteRune(r)
		case b.Len() > 0 && !strings.HasSuffix(b.String(), "-"):
			b.WriteByte('-')
		}
		if b.Len() >= maxBaseName {
			break
		}
	}
	base := strings.Trim(b.String(), ".-")
	if base == "" || carry.IsDevice(base) || strings.HasPrefix(base, "samizdat-") {
		base = strings.TrimSuffix("archive-"+base, "-")
	}
	return base
}

// archiveName is the name of a whole archive; partName that of part i of one that is cut, which has the digest sum. The
// digest keeps the parts of two editions apart, so that no mixture of the two is ever taken for an archive.
func archiveName(base string) string { return base + ".zim" }

func partName(base string, sum digest, i int) string {
	return fmt.Sprintf("%s-%x.zim%c%c", base, sum[:4], 'a'+i/26, 'a'+i%26)
}

// maxParts is how many names there are from .zimaa to .zimzz.
const maxParts = 26 * 26

var (
	wholePattern = regexp.MustCompile(`^([a-z0-9._-]+)\.zim$`)
	partPattern  = regexp.MustCompile(`^([a-z0-9._-]+)-[0-9a-f]{8}\.zim[a-z][a-z]$`)
	readmeNames  = regexp.MustCompile(`^README\.[a-zA-Z0-9-]+\.txt$`)
)

// baseOf returns what [archiveBase] gave for the archive whose file, or part, is called name.
func baseOf(name string) (base string, ok bool) {
	if m := wholePattern.FindStringSubmatch(name); m != nil {
		return m[1], true
	}
	if m := partPattern.FindStringSubmatch(name); m != nil {
		return m[1], true
	}
	return "", false
}

// isOurName reports whether a file of a stick may be called name.
func isOurName(name string) bool {
	switch name {
	case startPage, startScript, neverIndex, keyName:
		return true
	}
	if _, ok := baseOf(name); ok || readmeNames.MatchString(name) {
		return true
	}
	_, _, ok := platformOf(name)
	return ok
}
