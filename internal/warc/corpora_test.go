//go:build corpora

package warc_test

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"samizdat/internal/judge"
	"samizdat/internal/warc"
)

// TestCorpora reads every WARC file below $CORPORA, which are of other people's making: "make judges CORPORA=DIR" runs it. Each must be
// read to its end, every record in it counted, and what is damaged said with its offset. The log has the figures.
func TestCorpora(t *testing.T) {
	dir := judge.Corpora(t)
	var files, sound, records, damaged, differ int
	quirks := map[warc.Quirk]int{}
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		name := d.Name()
		if err != nil || d.IsDir() || !strings.HasSuffix(name, ".warc") && !strings.HasSuffix(name, ".warc.gz") && !strings.HasSuffix(name, ".warc.zst") {
			return err
		}
		f, err := os.Open(path)
		if err != nil {
			return err
		}
		defer f.Close()
		files++
		r, err := warc.NewReader(f)
		if err != nil {
			t.Errorf("%s: %v", path, err)
			return nil
		}
		whole := true
		for {
			rec, err := r.Next()
			if err == io.EOF {
				break
			}
			var damage *warc.Damage
			if err != nil && !errors.As(err, &damage) {
				t.Errorf("%s: %v", path, err)
				whole = false
				break
			}
			if err == nil {
				err = rec.Finish()
				records++
				if rec.BlockDigest == warc.Differs || rec.PayloadDigest == warc.Differs {
					differ++
					t.Logf("%s: %s at %d of %s: block digest %v, payload digest %v", path, rec.Type(), rec.Offset, rec.TargetURI(), rec.BlockDigest, rec.PayloadDigest)
				}
			}
			if err != nil {
				whole = false
				damaged++
				t.Logf("%s: %v", path, err)
			}
		}
		if whole {
			sound++
		}
		for _, s := range r.Quirks() {
			quirks[s.Quirk] += s.Count
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if files == 0 {
		judge.LacksCorpus(t, "WARC file")
	}
	t.Logf("%d files, %d of them without damage; %d records, %d damages, %d records whose digest differs", files, sound, records, damaged, differ)
	for q, n := range quirks {
		t.Logf("%d records: %v", n, q)
	}
}
