package zim

import (
	"errors"
	"fmt"
)

// What [Writer] refuses. All but ErrWriterClosed and ErrNoFrontArticle come inside an [EntryError] that names the
// entry.
var (
	// ErrWriterClosed is returned by every method after Close, and by a second Close.
	ErrWriterClosed = errors.New("writer is closed")
	// ErrInvalidNamespace is a namespace other than C, M, W and X, or a front article outside C.
	ErrInvalidNamespace = errors.New("invalid namespace")
	// ErrInvalidPath is a path that is empty, not UTF-8, begins with a slash or holds a NUL.
	ErrInvalidPath = errors.New("invalid path")
	// ErrInvalidTitle is a title that is not UTF-8 or holds a NUL.
	ErrInvalidTitle = errors.New("invalid title")
	// ErrInvalidMIMEType is a MIME type that is empty, not UTF-8 or holds a NUL.
	ErrInvalidMIMEType = errors.New("invalid MIME type")
	// ErrTooLong is a path and a title that together do not fit into the 5120 bytes of a directory entry that
	// Kiwix JS reads.
	ErrTooLong = errors.New("path and title are too long")
	// ErrReserved is an entry that Close writes itself.
	ErrReserved = errors.New("the writer makes this entry itself")
	// ErrDuplicatePath is a path that was added before in the same namespace.
	ErrDuplicatePath = errors.New("path was added before")
	// ErrMIMEListFull is a new MIME type that does not fit into the 1024 bytes of the list that Kiwix JS reads.
	ErrMIMEListFull = errors.New("too many MIME types")
	// ErrSizeMismatch is a body that is not as long as its Header says.
	ErrSizeMismatch = errors.New("body has another size than its header says")
	// ErrDanglingRedirect is a redirect, or a main page, whose target was never added.
	ErrDanglingRedirect = errors.New("redirect to an entry that does not exist")
	// ErrRedirectLoop is a redirect that does not come to an item within 50 hops.
	ErrRedirectLoop = errors.New("redirect loop")
	// ErrNoFrontArticle is an archive without a single front article: Kiwix can then neither count nor suggest
	// articles, nor open a random one (openzim/libzim#590).
	ErrNoFrontArticle = errors.New("no entry is a front article")
)

// EntryError is an entry that [Writer] could not write. It wraps its cause.
type EntryError struct {
	Op        string // "add", "redirect", "main page"
	Namespace byte
	Path      string // as it was given, perhaps not UTF-8
	Err       error
}

// Error gives operation, entry and cause, like `zim: add "C/index.html": path was added before`.
func (e *EntryError) Error() string {
	return fmt.Sprintf("zim: %s %q: %v", e.Op, string(e.Namespace)+"/"+e.Path, e.Err)
}

func (e *EntryError) Unwrap() error { return e.Err }
