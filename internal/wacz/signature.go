package wacz

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/sha256"
	"crypto/x509"
	"encoding/asn1"
	"encoding/base64"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"fmt"
	"math/big"
	"time"

	"github.com/digitorus/pkcs7"
	"github.com/digitorus/timestamp"
)

// signedData is the signature over a package's digest (WACZ auth, Signature Format). It has a public key, or a domain with its certificate
// and a time stamp.
type signedData struct {
	Hash          string `json:"hash"`
	Created       string `json:"created"`
	Software      string `json:"software"`
	Version       string `json:"version,omitempty"`
	Signature     string `json:"signature"`
	PublicKey     string `json:"publicKey,omitempty"`
	Domain        string `json:"domain,omitempty"`
	DomainCert    string `json:"domainCert,omitempty"`
	TimeSignature string `json:"timeSignature,omitempty"`
	TimestampCert string `json:"timestampCert,omitempty"`
}

// Signature is what became of an archive's signature. It says that whoever had the key made the archive. Who that was, an anonymous key
// tells only those who know it, and a domain's certificate only if it is trusted. Time stamp authorities are not held against any list.
type Signature struct {
	Err      error     // nil if it is a signature of this archive
	Key      string    // SHA-256 of the public key (SubjectPublicKeyInfo), hexadecimal; "" if there is none that can be read
	Software string    // that signed
	Created  string    // when, as the signer says
	Domain   string    // "" if it is anonymous
	Issuer   string    // who issued the domain's certificate, as the certificate says
	Trusted  bool      // the certificate was valid then and leads to one of the authorities that Verify was given
	TrustErr error     // why not; nil if Verify was given none
	Time     time.Time // when, as a time stamp authority says; zero if there is no time stamp that is right
	TimeErr  error     // what is wrong with the time stamp
}

// maxDelay is how long a time stamp may come after the time that the signer gives (WACZ auth, Domain-Name Identity + Timestamp).
const maxDelay = 10 * time.Minute

// check checks a signature of the package that has this digest and was created then.
func (s *signedData) check(digest, created string, roots *x509.CertPool) *Signature {
	r := &Signature{Software: s.Software, Created: s.Created, Domain: s.Domain}
	key, certs, err := s.key()
	if err != nil {
		r.Err = err
		return r
	}
	if der, err := x509.MarshalPKIXPublicKey(key); err == nil {
		sum := sha256.Sum256(der)
		r.Key = hex.EncodeToString(sum[:])
	}
	sig, err := base64.StdEncoding.DecodeString(s.Signature)
	switch {
	case err != nil:
		r.Err = fmt.Errorf("the signature cannot be read: %w", err)
		return r
	case s.Hash != digest:
		r.Err = errors.New("the signature is of another package")
		return r
	case !verifies(key, s.Hash, sig):
		r.Err = errors.New("the signature was not made with its key")
		return r
	}
	if len(certs) == 0 {
		return r
	}
	cert := certs[0]
	r.Issuer = cert.Issuer.String()
	if err := cert.VerifyHostname(s.Domain); err != nil {
		r.Err = fmt.Errorf("the certificate is not of %q: %w", s.Domain, err)
		return r
	}
	if s.TimeSignature != "" {
		r.Time, r.TimeErr = s.stamped(cert, created)
	}
	if roots != nil {
		r.TrustErr = trust(certs, roots, r.Time, s.Created)
		r.Trusted = r.TrustErr == nil
	}
	return r
}

// trust leads a certificate to one of the roots. It must have been valid when the archive was stamped, or else created.
func trust(certs []*x509.Certificate, roots *x509.CertPool, stamped time.Time, created string) error {
	if stamped.IsZero() {
		var err error
		if stamped, err = time.Parse(time.RFC3339Nano, created); err != nil {
			return fmt.Errorf("the signature is of no known time: %w", err)
		}
	}
	between := x509.NewCertPool()
	for _, c := range certs[1:] {
		between.AddCert(c)
	}
	_, err := certs[0].Verify(x509.VerifyOptions{Roots: roots, Intermediates: between, CurrentTime: stamped})
	return err
}

// key returns the public key, and the certificates if it is a domain's, the domain's first.
func (s *signedData) key() (*ecdsa.PublicKey, []*x509.Certificate, error) {
	var any crypto.PublicKey
	var certs []*x509.Certificate
	if s.PublicKey != "" {
		der, err := base64.StdEncoding.DecodeString(s.PublicKey)
		if err == nil {
			any, err = x509.ParsePKIXPublicKey(der)
		}
		if err != nil {
			return nil, nil, fmt.Errorf("the public key cannot be read: %w", err)
		}
	} else {
		var err error
		if certs, err = readCertificates(s.DomainCert); err != nil {
			return nil, nil, fmt.Errorf("the certificate of the domain cannot be read: %w", err)
		}
		any = certs[0].PublicKey
	}
	key, ok := any.(*ecdsa.PublicKey)
	if !ok {
		return nil, nil, errors.New("the public key is not of ECDSA")
	}
	return key, certs, nil
}

// readCertificates reads certificates in PEM, the first of which is the signer's.
func readCertificates(text string) ([]*x509.Certificate, error) {
	var certs []*x509.Certificate
	for rest := []byte(text); len(certs) < 16; {
		var block *pem.Block
		if block, rest = pem.Decode(rest); block == nil {
			break
		}
		cert, err := x509.ParseCertificate(block.Bytes)
		if err != nil {
			return nil, err
		}
		certs = append(certs, cert)
	}
	if len(certs) == 0 {
		return nil, errors.New("there is none")
	}
	return certs, nil
}

// verifies checks a signature over the text of the digest: r and s one after the other, as browsers make them, or as ASN.1, as authsign
// does.
func verifies(key *ecdsa.PublicKey, text string, sig []byte) bool {
	sum := sha256.Sum256([]byte(text))
	if n := (key.Curve.Params().BitSize + 7) / 8; len(sig) == 2*n {
		der, err := asn1.Marshal(struct{ R, S *big.Int }{new(big.Int).SetBytes(sig[:n]), new(big.Int).SetBytes(sig[n:])})
		if err == nil && ecdsa.VerifyASN1(key, sum[:], der) {
			return true
		}
	}
	return ecdsa.VerifyASN1(key, sum[:], sig)
}

// stamped returns the time of the time stamp, which must be one when the certificate was valid, and near to when the archive says it was
// created.
func (s *signedData) stamped(cert *x509.Certificate, created string) (time.Time, error) {
	t, err := s.token()
	if err != nil {
		return time.Time{}, err
	}
	if t.Before(cert.NotBefore) || t.After(cert.NotAfter) {
		return time.Time{}, fmt.Errorf("the time stamp is of %s, when the certificate was not valid", t.Format(time.RFC3339))
	}
	at, err := time.Parse(time.RFC3339Nano, s.Created)
	if err != nil || s.Created != created || t.Sub(at).Abs() > maxDelay {
		return time.Time{}, fmt.Errorf("the time stamp is of %s, but the archive says %s and the signature %s", t.Format(time.RFC3339), created, s.Created)
	}
	return t, nil
}

// token returns the time that the token says (RFC 3161). It must be over the text of the signature.
func (s *signedData) token() (time.Time, error) {
	der, err := base64.StdEncoding.DecodeString(s.TimeSignature)
	if err != nil {
		return time.Time{}, fmt.Errorf("the time stamp cannot be read: %w", err)
	}
	ts, err := timestamp.ParseResponse(der)
	if err != nil {
		return time.Time{}, fmt.Errorf("the time stamp cannot be read: %w", err)
	}
	if ts.HashAlgorithm != crypto.SHA256 {
		return time.Time{}, fmt.Errorf("the time stamp is over %v; it must be SHA-256", ts.HashAlgorithm)
	}
	if sum := sha256.Sum256([]byte(s.Signature)); !bytes.Equal(sum[:], ts.HashedMessage) {
		return time.Time{}, errors.New("the time stamp is of another signature")
	}
	if len(ts.Certificates) == 0 { // else its signature was checked
		certs, err := readCertificates(s.TimestampCert)
		if err != nil {
			return time.Time{}, fmt.Errorf("the certificate of the time stamp cannot be read: %w", err)
		}
		token, err := pkcs7.Parse(ts.RawToken)
		if err == nil {
			token.Certificates = certs
			err = token.Verify()
		}
		if err != nil {
			return time.Time{}, fmt.Errorf("the time stamp was not made with its certificate: %w", err)
		}
	}
	return ts.Time.UTC(), nil
}

// sign makes an anonymous signature as ArchiveWeb.page does (WACZ auth, Anonymous Signature). The same key signs the same
// digest with the same bytes (RFC 6979).
func sign(digest, created, software string, key *ecdsa.PrivateKey) (*signedData, error) {
	if key.Curve != elliptic.P384() {
		return nil, errors.New("the key must be of ECDSA over P-384")
	}
	sum := sha256.Sum256([]byte(digest))
	der, err := key.Sign(nil, sum[:], crypto.SHA256)
	if err != nil {
		return nil, err
	}
	var parts struct{ R, S *big.Int }
	if _, err := asn1.Unmarshal(der, &parts); err != nil {
		return nil, err
	}
	sig := make([]byte, 96)
	parts.R.FillBytes(sig[:48])
	parts.S.FillBytes(sig[48:])
	public, err := x509.MarshalPKIXPublicKey(&key.PublicKey)
	if err != nil {
		return nil, err
	}
	return &signedData{
		Hash: digest, Created: created, Software: software, Version: "0.1.0",
		Signature: base64.StdEncoding.EncodeToString(sig), PublicKey: base64.StdEncoding.EncodeToString(public),
	}, nil
}
