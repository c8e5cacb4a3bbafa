package scrub_test

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"image"
	"image/color"
	"image/gif"
	"image/jpeg"
	"image/png"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"samizdat/internal/scrub"
)

// secret stands in every trace of the vectors; nothing that was scrubbed may hold it.
const secret = "Secret-Name"

// vector is a file with one kind of trace.
type vector struct {
	name string
	file []byte
	kind scrub.Kind
}

func be16(n int) []byte { return binary.BigEndian.AppendUint16(nil, uint16(n)) }
func be32(n int) []byte { return binary.BigEndian.AppendUint32(nil, uint32(n)) }

func join(parts ...any) []byte {
	var b []byte
	for _, p := range parts {
		switch p := p.(type) {
		case string:
			b = append(b, p...)
		case []byte:
			b = append(b, p...)
		case int:
			b = append(b, byte(p))
		}
	}
	return b
}

// testPicture is a picture in which every part differs.
func testPicture() *image.Paletted {
	m := image.NewPaletted(image.Rect(0, 0, 24, 16), color.Palette{color.Black, color.White, color.RGBA{200, 30, 30, 255}, color.RGBA{20, 90, 200, 255}})
	for i := range m.Pix {
		m.Pix[i] = byte((i*7 + i/24) % 4)
	}
	return m
}

func encoded(t testing.TB, format string) []byte {
	t.Helper()
	var b bytes.Buffer
	var err error
	switch format {
	case "jpeg":
		err = jpeg.Encode(&b, testPicture(), nil)
	case "png":
		err = png.Encode(&b, testPicture())
	case "gif":
		err = gif.EncodeAll(&b, &gif.GIF{Image: []*image.Paletted{testPicture(), testPicture()}, Delay: []int{10, 20}, LoopCount: 3})
	}
	if err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func madeFile(t testing.TB, name string) []byte {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// tiff makes a TIFF structure of entries; those of text are given as strings, others as numbers. gps and thumb add the
// directories of a position and of a thumbnail.
func tiff(order binary.AppendByteOrder, gps, thumb bool, entries map[uint16]any) []byte {
	head := "MM\x00*"
	if order == binary.LittleEndian {
		head = "II*\x00"
	}
	b := order.AppendUint32([]byte(head), 8)
	var tags []uint16
	for tag := range 0xFFFF {
		if _, ok := entries[uint16(tag)]; ok {
			tags = append(tags, uint16(tag))
		}
	}
	n := len(tags)
	if gps {
		n++
	}
	data := 8 + 2 + 12*n + 4
	var heap []byte
	b = order.AppendUint16(b, uint16(n))
	entry := func(tag, typ uint16, count, value uint32) {
		b = order.AppendUint16(b, tag)
		b = order.AppendUint16(b, typ)
		b = order.AppendUint32(b, count)
		b = order.AppendUint32(b, value)
	}
	gpsDone := !gps
	for _, tag := range tags {
		if !gpsDone && tag > 0x8825 {
			entry(0x8825, 4, 1, 0xFFFFFFFF)
			gpsDone = true
		}
		switch v := entries[tag].(type) {
		case string:
			typ := uint16(2)
			if tag == 0x927C {
				typ = 7
			}
			entry(tag, typ, uint32(len(v)), uint32(data+len(heap)))
			heap = append(heap, v...)
		case int:
			b = order.AppendUint16(b, tag)
			b = order.AppendUint16(b, 3)
			b = order.AppendUint32(b, 1)
			b = order.AppendUint16(b, uint16(v))
			b = order.AppendUint16(b, 0)
		}
	}
	if !gpsDone {
		entry(0x8825, 4, 1, 0xFFFFFFFF)
	}
	if len(heap)%2 == 1 {
		heap = append(heap, 0)
	}
	next := uint32(0)
	if thumb {
		next = uint32(data + len(heap))
		heap = order.AppendUint16(heap, 2)
		for i, tag := range []uint16{0x0201, 0x0202} {
			heap = order.AppendUint16(heap, tag)
			heap = order.AppendUint16(heap, 4)
			heap = order.AppendUint32(heap, 1)
			heap = order.AppendUint32(heap, uint32(data+i))
		}
		heap = order.AppendUint32(heap, 0)
	}
	if gps {
		at := uint32(data + len(heap))
		heap = order.AppendUint16(heap, 4)
		values := at + 2 + 4*12 + 4
		for i, tag := range []uint16{1, 2, 3, 4} {
			heap = order.AppendUint16(heap, tag)
			if tag%2 == 1 {
				heap = order.AppendUint16(heap, 2)
				heap = order.AppendUint32(heap, 2)
				heap = append(heap, "NxEx"[i], 0, 0, 0)
			} else {
				heap = order.AppendUint16(heap, 5)
				heap = order.AppendUint32(heap, 3)
				heap = order.AppendUint32(heap, values+uint32(tag/2-1)*24)
			}
		}
		heap = order.AppendUint32(heap, 0)
		for _, n := range []uint32{51, 1, 10, 1, 984, 100, 71, 1, 26, 1, 5676, 100} {
			heap = order.AppendUint32(heap, n)
		}
		pointer := order.AppendUint32(nil, 0xFFFFFFFF)
		copy(b[bytes.LastIndex(b, pointer):], order.AppendUint32(nil, at))
	}
	return append(order.AppendUint32(b, next), heap...)
}

// named is a TIFF structure with one entry of text.
func named(tag uint16) []byte {
	return tiff(binary.LittleEndian, false, false, map[uint16]any{tag: secret + "\x00"})
}

const xmpPacket = `<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF><rdf:Description %s/></rdf:RDF></x:xmpmeta><!-- ` + secret + ` -->`

func segment(marker int, data ...any) []byte {
	b := join(data...)
	return join(0xFF, marker, be16(len(b)+2), b)
}

// withSegments puts segments behind the first marker of a JPEG.
func withSegments(t testing.TB, segments ...[]byte) []byte {
	b := encoded(t, "jpeg")
	return join(b[:2], bytes.Join(segments, nil), b[2:])
}

func jpegVectors(t testing.TB) []vector {
	exif := func(b []byte) []byte { return withSegments(t, segment(0xE1, "Exif\x00\x00", b)) }
	xmp := func(what string) []byte {
		return withSegments(t, segment(0xE1, "http://ns.adobe.com/xap/1.0/\x00", fmt.Sprintf(xmpPacket, what)))
	}
	resource := func(id int, data ...any) []byte {
		b := join(data...)
		if len(b)%2 == 1 {
			b = append(b, 0)
		}
		return withSegments(t, segment(0xED, "Photoshop 3.0\x00", "8BIM", be16(id), 0, 0, be32(len(b)), b))
	}
	dataset := func(n int) []byte { return join(0x1C, 2, n, be16(len(secret)), secret) }
	whole := encoded(t, "jpeg")
	return []vector{
		{"exif position", exif(tiff(binary.BigEndian, true, false, map[uint16]any{0x010F: secret + "\x00"})), scrub.Position},
		{"exif camera", exif(named(0x0110)), scrub.Camera},
		{"exif serial number", exif(named(0xA431)), scrub.Serial},
		{"exif artist", exif(named(0x013B)), scrub.Author},
		{"exif date", exif(named(0x9003)), scrub.Date},
		{"exif software", exif(named(0x0131)), scrub.Software},
		{"exif description", exif(named(0x010E)), scrub.Comment},
		{"exif maker note", exif(named(0x927C)), scrub.Maker},
		{"exif thumbnail", exif(tiff(binary.LittleEndian, false, true, map[uint16]any{0x0112: 1})), scrub.Thumbnail},
		{"exif broken", exif([]byte("XX" + secret)), scrub.Other},
		{"xmp position", xmp(`exif:GPSLatitude="51,10N"`), scrub.Position},
		{"xmp history", xmp(`xmpMM:DocumentID="x"`), scrub.History},
		{"xmp author", xmp(`photoshop:Credit="x"`), scrub.Author},
		{"xmp tool", xmp(`xmp:CreatorTool="x"`), scrub.Software},
		{"xmp extended", withSegments(t, segment(0xE1, "http://ns.adobe.com/xmp/extension/\x00", secret)), scrub.Other},
		{"iptc author", resource(0x0404, dataset(80)), scrub.Author},
		{"iptc city", resource(0x0404, dataset(90)), scrub.Position},
		{"photoshop thumbnail", resource(0x040C, secret), scrub.Thumbnail},
		{"comment", withSegments(t, segment(0xFE, secret)), scrub.Comment},
		{"jfif thumbnail", withSegments(t, segment(0xE0, "JFIF\x00", 1, 2, 0, 0, 1, 0, 1, 2, 2, secret+"!")), scrub.Thumbnail},
		{"jfif extension", withSegments(t, segment(0xE0, "JFXX\x00", 0x10, secret)), scrub.Thumbnail},
		{"flashpix", withSegments(t, segment(0xE2, "FPXR\x00", secret)), scrub.Other},
		{"maker's segment", withSegments(t, segment(0xE4, secret)), scrub.Other},
		{"adobe with more", withSegments(t, segment(0xEE, "Adobe", 0, 100, 0, 0, 0, 0, 1, secret)), scrub.Other},
		{"no profile of colours", withSegments(t, segment(0xE2, "ICC_PROFILE\x00", 1, 1, secret)), scrub.Other},
		{"reserved marker", withSegments(t, segment(0xF5, secret)), scrub.Other},
		{"bytes between segments", withSegments(t, segment(0xFE, "x"), []byte(secret)), scrub.Other},
		{"pictures of MPF", join(withSegments(t, segment(0xE2, "MPF\x00", secret)), whole, secret), scrub.Picture},
		{"second picture", join(whole, whole, secret), scrub.Picture},
		{"film behind the picture", join(whole, be32(16), "ftypmp42", secret), scrub.Picture},
		{"words behind the picture", join(whole, secret), scrub.Other},
	}
}

func chunk(kind string, data ...any) []byte {
	b := join(data...)
	return join(be32(len(b)), kind, b, be32(int(crc32.ChecksumIEEE(join(kind, b)))))
}

// withChunks puts chunks behind the first chunk of a PNG.
func withChunks(t testing.TB, chunks ...[]byte) []byte {
	b := encoded(t, "png")
	return join(b[:33], bytes.Join(chunks, nil), b[33:])
}

func pngVectors(t testing.TB) []vector {
	return []vector{
		{"text author", withChunks(t, chunk("tEXt", "Author\x00"+secret)), scrub.Author},
		{"text comment", withChunks(t, chunk("tEXt", "Comment\x00"+secret)), scrub.Comment},
		{"international text", withChunks(t, chunk("iTXt", "Software\x00\x00\x00\x00\x00"+secret)), scrub.Software},
		{"xmp", withChunks(t, chunk("iTXt", "XML:com.adobe.xmp\x00\x00\x00\x00\x00", fmt.Sprintf(xmpPacket, `exif:GPSLongitude="7"`))), scrub.Position},
		{"packed text", withChunks(t, chunk("zTXt", "Creation Time\x00\x00"+secret)), scrub.Date},
		{"exif", withChunks(t, chunk("eXIf", named(0xA430))), scrub.Author},
		{"time", withChunks(t, chunk("tIME", 7, 230, 1, 6, 10, 0, 0)), scrub.Date},
		{"unknown chunk", withChunks(t, chunk("prVt", secret)), scrub.Other},
		{"end of a larger screenshot", join(encoded(t, "png"), chunk("IDAT", secret)), scrub.Picture},
		{"words behind the picture", join(encoded(t, "png"), secret), scrub.Other},
	}
}

func gifVectors(t testing.TB) []vector {
	whole := encoded(t, "gif")
	body := func(blocks ...any) []byte { return join(whole[:len(whole)-1], join(blocks...), 0x3B) }
	return []vector{
		{"comment", body(0x21, 0xFE, len(secret), secret, 0), scrub.Comment},
		{"text", body(0x21, 0xF9, 4, 0, 0, 0, 0, 0, 0x21, 0x01, 12, "............", len(secret), secret, 0), scrub.Comment},
		{"xmp", body(0x21, 0xFF, 11, "XMP DataXMP", fmt.Sprintf(xmpPacket, `tiff:Make="x"`), 1, magicTrailer(), 0), scrub.Camera},
		{"application", body(0x21, 0xFF, 11, "SECRETxyz10", len(secret), secret, 0), scrub.Other},
		{"more than a loop", body(0x21, 0xFF, 11, "NETSCAPE2.0", len(secret), secret, 0), scrub.Other},
		{"extension", body(0x21, 0x77, len(secret), secret, 0), scrub.Other},
		{"words behind the picture", join(whole, secret), scrub.Other},
	}
}

// magicTrailer makes a reader of sub-blocks that begins anywhere in XMP arrive at its end. (XMP part 3, 1.1.2.)
func magicTrailer() []byte {
	var b []byte
	for i := 255; i >= 0; i-- {
		b = append(b, byte(i))
	}
	return b
}

func riffChunk(kind string, data ...any) []byte {
	b := join(data...)
	n := binary.LittleEndian.AppendUint32(nil, uint32(len(b)))
	if len(b)%2 == 1 {
		b = append(b, 0)
	}
	return join(kind, n, b)
}

func webpOf(chunks ...[]byte) []byte {
	b := bytes.Join(chunks, nil)
	return join("RIFF", binary.LittleEndian.AppendUint32(nil, uint32(len(b)+4)), "WEBP", b)
}

func webpVectors(t testing.TB) []vector {
	made := madeFile(t, "picture.webp")
	chunks := made[12:]
	animated := madeFile(t, "animated.webp")
	at := bytes.Index(animated, []byte("ANMF"))
	n := int(binary.LittleEndian.Uint32(animated[at+4:]))
	frame := join(animated[at+8:at+8+n], riffChunk("PRIV", secret))
	return []vector{
		{"exif", made, scrub.Position},
		{"xmp", made, scrub.Author},
		{"unknown chunk", webpOf(chunks, riffChunk("PRIV", secret)), scrub.Other},
		{"in a frame", webpOf(animated[12:at], riffChunk("ANMF", frame), animated[at+8+n:]), scrub.Other},
		{"words behind the picture", join(made, secret), scrub.Other},
	}
}

func boxOf(kind string, data ...any) []byte {
	b := join(data...)
	return join(be32(len(b)+8), kind, b)
}

// behindMovie puts a box at the end of the file, where it moves nothing.
func behind(t testing.TB, name, kind string, data ...any) []byte {
	return join(madeFile(t, name), boxOf(kind, data...))
}

// within puts a box into the box moov at the end of a film.
func within(t testing.TB, name string, inner []byte) []byte {
	b := bytes.Clone(madeFile(t, name))
	at := bytes.LastIndex(b, []byte("moov")) - 4
	n := int(binary.BigEndian.Uint32(b[at:]))
	if at+n != len(b) {
		t.Fatalf("%s: moov is not the last box", name)
	}
	copy(b[at:], be32(n+len(inner)))
	return append(b, inner...)
}

func movieVectors(t testing.TB) []vector {
	text := func(kind string) []byte {
		return within(t, "film.mp4", boxOf("udta", boxOf(kind, be16(len(secret)), be16(0), secret)))
	}
	return []vector{
		{"dates", madeFile(t, "film.mp4"), scrub.Date},
		{"title", madeFile(t, "film.mp4"), scrub.Comment},
		{"place", madeFile(t, "film.mp4"), scrub.Position},
		{"fragments", madeFile(t, "fragments.mp4"), scrub.Author},
		{"time code", madeFile(t, "film.mov"), scrub.Track},
		{"user data position", text("\xA9xyz"), scrub.Position},
		{"user data model", text("\xA9mod"), scrub.Camera},
		{"user data serial number", text("CAME"), scrub.Serial},
		{"user data unknown", text("zzzz"), scrub.Other},
		{"keys", within(t, "film.mp4", boxOf("meta", boxOf("hdlr", make([]byte, 24)),
			boxOf("keys", be32(0), be32(1), boxOf("mdta", "com.apple.quicktime.location.ISO6709")),
			boxOf("ilst", boxOf("\x00\x00\x00\x01", boxOf("data", be32(1), be32(0), secret))))), scrub.Position},
		{"xmp", behind(t, "film.mp4", "uuid", "\xBE\x7A\xCF\xCB\x97\xA9\x42\xE8\x9C\x71\x99\x94\x91\xE3\xAF\xAC", fmt.Sprintf(xmpPacket, `exif:GPSLatitude="1"`)), scrub.Position},
		{"unknown uuid", behind(t, "film.mp4", "uuid", "0123456789abcdef", secret), scrub.Other},
		{"free space", behind(t, "film.mp4", "free", secret), scrub.Software},
		{"unused media data", behind(t, "film.mp4", "mdat", secret), scrub.Other},
		{"time of the producer", behind(t, "fragments.mp4", "prft", make([]byte, 20), secret), scrub.Date},
		{"unknown box", behind(t, "film.mov", "abcd", secret), scrub.Other},
	}
}

func heifVectors(t testing.TB) []vector {
	return []vector{
		{"exif", madeFile(t, "picture.avif"), scrub.Position},
		{"xmp", madeFile(t, "picture.avif"), scrub.Author},
		{"unknown box", behind(t, "picture.avif", "abcd", secret), scrub.Other},
	}
}

// ebml makes an element with a length of eight bytes.
func ebml(id int, data ...any) []byte {
	b := join(data...)
	head := bytes.TrimLeft(be32(id), "\x00")
	return join(head, 0x01, binary.BigEndian.AppendUint64(nil, uint64(len(b)))[1:], b)
}

// film puts elements behind those that a film of one frame needs.
func matroskaOf(info, tracks, blocks, rest []byte) []byte {
	video := ebml(0xAE, ebml(0xD7, 1), ebml(0x83, 1), ebml(0x86, "V_VP8"))
	return join(
		ebml(0x1A45DFA3, ebml(0x4282, "webm")),
		ebml(0x18538067,
			ebml(0x1549A966, ebml(0x2AD7B1, 0x0F, 0x42, 0x40), ebml(0x4D80, ""), ebml(0x5741, ""), info),
			ebml(0x1654AE6B, video, tracks),
			ebml(0x1F43B675, ebml(0xE7, 0), ebml(0xA3, 0x81, 0, 0, 0x80, "frame"), blocks), rest))
}

func matroskaVectors(t testing.TB) []vector {
	data := ebml(0xAE, ebml(0xD7, 2), ebml(0x83, 0x21), ebml(0x86, "D_WEBVTT/METADATA"), ebml(0x536E, secret))
	tag := ebml(0x1254C367, ebml(0x7373, ebml(0x67C8, ebml(0x45A3, "LOCATION"), ebml(0x4487, secret))))
	return []vector{
		{"webm", madeFile(t, "film.webm"), scrub.Position},
		{"mkv", madeFile(t, "film.mkv"), scrub.Author},
		{"title", matroskaOf(ebml(0x7BA9, secret), nil, nil, nil), scrub.Comment},
		{"date", matroskaOf(ebml(0x4461, secret[:8]), nil, nil, nil), scrub.Date},
		{"program", matroskaOf(ebml(0x5741, secret), nil, nil, nil), scrub.Software},
		{"id", matroskaOf(ebml(0x73A4, secret), nil, nil, nil), scrub.History},
		{"file name", matroskaOf(ebml(0x7384, secret), nil, nil, nil), scrub.Other},
		{"tag", matroskaOf(nil, nil, nil, tag), scrub.Position},
		{"attachment", matroskaOf(nil, nil, nil, ebml(0x1941A469, ebml(0x61A7, ebml(0x466E, secret)))), scrub.Comment},
		{"chapters", matroskaOf(nil, nil, nil, ebml(0x1043A770, secret)), scrub.Comment},
		{"void", matroskaOf(nil, nil, nil, ebml(0xEC, secret)), scrub.Other},
		{"track of metadata", matroskaOf(nil, data, join(ebml(0xA3, 0x82, 0, 0, 0x80, secret), ebml(0xA0, ebml(0xA1, 0x82, 0, 0, 0, secret))), nil), scrub.Track},
		{"unknown element", matroskaOf(nil, nil, ebml(0x4FFF, secret), nil), scrub.Other},
		{"words behind the film", join(matroskaOf(nil, nil, nil, nil), secret), scrub.Other},
	}
}

// pdfOf makes a PDF of a catalogue, the objects, numbered from 10 on, and a trailer.
func pdfOf(trailer string, objects ...any) []byte {
	b := []byte("%PDF-1.5\n%\xE2\xE3\xCF\xD3\n")
	var table strings.Builder
	object := func(number int, value any) {
		fmt.Fprintf(&table, "%d 1\n%010d 00000 n \n", number, len(b))
		b = join(b, fmt.Sprintf("%d 0 obj\n", number), value, "\nendobj\n")
	}
	object(1, "<< /Type /Catalog /Pages 2 0 R >>")
	object(2, "<< /Type /Pages /Kids [] /Count 0 >>")
	for i, o := range objects {
		object(10+i, o)
	}
	start := len(b)
	return join(b, "xref\n0 1\n0000000000 65535 f \n", table.String(), "trailer\n<< /Root 1 0 R /Size 99 ", trailer, " >>\n", fmt.Sprintf("startxref\n%d\n%%%%EOF\n", start))
}

func pdfStreamOf(dict string, data []byte) []byte {
	return join(fmt.Sprintf("<< %s /Length %d >>\nstream\n", dict, len(data)), data, "\nendstream")
}

func pdfVectors(t testing.TB) []vector {
	photo := withSegments(t, segment(0xE1, "Exif\x00\x00", tiff(binary.BigEndian, true, false, map[uint16]any{0x013B: secret + "\x00"})))
	objects := "20 0 21 " + fmt.Sprint(len("<< /Producer ("+secret+") >> ")) + " "
	packed := join(objects, "<< /Producer ("+secret+") >> << /Rect [0 0 1 1] /Subtype /Text /T ("+secret+") >>", strings.Repeat(" /A", 100))
	objStm := fmt.Sprintf("/Type /ObjStm /N 2 /First %d", len(objects))
	return []vector{
		{"author", pdfOf("/Info 10 0 R", "<< /Author ("+secret+") >>"), scrub.Author},
		{"producer", pdfOf("/Info 10 0 R", "<< /Producer ("+secret+") /Trapped /True >>"), scrub.Software},
		{"date", pdfOf("/Info 10 0 R", "<< /CreationDate (D:2022"+secret+") >>"), scrub.Date},
		{"title elsewhere", pdfOf("/Info 10 0 R", "<< /Title 11 0 R >>", "("+secret+")"), scrub.Comment},
		{"own field", pdfOf("/Info 10 0 R", "<< /Machine <"+fmt.Sprintf("%x", secret)+"> /X ("+secret+") >>"), scrub.Other},
		{"xmp", pdfOf("", pdfStreamOf("/Type /Metadata /Subtype /XML", fmt.Appendf(nil, xmpPacket, `xmp:CreateDate="x"`))), scrub.Date},
		{"packed xmp", pdfOf("", pdfStreamOf("/Type /Metadata /Subtype /XML /Filter /FlateDecode", deflated(fmt.Appendf(nil, xmpPacket, `dc:creator="x"`)))), scrub.Author},
		{"photo", pdfOf("", pdfStreamOf("/Subtype /Image /Filter /DCTDecode", photo)), scrub.Position},
		{"photo packed twice", pdfOf("", pdfStreamOf("/Subtype /Image /Filter [/FlateDecode /DCTDecode]", deflated(photo))), scrub.Author},
		{"remark", pdfOf("", "<< /Type /Annot /Subtype /Text /Rect [0 0 1 1] /T ("+secret+") >>"), scrub.Author},
		{"page's date", pdfOf("", "<< /Type /Page /LastModified (D:2022"+secret+") >>"), scrub.Date},
		{"notes of a program", pdfOf("", "<< /PieceInfo << /Prog << /Private ("+secret+") >> >> >>"), scrub.History},
		{"comment", join("%PDF-1.5\n% ", secret, "\n", pdfOf("")[9:]), scrub.Comment},
		{"words before the document", join(secret, "\n", pdfOf("")), scrub.Other},
		{"ended twice", join(pdfOf("/Info 10 0 R", "<< /Author ("+secret+") >>"), "xref\n0 0\ntrailer\n<< /Root 1 0 R /Info 10 0 R >>\nstartxref\n0\n%%EOF\n"), scrub.Author},
		{"information in an object stream", pdfOf("/Info 20 0 R", pdfStreamOf(objStm+" /Filter /FlateDecode", deflated(packed))), scrub.Software},
		{"information in a plain object stream", pdfOf("/Info 20 0 R", pdfStreamOf(objStm, packed)), scrub.Author},
	}
}

func allVectors(t testing.TB) map[string][]vector {
	return map[string][]vector{
		"jpeg": jpegVectors(t), "png": pngVectors(t), "gif": gifVectors(t), "webp": webpVectors(t), "movie": movieVectors(t),
		"heif": heifVectors(t), "matroska": matroskaVectors(t), "pdf": pdfVectors(t),
	}
}
