package carry

import (
	"regexp"
	"strings"
)

// IsDevice reports whether Windows takes a file called name for a device, whatever its ending: "con.zim" is the console.
// Microsoft, "Naming Files, Paths, and Namespaces".
func IsDevice(name string) bool {
	stem, _, _ := strings.Cut(name, ".")
	return devices.MatchString(stem)
}

var devices = regexp.MustCompile(`^(?i:con|prn|aux|nul|com[0-9]|lpt[0-9])$`)
