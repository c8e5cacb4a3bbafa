package ytdlp

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"time"

	"samizdat/internal/dossier"
)

// watchEvery is how often the size of what is there is looked at.
const watchEvery = 200 * time.Millisecond

// run runs yt-dlp and looks after it: cancel ends ctx. It returns what was said. The error is the reason why it was ended, or how it ended.
func (p *Program) run(ctx context.Context, cancel context.CancelCauseFunc, out, temp string, way *tunnel, progress func(int64), args []string) (string, error) {
	late := time.AfterFunc(p.Timeout, func() { cancel(ErrSlow) })
	defer late.Stop()
	c := &child{path: p.Path, args: args, dir: out, env: environment(os.Environ(), temp, way.address()), log: filepath.Join(temp, "said")}

	var watching sync.WaitGroup
	ended := make(chan struct{})
	watching.Go(func() {
		tick := time.NewTicker(watchEvery)
		defer tick.Stop()
		for {
			select {
			case <-ended:
				return
			case <-tick.C:
			}
			if largest, all := sizes(out, temp); largest > p.MaxBytes || all > 3*p.MaxBytes+256<<20 { // parts, what they are put together to, yt-dlp itself unpacked
				cancel(ErrTooLarge)
			}
			if info, err := os.Stat(c.log); err == nil && info.Size() > maxSaid {
				cancel(ErrFailed)
			}
			if progress != nil {
				progress(way.moved.Load())
			}
		}
	})
	err := c.run(ctx)
	close(ended)
	watching.Wait()
	if cause := context.Cause(ctx); cause != nil {
		err = cause
	} else if largest, _ := sizes(out, temp); largest > p.MaxBytes { // since the last look
		err = ErrTooLarge
	}
	said, saidErr := c.said()
	return said, errors.Join(err, saidErr)
}

// sizes are the largest file below the folders, and all of them, in bytes.
func sizes(dirs ...string) (largest, all int64) {
	for _, dir := range dirs {
		_ = filepath.WalkDir(dir, func(_ string, e fs.DirEntry, err error) error { // what goes while it is looked at does not count
			if err != nil {
				return nil
			}
			if info, err := e.Info(); err == nil && info.Mode().IsRegular() {
				largest, all = max(largest, info.Size()), all+info.Size()
			}
			return nil
		})
	}
	return largest, all
}

// child is a process with all that it starts.
type child struct {
	path string
	args []string
	dir  string
	env  []string
	log  string // file for what it says: not a pipe, which what it leaves behind would hold open
}

// run runs it to its end, or until the context ends; then its group is ended.
func (c *child) run(ctx context.Context) error {
	cmd := exec.CommandContext(ctx, c.path, c.args...)
	cmd.Dir, cmd.Env = c.dir, c.env
	said, err := os.OpenFile(c.log, os.O_WRONLY|os.O_CREATE|os.O_TRUNC|os.O_APPEND, 0o600)
	if err != nil {
		return err
	}
	defer said.Close()
	cmd.Stdout, cmd.Stderr = said, said
	g := newGroup(cmd)
	defer g.end()
	runtime.LockOSThread() // Linux kills it when the thread ends that has started it
	defer runtime.UnlockOSThread()
	cmd.Cancel = g.end
	if err := cmd.Start(); err != nil {
		return err
	}
	if err := g.started(); err != nil {
		return errors.Join(err, g.end(), cmd.Wait())
	}
	return cmd.Wait()
}

// said is the end of what it wrote to its standard output and error.
func (c *child) said() (string, error) {
	f, err := os.Open(c.log)
	if err != nil {
		return "", err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return "", err
	}
	b := make([]byte, min(info.Size(), tailBytes))
	n, err := f.ReadAt(b, info.Size()-int64(len(b)))
	if err != nil && !errors.Is(err, io.EOF) {
		return "", err
	}
	return string(bytes.ToValidUTF8(b[:n], []byte("\uFFFD"))), nil
}

const (
	tailBytes = 64 << 10 // of what is said that is looked at
	maxSaid   = 64 << 20 // bytes; whoever says more has nothing to say
)

var errCertificate = errors.New("the server's certificate is not to be trusted")

var httpError = regexp.MustCompile(`HTTP Error ([1-5][0-9][0-9])\b`)

// colours are sequences that a terminal obeys (ECMA-48, CSI).
var colours = regexp.MustCompile(`\x1b\[[0-?]*[ -/]*[@-~]`)

// explain makes of how yt-dlp ended, and of what it said, an error whose text may be shown to readers: nothing in it is yt-dlp's own word.
func explain(err error, said string, way *tunnel) error {
	var exit *exec.ExitError
	if errors.Is(err, context.Canceled) || !errors.As(err, &exit) && !errors.Is(err, ErrFailed) && !errors.Is(err, ErrTooLarge) && !errors.Is(err, ErrSlow) {
		return err
	}
	last, wrong := "", false
	said = colours.ReplaceAllString(said, "")
	for line := range strings.Lines(said) {
		isError := strings.Contains(line, "ERROR:")
		if isError || !wrong && strings.TrimSpace(line) != "" && !strings.Contains(line, "WARNING:") {
			last, wrong = line, isError
		}
	}
	told := &FailedError{err, dossier.OneLine(strings.ReplaceAll(last, way.secret, "…"), 400)}
	refused, low := way.refusal(), strings.ToLower(said)
	has := func(words ...string) bool {
		for _, w := range words {
			if strings.Contains(low, w) {
				return true
			}
		}
		return false
	}
	switch code := httpError.FindStringSubmatch(said); {
	case errors.Is(err, ErrTooLarge), errors.Is(err, ErrSlow):
	case has("no space left on device"):
		return &fs.PathError{Op: "write", Path: "the film", Err: errFull}
	case has("file is larger than max-filesize"):
		told.Err = ErrTooLarge
	case has("does not pass filter"):
		told.Err = ErrLive
	case refused != nil:
		told.Err = refused
	case has("certificate_verify_failed", "certificate verify failed"):
		told.Err = errCertificate
	case has("unsupported url", "no video could be found", "no video formats found", "there is no video"):
		told.Err = ErrUnknown
	case has("sign in", "log in", "login", "private video", "members-only", "use --cookies", "account"):
		told.Err = ErrLogin
	case code != nil:
		n, _ := strconv.Atoi(code[1])
		told.Err = fmt.Errorf("the server answered %d %s", n, http.StatusText(n))
	default:
		told.Err = ErrFailed
	}
	return told
}

// readAtMost reads a file that has at most limit bytes.
func readAtMost(name string, limit int64) ([]byte, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, limit+1))
	if int64(len(b)) > limit {
		return nil, nil
	}
	return b, err
}
