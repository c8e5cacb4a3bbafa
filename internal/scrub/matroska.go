package scrub

import (
	"encoding/binary"
	"math/bits"
	"slices"
	"strings"
)

// Matroska and WebM are EBML: elements with an id, a length and data, which may be elements. Places of clusters are
// written down in the file, so nothing may move: what goes becomes an element Void of the same length, full of zeros.
// (RFC 8794; RFC 9559.)

// Ids of EBML and Matroska.
const (
	idEBML, idSegment, idVoid, idCRC = 0x1A45DFA3, 0x18538067, 0xEC, 0xBF

	idSeekHead, idInfo, idTracks, idCluster, idCues = 0x114D9B74, 0x1549A966, 0x1654AE6B, 0x1F43B675, 0x1C53BB6B
	idTags, idAttachments, idChapters               = 0x1254C367, 0x1941A469, 0x1043A770

	idSeek, idSeekID                      = 0x4DBB, 0x53AB
	idMuxingApp, idWritingApp             = 0x4D80, 0x5741
	idDate, idTitle, idSegmentUUID        = 0x4461, 0x7BA9, 0x73A4
	idTrack, idTrackNumber, idTrackType   = 0xAE, 0xD7, 0x83
	idTrackName, idCodecID, idCodecName   = 0x536E, 0x86, 0x258688
	idCodecPrivate, idCodecSettings       = 0x63A2, 0x3A9697
	idEncodings, idEncryption             = 0x6D80, 0x5035
	idSimpleBlock, idBlockGroup, idBlock  = 0xA3, 0xA0, 0xA1
	idEncryptedBlock                      = 0xAF
	idTagName, idTagString, idTagSimple   = 0x45A3, 0x4487, 0x67C8
	idTag, idFileName, idAttached, idFile = 0x7373, 0x466E, 0x61A7, 0x465C
)

var (
	infoKept = []uint32{0x2AD7B1, 0x4489} // scale of time, duration
	// number, UID, type, flags, caches, durations, scale, additions, language, codec, delays, video, audio, encodings, operation
	trackKeptIDs = []uint32{
		idTrackNumber, 0x73C5, idTrackType, 0xB9, 0x88, 0x55AA, 0x55AB, 0x55AC, 0x55AD, 0x55AE, 0x55AF, 0x9C, 0x6DE7, 0x6DF8, 0x23E383,
		0x234E7A, 0x23314F, 0x55EE, 0x41E4, 0x22B59C, 0x22B59D, idCodecID, 0xAA, 0x56AA, 0x56BB, 0xE0, 0xE1, 0xE2,
	}
	clusterKept = []uint32{0xE7, 0x5854, 0xA7, 0xAB}                              // time, silent tracks, position, size of the last
	blockKept   = []uint32{idBlock, 0x9B, 0xFB, 0xFA, 0x75A2, 0xA4, 0x75A1, 0x8E} // duration, references, padding, additions
)

// element is one element of a file.
type element struct {
	id             uint32
	off, body, end int64
	open           bool // its length is not known: it ends where one begins that cannot be in it
}

type matroska struct {
	s       *source
	f       *File
	patches patches
	count   int
	dropped map[uint64]bool // numbers of tracks that are taken out
	tracks  bool            // have been seen
}

func scrubMatroska(s *source, f *File, p *plan) error {
	m := &matroska{s: s, f: f, patches: patches{s: s}, dropped: map[uint64]bool{}}
	at := int64(0)
	for at < s.size {
		e, err := m.element(at, s.size)
		switch {
		case err == nil && e.id == idEBML && !e.open:
		case err == nil && e.id == idSegment:
			if err := m.segment(&e); err != nil {
				return err
			}
		case err == nil && e.id == idVoid && !e.open:
			if err := m.space(e); err != nil {
				return err
			}
		case !m.tracks:
			return s.damaged(at, "no segment of Matroska begins here")
		default:
			e.end = s.size
			set, err := m.patches.zero(at, s.size-at)
			if err != nil {
				return err
			}
			if set {
				f.found(Other, "behind the film", "")
			}
		}
		at = e.end
	}
	if !m.tracks {
		return s.damaged(s.size, "there are no tracks")
	}
	return m.patches.apply(p)
}

// element reads the head of the element at off, which must end before end.
func (m *matroska) element(off, end int64) (element, error) {
	h, err := m.s.at(off, int(min(12, m.s.size-off)))
	if err != nil {
		return element{}, err
	}
	e := element{off: off}
	n := bits.LeadingZeros8(h[0]) + 1
	if n > 4 || len(h) < n+1 {
		return e, m.s.damaged(off, "no element begins here")
	}
	for _, b := range h[:n] {
		e.id = e.id<<8 | uint32(b)
	}
	h = h[n:]
	width := bits.LeadingZeros8(h[0]) + 1
	if width > 8 || len(h) < width {
		return e, m.s.damaged(off, "element %X has no length", e.id)
	}
	size := uint64(h[0]) & (1<<(8-width) - 1)
	for _, b := range h[1:width] {
		size = size<<8 | uint64(b)
	}
	e.body = off + int64(n+width)
	e.open = size == 1<<(7*width)-1
	if e.open {
		e.end = end
		return e, nil
	}
	if e.body > end || size > uint64(end-e.body) {
		return e, m.s.damaged(off, "element %X claims %d bytes", e.id, size)
	}
	e.end = e.body + int64(size)
	return e, nil
}

// each calls do for the elements from off up to end.
func (m *matroska) each(off, end int64, do func(*element) error) error {
	for off < end {
		e, err := m.element(off, end)
		if err != nil {
			return err
		}
		if m.count++; m.count > 4*maxBoxes {
			return m.s.damaged(off, "more than %d elements", 4*maxBoxes)
		}
		if e.open && e.id != idCluster {
			return m.s.damaged(off, "element %X has no length", e.id)
		}
		switch e.id {
		case idVoid:
			err = m.space(e)
		case idCRC: // would be wrong now
			err = m.void(e)
		default:
			err = do(&e)
		}
		if err != nil {
			return err
		}
		off = e.end
	}
	return nil
}

// void turns an element into an empty one of the same length.
func (m *matroska) void(e element) error {
	n := e.end - e.off
	head := []byte{idVoid, 0x80 | byte(n-2)}
	if n-2 >= 127 {
		head = append([]byte{idVoid, 0x01}, binary.BigEndian.AppendUint64(nil, uint64(n-9))[1:]...)
	}
	if err := m.patches.over(e.off, head...); err != nil {
		return err
	}
	_, err := m.patches.zero(e.off+int64(len(head)), n-int64(len(head)))
	return err
}

// take is void with a report.
func (m *matroska) take(e element, k Kind, where string) error {
	b, err := m.s.upTo(e.body, int(min(e.end-e.body, 4*maxValue)))
	if err != nil {
		return err
	}
	value := ""
	if k == Comment || k == Software {
		value = string(b)
	}
	m.f.found(k, where, value)
	return m.void(e)
}

// space empties an element Void.
func (m *matroska) space(e element) error {
	set, err := m.patches.zero(e.body, e.end-e.body)
	if set {
		m.f.found(Other, "Void", "")
	}
	return err
}

// only returns what keeps the elements with the ids and takes all others.
func (m *matroska) only(where string, ids []uint32) func(*element) error {
	return func(e *element) error {
		if slices.Contains(ids, e.id) {
			return nil
		}
		return m.take(*e, Other, where)
	}
}

// segment goes through a film. If its length is not known it ends with the file.
func (m *matroska) segment(segment *element) error {
	return m.each(segment.body, segment.end, func(e *element) error {
		switch e.id {
		case idSeekHead:
			return m.each(e.body, e.end, m.seek)
		case idInfo:
			return m.each(e.body, e.end, m.info)
		case idTracks:
			m.tracks = true
			return m.each(e.body, e.end, m.track)
		case idCluster:
			if !m.tracks {
				return m.s.refused("its pictures come before its tracks")
			}
			return m.cluster(e)
		case idCues:
			return nil
		case idTags:
			m.tags(*e, 0)
		case idAttachments:
			m.tags(*e, 0)
			m.f.found(Other, "attachments", "")
		case idChapters:
			m.f.found(Comment, "chapters", "")
		default:
			m.f.found(Other, "segment", "")
		}
		return m.void(*e)
	})
}

// seek takes out the place of an element that is taken out.
func (m *matroska) seek(seek *element) error {
	var target uint32
	if seek.id == idSeek {
		if err := m.each(seek.body, seek.end, func(e *element) error {
			if e.id == idSeekID && e.end-e.body <= 4 {
				b, err := m.s.at(e.body, int(e.end-e.body))
				if err != nil {
					return err
				}
				for _, c := range b {
					target = target<<8 | uint32(c)
				}
			}
			return nil
		}); err != nil {
			return err
		}
	}
	switch target {
	case idSeekHead, idInfo, idTracks, idCluster, idCues:
		return nil
	}
	// What each has emptied in it lies within: the whole is emptied instead.
	m.patches.list = slices.DeleteFunc(m.patches.list, func(p part) bool { return p.off >= seek.off && p.off < seek.end })
	return m.void(*seek)
}

func (m *matroska) info(e *element) error {
	switch e.id {
	case idMuxingApp, idWritingApp: // must be there, and may be empty: zeros end a text (RFC 8794, 7.4)
		b, err := m.s.upTo(e.body, int(min(e.end-e.body, 4*maxValue)))
		if err != nil {
			return err
		}
		set, err := m.patches.zero(e.body, e.end-e.body)
		if set {
			m.f.found(Software, "Info", string(b))
		}
		return err
	case idDate:
		return m.take(*e, Date, "Info")
	case idTitle:
		return m.take(*e, Comment, "Info Title")
	case idSegmentUUID:
		return m.take(*e, History, "Info SegmentUUID")
	}
	return m.only("Info", infoKept)(e)
}

// track looks at a track twice: first what it is, then what of it stays.
func (m *matroska) track(track *element) error {
	if track.id != idTrack {
		return m.take(*track, Other, "Tracks")
	}
	var number, kind uint64
	codec := ""
	end := len(m.patches.list)
	if err := m.each(track.body, track.end, func(e *element) error {
		n := int(min(e.end-e.body, 64))
		b, err := m.s.at(e.body, n)
		if err != nil {
			return err
		}
		switch e.id {
		case idTrackNumber:
			number = uintOf(b)
		case idTrackType:
			kind = uintOf(b)
		case idCodecID:
			codec = strings.TrimRight(string(b), "\x00")
		}
		return nil
	}); err != nil {
		return err
	}
	m.patches.list = m.patches.list[:end]
	if (kind != 1 && kind != 2 && kind != 17) || strings.HasPrefix(codec, "D_") && codec != "D_WEBVTT/SUBTITLES" && codec != "D_WEBVTT/CAPTIONS" {
		m.dropped[number] = true
		m.f.found(Track, "Tracks", codec)
		return m.void(*track)
	}
	return m.each(track.body, track.end, func(e *element) error {
		switch e.id {
		case idTrackName:
			return m.take(*e, Comment, "track name")
		case idCodecName, idCodecSettings:
			return m.take(*e, Software, "track codec")
		case idCodecPrivate:
			return m.codecPrivate(codec, *e)
		case idEncodings:
			return m.encodings(*e, 0)
		}
		return m.only("track", trackKeptIDs)(e)
	})
}

// encodings makes sure that a track is not encrypted.
func (m *matroska) encodings(e element, depth int) error {
	if e.id == idEncryption {
		return m.s.refused("it is protected against copying")
	}
	if e.id != idEncodings && e.id != 0x6240 || depth > 2 {
		return nil
	}
	return m.each(e.body, e.end, func(e *element) error { return m.encodings(*e, depth+1) })
}

// codecPrivate takes remarks out of what a decoder is told at the beginning.
func (m *matroska) codecPrivate(codec string, e element) error {
	n := e.end - e.body
	if n > maxText || codec != "A_VORBIS" && codec != "A_FLAC" {
		return nil
	}
	b, err := m.s.read(e.body, int(n))
	if err != nil {
		return err
	}
	var clean []byte
	if codec == "A_FLAC" {
		clean = emptyFLAC(b)
	} else {
		clean = emptyVorbis(b)
	}
	if clean == nil {
		return m.s.damaged(e.body, "the beginning of the sound is wrong")
	}
	if string(clean) == string(b) {
		return nil
	}
	m.f.found(Software, "sound", "")
	return m.patches.over(e.body, clean...)
}

// cluster goes through a piece of the film.
func (m *matroska) cluster(cluster *element) error {
	for off := cluster.body; off < cluster.end; {
		e, err := m.element(off, cluster.end)
		if err != nil {
			return err
		}
		if cluster.open && e.id > 0xFFFFFF { // ids of four bytes are those of the parts of a film
			cluster.end = off
			return nil
		}
		if err := m.each(e.off, e.end, m.block); err != nil {
			return err
		}
		off = e.end
	}
	return nil
}

func (m *matroska) block(e *element) error {
	switch e.id {
	case idEncryptedBlock:
		return m.s.refused("it is protected against copying")
	case idSimpleBlock:
		drop, err := m.ofDropped(*e)
		if drop && err == nil {
			err = m.void(*e)
		}
		return err
	case idBlockGroup:
		return m.blockGroup(*e)
	}
	return m.only("cluster", clusterKept)(e)
}

func (m *matroska) blockGroup(group element) error {
	drop, begin := false, len(m.patches.list)
	if err := m.each(group.body, group.end, func(e *element) (err error) {
		if e.id == idBlock {
			drop, err = m.ofDropped(*e)
			return err
		}
		return m.only("cluster", blockKept)(e)
	}); err != nil || !drop {
		return err
	}
	m.patches.list = m.patches.list[:begin]
	return m.void(group)
}

// ofDropped reports whether a block belongs to a track that is taken out; its number comes first.
func (m *matroska) ofDropped(e element) (bool, error) {
	if len(m.dropped) == 0 {
		return false, nil
	}
	b, err := m.s.at(e.body, int(min(8, e.end-e.body)))
	if err != nil {
		return false, err
	}
	if len(b) == 0 {
		return false, m.s.damaged(e.off, "an empty block")
	}
	width := bits.LeadingZeros8(b[0]) + 1
	if width > len(b) {
		return false, m.s.damaged(e.off, "a block of no track")
	}
	n := uint64(b[0]) & (1<<(8-width) - 1)
	for _, c := range b[1:width] {
		n = n<<8 | uint64(c)
	}
	return m.dropped[n], nil
}

func uintOf(b []byte) (n uint64) {
	for _, c := range b {
		n = n<<8 | uint64(c)
	}
	return n
}

// tags reports what tags and attachments tell, as far as they are sound.
func (m *matroska) tags(e element, depth int) {
	name := ""
	for off, n := e.body, 0; off < e.end && n < 1000 && depth < 6; n++ {
		inner, err := m.element(off, e.end)
		if err != nil || inner.open {
			return
		}
		off = inner.end
		b, err := m.s.upTo(inner.body, int(min(inner.end-inner.body, 4*maxValue)))
		if err != nil {
			return
		}
		switch inner.id {
		case idTag, idTagSimple, idAttached:
			m.tags(inner, depth+1)
		case idTagName:
			name = string(b)
		case idTagString:
			m.f.found(keyKind(name), "tag "+name, string(b))
		case idFileName:
			m.f.found(Comment, "attachment", string(b))
		}
	}
}
