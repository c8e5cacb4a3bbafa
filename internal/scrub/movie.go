package scrub

import (
	"encoding/binary"
	"slices"
)

// track is one track of a film.
type track struct {
	id       uint32
	handler  string // "vide", "soun", …
	dropped  bool
	size     uint32 // of a sample in a fragment that gives none
	offsets  box    // stco or co64
	sizes    box    // stsz or stz2
	perChunk box    // stsc
	packet   int64  // samples of sound in a frame of uncompressed or old sound
	frame    int64  // bytes of such a frame
}

// shown are the handlers of tracks that a player shows or plays. (14496-12, 12; QuickTime's text, captions and sprites.)
var shown = []string{"vide", "auxv", "pict", "soun", "subt", "sbtl", "text", "clcp"}

// movie goes through moov.
func (w *boxes) movie(b box) error {
	return w.each(b.body, b.end, b.path, func(b box) error {
		switch b.kind {
		case "mvhd":
			return w.times(b)
		case "trak":
			return w.trak(b)
		case "mvex":
			return w.each(b.body, b.end, b.path, w.extends)
		case "cmov", "rmra", "pssh":
			return w.s.refused("it has a box %q: compressed, protected, or kept in another file", b.kind)
		}
		return w.free(b)
	})
}

// times takes the times out of mvhd, tkhd or mdhd: seconds since 1904.
func (w *boxes) times(b box) error {
	version, c, err := w.full(b, 16)
	if err != nil {
		return err
	}
	n := 8
	if version == 1 {
		n = 16
	}
	if len(c) < n {
		return w.s.damaged(b.off, "box %q is too short", b.kind)
	}
	set, err := w.patches.zero(b.body+4, int64(n))
	if set {
		w.f.found(Date, b.path, "")
	}
	return err
}

// extends reads mvex: what the samples of fragments have in common.
func (w *boxes) extends(b box) error {
	switch b.kind {
	case "mehd":
		return nil
	case "trex":
		_, c, err := w.full(b, 20)
		if err != nil {
			return err
		}
		if len(c) < 20 {
			return w.s.damaged(b.off, "box trex is too short")
		}
		w.track(binary.BigEndian.Uint32(c)).size = binary.BigEndian.Uint32(c[12:])
		return nil
	}
	return w.free(b)
}

// maxTracks is far more than films have.
const maxTracks = 1000

func (w *boxes) track(id uint32) *track {
	t := w.tracks[id]
	if t == nil {
		t = &track{id: id}
		w.tracks[id] = t
	}
	return t
}

// trak looks at a track twice: first what it is, then what of it stays.
func (w *boxes) trak(b box) error {
	if len(w.tracks) >= maxTracks {
		return w.s.refused("it has more than %d tracks", maxTracks)
	}
	handler, id := "", uint32(0)
	if err := w.each(b.body, b.end, b.path, func(b box) error {
		switch b.kind {
		case "tkhd":
			version, c, err := w.full(b, 20)
			if err != nil {
				return err
			}
			at := 8
			if version == 1 {
				at = 16
			}
			if len(c) < at+4 {
				return w.s.damaged(b.off, "box tkhd is too short")
			}
			id = binary.BigEndian.Uint32(c[at:])
		case "mdia":
			return w.each(b.body, b.end, b.path, func(b box) error {
				if b.kind != "hdlr" {
					return nil
				}
				_, c, err := w.full(b, 8)
				if err == nil && len(c) >= 8 {
					handler = string(c[4:8])
				}
				return err
			})
		}
		return nil
	}); err != nil {
		return err
	}
	t := w.track(id)
	if t.handler != "" {
		return w.s.damaged(b.off, "two tracks have the number %d", id)
	}
	t.handler = handler
	if !slices.Contains(shown, handler) {
		t.dropped, w.dropped = true, true
		w.f.found(Track, b.path, handler)
		return w.empty(b)
	}
	if err := w.each(b.body, b.end, b.path, func(b box) error { return w.trackBox(t, b) }); err != nil {
		return err
	}
	return w.samples(t)
}

// kept boxes of a track, by where they are.
var trackKept = map[string][]string{
	"edts": {"elst"},
	"tapt": {"clef", "prof", "enof"}, // QuickTime's sizes of the picture
	"mdia": {"elng"},
	"minf": {"vmhd", "smhd", "hmhd", "sthd", "nmhd", "gmhd"},
	"stbl": {"stts", "ctts", "cslg", "stss", "stps", "stsh", "sdtp", "sbgp", "sgpd", "subs", "padb"},
}

// trackBox decides on a box within a track.
func (w *boxes) trackBox(t *track, b box) error {
	into := func(b box) error {
		return w.each(b.body, b.end, b.path, func(inner box) error {
			if slices.Contains(trackKept[b.kind], inner.kind) {
				return nil
			}
			return w.trackBox(t, inner)
		})
	}
	switch b.kind {
	case "tkhd", "mdhd":
		return w.times(b)
	case "edts", "mdia", "minf", "stbl", "tapt":
		return into(b)
	case "tref":
		return w.each(b.body, b.end, b.path, w.reference)
	case "hdlr":
		return w.handler(b)
	case "dinf":
		return w.dataInformation(b)
	case "stsd":
		return w.sampleEntries(t, b)
	case "stsc":
		t.perChunk = b
	case "stsz", "stz2":
		t.sizes = b
	case "stco", "co64":
		t.offsets = b
	case "senc", "saiz", "saio":
		return w.s.refused("it is protected against copying")
	default:
		return w.free(b)
	}
	return nil
}

// reference decides on one kind of references from a track to others. Those to tracks that are taken out must go.
func (w *boxes) reference(b box) error {
	switch b.kind {
	case "auxl", "font", "subt", "vdep", "vplx", "hint", "folw", "forc", "sync":
		return nil
	}
	return w.empty(b)
}

// handler takes out the name of a handler, which can be that of a device or a program.
func (w *boxes) handler(b box) error {
	_, c, err := w.full(b, 20+2*maxValue)
	if err != nil {
		return err
	}
	if len(c) < 8 {
		return w.s.damaged(b.off, "box hdlr is too short")
	}
	set, err := w.patches.zero(b.body+12, b.end-b.body-12)
	if set {
		w.f.found(Software, b.path, string(c[min(len(c), 20):]))
	}
	return err
}

// dataInformation goes through dinf, of a track or of the items of a picture.
func (w *boxes) dataInformation(b box) error {
	return w.each(b.body, b.end, b.path, func(b box) error {
		if b.kind == "dref" {
			return w.dataReferences(b)
		}
		return w.free(b)
	})
}

// dataReferences makes sure that the media are in this file, and takes out the names of files.
func (w *boxes) dataReferences(b box) error {
	if b.end-b.body < 8 {
		return w.s.damaged(b.off, "box dref is too short")
	}
	return w.each(b.body+8, b.end, b.path, func(b box) error {
		c, err := w.content(b, 4)
		if err != nil {
			return err
		}
		if len(c) < 4 || c[3]&1 == 0 {
			return w.s.refused("its pictures or sound are in another file")
		}
		set, err := w.patches.zero(b.body+4, b.end-b.body-4)
		if set {
			w.f.found(History, b.path, "") // an alias of the Mac names disk, folder and file
		}
		return err
	})
}

// sampleBoxes are the boxes that tell a decoder what it needs, within the description of samples.
var sampleBoxes = []string{
	"avcC", "hvcC", "lhvC", "av1C", "vpcC", "vvcC", "jpgC", "d263", "glbl", "mvcC", "avcE", "hvcE", "dvcC", "dvvC", "dvwC", "jp2h", "ACLR", "ARES", "AORD", "strf", "mjqt", "mjht",
	"esds", "dac3", "dec3", "dac4", "dOps", "dfLa", "alac", "wave", "damr", "dmlp", "ddts", "mhaC", "pcmC", "samr", "sawb", "srat", "chan", "chnl", "SA3D", "dapa", "frma", "enda",
	"pasp", "clap", "colr", "fiel", "gama", "mdcv", "clli", "cclv", "amve", "SmDm", "CoLL", "st3d", "sv3d", "btrt", "vexu", "hfov", "auxi", "ccst",
	"ftab", "vttC", "vlab", "mime", "stxt",
}

// sampleEntries goes through stsd.
func (w *boxes) sampleEntries(t *track, b box) error {
	newer, c, err := w.full(b, 4)
	if err != nil {
		return err
	}
	if len(c) < 4 {
		return w.s.damaged(b.off, "box stsd is too short")
	}
	return w.each(b.body+8, b.end, b.path, func(b box) error {
		switch b.kind {
		case "encv", "enca", "enct", "encs", "drmi", "drms":
			return w.s.refused("it is protected against copying")
		}
		var at int64 // of the boxes in it
		var err error
		switch t.handler {
		case "vide", "auxv", "pict":
			at, err = w.videoEntry(b)
		case "soun":
			at, err = w.soundEntry(t, b, newer)
		default:
			return nil // text: fonts, colours, places on the screen
		}
		if err != nil {
			return err
		}
		return w.each(at, b.end, b.path, w.keep(sampleBoxes...))
	})
}

// videoEntry takes out the names of vendor and compressor. (14496-12, 12.1.3; QuickTime has the vendor.)
func (w *boxes) videoEntry(b box) (int64, error) {
	if b.end-b.body < 78 {
		return 0, w.s.damaged(b.off, "a description of samples is too short")
	}
	name, err := w.s.read(b.body+42, 32)
	if err != nil {
		return 0, err
	}
	vendor, err := w.patches.zero(b.body+12, 4)
	if err != nil {
		return 0, err
	}
	named, err := w.patches.zero(b.body+42, 32)
	if vendor || named {
		w.f.found(Software, b.path, string(name[1:]))
	}
	return b.body + 78, err
}

// soundEntry takes out the vendor, and remembers how many bytes a sample may have where the table of sizes says 1.
// (14496-12, 12.2.3; QuickTime File Format, "Sound sample descriptions".)
func (w *boxes) soundEntry(t *track, b box, newer byte) (int64, error) {
	c, err := w.content(b, 44)
	if err != nil {
		return 0, err
	}
	if len(c) < 28 {
		return 0, w.s.damaged(b.off, "a description of samples is too short")
	}
	vendor, err := w.patches.zero(b.body+12, 4)
	if err != nil {
		return 0, err
	}
	if vendor {
		w.f.found(Software, b.path, string(c[12:16]))
	}
	at := b.body + 28
	t.frame, t.packet = int64(binary.BigEndian.Uint16(c[16:]))*int64(binary.BigEndian.Uint16(c[18:]))/8, 1
	switch version := binary.BigEndian.Uint16(c[8:]); {
	case version == 1 && newer == 0:
		at += 16
		if len(c) >= 44 {
			t.packet, t.frame = int64(binary.BigEndian.Uint32(c[28:])), int64(binary.BigEndian.Uint32(c[36:]))
		}
	case version == 2:
		at += 36
		t.frame = 0 // it gives the sizes of samples as they are
	}
	if at > b.end {
		return 0, w.s.damaged(b.off, "a description of samples is too short")
	}
	return at, nil
}
