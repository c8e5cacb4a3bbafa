package wacz

import (
	"archive/zip"
	"bytes"
	"context"
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"encoding/json"
	"errors"
	"hash"
	"io"
	"strings"

	"samizdat/internal/warc"
)

// Verify reads the whole archive: every file against its digest, the package against its own, the signature, every record of the WARC
// files and every line of the indexes. Roots are the authorities whose certificates of domains are believed; nil is none. An error is one
// of reading the file or of ctx; what is wrong with the archive is in the report.
func (a *Archive) Verify(ctx context.Context, roots *x509.CertPool) (*Report, error) {
	r := &Report{}
	for _, name := range a.twice {
		r.add(RepeatedFile, name, "the archive holds two files of this name")
	}
	if v := a.Package.Version; v != Version {
		r.add(OtherVersion, "", "the archive is of version %q", v)
	}
	if err := a.verifyFiles(ctx, r); err != nil {
		return nil, err
	}
	a.verifyPackage(r, roots)
	if err := a.verifyPages(ctx, r); err != nil {
		return nil, err
	}
	return r, a.verifyRecords(ctx, r)
}

// verifyFiles compares the files with the list.
func (a *Archive) verifyFiles(ctx context.Context, r *Report) error {
	listed := map[string]bool{packageName: true, digestName: true, oldName: true}
	for _, res := range a.Package.Resources {
		listed[res.Path] = true
		f := a.files[res.Path]
		if f == nil {
			r.add(MissingFile, res.Path, "the archive lists it and does not hold it")
			continue
		}
		if err := a.verifyFile(ctx, r, res, f); err != nil {
			return err
		}
	}
	for _, f := range a.zip.File {
		if a.Package.Version != "0.1.0" && !listed[f.Name] && !strings.HasSuffix(f.Name, "/") {
			r.add(UnlistedFile, f.Name, "the archive holds it and does not list it")
			listed[f.Name] = true
		}
		if isWARC(f.Name) && f.Method != zip.Store {
			r.add(CompressedWARC, f.Name, "it is compressed again by the ZIP, so programs that replay it must unpack it whole")
		}
	}
	return nil
}

func (a *Archive) verifyFile(ctx context.Context, r *Report, res Resource, f *zip.File) error {
	want, _, err := warc.ParseDigest(res.Hash)
	if err != nil || !strings.HasPrefix(string(want), "sha256:") {
		r.add(NoHash, res.Path, "its digest is %q", res.Hash)
		return nil
	}
	got, size, err := hashFile(ctx, f, 1)
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if err != nil {
		r.add(UnreadableFile, res.Path, "%v", err)
		return nil
	}
	switch {
	case got == string(want):
		r.Files++
	case hashedTwice(ctx, a.Package.Software, f, string(want)):
		r.Files++
		r.add(HashedTwice, res.Path, "its digest is made of each piece twice, a bug of the program that made it (%s)", a.Package.Software)
	default:
		r.add(HashDiffers, res.Path, "it is %s, not %s as listed", got, want)
	}
	switch {
	case res.Bytes == size:
	case res.Bytes == 0:
		r.add(NoSize, res.Path, "it is listed with a length of 0")
	default:
		r.add(SizeDiffers, res.Path, "it has %d bytes, not %d as listed", size, res.Bytes)
	}
	return nil
}

// hashFile hashes a file; times is 2 for the bug of js-wacz, which feeds each piece that Node reads, of 64 KiB, twice.
func hashFile(ctx context.Context, f *zip.File, times int) (digest string, size int64, err error) {
	in, err := f.Open()
	if err != nil {
		return "", 0, err
	}
	defer in.Close()
	h := sha256.New()
	piece := make([]byte, 64<<10)
	for {
		if err := ctx.Err(); err != nil {
			return "", 0, err
		}
		n, err := io.ReadFull(in, piece)
		for range times {
			h.Write(piece[:n])
		}
		size += int64(n)
		if err == io.EOF || errors.Is(err, io.ErrUnexpectedEOF) && n > 0 && size == int64(f.UncompressedSize64) { //nolint:errorlint // ReadFull
			break
		}
		if err != nil {
			return "", 0, err
		}
	}
	return hexDigest(h), size, nil
}

func hexDigest(h hash.Hash) string { return "sha256:" + hex.EncodeToString(h.Sum(nil)) }

// hashedTwice tells whether a digest is made by the bug. Scoop makes its archives with js-wacz.
func hashedTwice(ctx context.Context, software string, f *zip.File, want string) bool {
	name := strings.ToLower(software)
	if !strings.Contains(name, "js-wacz") && !strings.Contains(name, "scoop") {
		return false
	}
	got, _, err := hashFile(ctx, f, 2)
	return err == nil && got == want
}

// verifyPackage compares datapackage.json with its digest, and checks the signature.
func (a *Archive) verifyPackage(r *Report, roots *x509.CertPool) {
	if a.text == nil { // 0.1.0
		return
	}
	if a.files[digestName] == nil {
		r.add(NoPackageDigest, "", "there is no %s, so the list of files is not protected", digestName)
		return
	}
	text, err := a.read(digestName)
	var d digestFile
	if err == nil {
		err = json.Unmarshal(text, &d)
	}
	if err != nil {
		r.add(BadDigestFile, digestName, "%v", err)
		return
	}
	h := sha256.New()
	h.Write(a.text)
	got := hexDigest(h)
	if d.Hash != got {
		r.add(PackageDiffers, packageName, "it is %s, not %s as %s says", got, d.Hash, digestName)
	}
	if d.SignedData == nil {
		return
	}
	r.Signature = d.SignedData.check(got, a.Package.Created, roots)
	if r.Signature.Err != nil {
		r.add(BadSignature, digestName, "%v", r.Signature.Err)
	}
}

// verifyPages reads the lists of pages.
func (a *Archive) verifyPages(ctx context.Context, r *Report) error {
	if len(a.pageLists()) == 0 && len(a.old) == 0 {
		r.add(NoPages, "", "there is no list of pages")
	}
	err := a.Pages(func(Page) error { return ctx.Err() }, func(name string, line int, err error) {
		r.add(BadPage, name, "line %d: %v", line, err)
	})
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if err != nil {
		r.add(UnreadableFile, "", "%v", err)
	}
	return nil
}

// place is where a record lies.
type place struct {
	file   string
	offset int64
}

// verifyRecords reads the WARC files and the indexes.
func (a *Archive) verifyRecords(ctx context.Context, r *Report) error {
	records := map[place]recordMark{}
	payloads := map[string]bool{} // that are there
	var revisits []struct{ name, digest, uri string }
	for _, name := range a.WARCs() {
		rd, c, err := a.OpenWARC(name)
		if err != nil {
			r.add(UnreadableFile, name, "%v", errors.Unwrap(err))
			continue
		}
		for {
			if err := ctx.Err(); err != nil {
				_ = c.Close()
				return err
			}
			rec, err := rd.Next()
			if err == io.EOF { //nolint:errorlint // Next returns it bare
				break
			}
			if err == nil {
				r.Records++
				records[place{strings.TrimPrefix(name, "archive/"), rec.Offset}] = mark(rec.TargetURI())
				err = rec.Finish()
				r.judge(name, rec)
			}
			var d *warc.Damage
			if err != nil {
				r.add(DamagedRecord, name, "%v", err)
				if !errors.As(err, &d) {
					break
				}
				continue
			}
			digest, _, err := warc.ParseDigest(rec.Header.Get("WARC-Payload-Digest"))
			if err != nil {
				continue
			}
			if rec.Type() == warc.Revisit {
				revisits = append(revisits, struct{ name, digest, uri string }{name, string(digest), rec.TargetURI()})
			} else {
				payloads[string(digest)] = true
			}
		}
		for _, s := range rd.Quirks() {
			r.add(QuirkyRecords, name, "%d records, the first at %d: %s", s.Count, s.First, s.Quirk)
		}
		_ = c.Close()
	}
	for _, v := range revisits {
		if !payloads[v.digest] {
			r.add(RevisitElsewhere, v.name, "what %s answered is in another archive: %s", v.uri, v.digest)
		}
	}
	return a.verifyIndexes(ctx, r, records)
}

// recordMark stands for a record's address, in fewer bytes.
type recordMark [8]byte

func mark(uri string) (m recordMark) {
	sum := sha256.Sum256([]byte(string([]rune(uri)))) // as JSON has it, if it is no UTF-8
	copy(m[:], sum[:])
	return m
}

// judge counts the digests of a record that was read.
func (r *Report) judge(name string, rec *warc.Record) {
	for _, d := range []struct {
		what    string
		verdict warc.Verdict
	}{{"block", rec.BlockDigest}, {"payload", rec.PayloadDigest}} {
		switch d.verdict {
		case warc.Matches:
			r.Digests++
		case warc.Differs:
			r.add(RecordDiffers, name, "the %s at %d (%s) is not what its digest was made of", d.what, rec.Offset, rec.TargetURI())
		}
	}
}

func (a *Archive) verifyIndexes(ctx context.Context, r *Report, records map[place]recordMark) error {
	if len(a.indexes()) == 0 {
		r.add(NoIndex, "", "there is no index")
	}
	err := a.Index(func(e Entry) error {
		m, ok := records[place{e.File, e.Offset}]
		// Old indexes give addresses of POST requests with what was sent appended, so only the start is compared by others; here the
		// address must be there, and equal if it holds no such mark.
		if !ok || e.URL != "" && m != mark(e.URL) && !strings.Contains(e.URL, "__wb_") {
			r.add(EntryAstray, "", "the index has %s at %d of %s, where that record is not", e.URL, e.Offset, e.File)
		}
		return ctx.Err()
	}, func(name string, line int, err error) {
		r.add(BadEntry, name, "line %d: %v", line, err)
	})
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if err != nil {
		r.add(UnreadableFile, "", "%v", err)
	}
	return nil
}

// digestFile is datapackage-digest.json.
type digestFile struct {
	Path       string      `json:"path"`
	Hash       string      `json:"hash"`
	SignedData *signedData `json:"signedData,omitempty"`
}

// digestOf makes the file for a package.
func digestOf(pkg []byte) digestFile {
	h := sha256.New()
	h.Write(bytes.Clone(pkg))
	return digestFile{Path: packageName, Hash: hexDigest(h)}
}
