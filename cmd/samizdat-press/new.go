package main

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path"

	"github.com/spf13/cobra"

	"samizdat/internal/command"
	"samizdat/internal/dossier"
)

func (p *program) newVerb() *cobra.Command {
	return &cobra.Command{
		Use:   "new DIR",
		Short: "start a dossier",
		Long: `Writes a small dossier into the folder DIR, which is created if it does not exist and
must be empty if it does. Every field of the manifest is there with a comment, and it
packs as it is: change it piece by piece.`,
		Example: `  samizdat-press new my-dossier
  samizdat-press preview my-dossier`,
		Args:              command.Args("DIR"),
		ValidArgsFunction: completeFolder,
		RunE: func(cmd *cobra.Command, args []string) error {
			dir := args[0]
			if err := writeTemplate(dir); err != nil {
				return err
			}
			if p.quiet {
				return nil
			}
			_, err := io.WriteString(cmd.OutOrStdout(), command.Sprintf("%s is a dossier now; begin with %s\nlook at it: samizdat-press preview %s\n",
				dir, path.Join(dir, dossier.ManifestFile), dir))
			return err
		},
	}
}

// writeTemplate writes the template into dir and takes everything back if it cannot be finished.
func writeTemplate(dir string) (err error) {
	entries, err := os.ReadDir(dir)
	existed := err == nil
	switch {
	case errors.Is(err, fs.ErrNotExist):
	case err != nil:
		return err
	case len(entries) > 0:
		return command.Hint(command.Errorf("new %s: the folder is not empty", dir), "give the name of a folder that does not exist")
	}
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return err
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return err
	}
	defer root.Close()
	var made []string
	defer func() {
		if err == nil {
			return
		}
		for i := len(made) - 1; i >= 0; i-- { // files before their folders
			root.Remove(made[i])
		}
		if !existed {
			os.Remove(dir)
		}
	}()
	template := dossier.Template()
	return fs.WalkDir(template, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || name == "." {
			return err
		}
		if d.IsDir() {
			made = append(made, name)
			return root.Mkdir(name, 0o777)
		}
		data, err := fs.ReadFile(template, name)
		if err != nil {
			return err
		}
		f, err := root.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o666)
		if err != nil {
			return err
		}
		made = append(made, name)
		_, err = f.Write(data)
		return errors.Join(err, f.Close())
	})
}
