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
}

func (p *program) versionVerb() *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "version",
		Short: "print the version of the program",
		Long: `Prints the version of the program, the Go release it was built with and the system
it was built for.`,
		Example: `  samizdat-press version
  samizdat-press version --json`,
		Args: command.Args(),
		RunE: func(cmd *cobra.Command, _ []string) error {
			v := versionJSON{p.version, runtime.Version(), runtime.GOOS, runtime.GOARCH}
			if asJSON {
				return command.JSON(cmd.OutOrStdout(), v)
			}
			_, err := fmt.Fprintf(cmd.OutOrStdout(), "samizdat-press %s (%s %s/%s)\n", v.Version, v.Go, v.OS, v.Arch)
			return err
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print as JSON")
	return cmd
}
