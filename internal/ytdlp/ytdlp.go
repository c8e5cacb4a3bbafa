// Package ytdlp gets the film of a page of the web with yt-dlp, a program that the editor has installed, and keeps it from doing more.
//
// yt-dlp is run without a shell, without its configuration, its cache and its plugins, in a folder of its own. It talks to the web only through a
// tunnel of ours on loopback, which connects as every capture does: to public addresses, by way of the editor's proxy. It has a time, and a size that
// is looked after while it runs. With it end the processes that it has started, those of its process group, on Windows those of its job; one that
// leaves the group (setsid) is not reached on other systems: it stays, without a way to the web by us. If the press is killed, yt-dlp itself ends on Linux and
// Windows, and elsewhere stays like that. What it prints is taken for what a stranger
// says, and of what it knows of the film that is kept which tells nothing of the editor.
//
// The press alone uses it.
package ytdlp

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"samizdat/internal/dossier"
)

// Name is what the program is called in PATH.
const Name = "yt-dlp"

// Errors that callers may test for. Readers see their texts.
var (
	// ErrNone means that there is no yt-dlp.
	ErrNone = errors.New("there was no yt-dlp to get it")
	// ErrUnwanted means that yt-dlp was not to be run.
	ErrUnwanted = errors.New("no program was asked to get it")
	// ErrFailed means that yt-dlp did not get the film, and nothing more is known that a reader could use.
	ErrFailed = errors.New("yt-dlp could not get it")
	// ErrUnknown means that yt-dlp does not know the site, or finds no film on the page.
	ErrUnknown = errors.New("yt-dlp finds no film at this address")
	// ErrLogin means that the site shows the film only to people whom it knows.
	ErrLogin = errors.New("the site shows it only to those who are logged in")
	// ErrLive means that the film is not at its end, or has not begun.
	ErrLive = errors.New("it is a live broadcast")
	// ErrTooLarge means that the film is larger than the limit.
	ErrTooLarge = errors.New("it is larger than the limit")
	// ErrSlow means that the film did not come in the time it had.
	ErrSlow = errors.New("it did not come in the time it had")
)

// A FailedError is an ErrFailed, or another of the errors above, with what yt-dlp said, for the editor alone: it may hold names of this machine.
type FailedError struct {
	Err  error
	Said string // one line
}

func (e *FailedError) Error() string { return e.Err.Error() }

// Unwrap returns the error that callers test for.
func (e *FailedError) Unwrap() error { return e.Err }

// Program is an installed yt-dlp. It may be used concurrently.
type Program struct {
	Path string // the executable; see [Find]
	// Connect opens its connections to the web; fetch.Client's is one.
	Connect func(ctx context.Context, network, address string) (net.Conn, error)

	Cookies  []byte        // to send, in Netscape's format; it gets a copy
	MaxBytes int64         // of the film
	Timeout  time.Duration // for one film
	FFmpeg   bool          // ffmpeg is there: films whose picture and sound come apart can be put together

	mu      sync.Mutex
	version string // empty until it was asked for
}

// Find returns the executable: the one that is named, as a path or as a name in PATH, or the one that is called [Name]. If there is none the error wraps [ErrNone].
func Find(named string) (string, error) {
	if named == "" {
		named = Name
	}
	found, err := exec.LookPath(named)
	if err != nil {
		return "", fmt.Errorf("%w: %w", ErrNone, err)
	}
	return filepath.Abs(found)
}

// Film is what yt-dlp got. Its files are in the folder that was given.
type Film struct {
	Version string   // of yt-dlp
	Files   []string // paths: the film, its picture, captions named film.LANGUAGE.vtt; what they are only their bytes tell
	Info    []byte   // what is known of the film, JSON, cleaned
}

// CaptionsLanguage returns the language that the name of a file of captions says; empty for another file.
func CaptionsLanguage(file string) string {
	rest, ours := strings.CutPrefix(filepath.Base(file), filmStem+".")
	lang, captions := strings.CutSuffix(rest, ".vtt")
	if !ours || !captions {
		return ""
	}
	return lang
}

// Get runs yt-dlp for the page at ref and leaves what it got in dir, an empty folder. progress, which may be nil, is told how many bytes have come.
// The error is a *[FailedError] if yt-dlp did not do it, and one of the context's or of the disk otherwise.
func (p *Program) Get(ctx context.Context, ref, dir string, progress func(bytes int64)) (_ *Film, err error) {
	dir, err = filepath.Abs(dir) // it runs elsewhere
	if err != nil {
		return nil, err
	}
	out, temp := filepath.Join(dir, "out"), filepath.Join(dir, "temp")
	for _, d := range []string{out, temp} {
		if err := os.Mkdir(d, 0o700); err != nil {
			return nil, err
		}
	}
	version, err := p.askVersion(ctx, temp)
	if err != nil {
		return nil, err
	}
	cookies := ""
	if p.Cookies != nil { // a copy: yt-dlp writes the file anew when it ends
		var remove func() error
		if cookies, remove, err = lend(p.Cookies); err != nil {
			return nil, err
		}
		defer func() { err = errors.Join(err, remove()) }()
	}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	most := p.MaxBytes + p.MaxBytes/4 + 16<<20 // captions, pictures and second tries come on top
	way, err := newTunnel(ctx, p.Connect, most, func() { cancel(ErrTooLarge) })
	if err != nil {
		return nil, err
	}
	defer way.close()
	said, ended := p.run(ctx, cancel, out, temp, way, progress, p.arguments(ref, way.address(), cookies))
	f := &Film{Version: version}
	if err := f.collect(out); err != nil {
		return nil, err
	}
	// What a filter keeps out is no error to yt-dlp, and captions that do not come are one.
	var exit *exec.ExitError
	if there := slices.ContainsFunc(f.Files, moves); !there || ended != nil && !errors.As(ended, &exit) {
		return nil, explain(cmp.Or(ended, error(ErrFailed)), said, way)
	}
	if err := os.RemoveAll(temp); err != nil {
		return nil, err
	}
	raw, err := readAtMost(filepath.Join(out, filmStem+".info.json"), maxInfo)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, err
	}
	if f.Info, err = Clean(raw, append(secrets(p.Cookies), dir)...); err != nil {
		f.Info, err = nil, nil // a film without it is a film
	}
	return f, err
}

// filmStem is what the names of all that yt-dlp writes begin with.
const filmStem = "film"

// moves reports whether a file may be a film or a sound, by its name.
func moves(file string) bool {
	return !slices.Contains([]string{".jpg", ".jpeg", ".png", ".webp", ".gif", ".avif", ".image", ".vtt", ".srt", ".ttml", ".ass", ".lrc"}, filepath.Ext(file))
}

// collect lists what is whole: film.ENDING, and film.LANGUAGE.vtt. Of films that come in two parts these have other names until they are put together. Nothing is
// followed: a link is none of yt-dlp's doing.
func (f *Film) collect(out string) error {
	entries, err := os.ReadDir(out)
	if err != nil {
		return err
	}
	for _, e := range entries {
		ending, ours := strings.CutPrefix(e.Name(), filmStem+".")
		if ours && e.Type().IsRegular() && (!strings.Contains(ending, ".") || strings.HasSuffix(ending, ".vtt")) {
			f.Files = append(f.Files, filepath.Join(out, e.Name()))
		}
	}
	return nil
}

// askVersion asks the program for its version, once.
func (p *Program) askVersion(ctx context.Context, temp string) (string, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.version != "" {
		return p.version, nil
	}
	slow, cancel := context.WithTimeout(ctx, max(p.Timeout, 10*time.Minute))
	defer cancel()
	c := &child{path: p.Path, args: []string{"--ignore-config", "--version"}, dir: temp, env: environment(os.Environ(), temp, ""), log: filepath.Join(temp, "version")}
	err := c.run(slow)
	if ctx.Err() != nil {
		return "", ctx.Err()
	}
	said, saidErr := c.said()
	if err = errors.Join(err, saidErr); err != nil {
		return "", &FailedError{ErrFailed, dossier.OneLine(err.Error()+": "+said, 300)}
	}
	line, _, _ := strings.Cut(strings.TrimSpace(said), "\n")
	version := dossier.OneLine(line, 40)
	if version == "" || strings.Trim(version, "0123456789abcdefghijklmnopqrstuvwxyz.-+@") != "" {
		return "", &FailedError{ErrFailed, dossier.OneLine(p.Path+" gives no version: "+line, 300)}
	}
	p.version = version
	return version, nil
}
