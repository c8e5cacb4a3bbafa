package capture

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"golang.org/x/net/html"

	"samizdat/internal/dossier"
	"samizdat/internal/snapshot"
	"samizdat/internal/webpage"
	"samizdat/internal/ytdlp"
)

// Films gets the film of a page that plays one; *[ytdlp.Program] does.
type Films interface {
	Get(ctx context.Context, ref, dir string, progress func(bytes int64)) (*ytdlp.Film, error)
}

// NoFilms are those of an editor who has no program that gets films, or does not want it to be run.
type NoFilms struct{ Unwanted bool }

// Get returns an error that wraps [ytdlp.ErrNone], or [ytdlp.ErrUnwanted].
func (n NoFilms) Get(context.Context, string, string, func(int64)) (*ytdlp.Film, error) {
	if n.Unwanted {
		return nil, ytdlp.ErrUnwanted
	}
	return nil, ytdlp.ErrNone
}

const (
	// VideoFile is what yt-dlp says of a film.
	VideoFile = "video.json"
	// filmName is how a film is called, behind Job.Stem and with the ending of what it is; captions and picture begin like it.
	filmName = "video"
	// maxCaptions of one film are kept.
	maxCaptions = 60
)

// IsVideoSite reports whether an address is one of a site that is there for films.
func IsVideoSite(u *url.URL) bool {
	host := strings.TrimPrefix(strings.ToLower(u.Hostname()), "www.")
	return slices.ContainsFunc([]string{
		"youtube.com", "youtu.be", "youtube-nocookie.com", "vimeo.com", "tiktok.com", "dailymotion.com", "dai.ly", "rutube.ru", "vkvideo.ru", "odysee.com", "bitchute.com", "ok.ru/video", "twitch.tv",
	}, func(site string) bool {
		site, path, _ := strings.Cut(site, "/")
		return (host == site || strings.HasSuffix(host, "."+site)) && strings.HasPrefix(u.Path, "/"+path)
	})
}

// plays reports whether a page is there for the film that it plays: by what the item is, by its site, or by what it says of itself.
func (r *run) plays(doc []byte, base *url.URL) bool {
	first, err := url.Parse(r.job.URL)
	switch {
	case r.job.Kind == dossier.KindVideo, r.job.Kind == dossier.KindAudio:
		return true
	case err == nil && IsVideoSite(first), IsVideoSite(base):
		return true
	}
	if slices.ContainsFunc(r.order, func(t *thing) bool { return t.ref.Kind == snapshot.Media && t.name != "" }) {
		return false // an article's own film, which came
	}
	root, err := webpage.Parse(doc)
	return err == nil && saysVideo(root)
}

// saysVideo looks for the marks of pages that play a film: Open Graph's og:type, and schema.org's VideoObject as the thing that the page is about.
func saysVideo(root *html.Node) bool {
	for n := range root.Descendants() {
		if n.Type != html.ElementNode {
			continue
		}
		switch n.Data {
		case "meta":
			if strings.EqualFold(cmp.Or(webpage.Attr(n, "property"), webpage.Attr(n, "name")), "og:type") && strings.HasPrefix(strings.ToLower(strings.TrimSpace(webpage.Attr(n, "content"))), "video") {
				return true
			}
		case "html", "body", "main", "article", "div", "section":
			if _, itemtype, ok := strings.Cut(webpage.Attr(n, "itemtype"), "schema.org/"); ok && itemtype == "VideoObject" && webpage.Attr(n, "itemprop") == "" {
				return true
			}
		case "script":
			if webpage.Attr(n, "type") == "application/ld+json" && n.FirstChild != nil && aboutVideo(n.FirstChild.Data) {
				return true
			}
		}
	}
	return false
}

// film gets the film of the page. What is not there is among what is missing; an error is one of the disk or of the context.
func (r *run) film(ctx context.Context, c *dossier.Capture, res *Result) error {
	dir := filepath.Join(r.job.Dir, ".film")
	if err := os.Mkdir(dir, 0o777); err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	film, err := r.job.Films.Get(ctx, r.job.URL, dir, r.job.FilmProgress)
	if r.job.FilmCookies && !errors.Is(err, ytdlp.ErrNone) { // where it sent them nobody sees
		c.Cookies = dossier.CookiesSent
	}
	path, link := (*fs.PathError)(nil), (*os.LinkError)(nil)
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case err == nil:
		err = r.takeFilm(film, c, res)
	}
	switch {
	case errors.As(err, &path), errors.As(err, &link):
		return err
	case err != nil:
		r.drop(res)
		res.NoFilm = err
		c.Missing = append(c.Missing, dossier.Missing{URL: r.job.URL, Reason: dossier.NoFilm + Reason(err)})
	}
	return nil
}

// drop forgets what was taken of a film.
func (r *run) drop(res *Result) {
	for _, m := range res.Listed {
		_ = os.Remove(filepath.Join(r.job.Dir, m.File)) // the folder goes when the capture ends
	}
	res.Listed = nil
}

// takeFilm makes media of what came: one film or sound, a picture, captions.
func (r *run) takeFilm(film *ytdlp.Film, c *dossier.Capture, res *Result) error {
	with, at := "yt-dlp "+film.Version, time.Now().UTC().Format(time.RFC3339)
	type found struct{ name, ending string }
	var films, pictures, captions []found
	for _, name := range film.Files {
		ending, err := endingOf(name)
		switch {
		case err != nil:
			return err
		case fits(snapshot.Media, ending):
			films = append(films, found{name, ending})
		case fits(snapshot.Picture, ending) && ending != ".svg" && ending != ".ico":
			pictures = append(pictures, found{name, ending})
		case ending == ".vtt" && ytdlp.CaptionsLanguage(name) != "" && len(captions) < maxCaptions:
			captions = append(captions, found{name, ending})
		}
	}
	if len(films) == 0 {
		return errNotPlayed
	}
	stem := r.filmStem()
	keep := func(f found, role, middle string) error {
		m := dossier.MediaFile{File: stem + middle + f.ending, Role: role, From: r.job.URL, At: at, With: with}
		var err error
		if m.SHA256, m.Size, err = moveMedium(f.name, filepath.Join(r.job.Dir, m.File)); err == nil {
			res.Listed = append(res.Listed, m)
		}
		return err
	}
	if err := keep(films[0], "", ""); err != nil {
		return err
	}
	if len(pictures) > 0 {
		if err := keep(pictures[0], "poster", ""); err != nil && !errors.Is(err, errDamaged) {
			return err
		}
	}
	for _, f := range captions {
		said := ytdlp.CaptionsLanguage(f.name)
		if err := keep(f, "captions", "."+plainPart(said)); err != nil {
			return err
		}
		m := &res.Listed[len(res.Listed)-1]
		if m.Lang = dossier.PlainLang(said); m.Lang == "" {
			m.Title = dossier.OneLine(said, 60)
		}
	}
	if c.Tool != "" {
		c.Tool += ", "
	}
	c.Tool += with
	if film.Info == nil {
		return nil
	}
	c.Video = &dossier.CaptureFile{Name: r.job.name(VideoFile)}
	sum := sha256.Sum256(film.Info)
	c.Digests["video"] = hex.EncodeToString(sum[:])
	return os.WriteFile(filepath.Join(r.job.Dir, c.Video.Name), film.Info, 0o666)
}

// errNotPlayed is said of films that no browser plays.
var errNotPlayed = errors.New("it came in a form that browsers do not play")

// filmStem is what the names of a film's files begin with: none of the item's others does.
func (r *run) filmStem() string {
	for n := 1; ; n++ {
		stem := r.job.name(filmName)
		if n > 1 {
			stem += fmt.Sprint("-", n)
		}
		if !slices.ContainsFunc(r.job.Listed, func(name string) bool { return strings.HasPrefix(strings.ToLower(name), strings.ToLower(stem)+".") }) {
			return stem
		}
	}
}

// plainPart makes of a language a part of a file's name.
func plainPart(lang string) string {
	return strings.Map(func(c rune) rune {
		if c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' {
			return c
		}
		return '-'
	}, lang[:min(len(lang), 30)])
}

// endingOf is the ending of what a file is.
func endingOf(name string) (string, error) {
	f, err := os.Open(name)
	if err != nil {
		return "", err
	}
	defer f.Close()
	head := make([]byte, headBytes)
	n, err := io.ReadFull(f, head)
	if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
		return "", err
	}
	said := ""
	if strings.HasSuffix(name, ".vtt") {
		said = "text/vtt"
	}
	return kindOf(head[:n], said), nil
}

// moveMedium moves a file that can be packed, and returns its digest and size.
func moveMedium(from, to string) (sum string, size int64, err error) {
	f, err := os.Open(from)
	if err != nil {
		return "", 0, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return "", 0, err
	}
	if err := packable(f, info.Size(), filepath.Ext(to)); err != nil {
		return "", 0, err
	}
	h := sha256.New()
	if _, err := io.Copy(h, f); err != nil {
		return "", 0, err
	}
	if err := errors.Join(f.Sync(), f.Close()); err != nil && !errors.Is(err, fs.ErrInvalid) {
		return "", 0, err
	}
	return hex.EncodeToString(h.Sum(nil)), info.Size(), os.Rename(from, to)
}

// aboutVideo reports whether JSON-LD says that the page is about a film: an object of the type VideoObject, and not one that is a part of another.
func aboutVideo(text string) bool {
	var v any
	if json.Unmarshal([]byte(text), &v) != nil {
		return false
	}
	things, ok := v.([]any)
	if !ok {
		things = []any{v}
	}
	if o, ok := v.(map[string]any); ok {
		if graph, ok := o["@graph"].([]any); ok {
			things = graph
		}
	}
	video := false
	for _, t := range things {
		o, _ := t.(map[string]any)
		for _, name := range types(o["@type"]) {
			if strings.HasSuffix(name, "Article") || name == "BlogPosting" || name == "Report" {
				return false // whose film it is
			}
			video = video || name == "VideoObject"
		}
	}
	return video
}

// types are the names of what something is, in JSON-LD.
func types(v any) (names []string) {
	list, ok := v.([]any)
	if !ok {
		list = []any{v}
	}
	for _, one := range list {
		if s, ok := one.(string); ok {
			names = append(names, s)
		}
	}
	return names
}
