package main

import (
	"errors"
	"io"
	"os"
	"os/exec"
	"slices"
	"strings"
	"time"

	"github.com/spf13/pflag"

	"samizdat/internal/capture"
	"samizdat/internal/command"
	"samizdat/internal/dossier"
	"samizdat/internal/fetch"
	"samizdat/internal/ytdlp"
)

// filmOptions are the flags for pages that play films.
type filmOptions struct {
	ytdlp   string
	longest time.Duration
}

// noYTDLP is the value of --yt-dlp that keeps it from being run.
const noYTDLP = "off"

func (o *filmOptions) addFlags(f *pflag.FlagSet) {
	f.StringVar(&o.ytdlp, "yt-dlp", "", "get films of video pages with the yt-dlp at `PATH` (default: the one in PATH); off runs none")
	f.DurationVar(&o.longest, "film-time", time.Hour, "give up on a film that is not here after a `TIME`")
}

// films returns what gets films by way of web. One that is named must be there.
func (o *filmOptions) films(web *fetch.Client, asked *webOptions) (capture.Films, error) {
	if o.longest <= 0 {
		return nil, command.Usagef("--film-time 1h", "--film-time begins above 0")
	}
	if o.ytdlp == noYTDLP {
		return capture.NoFilms{Unwanted: true}, nil
	}
	found, err := ytdlp.Find(o.ytdlp)
	switch {
	case errors.Is(err, ytdlp.ErrNone) && o.ytdlp == "":
		return capture.NoFilms{}, nil
	case err != nil:
		return nil, command.Hint(command.Errorf("--yt-dlp %s: no such program", o.ytdlp), "give the path of the program; --yt-dlp off goes without")
	}
	p := &ytdlp.Program{Path: found, Connect: web.Connect, Timeout: o.longest}
	if p.MaxBytes, _ = command.Size(asked.maxSize); p.MaxBytes < 1 {
		return nil, command.Usagef("--max-size 500M", "--max-size %q is no size", asked.maxSize)
	}
	if _, err := exec.LookPath("ffmpeg"); err == nil {
		p.FFmpeg = true
	}
	if asked.cookies != "" {
		f, err := os.Open(asked.cookies)
		if err != nil {
			return nil, err
		}
		defer f.Close()
		if p.Cookies, err = io.ReadAll(io.LimitReader(f, maxCookies)); err != nil {
			return nil, err
		}
	}
	return p, nil
}

// noFilms are the items that are films and sounds, of which none is here: neither among the media, nor on the page as it was captured.
func noFilms(d *dossier.Dossier) (ids []string) {
	for _, it := range d.Items() {
		if it.Kind != dossier.KindVideo && it.Kind != dossier.KindAudio || it.URL == "" || it.HasFilm() {
			continue
		}
		if c := it.Capture; c != nil && slices.ContainsFunc(c.Files, func(f dossier.CaptureFile) bool {
			return strings.HasPrefix(f.Type, "video/") || strings.HasPrefix(f.Type, "audio/")
		}) {
			continue
		}
		ids = append(ids, it.ID)
	}
	return ids
}

// maxCookies is how much of a file of cookies is read, in bytes.
const maxCookies = 16 << 20
