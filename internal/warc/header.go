package warc

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// errHeader is in every fault of a header that was found by reading it, not by unpacking it.
var errHeader = errors.New("bad header")

// headerErrorf makes an error that wraps errHeader without its text.
func headerErrorf(format string, args ...any) error { return headerError{fmt.Errorf(format, args...)} }

type headerError struct{ error }

func (e headerError) Is(target error) bool { return target == errHeader }
func (e headerError) Unwrap() error        { return errors.Unwrap(e.error) }

// readHeader reads the version and the fields of the record that stands here (WARC 4). If there is an error the
// record has what was read before it.
func (r *Reader) readHeader() (*Record, error) {
	rec := &Record{r: r, Offset: r.at()}
	rec.blockStart = rec.Offset + 1 // until the header is read
	budget := maxHead
	line, err := r.readLine(rec, &budget)
	if err != nil {
		return rec, err
	}
	version, ok := bytes.CutPrefix(line, []byte("WARC/"))
	if !ok || !isVersion(version) {
		return rec, headerErrorf("it begins with %s, not with a version", clip(string(line)))
	}
	if rec.Version = string(version); rec.Version[0] == '0' {
		rec.odd(OldVersion)
	}
	for {
		line, err := r.readLine(rec, &budget)
		if err != nil {
			return rec, err
		}
		if len(line) == 0 {
			break
		}
		rec.addField(string(line))
	}
	rec.blockStart = r.at()
	text := rec.Header.Get("Content-Length")
	rec.Size, err = strconv.ParseInt(text, 10, 64)
	if err != nil || rec.Size < 0 {
		return rec, headerErrorf("its Content-Length is %s", clip(text))
	}
	rec.inspect()
	return rec, nil
}

// readLine reads a line without its end.
func (r *Reader) readLine(rec *Record, budget *int) ([]byte, error) {
	var line []byte
	for {
		part, err := r.body.ReadSlice('\n')
		if *budget -= len(part); *budget < 0 {
			return nil, headerErrorf("its header has more than %d bytes", maxHead)
		}
		line = append(line, part...)
		if errors.Is(err, bufio.ErrBufferFull) {
			continue
		}
		if err == io.EOF { //nolint:errorlint // ReadSlice returns it bare
			if err = r.goOn(); err == nil {
				continue
			}
		}
		if err == io.EOF { //nolint:errorlint // goOn returns it bare
			return nil, headerErrorf("its header ends too soon: %w", io.ErrUnexpectedEOF)
		}
		if err != nil {
			return nil, err
		}
		break
	}
	text := bytes.TrimRight(line, "\r\n")
	if len(line)-len(text) != 2 {
		rec.odd(OddLineEnds)
	}
	return text, nil
}

func (rec *Record) addField(line string) {
	if (line[0] == ' ' || line[0] == '\t') && len(rec.Header) > 0 {
		rec.Header[len(rec.Header)-1].Value += " " + trim(line)
		rec.odd(FoldedHeader)
		return
	}
	name, value, ok := strings.Cut(line, ":")
	if !ok {
		rec.odd(LineWithoutColon)
		return
	}
	rec.Header = append(rec.Header, Field{trim(name), trim(value)})
}

// inspect notes what is odd about the fields.
func (rec *Record) inspect() {
	counts := map[string]int{}
	for _, f := range rec.Header {
		name := strings.ToLower(f.Name)
		if counts[name]++; counts[name] == 2 && strings.HasPrefix(name, "warc-") && name != "warc-concurrent-to" || counts[name] == 2 && name == "content-length" {
			rec.odd(RepeatedField) // WARC 5.1: only WARC-Concurrent-To may
		}
	}
	for _, name := range []string{"warc-record-id", "warc-date", "warc-type"} {
		if counts[name] == 0 {
			rec.odd(MissingField)
		}
	}
	if counts["warc-date"] > 0 {
		if _, err := time.Parse(time.RFC3339Nano, rec.Header.Get("WARC-Date")); err != nil || !strings.HasSuffix(rec.Header.Get("WARC-Date"), "Z") {
			rec.odd(OddDate)
		}
	}
	if uri := rec.Header.Get("WARC-Target-URI"); uri != "" {
		if strings.HasPrefix(uri, "<") {
			rec.odd(BracketedURI)
		}
		if u, err := url.Parse(rec.TargetURI()); strings.ContainsAny(uri, " \t") || err == nil && u.Scheme == "" {
			rec.odd(BadURI)
		}
	}
}
