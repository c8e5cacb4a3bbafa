package carry

import "strings"

var sumNames = strings.NewReplacer(`\`, `\\`, "\n", `\n`, "\r", `\r`)

// SumLine is the line about the file called name in a list that sha256sum -c reads; sum is its SHA-256 in hexadecimal digits.
// A name that would break the line is escaped, which a backslash at the beginning says (GNU coreutils, "cksum output modes").
func SumLine(sum, name string) string {
	escaped := sumNames.Replace(name)
	if escaped != name {
		sum = `\` + sum
	}
	return sum + "  " + escaped + "\n"
}
