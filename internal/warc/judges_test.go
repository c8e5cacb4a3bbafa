package warc_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"samizdat/internal/judge"
	"samizdat/internal/warc"
)

// warcio runs warcio.js, as pinned in internal/e2e. Without it the test is skipped, or fails with CI=true.
func warcio(t *testing.T, args ...string) []byte {
	t.Helper()
	cli := filepath.Join("..", "e2e", "node_modules", "warcio", "dist", "cli.js")
	_, err := os.Stat(cli)
	if err == nil {
		_, err = exec.LookPath("node")
	}
	if err != nil {
		judge.Missing(t, err.Error()+"; run make judges")
	}
	cmd := exec.CommandContext(t.Context(), "node", append([]string{cli}, args...)...)
	var said strings.Builder
	cmd.Stderr = &said
	out, err := cmd.Output()
	if err != nil || said.Len() > 0 {
		t.Fatalf("warcio %v: %v\n%s%s", args, err, out, said.String())
	}
	return out
}

// TestWarcio lets warcio.js read what the writer makes: it finds every record where we say it is, and its digest is ours.
func TestWarcio(t *testing.T) {
	name := filepath.Join(t.TempDir(), "page.warc.gz")
	var file bytes.Buffer
	written := capture(t, warc.NewWriter(&file))
	if err := os.WriteFile(name, file.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(bytes.NewReader(warcio(t, "cdx-index", name, "--format", "cdxj", "--all")))
	count := 0
	for ; lines.Scan(); count++ {
		if count >= len(written) {
			t.Fatalf("more than %d records: %s", len(written), lines.Text())
		}
		var entry struct{ Offset, Length, Digest string }
		_, fields, _ := strings.Cut(lines.Text(), "{")
		if err := json.Unmarshal([]byte("{"+fields), &entry); err != nil {
			t.Fatalf("%s: %v", lines.Text(), err)
		}
		w := written[count]
		if entry.Offset != strconv.FormatInt(w.Offset, 10) || entry.Length != strconv.FormatInt(w.Length, 10) || "sha256:"+entry.Digest != string(w.Payload) && w.Payload != "" {
			t.Errorf("warcio says %s, we wrote %+v", lines.Text(), w)
		}
	}
	if count != len(written) {
		t.Errorf("warcio found %d records of %d", count, len(written))
	}
}
