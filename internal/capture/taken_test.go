package capture_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"samizdat/internal/capture"
	"samizdat/internal/dossier"
)

// hand makes a folder with the file of an item that is linked.
func hand(t *testing.T) (item string) {
	t.Helper()
	item = filepath.Join(t.TempDir(), "item.yaml")
	put(t, item, "id: p\nkind: video\ntitle: A film\nurl: http://news.example/p\nlang: en\nstatus: linked\n")
	return item
}

func put(t *testing.T, name, text string) {
	t.Helper()
	if err := os.WriteFile(name, []byte(text), 0o666); err != nil {
		t.Fatal(err)
	}
}

// captured captures the page and puts it into the folder of the item.
func captured(t *testing.T, item string, f capture.Films) error {
	t.Helper()
	job := capture.Job{URL: "http://news.example/p", Dir: t.TempDir(), Kind: dossier.KindVideo, Films: f, Tool: "press"}
	var err error
	if job.Listed, err = capture.Taken(job, item); err != nil {
		t.Fatal(err)
	}
	res, err := capture.Run(t.Context(), player(t, "", ""), job)
	if err != nil {
		t.Fatal(err)
	}
	return capture.Commit(job, item, res.Capture, res.Listed...)
}

// What an editor put into the folder and did not list is not replaced: the capture fails, or takes another name.
func TestNothingOfAPersonIsReplaced(t *testing.T) {
	for _, name := range []string{"page.warc.gz", "snapshot.html", "video.json"} {
		item := hand(t)
		mine, before := filepath.Join(filepath.Dir(item), name), read(t, item)
		put(t, mine, "mine")
		err := captured(t, item, films{files: map[string]string{"film.mp4": "film.mp4"}, info: `{"id":"x"}`})
		var taken *capture.TakenError
		if !errors.As(err, &taken) || taken.Name != name || !strings.HasPrefix(capture.Reason(err), name+" lies in the item's folder") {
			t.Errorf("%s: %v", name, err)
		}
		if read(t, mine) != "mine" || read(t, item) != before {
			t.Errorf("%s was replaced, or the item changed", name)
		}
		if left, _ := os.ReadDir(filepath.Dir(item)); len(left) != 2 {
			t.Errorf("%s: the folder has %v", name, left)
		}
	}
	item := hand(t)
	mine := filepath.Join(filepath.Dir(item), "Video.mp4")
	put(t, mine, "mine")
	for range 2 { // the second takes the names of the first
		if err := captured(t, item, films{files: map[string]string{"film.mp4": "film.mp4"}, info: `{"id":"x"}`}); err != nil {
			t.Fatal(err)
		}
		if got := read(t, item); read(t, mine) != "mine" || !strings.Contains(got, "video-2.mp4") || strings.Contains(got, "video-3") {
			t.Errorf("the film has another's name:\n%s", got)
		}
		if left, _ := filepath.Glob(filepath.Join(filepath.Dir(item), ".*")); len(left) > 0 {
			t.Errorf("%v is left", left)
		}
	}
}

// What a Commit has left that was killed is replaced by the next, but not what a person has put there since.
func TestInterruptedCommitIsRepaired(t *testing.T) {
	for _, changed := range []bool{false, true} {
		item := hand(t)
		at := filepath.Join(filepath.Dir(item), "page.warc.gz")
		if err := captured(t, item, nil); err != nil {
			t.Fatal(err)
		}
		look, evidence := filepath.Join(filepath.Dir(item), "snapshot.html"), read(t, at)
		if err := os.Remove(at); err != nil {
			t.Fatal(err)
		}
		if err := os.Mkdir(at, 0o777); err != nil { // nothing can be moved here: it stops behind the snapshot
			t.Fatal(err)
		}
		if err := captured(t, item, nil); err == nil || !strings.Contains(read(t, item), "status: linked") {
			t.Fatalf("%v\n%s", err, read(t, item))
		}
		if err := os.Remove(at); err != nil {
			t.Fatal(err)
		}
		if changed {
			put(t, look, "mine")
			put(t, at, evidence)
			later := time.Now().Add(time.Hour)
			if err := os.Chtimes(look, later, later); err != nil {
				t.Fatal(err)
			}
		}
		var taken *capture.TakenError
		if err := captured(t, item, nil); errors.As(err, &taken) != changed || err != nil != changed {
			t.Errorf("changed %v: %v", changed, err)
		}
		if changed && read(t, look) != "mine" {
			t.Error("what a person put there was replaced")
		}
	}
}
