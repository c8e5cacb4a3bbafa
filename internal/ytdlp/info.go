package ytdlp

import (
	"bytes"
	"encoding/json"
	"errors"
	"maps"
	"net/netip"
	"net/url"
	"regexp"
	"slices"
	"strings"
)

// maxInfo is the most of a film's JSON that is read, in bytes.
const maxInfo = 64 << 20

// told are the fields that are kept: what the site says of the film to everybody. All others go, whether their meaning is known or not: those of
// formats and thumbnails hold signed addresses with the asker's own, others headers, cookies and names of files.
var told = []string{
	"id", "display_id", "title", "fulltitle", "alt_title", "description", "uploader", "uploader_id", "creator", "creators", "channel", "channel_id",
	"channel_follower_count", "channel_is_verified", "upload_date", "timestamp", "release_date", "release_timestamp", "release_year", "modified_date",
	"modified_timestamp", "epoch", "duration", "duration_string", "view_count", "like_count", "dislike_count", "repost_count", "comment_count",
	"average_rating", "age_limit", "categories", "tags", "license", "location", "language", "media_type", "live_status", "was_live", "is_live", "availability",
	"extractor", "extractor_key", "artist", "artists", "track", "album", "series", "season", "season_number", "episode", "episode_number",
	"ext", "width", "height", "resolution", "fps", "aspect_ratio", "dynamic_range", "vcodec", "acodec", "vbr", "abr", "tbr", "asr", "audio_channels",
	"filesize", "filesize_approx", "format", "format_id", "format_note", "protocol", "_type",
}

// addresses are the fields that are kept if they are addresses of the web, without what is signed in them.
var addresses = []string{"webpage_url", "original_url", "uploader_url", "channel_url"}

var errNoInfo = errors.New("not what yt-dlp writes of a film")

// Clean returns what yt-dlp wrote of a film without what tells of whoever asked. words are others that must not be in it: folders of this machine,
// values of cookies. What was left out is listed by its names. The same input gives the same bytes.
func Clean(raw []byte, words ...string) ([]byte, error) {
	var all map[string]any
	d := json.NewDecoder(bytes.NewReader(raw))
	d.UseNumber()
	if err := d.Decode(&all); err != nil || all == nil {
		return nil, errors.Join(errNoInfo, err)
	}
	own := append(askers(raw), words...)
	kept := map[string]any{}
	for _, name := range told {
		if v, ok := plainValue(all[name], own); ok {
			kept[name] = v
		}
	}
	for _, name := range addresses {
		if s, _ := all[name].(string); s != "" {
			if s = cleanAddress(s); s != "" && !holds(s, own) {
				kept[name] = s
			}
		}
	}
	if list := chapters(all["chapters"], own); list != nil {
		kept["chapters"] = list
	}
	if v, ok := all["_version"].(map[string]any); ok {
		version := map[string]any{}
		for _, name := range []string{"version", "repository", "release_git_head"} {
			if s, ok := plainValue(v[name], own); ok {
				version[name] = s
			}
		}
		kept["_version"] = version
	}
	if subs, ok := all["subtitles"].(map[string]any); ok { // of their addresses only the languages
		var languages []any
		for _, l := range slices.Sorted(maps.Keys(subs)) {
			languages = append(languages, l)
		}
		if v, ok := plainValue(languages, own); ok {
			kept["subtitles"] = v
		}
	}
	var removed []string
	for _, name := range slices.Sorted(maps.Keys(all)) {
		if _, ok := kept[name]; !ok && all[name] != nil && fieldName.MatchString(name) && len(removed) < 200 {
			removed = append(removed, name)
		}
	}
	kept["samizdat_removed"] = removed
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", "\t")
	err := e.Encode(kept)
	return b.Bytes(), err
}

var fieldName = regexp.MustCompile(`^[A-Za-z0-9_]{1,60}$`)

// plainValue is a value that is kept: a number, a truth, a text without what is ours and without control characters, or a list of these.
func plainValue(v any, own []string) (any, bool) {
	switch v := v.(type) {
	case json.Number, bool:
		return v, true
	case string:
		v = strings.Map(func(r rune) rune {
			if r < ' ' && r != '\n' && r != '\t' || r >= 0x7f && r < 0xa0 || r == 0x2028 || r == 0x2029 {
				return ' '
			}
			return r
		}, v)
		return v, v != "" && !holds(v, own)
	case []any:
		var list []any
		for _, one := range v {
			if _, nested := one.([]any); nested {
				continue
			}
			if one, ok := plainValue(one, own); ok {
				list = append(list, one)
			}
		}
		return list, list != nil
	}
	return nil, false
}

// chapters are the parts of a film.
func chapters(v any, own []string) (list []any) {
	parts, _ := v.([]any)
	for _, p := range parts {
		if fields, ok := p.(map[string]any); ok {
			one := map[string]any{}
			for _, name := range []string{"title", "start_time", "end_time"} {
				if v, ok := plainValue(fields[name], own); ok {
					one[name] = v
				}
			}
			list = append(list, one)
		}
	}
	return list
}

func holds(s string, own []string) bool {
	return slices.ContainsFunc(own, func(o string) bool { return o != "" && strings.Contains(s, o) })
}

// asker is where addresses of films say who asked for them: as a parameter, or as a part of the path.
var asker = regexp.MustCompile(`(?i)(?:[?&]|%3f|%26|\\u0026|/)(?:ip|client_?ip|user_?ip|remote_?addr|xff|x-forwarded-for)(?:=|%3d|/|\\/)([0-9a-f.:%]+)`)

// askers are the addresses from which somebody asked, as the addresses of the film repeat them.
func askers(raw []byte) (list []string) {
	for _, m := range asker.FindAllSubmatch(raw, -1) {
		s, err := url.QueryUnescape(string(m[1]))
		if err != nil {
			continue
		}
		s, _, _ = strings.Cut(s, "&")
		if ip, err := netip.ParseAddr(s); err == nil && !slices.Contains(list, s) {
			list = append(list, s)
			if short := ip.String(); short != s {
				list = append(list, short)
			}
		}
	}
	return list
}

// signed are parameters that name a visit, a visitor or a permission, and not a page.
var signed = regexp.MustCompile(`(?i)^(ip|.*_?ip|ipbits|.*sig|.*signature|lsig|sparams|lsparams|expires?|.*token.*|.*auth.*|key|.*_key|key-pair-id|policy|hmac|hash|session.*|sid|ei|_t|_r|si|igshid|igsh|fbclid|gclid|.*click_?id|share_.*|sender_.*|is_from_webapp|u_code|user_id|sec_user_id|timestamp|utm_.*|x-.*|web_id|tt_.*|feature)$`)

// cleanAddress is an address of the web without user, fragment and signed parameters; empty if it is none.
func cleanAddress(s string) string {
	u, err := url.Parse(s)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
		return ""
	}
	u.User, u.Fragment, u.RawFragment = nil, "", ""
	var parts []string
	for part := range strings.SplitSeq(u.RawQuery, "&") {
		name, value, _ := strings.Cut(part, "=")
		if name, err := url.QueryUnescape(name); err != nil || signed.MatchString(name) {
			continue
		}
		if value, err := url.QueryUnescape(value); err != nil || isIP(value) {
			continue
		}
		if part != "" {
			parts = append(parts, part)
		}
	}
	u.RawQuery = strings.Join(parts, "&")
	return u.String()
}

func isIP(s string) bool {
	_, err := netip.ParseAddr(s)
	return err == nil
}
