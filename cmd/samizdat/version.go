package main

import (
	"fmt"
	"runtime"

	"github.com/spf13/cobra"

	"samizdat/internal/command"
)

// versionJSON is the answer of version --json.
type versionJSON struct {
	Version string `json:"version"`
	Go      string `json:"go"`
	OS      string `json:"os"`
	Arch    string `json:"arch"`
	Dossier bool   `json:"dossier"` // an archive is compiled in
}

func (p *program) versionVerb() *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "version",
		Short: "print the version of the program",
		Long: `Prints the version of the program, the Go release it was built with and the system
it was built for. The archive has an edition of its own: see samizdat info.`,
		Example: `  samizdat version
  samizdat version --json`,
		Args: command.Args(),
		RunE: func(cmd *cobra.Command, _ []string) error {
			_, _, _, dossier := p.embedded()
			v := versionJSON{p.version, runtime.Version(), runtime.GOOS, runtime.GOARCH, dossier}
			if asJSON {
				return command.JSON(cmd.OutOrStdout(), v)
			}
			_, err := fmt.Fprintf(cmd.OutOrStdout(), "samizdat %s (%s %s/%s)\n", v.Version, v.Go, v.OS, v.Arch)
			return err
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print as JSON")
	return cmd
}
