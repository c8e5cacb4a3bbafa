package ytdlp_test

import (
	"net/http"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"

	"samizdat/internal/ytdlp/ytdlptest"
)

// It ends with us, however we end.
func TestEndsWithUs(t *testing.T) {
	told := make(chan int, 1)
	s := site(t, ytdlptest.Orders{Self: true, Hang: true}, func(w http.ResponseWriter, r *http.Request) {
		if pid, ok := strings.CutPrefix(r.URL.Path, "/film.self-"); ok {
			n, _ := strconv.Atoi(pid)
			told <- n
		}
	})
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	press := exec.Command(self)
	press.Env = append(os.Environ(), "YTDLP_TEST_GET="+s.URL+"/film", "YTDLP_TEST_PATH="+program(t), "YTDLP_TEST_DIR="+t.TempDir())
	press.Stderr = os.Stderr
	if err := press.Start(); err != nil {
		t.Fatal(err)
	}
	pid := <-told
	if err := press.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = press.Wait() // it was killed
	if !gone(pid) {
		t.Errorf("process %d is left", pid)
	}
}
