package main

import (
	_ "embed"
	"io"

	"github.com/spf13/cobra"

	"samizdat/internal/command"
)

// licenses has the licence text of every module that is linked into the program, and of Go; make generate writes it.
//
//go:embed licenses.txt
var licenses string

func (p *program) licensesVerb() *cobra.Command {
	return &cobra.Command{
		Use:   "licenses",
		Short: "print the licences of the program and of what it is made of",
		Long: `Prints the licence of this program and of every library in it, in full, as these
licences ask. The texts of the archive have rights of their own: see samizdat info.`,
		Example: "  samizdat licenses | less",
		Args:    command.Args(),
		RunE: func(cmd *cobra.Command, _ []string) error {
			_, err := io.WriteString(cmd.OutOrStdout(), licenses)
			return err
		},
	}
}
