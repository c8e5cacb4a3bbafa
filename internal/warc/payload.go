package warc

import (
	"bytes"
	"hash"
	"strconv"
	"strings"
)

// payload hashes the payload of a block that passes by: the whole block, or of an HTTP message what follows the header. Of a body
// that is said to be in chunks it hashes both the chunks and what they hold, because files have digests of either
// (iipc/warc-specifications issues 22 and 74 of warcio; WARC 6.3.2 means what they hold).
type payload struct {
	want  Digest // "": nothing is hashed, the message is looked at only
	kind  Type
	http  bool // the block is an HTTP message
	body  bool // its header is over
	head  []byte
	msg   *Message // nil if it has no header
	bytes int64    // of the body
	raw   hash.Hash
	inner hash.Hash // of what the chunks hold; nil if it is not in chunks
	split chunks
}

func newPayload(want Digest, kind Type, http bool) *payload {
	p := &payload{want: want, kind: kind, http: http, body: !http}
	if want != "" {
		p.raw = want.hasher()
	}
	return p
}

func (p *payload) write(b []byte) {
	if !p.body {
		from := max(0, len(p.head)-3)
		p.head = append(p.head, b...)
		end := headEnd(p.head, from)
		switch {
		case p.kind == Response && !bytes.HasPrefix([]byte("HTTP/"), p.head[:min(5, len(p.head))]), len(p.head) > maxHead && end < 0:
			end = 0 // it is no message, so all of it is the payload
		case end < 0:
			return
		default:
			p.msg, _ = parseHead(p.head[:end])
		}
		b = p.head[end:]
		p.begin()
	}
	p.bytes += int64(len(b))
	if p.raw != nil {
		p.raw.Write(b)
	}
	if p.inner != nil {
		if err := p.split.feed(b, func(b []byte) { p.inner.Write(b) }); err != nil {
			p.inner = nil
		}
	}
}

// begin is called at the first byte of the body.
func (p *payload) begin() {
	p.body = true
	if p.msg != nil && p.msg.Header.chunked() && p.want != "" {
		p.inner = p.want.hasher()
	}
}

// headEnd returns where the body begins, -1 if the header is not over. It looks from an offset on.
func headEnd(b []byte, from int) int {
	for i := from; ; {
		j := bytes.IndexByte(b[i:], '\n')
		if j < 0 {
			return -1
		}
		i += j + 1
		if bytes.HasPrefix(b[i:], []byte("\r\n")) {
			return i + 2
		}
		if bytes.HasPrefix(b[i:], []byte("\n")) {
			return i + 1
		}
	}
}

// end gives the verdict when the block is over, and what is odd about the message.
func (p *payload) end() (v Verdict, quirks []Quirk) {
	if !p.body { // a header without an end, and no body
		p.msg, _ = parseHead(p.head)
		p.begin()
	}
	if p.http && p.msg == nil {
		quirks = append(quirks, HTTPWithoutHeader)
	}
	if p.msg != nil && p.kind == Response {
		n, err := strconv.ParseInt(strings.TrimSpace(p.msg.Header.Get("Content-Length")), 10, 64)
		if err == nil && n != p.bytes && p.bytes > 0 && !p.msg.Header.chunked() {
			quirks = append(quirks, HTTPLength)
		}
	}
	if p.want == "" {
		return NoDigest, quirks
	}
	chunked := p.inner != nil && p.split.whole()
	switch {
	case chunked && p.want.is(p.inner):
		return Matches, quirks
	case p.want.is(p.raw):
		if p.msg != nil && p.msg.Header.chunked() && p.bytes > 0 {
			if chunked {
				return Matches, append(quirks, ChunkedOverChunks)
			}
			return Matches, append(quirks, ClaimsChunks)
		}
		return Matches, quirks
	}
	return Differs, quirks
}

// isBody tells whether a digest is that of the body as it was stored, or of no body at all, as a revisit has.
func (p *payload) isBody(d Digest) bool {
	if p.msg == nil {
		return false
	}
	if p.bytes == 0 {
		return d.is(d.hasher())
	}
	return d == p.want && d.is(p.raw)
}
