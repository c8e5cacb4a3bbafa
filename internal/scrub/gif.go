package scrub

// A GIF is a header, a table of colours, and blocks that are pictures or extensions. Kept are the pictures, how long each
// is shown, how often all are, and the colour profile. (GIF89a, sections 12 to 27.)

type gifFile struct {
	s      *source
	f      *File
	blocks int
}

func scrubGIF(s *source, f *File, p *plan) error {
	head, err := s.read(0, 13)
	if err != nil {
		return err
	}
	g := &gifFile{s: s, f: f}
	at := 13 + colours(head[10])
	if at > s.size {
		return s.damaged(13, "the table of colours is not all there")
	}
	p.copy(0, at)
	control := int64(-1) // place of a graphic control extension, which belongs to the next picture or text
	for at < s.size {
		b, err := s.at(at, 1)
		if err != nil {
			return err
		}
		switch b[0] {
		case 0x3B:
			p.write(0x3B)
			return g.trailer(at + 1)
		case 0x2C:
			d, err := s.read(at, 10)
			if err != nil {
				return err
			}
			end, err := g.subBlocks(at + 11 + colours(d[9]))
			if err != nil {
				return err
			}
			if control >= 0 {
				p.copy(control, 8)
				control = -1
			}
			p.copy(at, end-at)
			at = end
		case 0x21:
			label, err := s.read(at+1, 1)
			if err != nil {
				return err
			}
			end, err := g.subBlocks(at + 2)
			if err != nil {
				return err
			}
			switch {
			case label[0] == 0xF9 && end-at == 8:
				control = at
			case label[0] == 0x01:
				control = -1
				fallthrough
			default:
				if err := g.extension(label[0], at, end, p); err != nil {
					return err
				}
			}
			at = end
		default:
			return s.damaged(at, "no block begins with %02X", b[0])
		}
	}
	p.write(0x3B) // it was cut off behind a whole block
	return nil
}

// colours gives the length in bytes of the table of colours that flags announce.
func colours(flags byte) int64 {
	if flags&0x80 == 0 {
		return 0
	}
	return 3 << (flags&7 + 1)
}

// subBlocks returns the place behind the sub-blocks that begin at at.
func (g *gifFile) subBlocks(at int64) (int64, error) {
	for {
		if g.blocks++; g.blocks > 64*maxChunks {
			return 0, g.s.damaged(at, "more than %d blocks", 64*maxChunks)
		}
		b, err := g.s.at(at, 1)
		if err != nil {
			return 0, err
		}
		n := int64(b[0])
		at += 1 + n
		if n == 0 {
			return at, nil
		}
	}
}

// extension decides on an extension from at up to end.
func (g *gifFile) extension(label byte, at, end int64, p *plan) error {
	b, err := g.s.read(at+2, int(min(end-at-2, maxText)))
	if err != nil {
		return err
	}
	if label == 0xFF && b[0] == 11 && len(b) >= 12 {
		switch name := string(b[1:12]); name {
		case "NETSCAPE2.0", "ANIMEXTS1.0":
			if len(b) < 17 || b[12] != 3 || b[13] != 1 {
				break
			}
			if len(b) > 17 {
				g.f.found(Other, "application "+name, "")
			}
			p.copy(at, 18) // how often all is shown
			p.write(0)
			return nil
		case "ICCRGBG1012":
			p.copy(at, end-at)
			return nil
		case "XMP DataXMP":
			g.f.xmp("XMP", b[12:])
			return nil
		default:
			g.f.found(Other, "application "+name, "")
			return nil
		}
	}
	var text []byte
	for i := 0; i < len(b) && b[i] != 0; i += 1 + int(b[i]) {
		text = append(text, b[i+1:min(len(b), i+1+int(b[i]))]...)
	}
	switch label {
	case 0xFE:
		g.f.found(Comment, "GIF comment", string(text[:min(len(text), 4*maxValue)]))
	case 0x01:
		g.f.found(Comment, "GIF text", string(text[min(len(text), 12):min(len(text), 4*maxValue)]))
	default:
		g.f.found(Other, "GIF extension", "")
	}
	return nil
}

func (g *gifFile) trailer(at int64) error {
	empty, err := g.s.only(at, g.s.size, 0)
	if err == nil && !empty {
		g.f.found(Other, "behind the picture", "")
	}
	return err
}
