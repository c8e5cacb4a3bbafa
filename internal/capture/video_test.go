package capture_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"samizdat/internal/capture"
	"samizdat/internal/dossier"
	"samizdat/internal/fetch"
	"samizdat/internal/ytdlp"
)

// films gets what it is made of: the files by name, or an error.
type films struct {
	files map[string]string // name in the folder to a file of package scrub, or to "=" and what is in it
	info  string
	err   error
	stop  context.CancelFunc // called before it answers
	asked *string            // the address
}

func (f films) Get(ctx context.Context, ref, dir string, _ func(int64)) (*ytdlp.Film, error) {
	if f.asked != nil {
		*f.asked = ref
	}
	if f.stop != nil {
		f.stop()
		return nil, ctx.Err()
	}
	if f.err != nil {
		return nil, f.err
	}
	film := &ytdlp.Film{Version: "1"}
	for name, from := range f.files {
		text, ok := strings.CutPrefix(from, "=")
		b := []byte(text)
		if !ok {
			var err error
			if b, err = os.ReadFile("../scrub/testdata/" + from); err != nil {
				return nil, err
			}
		}
		file := filepath.Join(dir, name)
		if err := os.WriteFile(file, b, 0o666); err != nil {
			return nil, err
		}
		film.Files = append(film.Files, file)
	}
	slices.Sort(film.Files)
	if f.info != "" {
		film.Info = []byte(f.info)
	}
	return film, nil
}

// player is a page, with what stands in its head and in its body.
func player(t *testing.T, head, body string) *fetch.Client {
	t.Helper()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/p", "/video":
			fmt.Fprintf(w, "<!DOCTYPE html><html lang=en><head><meta charset=utf-8><title>x</title>%s</head><body>%s<p>Words.</p></body></html>", head, body)
		case "/own.mp4":
			http.ServeFile(w, r, "../scrub/testdata/film.mp4")
		default:
			http.NotFound(w, r)
		}
	}))
	t.Cleanup(s.Close)
	resolve := map[string]string{}
	for _, host := range []string{"news.example", "www.youtube.com", "ok.ru"} {
		resolve[host] = s.Listener.Addr().String()
	}
	c, err := fetch.New(fetch.Options{Dir: t.TempDir(), Private: slices.Collect(maps.Keys(resolve)), PageEvery: -1, Resolve: resolve})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

// Which pages are there for a film.
func TestPlays(t *testing.T) {
	for _, c := range []struct {
		name, url, head, body string
		kind                  dossier.Kind
		want                  bool
	}{
		{name: "an article", kind: dossier.KindArticle},
		{name: "an item that is a video", kind: dossier.KindVideo, want: true},
		{name: "a sound", kind: dossier.KindAudio, want: true},
		{name: "a feed", kind: dossier.KindFeed},
		{name: "a site of films", url: "http://www.youtube.com/p", want: true},
		{name: "a part of a site", url: "http://ok.ru/video", want: true},
		{name: "another part", url: "http://ok.ru/p"},
		{name: "og:type", head: `<meta property="og:type" content="video.other">`, want: true},
		{name: "og:type of an article", head: `<meta property="og:type" content="article"><meta property="og:video" content="x">`},
		{name: "JSON-LD", head: `<script type="application/ld+json">{"@context":"https://schema.org","@type":"VideoObject"}</script>`, want: true},
		{name: "JSON-LD in a list", head: `<script type="application/ld+json">[{"@type":["Thing","VideoObject"]}]</script>`, want: true},
		{name: "JSON-LD of an article's film", head: `<script type="application/ld+json">{"@type":"NewsArticle","video":{"@type":"VideoObject"}}</script>`},
		{name: "JSON-LD of both", head: `<script type="application/ld+json">{"@graph":[{"@type":"VideoObject"},{"@type":"NewsArticle"}]}</script>`},
		{name: "JSON that is none", head: `<script type="application/ld+json">{"@type":"VideoObject"</script>`},
		{name: "microdata", body: `<div itemscope itemtype="http://schema.org/VideoObject"></div>`, want: true},
		{name: "microdata of a part", body: `<div itemprop="video" itemscope itemtype="https://schema.org/VideoObject"></div>`},
		{name: "its film came with it", head: `<meta property="og:type" content="video">`, body: `<video src="/own.mp4"></video>`},
		{name: "its film did not come", head: `<meta property="og:type" content="video">`, body: `<video src="/none.mp4"></video>`, want: true},
	} {
		asked := ""
		if c.url == "" {
			c.url = "http://news.example/p"
		}
		_, err := capture.Run(t.Context(), player(t, c.head, c.body), capture.Job{URL: c.url, Dir: t.TempDir(), Kind: c.kind, Films: films{err: ytdlp.ErrNone, asked: &asked}})
		if err != nil || (asked == c.url) != c.want {
			t.Errorf("%s: asked for %q, %v", c.name, asked, err)
		}
	}
}

func TestFilmOfAPage(t *testing.T) {
	for _, c := range []struct {
		name   string
		films  films
		listed []string
		want   string // file, role and language of each medium
		reason string
	}{
		{
			"all of it",
			films{files: map[string]string{"film.mp4": "film.mp4", "film.webp": "picture.webp", "film.kk.vtt": "=WEBVTT\n", "film.x-unknown.vtt": "=WEBVTT\n", "film.description": "=words"}, info: "{}"},
			nil,
			"video.mp4|| video.webp|poster| video.kk.vtt|captions|kk video.x-unknown.vtt|captions|", "",
		},
		{"other names are taken", films{files: map[string]string{"film.webm": "film.webm"}}, []string{"video.en.vtt", "video-2.mp4"}, "video-3.webm||", ""},
		{"no film", films{files: map[string]string{"film.mp4": "=<html>", "film.webp": "picture.webp"}}, nil, "", "no film: it came in a form that browsers do not play"},
		{"a damaged film", films{files: map[string]string{"film.mp4": "=\x00\x00\x00\x18ftypisom\x00\x00\x00\x00isommp41\x00\x00\x00\x04moov"}}, nil, "", "no film: the file is damaged"},
		{"a page in the place of captions", films{files: map[string]string{"film.mp4": "film.mp4", "film.en.vtt": "=\x89PNG\r\n\x1a\n"}}, nil, "video.mp4||", ""},
		{"a failure", films{err: &ytdlp.FailedError{Err: ytdlp.ErrLogin, Said: "/home/editor"}}, nil, "", "no film: the site shows it only to those who are logged in"},
		{"nobody", films{err: fmt.Errorf("%w: /home/editor/yt-dlp", ytdlp.ErrNone)}, nil, "", "no film: there was no yt-dlp to get it"},
	} {
		dir := t.TempDir()
		res, err := capture.Run(t.Context(), player(t, "", ""), capture.Job{URL: "http://news.example/p", Dir: dir, Kind: dossier.KindVideo, Films: c.films, Listed: c.listed, Tool: "press"})
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		var got []string
		for _, m := range res.Listed {
			got = append(got, m.File+"|"+m.Role+"|"+m.Lang)
			if info, err := os.Stat(filepath.Join(dir, m.File)); err != nil || info.Size() != m.Size || len(m.SHA256) != 64 || m.From != "http://news.example/p" || m.With != "yt-dlp 1" || m.At == "" {
				t.Errorf("%s: %+v, %v", c.name, m, err)
			}
		}
		if s := strings.Join(got, " "); s != c.want {
			t.Errorf("%s: %s, want %s", c.name, s, c.want)
		}
		reason := ""
		for _, m := range res.Capture.Missing {
			reason += m.Reason
		}
		if reason != c.reason || (res.NoFilm == nil) != (reason == "") {
			t.Errorf("%s: missing %q, want %q", c.name, reason, c.reason)
		}
		if (res.Capture.Video != nil) != (c.films.info != "") || strings.Contains(res.Capture.Tool, "yt-dlp 1") != (c.want != "") {
			t.Errorf("%s: %+v, tool %s", c.name, res.Capture.Video, res.Capture.Tool)
		}
		if left, err := filepath.Glob(filepath.Join(dir, ".*")); err != nil || len(left) > 0 {
			t.Errorf("%s: %v is left", c.name, left)
		}
	}
}

// The editor's Ctrl-C and a full disk end the capture; a film that does not come does not.
func TestFilmEndsACapture(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	if _, err := capture.Run(ctx, player(t, "", ""), capture.Job{URL: "http://news.example/p", Dir: t.TempDir(), Kind: dossier.KindVideo, Films: films{stop: cancel}}); !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
	full := &os.PathError{Op: "write", Path: "x", Err: errors.New("no room")}
	if _, err := capture.Run(t.Context(), player(t, "", ""), capture.Job{URL: "http://news.example/p", Dir: t.TempDir(), Kind: dossier.KindVideo, Films: films{err: full}}); !errors.Is(err, full) {
		t.Errorf("%v", err)
	}
}

// That cookies were given to what gets the film is in the record, whether the film came or not, and though the page itself was asked for without.
func TestCookiesOfFilms(t *testing.T) {
	for _, c := range []struct {
		films films
		given bool
		want  string
	}{
		{films{files: map[string]string{"film.mp4": "film.mp4"}}, true, dossier.CookiesSent},
		{films{err: ytdlp.ErrFailed}, true, dossier.CookiesSent},
		{films{err: ytdlp.ErrNone}, true, ""},
		{films{err: ytdlp.ErrFailed}, false, ""},
	} {
		res, err := capture.Run(t.Context(), player(t, "", ""), capture.Job{URL: "http://news.example/p", Dir: t.TempDir(), Kind: dossier.KindVideo, Films: c.films, FilmCookies: c.given})
		if err != nil {
			t.Fatal(err)
		}
		if got := res.Capture.Cookies; got != c.want {
			t.Errorf("%v, given %t: cookies %q, want %q", c.films, c.given, got, c.want)
		}
	}
}
