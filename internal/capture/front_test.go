package capture_test

import (
	"crypto/x509"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"samizdat/internal/dossier"
	"samizdat/internal/fetch/fetchtest"
)

// front is a proxy that leads every name to the test's servers, port 443 to the one with TLS.
func front(t *testing.T, plain, secure string) *url.URL {
	t.Helper()
	return fetchtest.NewProxy(t, "http", func(target string) string {
		if strings.HasSuffix(target, ":443") {
			return secure
		}
		return plain
	}).URL
}

func roots(s *httptest.Server) *x509.CertPool {
	pool := x509.NewCertPool()
	pool.AddCert(s.Certificate())
	return pool
}

func read(t *testing.T, name string) string {
	t.Helper()
	b, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// bundle is the template's dossier with one linked article.
func bundle(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	if err := os.CopyFS(dir, dossier.Template()); err != nil {
		t.Fatal(err)
	}
	manifest := filepath.Join(dir, "dossier.yaml")
	out, err := dossier.AddItem([]byte(read(t, manifest)), "articles", "articles/p/item.yaml")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(filepath.Join(dir, "articles/p"), 0o777); err != nil {
		t.Fatal(err)
	}
	for name, content := range map[string]string{
		manifest: string(out),
		filepath.Join(dir, "articles/p/item.yaml"): "id: p # short\nkind: article\ntitle: Площадь\nurl: http://news.example/p\nlang: ru\nstatus: linked\n",
	} {
		if err := os.WriteFile(name, []byte(content), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}
