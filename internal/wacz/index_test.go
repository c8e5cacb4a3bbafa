package wacz_test

import (
	"bytes"
	"crypto/elliptic"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"samizdat/internal/judge"
	"samizdat/internal/wacz"
	"samizdat/internal/warc"
)

// TestKey makes keys as warcio.js 2.4.11 does.
func TestKey(t *testing.T) {
	for address, want := range map[string]string{
		"https://example.org":                    "org,example)/",
		"http://www.example.org/":                "org,example)/",
		"https://www2.Example.org/A/b?B=2&a=1&a": "org,example)/a/b?a&a=1&b=2",
		"https://wwwide.org/":                    "org,wwwide)/",
		"https://example.org:443/":               "org,example)/",
		"http://example.org:8080/x":              "org,example:8080)/x",
		"https://example.org/?":                  "org,example)/",
		"https://example.org/x#part":             "org,example)/x",
		"https://user:word@example.org/":         "org,example)/",
		"https://192.0.2.1/":                     "1,2,0,192)/",
		"https://example.org/%D0%B1%20x":         "org,example)/%d0%b1%20x",
		"https://example.org/бет":                "org,example)/%D0%B1%D0%B5%D1%82",
		"urn:tls-cert:example.org":               "urn:tls-cert:example.org",
		"screenshot:https://example.org/":        "screenshot:https://example.org/",
		"https:nonsense":                         "https:nonsense",
		"https://exa mple.org/":                  "https://exa mple.org/",
	} {
		if got := wacz.Key(address); got != want {
			t.Errorf("Key(%q) = %q, want %q", address, got, want)
		}
	}
}

// TestWarcio compares the index with the one that warcio.js makes of the same file, as pinned in internal/e2e.
func TestWarcio(t *testing.T) {
	cli := filepath.Join("..", "e2e", "node_modules", "warcio", "dist", "cli.js")
	_, err := os.Stat(cli)
	if err == nil {
		_, err = exec.LookPath("node")
	}
	if err != nil {
		judge.Missing(t, err.Error()+"; run make judges")
	}
	name := filepath.Join(t.TempDir(), "page.warc.gz")
	if err := os.WriteFile(name, evidence(t), 0o600); err != nil {
		t.Fatal(err)
	}
	out, err := exec.CommandContext(t.Context(), "node", cli, "cdx-index", name, "--format", "cdxj").Output()
	if err != nil {
		t.Fatal(err)
	}
	judged := map[string]string{}
	for line := range strings.Lines(string(out)) {
		key, rest, _ := strings.Cut(line, " ")
		judged[key] = rest
	}
	count := 0
	err = open(t, build(t, options())).Index(func(e wacz.Entry) error {
		rest := judged[e.Key]
		delete(judged, e.Key)
		digest := strings.TrimPrefix(e.Digest, "sha256:")
		if e.MIME == "application/x-pem-file" {
			digest = "" // warcio has none of records that are no answers
		}
		for _, want := range []string{
			e.Time + " {", `"url":"` + e.URL + `"`, `"mime":"` + e.MIME + `"`, `"digest":"` + digest, `"length":"` + strconv.FormatInt(e.Length, 10), `"offset":"` + strconv.FormatInt(e.Offset, 10),
		} {
			if !strings.Contains(rest, want) && (digest != "" || !strings.HasPrefix(want, `"digest`)) {
				t.Errorf("warcio says %q of %s, we say %+v", rest, e.Key, e)
			}
		}
		count++
		return nil
	}, nil)
	if err != nil || count != 4 || len(judged) > 0 {
		t.Errorf("%d entries, %v; warcio has others: %v", count, err, judged)
	}
}

// FuzzIndex writes an archive with a record of any address, and finds it in the index.
func FuzzIndex(f *testing.F) {
	f.Add("https://example.org/?b&a", []byte("text"))
	f.Add("http://[::1]:80/<", []byte{})
	f.Add("urn:\u00ff\"\\", []byte("\x00"))
	f.Fuzz(func(t *testing.T, address string, body []byte) {
		var b bytes.Buffer
		w := warc.NewWriter(&b)
		_, err := w.Write(&warc.Draft{Type: warc.Resource, TargetURI: address, Date: captured, ContentType: "text/plain", Body: bytes.NewReader(body)})
		if err != nil {
			return
		}
		var file bytes.Buffer
		z, err := wacz.NewWriter(&file, options())
		if err != nil {
			t.Fatal(err)
		}
		for _, err := range []error{
			z.AddWARC("a.warc.gz", bytes.NewReader(b.Bytes())), z.AddPage(wacz.Page{URL: address, Time: captured}), z.Close(),
		} {
			if err != nil {
				t.Fatal(err)
			}
		}
		r, kinds := verify(t, file.Bytes())
		if kinds != nil && !onlyBadAddress(kinds) || r.Records != 1 {
			t.Errorf("%q: found %v", address, r.Findings)
		}
	})
}

// onlyBadAddress allows the one thing that an address can be at fault for.
func onlyBadAddress(kinds []wacz.Kind) bool { return len(kinds) == 1 && kinds[0] == wacz.QuirkyRecords }

// FuzzOpen reads any bytes: it comes to an end.
func FuzzOpen(f *testing.F) {
	opts := options()
	opts.Key = key(f, elliptic.P384())
	f.Add(build(f, opts))
	f.Add(zipped(f, "webarchive.yaml", "pages: []\n", "archive/a.warc", "WARC/1.0\r\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		a, err := wacz.Open(bytes.NewReader(data), int64(len(data)))
		if err != nil {
			return
		}
		if _, err := a.Verify(t.Context(), nil); err != nil {
			t.Errorf("reading bytes fails: %v", err)
		}
	})
}

// FuzzSignature checks any signature of a package: no bytes of it bring the program down.
func FuzzSignature(f *testing.F) {
	f.Add(`{"hash":"x","signature":"AAAA","domain":"example.org","domainCert":"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----","timeSignature":"MAA="}`)
	f.Add(`{"hash":"x","signature":"AAAA","publicKey":"MAA="}`)
	f.Fuzz(func(t *testing.T, signed string) {
		file := changed(t, options(), false, func(files map[string][]byte) {
			files["datapackage-digest.json"] = []byte(`{"hash":"` + digest(files["datapackage.json"]) + `","signedData":` + signed + `}`)
		})
		if r, _ := verify(t, file); r.Signature != nil && r.Signature.Err == nil {
			t.Errorf("a signature that nobody made is right: %s", signed)
		}
	})
}
