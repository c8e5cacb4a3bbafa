package warc_test

import (
	"errors"
	"testing"

	"samizdat/internal/warc"
)

// TestParseDigest reads the digests of nothing in the forms that are found.
func TestParseDigest(t *testing.T) {
	const (
		sha1   = "sha1:da39a3ee5e6b4b0d3255bfef95601890afd80709"
		sha256 = "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
		md5    = "md5:d41d8cd98f00b204e9800998ecf8427e"
	)
	for _, c := range []struct {
		text  string
		want  warc.Digest
		usual bool
	}{
		{"sha1:3I42H3S6NNFQ2MSVX7XZKYAYSCX5QBYJ", sha1, true},
		{"sha1:3i42h3s6nnfq2msvx7xzkyayscx5qbyj", sha1, false},
		{"SHA-1:3I42H3S6NNFQ2MSVX7XZKYAYSCX5QBYJ", sha1, false},
		{sha1, sha1, true},
		{sha256, sha256, true},
		{"sha-256:E3B0C44298FC1C149AFBF4C8996FB92427AE41E4649B934CA495991B7852B855", sha256, false},
		{"sha256:4OYMIQUY7QOBJGX36TEJS35ZEQT24QPEMSNZGTFESWMRW6CSXBKQ====", sha256, false},
		{md5, md5, true},
	} {
		d, usual, err := warc.ParseDigest(c.text)
		if d != c.want || usual != c.usual || err != nil {
			t.Errorf("ParseDigest(%q) = %q, %v, %v, want %q, %v", c.text, d, usual, err, c.want, c.usual)
		}
	}
	for _, text := range []string{"", "sha1", "sha1:", "sha1:AAAA", "sha256:3I42H3S6NNFQ2MSVX7XZKYAYSCX5QBYJ", "md5:zz1d8cd98f00b204e9800998ecf8427e"} {
		if d, _, err := warc.ParseDigest(text); err == nil || errors.Is(err, warc.ErrUnknownDigest) {
			t.Errorf("ParseDigest(%q) = %q, %v, want an error", text, d, err)
		}
	}
	if _, _, err := warc.ParseDigest("tiger:ABCD"); !errors.Is(err, warc.ErrUnknownDigest) {
		t.Errorf("got %v, want ErrUnknownDigest", err)
	}
}

// TestParseDate reads dates in the forms that are found, and writes what it has read.
func TestParseDate(t *testing.T) {
	for text, want := range map[string]string{
		"2022-01-05T10:20:30Z":           "2022-01-05T10:20:30Z",
		"2022-01-05T10:20:30.123456789Z": "2022-01-05T10:20:30.123456789Z",
		"2022-01-05T10:20:30.120Z":       "2022-01-05T10:20:30.12Z",
		"2022-01-05T16:20:30+06:00":      "2022-01-05T10:20:30Z",
		"2022-01-05T10:20Z":              "2022-01-05T10:20:00Z",
		"2022-01-05":                     "2022-01-05T00:00:00Z",
		"2022-01":                        "2022-01-01T00:00:00Z",
		"2022":                           "2022-01-01T00:00:00Z",
		"20220105102030":                 "2022-01-05T10:20:30Z",
	} {
		d, err := warc.ParseDate(text)
		if got := warc.FormatDate(d); got != want || err != nil {
			t.Errorf("ParseDate(%q) is %s, %v, want %s", text, got, err, want)
		}
	}
	for _, text := range []string{"", "yesterday", "2022-13-01", "99"} {
		if d, err := warc.ParseDate(text); err == nil {
			t.Errorf("ParseDate(%q) = %v, want an error", text, d)
		}
	}
}
