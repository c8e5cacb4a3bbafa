package zim

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"slices"
	"unicode/utf8"
)

// Severity grades a [Problem].
type Severity int

// An Error breaks the format or a rule on which readers refuse an archive or lose parts of it; zimcheck fails on most.
// A Warning is what some readers stumble over, and what Check could not look at.
const (
	Warning Severity = iota
	Error
)

// String returns "warning" or "error".
func (s Severity) String() string {
	if s == Error {
		return "error"
	}
	return "warning"
}

// Problem is one violation that [Check] found.
type Problem struct {
	Severity Severity
	Kind     string // which rule, in few words: one of the kind constants of this file, like "entry order"
	Offset   int64  // bytes from the start of the archive
	Part     string // "header", "directory entry 12", …
	Message  string
}

// Rule reports whether p breaks a rule for what an archive should say (metadata, no empty items) and nothing is lost by
// it: the archive is badly made, not damaged.
func (p Problem) Rule() bool { return p.Kind == kindMetadata || p.Kind == kindEmpty }

// String gives severity, part, offset and message, like "error: cluster 3 at 0x1f40: …".
func (p Problem) String() string {
	return fmt.Sprintf("%s: %s at %#x: %s", p.Severity, p.Part, p.Offset, p.Message)
}

const maxPerKind = 100 // problems of one kind listed one by one

// Kinds of problems.
const (
	kindHeader       = "header"
	kindMIMEList     = "MIME list"
	kindClusterPtr   = "cluster pointer"
	kindClusterOrder = "cluster order"
	kindCluster      = "cluster"
	kindPathPtr      = "path pointer"
	kindDirent       = "directory entry"
	kindOrder        = "entry order"
	kindMIMEIndex    = "MIME index"
	kindClusterIndex = "cluster or blob number"
	kindRedirect     = "redirect"
	kindLoop         = "redirect loop"
	kindEmpty        = "empty item"
	kindListing      = "title listing"
	kindMainPage     = "main page"
	kindMetadata     = "metadata"
	kindChecksum     = "checksum"
	kindSkipped      = "skipped"
	kindStopped      = "stopped"
)

// Check reads the whole archive, the first size bytes of r, and returns every violation of the format and of the rules
// for metadata that it finds, ordered by offset; of each kind at most a hundred one by one, and then how many more there
// are. What cannot be examined because something before it is broken is said in a warning. Progress, which may be nil,
// is told how much of the work is done. If ctx ends, so does Check, with a problem that says so.
func Check(ctx context.Context, r io.ReaderAt, size int64, progress func(done, total int64)) []Problem {
	return check(ctx, r, size, progress, true)
}

// CheckStructure is [Check] without the checksum, for callers that compute it with other sums in one pass.
func CheckStructure(ctx context.Context, r io.ReaderAt, size int64, progress func(done, total int64)) []Problem {
	return check(ctx, r, size, progress, false)
}

func check(ctx context.Context, r io.ReaderAt, size int64, progress func(done, total int64), checksum bool) []Problem {
	c := &checker{ctx: ctx, progress: progress, total: 2 * size, checksum: checksum, counts: map[string]int{}, dropped: map[string]Problem{}}
	c.run(r, size)
	return c.result()
}

// checker carries one run.
type checker struct {
	ctx      context.Context
	progress func(done, total int64)
	done     int64
	total    int64 // bytes: once for the clusters, once for the checksum
	checksum bool  // compute it

	problems []Problem
	counts   map[string]int     // by kind
	dropped  map[string]Problem // by kind, the first that was not listed

	r        *Reader
	pathsOK  bool // the path pointer list lies in the file
	titlesOK bool
	clustOK  bool
	mimesOK  bool

	overlap bool              // entries have more bytes than the file; reading them by other lists could cost without end
	blobs   []uint32          // by cluster: number of blobs, or unknownBlobs
	empty   map[blobID]bool   // blobs of no bytes
	targets []uint32          // by entry: where it redirects, or notRedirect, or brokenEntry
	known   map[string]uint32 // entries that rules ask for, by "namespace/path"
	meta    []uint32          // entries in M
}

type blobID struct{ cluster, blob uint32 }

const (
	unknownBlobs = 1<<32 - 1
	notRedirect  = 1<<32 - 1
	brokenEntry  = 1<<32 - 2
	maxEmpty     = 1 << 16 // empty blobs remembered
)

func (c *checker) run(src io.ReaderAt, size int64) {
	r, defects, err := openHeader(src, size)
	if err != nil {
		c.fail(kindHeader, err)
		return
	}
	r.setOptions(nil)
	c.r = r
	c.pathsOK, c.titlesOK, c.clustOK = true, r.hdr.titlePtrPos != noList, true
	listsAt, sumAt := true, true // the MIME list ends before whichever list comes first
	for _, d := range defects {
		c.fail(kindHeader, d)
		listsAt = listsAt && (d.Offset < 32 || d.Offset > 56)
		switch d.Offset {
		case 32:
			c.pathsOK = false
		case 40:
			c.titlesOK = false
		case 48:
			c.clustOK = false
		case 72:
			sumAt = false
		}
	}
	if listsAt {
		c.checkMIMEList()
	} else {
		c.skip(56, "header", "the MIME list, because the header is wrong about the lists")
	}
	steps := []func(){c.checkClusters, c.checkEntries, c.checkRedirects, c.checkListings, c.checkMainPage, c.checkMetadata}
	for _, step := range steps {
		if c.stopped() {
			return
		}
		step()
	}
	switch {
	case c.stopped():
	case !c.checksum:
		c.report(c.total)
	case !sumAt:
		c.skip(72, "header", "the checksum, because it is not where the header says")
	default:
		c.checkChecksum()
	}
}

func (c *checker) add(severity Severity, kind string, offset int64, part, format string, args ...any) {
	p := Problem{severity, kind, offset, part, fmt.Sprintf(format, args...)}
	if c.counts[kind]++; c.counts[kind] > maxPerKind {
		if d, ok := c.dropped[kind]; !ok || severity > d.Severity {
			c.dropped[kind] = p
		}
		return
	}
	c.problems = append(c.problems, p)
}

// fail adds an error that reading gave.
func (c *checker) fail(kind string, err error) {
	var f *FormatError
	if errors.As(err, &f) {
		c.add(Error, kind, f.Offset, f.Part, "%v", f.Err)
		return
	}
	c.add(Error, kind, 0, "file", "%v", err)
}

func (c *checker) skip(offset int64, part, what string) {
	c.add(Warning, kindSkipped, offset, part, "not examined: %s", what)
}

func (c *checker) stopped() bool { return c.ctx.Err() != nil }

// report tells progress; it never goes back.
func (c *checker) report(done int64) {
	if c.progress != nil && done > c.done {
		c.done = done
		c.progress(done, c.total)
	}
}

func (c *checker) result() []Problem {
	for kind, p := range c.dropped {
		more := c.counts[kind] - maxPerKind
		p.Message = fmt.Sprintf("and %d more of this kind: %s, beginning with: %s", more, kind, p.Message)
		c.problems = append(c.problems, p)
	}
	if err := c.ctx.Err(); err != nil {
		c.add(Error, kindStopped, c.total/2, "check", "not finished: %v", err)
	}
	slices.SortStableFunc(c.problems, func(a, b Problem) int {
		switch {
		case a.Offset != b.Offset:
			return compareInt64(a.Offset, b.Offset)
		case a.Severity != b.Severity:
			return int(b.Severity - a.Severity)
		case a.Part != b.Part:
			return compareBytes([]byte(a.Part), b.Part)
		}
		return compareBytes([]byte(a.Message), b.Message)
	})
	return c.problems
}

func compareInt64(a, b int64) int {
	if a < b {
		return -1
	}
	return 1
}

// checkMIMEList: terminated, UTF-8, without doubles, short enough. ZIM, "MIME Type List".
func (c *checker) checkMIMEList() {
	r, at := c.r, int64(c.r.hdr.mimeListPos)
	if err := r.readMIMEList(); err != nil {
		c.fail(kindMIMEList, err)
		return
	}
	c.mimesOK = true
	if n := r.mimeEnd - at; n > 1<<10 {
		c.add(Warning, kindMIMEList, at, "MIME list", "%d bytes, but Kiwix JS reads only 1024", n)
	}
	seen := map[string]bool{}
	for _, m := range r.mimes {
		if !utf8.ValidString(m) {
			c.add(Error, kindMIMEList, at, "MIME list", "type %q is not UTF-8", m)
		} else if seen[m] {
			c.add(Warning, kindMIMEList, at, "MIME list", "type %q is listed twice", m)
		}
		seen[m] = true
		at += int64(len(m)) + 1
	}
}

func (c *checker) checkChecksum() {
	err := c.r.VerifyChecksum(c.ctx, func(done int64) { c.report(c.total/2 + done) })
	switch {
	case err == nil:
		c.report(c.total)
	case errors.Is(err, fs.ErrNotExist):
		c.add(Warning, kindChecksum, 72, "header", "the archive has no checksum: damage may go unseen")
	case c.stopped():
	default:
		c.fail(kindChecksum, err)
	}
}
