package main

import (
	"fmt"
	"path/filepath"
	"strings"
	"unicode/utf8"
)

// How an entry's path becomes the name of a file.
//
// A file must have the same name on every platform, the name must tell the path (so that nothing is lost and no two
// paths meet), and it must be harmless. So each part of the path between slashes is kept, except that these bytes are
// written as % and two hexadecimal digits, as in a URL:
//
//   - what Windows forbids: < > : " | ? * \ and the control characters 0 to 31; also 127, and % itself
//     (Microsoft, "Naming Files, Paths, and Namespaces");
//   - a dot or a space at the end of a part, which Windows drops; with it the parts "." and "..";
//   - the first letter of a device name: CON, PRN, AUX, NUL, COM1, LPT1 …, with or without an extension;
//   - bytes that are not UTF-8, which macOS refuses.
//
// An empty part ("a//b") becomes %00, for a path cannot contain a zero. A folder whose name a file has already taken
// ("AC" and "AC/DC" are both entries) gets a lone % at its end; see extraction.folder. A file whose name another one has
// on a disk that ignores case gets %2 to %9; see extraction.write. Reading %XX back and dropping a % with less than two
// digits behind it gives the path again. Extract says which files have another name than their entry.

// maxName is the longest part of a name, in bytes; ext4, APFS and NTFS agree on 255, NTFS in UTF-16 units.
const maxName = 255

// maxDepth is the number of parts of a path beyond which an entry is left out; systems take paths of 1 to 4 KB.
const maxDepth = 100

// fileParts returns the parts of the file name of an entry's path.
func fileParts(path string) ([]string, error) {
	parts := strings.Split(path, "/")
	if len(parts) > maxDepth {
		return nil, fmt.Errorf("its name has %d folders, and at most %d are made", len(parts)-1, maxDepth)
	}
	for i, part := range parts {
		parts[i] = safePart(part)
		if len(parts[i]) > maxName {
			return nil, fmt.Errorf("a part of its name has %d bytes, and file systems take %d", len(parts[i]), maxName)
		}
		if _, err := filepath.Localize(parts[i]); err != nil {
			return nil, fmt.Errorf("no file can have its name: %w", err)
		}
	}
	return parts, nil
}

// safePart escapes one part of a path.
func safePart(part string) string {
	if part == "" {
		return "%00"
	}
	device := isDevice(part)
	var b strings.Builder
	for i := 0; i < len(part); {
		r, size := utf8.DecodeRuneInString(part[i:])
		last := i+size == len(part)
		switch {
		case r == utf8.RuneError && size == 1,
			r < 0x20, r == 0x7f, strings.ContainsRune(`<>:"|?*\%`, r),
			last && (r == '.' || r == ' '),
			i == 0 && device:
			fmt.Fprintf(&b, "%%%02X", part[i])
		default:
			b.WriteString(part[i : i+size])
		}
		i += size
	}
	return b.String()
}

// isDevice reports whether Windows takes part for a device: by what stands before the first dot, spaces dropped. The
// superscript digits count as digits there.
func isDevice(part string) bool {
	base, _, _ := strings.Cut(part, ".")
	base = strings.ToUpper(strings.TrimRight(base, " "))
	switch base {
	case "CON", "PRN", "AUX", "NUL", "CONIN$", "CONOUT$":
		return true
	}
	for _, prefix := range []string{"COM", "LPT"} {
		if digit, ok := strings.CutPrefix(base, prefix); ok {
			switch digit {
			case "0", "1", "2", "3", "4", "5", "6", "7", "8", "9", "¹", "²", "³":
				return true
			}
		}
	}
	return false
}
