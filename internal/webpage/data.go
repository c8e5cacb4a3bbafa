package webpage

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"strings"
)

// Data reads an address that holds what it names, "data:…" (RFC 2397, and the Fetch standard). It is ok if it is one.
func Data(ref string) (contentType string, data []byte, ok bool) {
	if len(ref) < 5 || !strings.EqualFold(ref[:5], "data:") {
		return "", nil, false
	}
	head, body, ok := strings.Cut(ref[5:], ",")
	if !ok {
		return "", nil, false
	}
	body, _, _ = strings.Cut(body, "#") // a fragment is of the address
	contentType = strings.TrimSpace(head)
	coded := false
	if i := strings.LastIndexByte(contentType, ';'); i >= 0 && strings.EqualFold(strings.TrimSpace(contentType[i+1:]), "base64") {
		contentType, coded = contentType[:i], true
	}
	if contentType == "" || contentType[0] == ';' {
		contentType = "text/plain" + contentType
	}
	text := percentDecoded(body)
	if !coded {
		return contentType, text, true
	}
	text = bytes.Map(func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z', r >= 'A' && r <= 'Z', r >= '0' && r <= '9', r == '+', r == '/':
			return r
		case r == '-':
			return '+'
		case r == '_':
			return '/'
		}
		return -1
	}, text)
	data = make([]byte, base64.RawStdEncoding.DecodedLen(len(text)))
	n, err := base64.RawStdEncoding.Decode(data, text)
	return contentType, data[:n], err == nil
}

// percentDecoded undoes percent-encoding; a percent sign that begins none stays.
func percentDecoded(s string) []byte {
	out := make([]byte, 0, len(s))
	for i := 0; i < len(s); i++ {
		if s[i] == '%' && i+2 < len(s) {
			if b, err := hex.DecodeString(s[i+1 : i+3]); err == nil {
				out = append(out, b[0])
				i += 2
				continue
			}
		}
		out = append(out, s[i])
	}
	return out
}
