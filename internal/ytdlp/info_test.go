package ytdlp_test

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"samizdat/internal/ytdlp"
)

func TestClean(t *testing.T) {
	const home = "/home/editor/papers/.capture-1"
	for _, c := range []struct{ name, in, want string }{
		{
			"what the site says stays", `{"id":"a","title":"Т","duration":12.5,"view_count":9007199254740993,"tags":["x","y"],"was_live":false}`,
			`{"duration":12.5,"id":"a","samizdat_removed":null,"tags":["x","y"],"title":"Т","view_count":9007199254740993,"was_live":false}`,
		},
		{
			"what is not on the list goes", `{"id":"a","formats":[{"url":"https://x/?ip=203.0.113.9"}],"http_headers":{"Cookie":"c"},"cookies":"c","_filename":"` + home + `/film.mp4","thumbnail":"https://x/t.jpg?sig=1","new_one":{"a":1}}`,
			`{"id":"a","samizdat_removed":["_filename","cookies","formats","http_headers","new_one","thumbnail"]}`,
		},
		{
			"the asker's address, wherever it is repeated", `{"id":"a","description":"seen by 203.0.113.9","title":"b","manifest_url":"https:\/\/m.example\/ip\/203.0.113.9\/id\/x"}`,
			`{"id":"a","samizdat_removed":["description","manifest_url"],"title":"b"}`,
		},
		{"of IPv6", `{"title":"2001:db8::7","url":"https://x/?expire=1&ip=2001%3Adb8%3A%3A7"}`, `{"samizdat_removed":["title","url"]}`},
		{"folders of this machine", `{"id":"` + home + `/x","title":"t"}`, `{"samizdat_removed":["id"],"title":"t"}`},
		{
			"addresses without what is signed", `{"webpage_url":"https://u:p@www.example/watch?v=abc&si=me&_t=1&ip=1#t","uploader_url":"javascript:x","channel_url":"https://e.example/?a=198.51.100.1&b=2"}`,
			`{"channel_url":"https://e.example/?b=2","samizdat_removed":["uploader_url"],"webpage_url":"https://www.example/watch?v=abc"}`,
		},
		{"control characters", `{"title":"a\u001b[2Jb\u0007\u009b1\u2028","description":"a\nb"}`, `{"description":"a\nb","samizdat_removed":null,"title":"a [2Jb  1 "}`},
		{
			"parts and languages", `{"chapters":[{"title":"One","start_time":0,"url":"https://x/?sig=1"},7],"subtitles":{"ru":[{"url":"https://x/?ip=1"}],"kk":[]},"_version":{"version":"2026","x":1}}`,
			`{"_version":{"version":"2026"},"chapters":[{"start_time":0,"title":"One"}],"samizdat_removed":null,"subtitles":["kk","ru"]}`,
		},
		{"nested lists", `{"tags":[["a"],{"b":1},"c"]}`, `{"samizdat_removed":null,"tags":["c"]}`},
	} {
		out, err := ytdlp.Clean([]byte(c.in), home)
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		var b bytes.Buffer
		if err := json.Compact(&b, out); err != nil || b.String() != strings.ReplaceAll(c.want, "\n", "\\n") {
			t.Errorf("%s: %v\n%s\nwant\n%s", c.name, err, b.String(), c.want)
		}
	}
	for _, bad := range []string{"", "null", "[]", "1", `{"id":`, `{"a":` + strings.Repeat("[", 20000)} {
		if out, err := ytdlp.Clean([]byte(bad)); err == nil {
			t.Errorf("%.20q: %s", bad, out)
		}
	}
}

// Whatever the JSON is, the asker's address is not in what is kept, and nothing more is found in that.
func FuzzClean(f *testing.F) {
	f.Add([]byte(`{"id":"a","title":"203.0.113.9 x","tags":["203.0.113.9"],"webpage_url":"https://x/203.0.113.9?b","formats":[{"url":"https://x/?ip=203.0.113.9&sig=1"}]}`))
	f.Add([]byte(`{"chapters":[{"title":"/home/editor/x"}],"subtitles":{"203.0.113.9":[]}}`))
	f.Fuzz(func(t *testing.T, raw []byte) {
		out, err := ytdlp.Clean(append(raw, ` {"url":"https://x.example/?ip=203.0.113.9"}`...), "/home/editor")
		if err != nil {
			return
		}
		if bytes.Contains(out, []byte("203.0.113.9")) || bytes.Contains(out, []byte("/home/editor")) {
			t.Errorf("kept:\n%s", out)
		}
		again, err := ytdlp.Clean(out, "/home/editor")
		if err != nil {
			t.Fatal(err)
		}
		var a, b map[string]any
		if json.Unmarshal(out, &a) != nil || json.Unmarshal(again, &b) != nil {
			t.Fatal("no JSON")
		}
		for name := range b {
			if _, there := a[name]; !there {
				t.Errorf("%s came from nowhere", name)
			}
		}
	})
}
