package dossier

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"

	"go.yaml.in/yaml/v4"
)

// The editor's files are changed by programs as little as can be: a line here, a value there. Comments, order and
// the width of lines stay, because the bytes round the change are not touched.

// ErrNoPlace means that a file has no place for what is to be written; the message says what is missing.
var ErrNoPlace = errors.New("there is no place for it")

// AddItem returns the manifest, dossier.yaml, with file as the last of a section's items.
func AddItem(manifest []byte, section, file string) ([]byte, error) {
	root, err := mapping(manifest)
	if err != nil {
		return nil, err
	}
	_, sections := field(root, "sections")
	if sections == nil || sections.Kind != yaml.SequenceNode {
		return nil, fmt.Errorf("%w: the manifest has no sections", ErrNoPlace)
	}
	var ids []string
	for _, s := range sections.Content {
		_, id := field(s, "id")
		if id == nil {
			continue
		}
		if ids = append(ids, id.Value); id.Value != section {
			continue
		}
		key, items := field(s, "items")
		if key == nil {
			return nil, fmt.Errorf("%w: section %s has no items; write a line items: into it", ErrNoPlace, section)
		}
		out, err := insertItem(manifest, key, items, scalar(file))
		if err == nil && !lists(out, section, file, len(items.Content)+1) {
			err = fmt.Errorf("%w: the items of section %s in line %d; write them one per line", ErrNoPlace, section, items.Line)
		}
		return out, err
	}
	return nil, fmt.Errorf("%w: there is no section %s; there are %s", ErrNoPlace, section, strings.Join(ids, ", "))
}

// lists reports whether a section of the manifest has so many items, and file is the last.
func lists(manifest []byte, section, file string, count int) bool {
	root, err := mapping(manifest)
	if err != nil {
		return false
	}
	_, sections := field(root, "sections")
	for _, s := range sections.Content {
		if _, id := field(s, "id"); id != nil && id.Value == section {
			_, items := field(s, "items")
			return len(items.Content) == count && items.Content[count-1].Value == file
		}
	}
	return false
}

// insertItem puts a value behind the last one of a list.
func insertItem(src []byte, key, items *yaml.Node, value string) ([]byte, error) {
	lines := bytes.SplitAfter(src, []byte("\n"))
	switch {
	case items.Kind == yaml.ScalarNode && items.Value == "" || items.Kind == yaml.ScalarNode && items.Tag == "!!null":
		indent := strings.Repeat(" ", key.Column+1)
		return insertLine(lines, key.Line, indent+"- "+value), nil
	case items.Kind != yaml.SequenceNode:
		return nil, fmt.Errorf("%w: items in line %d is no list", ErrNoPlace, items.Line)
	case items.Style&yaml.FlowStyle != 0:
		from := offset(lines, items.Line, items.Column)
		end := closingBracket(src, from)
		if end < 0 {
			return nil, fmt.Errorf("%w: the list in line %d has no end", ErrNoPlace, items.Line)
		}
		if len(items.Content) > 0 {
			value = ", " + value
		}
		at := len(bytes.TrimRight(src[:end], " \t\n"))
		return slices.Concat(src[:at], []byte(value), src[at:]), nil
	}
	last := items.Content[len(items.Content)-1]
	if last.Kind != yaml.ScalarNode {
		return nil, fmt.Errorf("%w: the last of the items, in line %d, is no file name", ErrNoPlace, last.Line)
	}
	line := lines[last.Line-1]
	dash := bytes.LastIndexByte(line[:min(len(line), last.Column-1)], '-')
	if dash < 0 {
		return nil, fmt.Errorf("%w: line %d does not begin with a dash", ErrNoPlace, last.Line)
	}
	return insertLine(lines, last.Line, string(line[:dash])+"- "+value), nil
}

// closingBracket returns where the list that begins at from ends; -1 if it does not. Texts in quotes and comments may hold brackets.
func closingBracket(src []byte, from int) int {
	depth := 0
	for i := from; i < len(src); i++ {
		switch c := src[i]; c {
		case '[':
			depth++
		case ']':
			if depth--; depth == 0 {
				return i
			}
		case '"', '\'':
			for i++; i < len(src) && src[i] != c; i++ {
				if c == '"' && src[i] == '\\' {
					i++
				}
			}
		case '#':
			if i > 0 && (src[i-1] == ' ' || src[i-1] == '\n') {
				for i < len(src) && src[i] != '\n' {
					i++
				}
			}
		}
	}
	return -1
}

// insertLine puts a line behind the line numbered after.
func insertLine(lines [][]byte, after int, line string) []byte {
	before := slices.Clone(lines[:after])
	if last := before[after-1]; !bytes.HasSuffix(last, []byte("\n")) {
		before[after-1] = append(bytes.Clone(last), '\n')
	}
	return slices.Concat(bytes.Join(before, nil), []byte(line+"\n"), bytes.Join(lines[after:], nil))
}

// offset is where a line and column, in characters, lie in the file.
func offset(lines [][]byte, line, column int) int {
	n := 0
	for _, l := range lines[:line-1] {
		n += len(l)
	}
	rest := string(lines[line-1])
	for i := range rest {
		if column--; column == 0 {
			return n + i
		}
	}
	return n + len(rest)
}

// mapping parses a file of fields.
func mapping(src []byte) (*yaml.Node, error) {
	var doc yaml.Node
	if err := yaml.Load(src, &doc); err != nil {
		return nil, err
	}
	if doc.Kind != yaml.DocumentNode || len(doc.Content) != 1 || doc.Content[0].Kind != yaml.MappingNode {
		return nil, fmt.Errorf("%w: this is no list of fields", ErrNoPlace)
	}
	return doc.Content[0], nil
}

// field finds a field of a mapping; nil if it is not there.
func field(n *yaml.Node, name string) (key, value *yaml.Node) {
	if n.Kind != yaml.MappingNode {
		return nil, nil
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		if n.Content[i].Value == name {
			return n.Content[i], n.Content[i+1]
		}
	}
	return nil, nil
}

// scalar writes a text so that it is read as that text: plain if that can be, and else in double quotes.
func scalar(s string) string {
	plain := s != "" && strings.Trim(s, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_./") == "" &&
		strings.ContainsAny(s, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ") && s[0] != '-' && s[0] != '.' &&
		!slices.Contains([]string{"y", "n", "yes", "no", "on", "off", "true", "false", "null"}, strings.ToLower(s))
	if plain && !strings.ContainsAny(s[:1], "0123456789") {
		return s
	}
	var b strings.Builder
	b.WriteByte('"')
	for _, c := range s {
		switch {
		case c == '"' || c == '\\':
			b.WriteByte('\\')
			b.WriteRune(c)
		case c == '\n':
			b.WriteString(`\n`)
		case c == '\t':
			b.WriteString(`\t`)
		case c < ' ' || c == 0x7f || c >= 0x80 && c < 0xa0 || c == 0x2028 || c == 0x2029 || c == 0xfeff:
			fmt.Fprintf(&b, `\u%04x`, c)
		default:
			b.WriteRune(c)
		}
	}
	b.WriteByte('"')
	return b.String()
}

// SetCapture returns an item's .yaml file with the capture in it, in the place of an older one, and with status:
// captured. Names of files in c are relative to the folder of the item's file; Source, Packed and the sizes of files do not count:
// whether readers get the evidence is the editor's word, in a line of its own.
func SetCapture(item []byte, c *Capture) ([]byte, error) {
	return replaceCapture(item, StatusCaptured, captureLines(c))
}

// DropCapture returns an item's .yaml file without its capture, and with status: linked; or full, if it has media.
func DropCapture(item []byte) ([]byte, error) {
	root, err := mapping(item)
	if err != nil {
		return nil, err
	}
	if _, media := field(root, "media"); media != nil {
		return replaceCapture(item, StatusFull, nil)
	}
	return replaceCapture(item, StatusLinked, nil)
}

// CaptureNames returns the names that the capture in an item's .yaml file gives its text, snapshot, screenshot, video and evidence.
func CaptureNames(item []byte) []string {
	root, err := mapping(item)
	if err != nil {
		return nil
	}
	_, capture := field(root, "capture")
	if capture == nil {
		return nil
	}
	var names []string
	for _, name := range []string{"text", "snapshot", "screenshot", "video", "evidence"} {
		if _, value := field(capture, name); value != nil && value.Kind == yaml.ScalarNode {
			names = append(names, value.Value)
		}
	}
	return names
}

// CapturedVideo returns the name and, if it is written down, the SHA-256 of what yt-dlp said of a film when the item was captured; empty if there is none.
func CapturedVideo(item []byte) (name, sum string) {
	root, err := mapping(item)
	if err != nil {
		return "", ""
	}
	if _, capture := field(root, "capture"); capture != nil {
		if _, value := field(capture, "video"); value != nil && value.Kind == yaml.ScalarNode {
			name = value.Value
		}
		if _, digests := field(capture, "digests"); digests != nil {
			if _, value := field(digests, "video"); value != nil && value.Kind == yaml.ScalarNode {
				sum = value.Value
			}
		}
	}
	return name, sum
}

func replaceCapture(item []byte, status Status, capture []byte) ([]byte, error) {
	root, err := mapping(item)
	if err != nil {
		return nil, err
	}
	if root.Style&yaml.FlowStyle != 0 {
		return nil, fmt.Errorf("%w: the fields stand in braces; write one per line", ErrNoPlace)
	}
	lines := bytes.SplitAfter(item, []byte("\n"))
	from, to := len(lines), len(lines)
	if key, _ := field(root, "capture"); key != nil {
		from, to = key.Line-1, fieldEnd(lines, root, key)
	}
	if err := setStatus(lines, root, status); err != nil {
		return nil, err
	}
	head := bytes.Join(lines[:from], nil)
	if len(head) > 0 && head[len(head)-1] != '\n' {
		head = append(head, '\n')
	}
	return slices.Concat(head, capture, bytes.Join(lines[to:], nil)), nil
}

// fieldEnd is the line, from 0, behind the last one of a field. A comment above the next field belongs to that.
func fieldEnd(lines [][]byte, root, key *yaml.Node) int {
	end := len(lines)
	for i := 0; i+1 < len(root.Content); i += 2 {
		if next := root.Content[i]; next.Line > key.Line {
			end = min(end, next.Line-1)
		}
	}
	for end < len(lines) && end > key.Line && (len(bytes.TrimSpace(lines[end-1])) == 0 || lines[end-1][0] == '#') {
		end--
	}
	return end
}

// setStatus writes another status into the lines of an item's file.
func setStatus(lines [][]byte, root *yaml.Node, status Status) error {
	key, value := field(root, "status")
	if key == nil || value.Kind != yaml.ScalarNode || value.Line != key.Line {
		return fmt.Errorf("%w: the line status is missing", ErrNoPlace)
	}
	line := string(lines[value.Line-1])
	at := offset([][]byte{[]byte(line)}, 1, value.Column)
	end := at + strings.IndexAny(line[at:]+"\n", " \t\r\n#")
	lines[value.Line-1] = []byte(line[:at] + string(status) + line[end:])
	return nil
}

// captureLines writes the fields of a capture.
func captureLines(c *Capture) []byte {
	var b bytes.Buffer
	b.WriteString("capture:\n")
	line := func(indent int, name, value string) {
		if value != "" {
			fmt.Fprintf(&b, "%*s%s: %s\n", indent, "", name, scalar(value))
		}
	}
	list := func(name string, values []string) {
		if len(values) > 0 {
			fmt.Fprintf(&b, "  %s:\n", name)
		}
		for _, v := range values {
			fmt.Fprintf(&b, "    - %s\n", scalar(v))
		}
	}
	line(2, "final_url", c.FinalURL)
	list("redirects", c.Redirects)
	fmt.Fprintf(&b, "  captured_at: %s\n", c.CapturedAt)
	line(2, "by", c.By)
	line(2, "method", c.Method)
	line(2, "tool", c.Tool)
	if m := c.Imported; m != nil {
		b.WriteString("  imported:\n")
		line(4, "from", m.From)
		if m.At != "" {
			fmt.Fprintf(&b, "    at: %s\n", m.At)
		}
		line(4, "with", m.With)
		if len(m.Findings) > 0 {
			b.WriteString("    findings:\n")
		}
		for _, f := range m.Findings {
			fmt.Fprintf(&b, "      - %s\n", scalar(f))
		}
	}
	line(2, "robots", c.Robots)
	line(2, "cookies", c.Cookies)
	if c.HTTPStatus != 0 {
		fmt.Fprintf(&b, "  http_status: %d\n", c.HTTPStatus)
	}
	line(2, "content_type", c.ContentType)
	line(2, "server_ip", c.ServerIP)
	line(2, "tls_sha256", c.TLSSHA256)
	line(2, "record_id", c.RecordID)
	if len(c.Digests) > 0 {
		b.WriteString("  digests:\n")
	}
	for _, name := range digestNames {
		line(4, name, c.Digests[name])
	}
	line(2, "text", c.Text)
	if c.Snapshot != nil {
		line(2, "snapshot", c.Snapshot.Name)
	}
	if len(c.Files) > 0 {
		folder, _, _ := strings.Cut(c.Files[0].Name, "/")
		line(2, "files", folder)
	}
	if c.Screenshot != nil {
		line(2, "screenshot", c.Screenshot.Name)
	}
	if c.Video != nil {
		line(2, "video", c.Video.Name)
	}
	if c.Evidence != nil {
		line(2, "evidence", c.Evidence.Name)
	}
	if c.Fetched != 0 {
		fmt.Fprintf(&b, "  fetched: %d\n", c.Fetched)
	}
	if len(c.Missing) > 0 {
		b.WriteString("  missing:\n")
	}
	for _, m := range c.Missing {
		fmt.Fprintf(&b, "    - url: %s\n", scalar(m.URL))
		line(6, "reason", m.Reason)
	}
	list("stripped", c.Stripped)
	line(2, "archived_at", c.ArchivedAt)
	return b.Bytes()
}
