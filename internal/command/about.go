package command

import (
	"io"
	"runtime/debug"

	"github.com/spf13/cobra"
)

// Version returns the version of the program: what the linker was told, else what the Go tool noted about the module
// and the commit.
func Version(linked string) string {
	if linked != "" {
		return linked
	}
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "unknown"
	}
	if v := info.Main.Version; v != "" && v != "(devel)" {
		return v
	}
	for _, s := range info.Settings {
		if s.Key == "vcs.revision" && len(s.Value) >= 12 {
			return "devel-" + s.Value[:12]
		}
	}
	return "devel"
}

// LicensesVerb returns the verb that prints text, the licences that the program called name owes. Note is added to its
// help.
func LicensesVerb(name string, text func() string, note string) *cobra.Command {
	return &cobra.Command{
		Use:   "licenses",
		Short: "print the licences of the program and of what it is made of",
		Long: `Prints the licence of this program and of every library in it, in full, as these
licences ask.` + note,
		Example: "  " + name + " licenses | less",
		Args:    Args(),
		RunE: func(cmd *cobra.Command, _ []string) error {
			_, err := io.WriteString(cmd.OutOrStdout(), text())
			return err
		},
	}
}
