package capture_test

import (
	"bufio"
	"crypto/x509"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"samizdat/internal/dossier"
)

// front is a proxy that leads every name to the test's servers, port 443 to the one with TLS.
func front(t *testing.T, plain, secure string) *url.URL {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer c.Close()
				r := bufio.NewReader(c)
				req, err := http.ReadRequest(r)
				if err != nil {
					return
				}
				to := plain
				if strings.HasSuffix(req.Host, ":443") {
					to = secure
				}
				d, err := net.Dial("tcp", to)
				if err != nil {
					return
				}
				defer d.Close()
				io.WriteString(c, "HTTP/1.1 200 OK\r\n\r\n")
				go io.Copy(d, r)
				io.Copy(c, d)
			}()
		}
	}()
	return &url.URL{Scheme: "http", Host: l.Addr().String()}
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
