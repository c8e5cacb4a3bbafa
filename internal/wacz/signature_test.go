package wacz_test

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"math/big"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/digitorus/timestamp"

	"samizdat/internal/wacz"
)

// issuer is a certificate and its key.
type issuer struct {
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
}

// issue makes a certificate; by is nil for one that signs itself.
func issue(t testing.TB, by *issuer, template *x509.Certificate) *issuer {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template.SerialNumber = big.NewInt(7)
	parent, signer := template, key
	if by != nil {
		parent, signer = by.cert, by.key
	}
	der, err := x509.CreateCertificate(rand.Reader, template, parent, &key.PublicKey, signer)
	if err != nil {
		t.Fatal(err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return &issuer{cert, key}
}

func (i *issuer) pem() string {
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: i.cert.Raw}))
}

// signer makes signatures of a domain, as authsign does.
type signer struct {
	root, domain, authority *issuer
	roots                   *x509.CertPool
}

func newSigner(t testing.TB) *signer {
	t.Helper()
	s := &signer{roots: x509.NewCertPool()}
	years := func(c *x509.Certificate) *x509.Certificate {
		c.NotBefore, c.NotAfter = captured.AddDate(-1, 0, 0), captured.AddDate(1, 0, 0)
		return c
	}
	s.root = issue(t, nil, years(&x509.Certificate{
		Subject: pkix.Name{CommonName: "Test Root"}, IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
	}))
	s.roots.AddCert(s.root.cert)
	s.domain = issue(t, s.root, years(&x509.Certificate{Subject: pkix.Name{CommonName: "archive.example.org"}, DNSNames: []string{"archive.example.org"}}))
	// The library that makes the token dates its signature today.
	s.authority = issue(t, s.root, &x509.Certificate{
		Subject: pkix.Name{CommonName: "Test Time"}, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageTimeStamping},
		NotBefore: captured.AddDate(-1, 0, 0), NotAfter: captured.AddDate(900, 0, 0),
	})
	return s
}

// sign signs a digest.
func (s *signer) sign(t testing.TB, digest, created string) map[string]string {
	t.Helper()
	sum := sha256.Sum256([]byte(digest))
	der, err := s.domain.key.Sign(rand.Reader, sum[:], crypto.SHA256)
	if err != nil {
		t.Fatal(err)
	}
	return map[string]string{
		"hash": digest, "created": created, "software": "authsigner", "signature": base64.StdEncoding.EncodeToString(der),
		"domain": "archive.example.org", "domainCert": s.domain.pem() + s.root.pem(),
	}
}

// stamp adds a time stamp.
func (s *signer) stamp(t testing.TB, signed map[string]string, when time.Time, inside bool) {
	t.Helper()
	sum := sha256.Sum256([]byte(signed["signature"]))
	ts := timestamp.Timestamp{
		HashAlgorithm: crypto.SHA256, HashedMessage: sum[:], Time: when, SerialNumber: big.NewInt(1), Policy: []int{1, 2, 3}, AddTSACertificate: inside,
	}
	der, err := ts.CreateResponseWithOpts(s.authority.cert, s.authority.key, crypto.SHA256)
	if err != nil {
		t.Fatal(err)
	}
	signed["timeSignature"] = base64.StdEncoding.EncodeToString(der)
	signed["timestampCert"] = s.authority.pem() + s.root.pem()
}

// TestDomainSignature checks signatures of a domain, each with one fault.
func TestDomainSignature(t *testing.T) {
	s, other := newSigner(t), newSigner(t)
	const created = "2022-01-05T11:20:30Z" // as options say
	at := captured.Add(time.Hour)
	for _, c := range []struct {
		name           string
		change         func(signed map[string]string)
		err, timeErr   string // parts of them
		stamped, trust bool
	}{
		{"sound", func(m map[string]string) { s.stamp(t, m, at, true) }, "", "", true, true},
		{"certificate of the time stamp beside it", func(m map[string]string) { s.stamp(t, m, at, false) }, "", "", true, true},
		{"no time stamp", func(map[string]string) {}, "", "", false, true},
		{"another domain", func(m map[string]string) { m["domain"] = "example.com" }, "not of", "", false, false},
		{"another key", func(m map[string]string) { m["domainCert"] = other.domain.pem() }, "not made with", "", false, false},
		{"no certificate", func(m map[string]string) { m["domainCert"] = "" }, "cannot be read", "", false, false},
		{"another package", func(m map[string]string) { m["hash"] = digest(nil) }, "of another package", "", false, false},
		{"stamp of another signature", func(m map[string]string) {
			o := map[string]string{"signature": "other"}
			s.stamp(t, o, at, true)
			m["timeSignature"] = o["timeSignature"]
		}, "", "of another signature", false, true},
		{"stamp no base 64", func(m map[string]string) { m["timeSignature"] = "*" }, "", "cannot be read", false, true},
		{"stamp no token", func(m map[string]string) { m["timeSignature"] = "MAA=" }, "", "cannot be read", false, true},
		{"stamp of another authority", func(m map[string]string) {
			s.stamp(t, m, at, false)
			m["timestampCert"] = other.authority.pem()
		}, "", "not made with", false, true},
		{"stamp too late", func(m map[string]string) { s.stamp(t, m, at.Add(11*time.Minute), true) }, "", "but the archive says", false, true},
		{"stamp when the certificate was over", func(m map[string]string) { s.stamp(t, m, at.AddDate(2, 0, 0), true) }, "", "not valid", false, true},
		{"created another day", func(m map[string]string) {
			m["created"] = "2022-01-04T11:20:30Z"
			s.stamp(t, m, at, true)
		}, "", "but the archive says", false, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			file := changed(t, options(), false, func(files map[string][]byte) {
				sum := digest(files["datapackage.json"])
				signed := s.sign(t, sum, created)
				c.change(signed)
				var err error
				files["datapackage-digest.json"], err = json.Marshal(map[string]any{"path": "datapackage.json", "hash": sum, "signedData": signed})
				if err != nil {
					t.Fatal(err)
				}
			})
			r, err := open(t, file).Verify(t.Context(), s.roots)
			if err != nil {
				t.Fatal(err)
			}
			sig := r.Signature
			if !says(sig.Err, c.err) || !says(sig.TimeErr, c.timeErr) || sig.Time.IsZero() == c.stamped || sig.Trusted != c.trust {
				t.Errorf("got %+v, want errors with %q and %q, stamped %v, trusted %v", sig, c.err, c.timeErr, c.stamped, c.trust)
			}
			if bad := slices.ContainsFunc(r.Findings, func(f wacz.Finding) bool { return f.Kind == wacz.BadSignature }); bad != (c.err != "") {
				t.Errorf("found %v", r.Findings)
			}
			if c.trust {
				if r, err := open(t, file).Verify(t.Context(), other.roots); err != nil || r.Signature.Trusted || r.Signature.TrustErr == nil {
					t.Errorf("with other authorities: %+v, %v", r.Signature, err)
				}
			}
		})
	}
}

// says tells whether an error has a text in it; "" is no error.
func says(err error, part string) bool {
	if err == nil || part == "" {
		return err == nil && part == ""
	}
	return strings.Contains(err.Error(), part)
}
