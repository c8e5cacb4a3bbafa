package serve

import (
	"strings"

	"samizdat/internal/carry"
)

// platforms is how people call the machines. The names are the same in every language.
var platforms = map[carry.Target]string{
	{OS: "windows", Arch: "amd64"}: "Windows (x64)", {OS: "windows", Arch: "386"}: "Windows (x86)", {OS: "windows", Arch: "arm64"}: "Windows (ARM64)",
	{OS: "darwin", Arch: "amd64"}: "macOS (Intel)", {OS: "darwin", Arch: "arm64"}: "macOS (Apple M)",
	{OS: "linux", Arch: "amd64"}: "Linux (x86-64)", {OS: "linux", Arch: "386"}: "Linux (x86)", {OS: "linux", Arch: "arm64"}: "Linux (ARM64)",
	{OS: "linux", Arch: "arm"}: "Linux (ARM)", {OS: "linux", Arch: "riscv64"}: "Linux (RISC-V)", {OS: "android", Arch: "arm64"}: "Android (Termux, ARM64)",
}

func platform(t carry.Target) string {
	if name := platforms[t]; name != "" {
		return name
	}
	return t.String()
}

// visitor is what a browser says of the machine it runs on. It is a guess, which decides what stands first and
// nothing else.
type visitor struct {
	phone   bool           // a phone or a tablet
	targets []carry.Target // programs that may start there, the most likely first; empty if it is a phone, or unknown
}

// visitorOf reads a User-Agent header. What browsers write there was frozen years ago: Chromium and Firefox on any Mac
// say Intel, on Windows for ARM they say x64, and there x64 programs start too.
func visitorOf(agent string) visitor {
	has := func(words ...string) bool {
		for _, w := range words {
			if strings.Contains(agent, w) {
				return true
			}
		}
		return false
	}
	switch {
	case has("Android", "iPhone", "iPad", "iPod", "HarmonyOS", "KAIOS", "Mobile;", "CrOS"):
		return visitor{phone: true} // a Chromebook too opens archives, but no programs
	case has("Windows"):
		switch {
		case has("ARM64"):
			return visitor{targets: []carry.Target{{OS: "windows", Arch: "arm64"}, {OS: "windows", Arch: "amd64"}}}
		case has("Win64", "WOW64", "x64"):
			return visitor{targets: []carry.Target{{OS: "windows", Arch: "amd64"}}}
		}
		return visitor{targets: []carry.Target{{OS: "windows", Arch: "386"}}}
	case has("Macintosh", "Mac OS X", "Darwin/"):
		return visitor{targets: []carry.Target{{OS: "darwin", Arch: "arm64"}, {OS: "darwin", Arch: "amd64"}}}
	case has("Linux", "X11", "linux"):
		switch {
		case has("aarch64", "arm64"):
			return visitor{targets: []carry.Target{{OS: "linux", Arch: "arm64"}}}
		case has("armv", "arm;"):
			return visitor{targets: []carry.Target{{OS: "linux", Arch: "arm"}}}
		case has("riscv64"):
			return visitor{targets: []carry.Target{{OS: "linux", Arch: "riscv64"}}}
		case has("i686", "i586", "i386") && !has("x86_64"):
			return visitor{targets: []carry.Target{{OS: "linux", Arch: "386"}}}
		}
		return visitor{targets: []carry.Target{{OS: "linux", Arch: "amd64"}}}
	}
	return visitor{}
}
