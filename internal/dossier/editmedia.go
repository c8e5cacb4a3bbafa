package dossier

import (
	"bytes"
	"fmt"
	"slices"
	"strings"

	"go.yaml.in/yaml/v4"
)

// mediaLines writes one of an item's media as an entry of a list that is indented so far.
func mediaLines(m MediaFile, indent string) string {
	var b strings.Builder
	lead := "- "
	line := func(name, value string) {
		if value = OneLine(value, 0); value != "" {
			fmt.Fprintf(&b, "%s%s%s: %s\n", indent, lead, name, value)
			lead = "  "
		}
	}
	line("file", scalar(m.File))
	for _, f := range []struct{ name, value string }{{"title", m.Title}, {"role", m.Role}, {"lang", m.Lang}, {"sha256", m.SHA256}} {
		if f.value != "" && (f.name != "role" || f.value != mediaRoles[0]) {
			line(f.name, scalar(f.value))
		}
	}
	if m.Size > 0 {
		line("size", fmt.Sprint(m.Size))
	}
	if m.From != "" {
		line("from", scalar(m.From))
	}
	line("at", m.At)
	if m.With != "" {
		line("with", scalar(m.With))
	}
	return b.String()
}

// ListedMedia returns the media that an item's .yaml file lists, with what is written of them there; names are relative to the
// folder of the file. Of what is no list of media nothing is returned: [Load] says what is wrong with it.
func ListedMedia(item []byte) []MediaFile {
	root, err := mapping(item)
	if err != nil {
		return nil
	}
	_, media := field(root, "media")
	if media == nil || media.Kind != yaml.SequenceNode {
		return nil
	}
	var list []MediaFile
	for _, n := range media.Content {
		list = append(list, listedMedium(n))
	}
	return list
}

func listedMedium(n *yaml.Node) (m MediaFile) {
	for name, to := range map[string]*string{
		"file": &m.File, "title": &m.Title, "role": &m.Role, "lang": &m.Lang, "sha256": &m.SHA256, "from": &m.From, "at": &m.At, "with": &m.With,
	} {
		if _, value := field(n, name); value != nil && value.Kind == yaml.ScalarNode {
			*to = value.Value
		}
	}
	return m
}

// SetMedia returns an item's .yaml file without the media that drop names, and with those that are added behind the others.
// What an editor wrote of a file that is dropped and added anew under its name (title, language) stays. Every file is listed once: one that is
// there and not dropped is an error that wraps [ErrNoPlace].
func SetMedia(item []byte, drop func(MediaFile) bool, add ...MediaFile) ([]byte, error) {
	root, err := mapping(item)
	if err != nil {
		return nil, err
	}
	key, media := field(root, "media")
	if key == nil {
		return newMedia(item, root, add), nil
	}
	if media.Kind != yaml.SequenceNode || media.Style&yaml.FlowStyle != 0 || len(media.Content) == 0 {
		return nil, fmt.Errorf("%w: media in line %d; write one per line", ErrNoPlace, key.Line)
	}
	lines := bytes.SplitAfter(item, []byte("\n"))
	end := fieldEnd(lines, root, key)
	if len(lines[end-1]) == 0 { // behind the last line end
		end--
	}
	indent := strings.Repeat(" ", max(0, media.Column-1))
	var kept [][]byte
	for i, n := range media.Content {
		m := listedMedium(n)
		from, to := n.Line-1, end
		if i+1 < len(media.Content) {
			to = media.Content[i+1].Line - 1
		}
		at := slices.IndexFunc(add, func(a MediaFile) bool { return a.File == m.File })
		switch {
		case !drop(m) && at >= 0:
			return nil, fmt.Errorf("%w: the item has a file %s already", ErrNoPlace, m.File)
		case !drop(m):
			kept = append(kept, lines[from:to]...)
		case at >= 0:
			if m.Title != "" {
				add[at].Title = m.Title
			}
			if m.Lang != "" {
				add[at].Lang = m.Lang
			}
		}
	}
	if len(kept) > 0 {
		if last := kept[len(kept)-1]; !bytes.HasSuffix(last, []byte("\n")) {
			kept[len(kept)-1] = append(bytes.Clone(last), '\n')
		}
	}
	for _, m := range add {
		kept = append(kept, []byte(mediaLines(m, indent)))
	}
	head := lines[:media.Content[0].Line-1]
	if len(kept) == 0 {
		head = lines[:key.Line-1]
	}
	out := slices.Concat(bytes.Join(head, nil), bytes.Join(kept, nil), bytes.Join(lines[end:], nil))
	if got := len(ListedMedia(out)); got != len(media.Content)-dropped(media, drop)+len(add) {
		return nil, fmt.Errorf("%w: media in line %d; write one per line", ErrNoPlace, key.Line)
	}
	return out, nil
}

func dropped(media *yaml.Node, drop func(MediaFile) bool) (n int) {
	for _, m := range media.Content {
		if drop(listedMedium(m)) {
			n++
		}
	}
	return n
}

// newMedia lists media in an item that has none: before its capture, or at the end.
func newMedia(item []byte, root *yaml.Node, add []MediaFile) []byte {
	if len(add) == 0 {
		return item
	}
	lines := bytes.SplitAfter(item, []byte("\n"))
	at := len(lines)
	if key, _ := field(root, "capture"); key != nil {
		at = key.Line - 1
	}
	head := bytes.Join(lines[:at], nil)
	if len(head) > 0 && head[len(head)-1] != '\n' {
		head = append(head, '\n')
	}
	head = append(head, "media:\n"...)
	for _, m := range add {
		head = append(head, mediaLines(m, "  ")...)
	}
	return append(head, bytes.Join(lines[at:], nil)...)
}

// SetStatus returns an item's .yaml file with another status.
func SetStatus(item []byte, status Status) ([]byte, error) {
	root, err := mapping(item)
	if err != nil {
		return nil, err
	}
	lines := bytes.SplitAfter(item, []byte("\n"))
	if err := setStatus(lines, root, status); err != nil {
		return nil, err
	}
	return bytes.Join(lines, nil), nil
}
