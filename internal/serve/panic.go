package serve

import (
	"fmt"
	"net/http"
	"runtime"
	"strings"
)

// recovered ends a request whose handler panicked, and only that request. It tells the person who started the server
// where in the program it happened, so that it can be reported, and nothing of what was read: the value of a panic may
// hold text of an archive, and is told only if the Go runtime made it, which puts in numbers and types.
func (s *Server) recovered(w *response, r *http.Request) {
	x := recover()
	if x == nil {
		return
	}
	if x == http.ErrAbortHandler { //nolint:errorlint // net/http compares it so too
		panic(x)
	}
	s.logf("%s", internalError(x))
	if w.begun {
		panic(http.ErrAbortHandler) // so that half an answer is not taken for a whole one
	}
	w.drop()
	w.Header().Del("Content-Length")
	w.Header().Del("ETag")
	w.Header().Set("Connection", "close")
	s.refuse(w, r, http.StatusInternalServerError)
}

// internalError says what panic x was and where; it is called by who recovers.
func internalError(x any) string {
	what := "internal error"
	if err, ok := x.(runtime.Error); ok {
		what += ": " + err.Error()
	}
	return what + " (" + panickedAt() + ")"
}

// aside calls f, for a goroutine that belongs to no request: a panic is told like that of a handler, and ends f only.
func aside(logf func(format string, args ...any), f func()) {
	defer func() {
		if x := recover(); x != nil {
			logf("%s", internalError(x))
		}
	}()
	f()
}

// panickedAt returns function and line in our code that a panic came from; it is called by who recovers.
func panickedAt() string {
	var pcs [64]uintptr
	frames := runtime.CallersFrames(pcs[:runtime.Callers(1, pcs[:])])
	panicking := false
	for {
		f, more := frames.Next()
		switch {
		case f.Function == "runtime.gopanic":
			panicking = true
		case panicking && strings.HasPrefix(f.Function, "samizdat/"):
			file := f.File[strings.LastIndexByte(f.File, '/')+1:]
			return fmt.Sprintf("%s, %s:%d", f.Function, file, f.Line)
		}
		if !more {
			return "place unknown"
		}
	}
}
