package main

import (
	"context"
	"errors"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"samizdat/internal/atomicfile"
	"samizdat/internal/command"
	"samizdat/internal/seal"
)

func (p *program) sealVerb() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "seal",
		Short: "seal with a key that never touches this machine; take a seal away",
		Long: `For a secret key that stays on another machine: export writes what has to be signed, a
text of 65 bytes for every 256 KiB; sign it there with minisign; attach puts the
signature into the archive.`,
		Example: `  samizdat-press seal export dossier.zim --key editor.pub
  minisign -Sm dossier.zim.seal -s editor -t "kz-2022, edition 3"
  samizdat-press seal attach dossier.zim dossier.zim.seal.minisig`,
	}
	cmd.AddCommand(p.sealExportVerb(), p.sealAttachVerb(), p.sealStripVerb())
	return cmd
}

// exportJSON is the answer of seal export --json.
type exportJSON struct {
	File  string `json:"file"`
	Bytes int    `json:"bytes"`
	Key   string `json:"key"`
}

func (p *program) sealExportVerb() *cobra.Command {
	var key, out string
	var force, asJSON bool
	cmd := &cobra.Command{
		Use:   "export FILE --key KEY.pub",
		Short: "write what has to be signed",
		Long: `Reads and hashes the archive FILE and writes what the owner of the public key has to sign:
lines of text, the key among them. The archive stays as it is.`,
		Example: `  samizdat-press seal export dossier.zim --key editor.pub
  samizdat-press seal export dossier.zim --key editor.pub -o /media/stick/d.seal`,
		Args: command.Args("FILE"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if key == "" {
				return command.Usagef(cmd.CommandPath()+" FILE --key KEY.pub", "for which key is not said")
			}
			k, err := publicKey(key)
			if err != nil {
				return err
			}
			if out == "" {
				out = args[0] + ".seal"
			}
			return p.sealExport(cmd, args[0], k, out, force, asJSON)
		},
	}
	cmd.Flags().StringVarP(&key, "key", "k", "", "the public `KEY` that will sign: a .pub file, or its 56 characters")
	cmd.Flags().StringVarP(&out, "output", "o", "", "write to `FILE` (default: the archive's name and .seal)")
	cmd.Flags().BoolVarP(&force, "force", "f", false, "replace the file if it exists")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print the result as JSON")
	setSealExits(cmd)
	return cmd
}

func (p *program) sealExport(cmd *cobra.Command, name string, k seal.Key, out string, force, asJSON bool) error {
	f, err := os.Open(name)
	if err != nil {
		return err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return err
	}
	progress := command.ProgressOf(cmd, cmd.Name())
	message, err := seal.Export(cmd.Context(), f, info.Size(), k, progress.Set)
	progress.Done()
	if err != nil {
		return explainSeal(name, err)
	}
	var options []atomicfile.Option
	if !force {
		options = append(options, atomicfile.NoOverwrite)
	}
	if err := atomicfile.WriteFile(out, message, 0o666, options...); err != nil {
		return command.Hint(err, "--force replaces it, or choose another name with -o")
	}
	if asJSON {
		return command.JSON(cmd.OutOrStdout(), exportJSON{File: out, Bytes: len(message), Key: k.String()})
	}
	if p.quiet {
		return nil
	}
	_, err = io.WriteString(cmd.OutOrStdout(), command.Sprintf("%s: %d bytes to sign\nsign: minisign -Sm %s\nthen: samizdat-press seal attach %s %s.minisig\n",
		out, len(message), out, name, out))
	return err
}

func (p *program) sealAttachVerb() *cobra.Command {
	var key string
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "attach FILE SIGNATURE [--key KEY.pub]",
		Short: "put a signature into the archive",
		Long: `Puts the signature in the file SIGNATURE, as minisign -Sm writes it, into the archive FILE.
Every block is hashed again, and a signature over anything else is refused. Without --key
the key is read from the exported file that stands beside the signature.`,
		Example: `  samizdat-press seal attach dossier.zim dossier.zim.seal.minisig
  samizdat-press seal attach dossier.zim d.seal.minisig --key editor.pub`,
		Args: command.Args("FILE", "SIGNATURE"),
		RunE: func(cmd *cobra.Command, args []string) error {
			k, err := attachKey(key, args[1])
			if err != nil {
				return err
			}
			minisig, err := readKeyFile(args[1])
			if err != nil {
				return err
			}
			err = p.reseal(cmd, args[0], asJSON, func(ctx context.Context, f *os.File, size int64, progress func(done, total int64)) (int64, error) {
				return seal.Attach(ctx, f, size, minisig, k, progress)
			})
			if errors.Is(err, seal.ErrForeignSignature) || errors.Is(err, seal.ErrSignature) {
				return command.Hint(err, "export again, sign that file with minisign -S (0.9 or newer, without -l), and attach what it writes")
			}
			return err
		},
	}
	cmd.Flags().StringVarP(&key, "key", "k", "", "the public `KEY` that signed: a .pub file, or its 56 characters")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print the result as JSON")
	setSealExits(cmd)
	return cmd
}

// attachKey returns the key that --key names, or the one in the exported file that signature is over.
func attachKey(text, signature string) (seal.Key, error) {
	if text != "" {
		return publicKey(text)
	}
	exported, ok := strings.CutSuffix(signature, ".minisig")
	if ok {
		if head, err := readKeyFile(exported); err == nil {
			if k, err := seal.ExportedKey(head); err == nil {
				return k, nil
			}
		}
	}
	return seal.Key{}, command.Usagef("samizdat-press seal attach FILE SIGNATURE --key KEY.pub", "whose signature it is, is not said, and no exported file stands beside it")
}

func (p *program) sealStripVerb() *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "strip FILE",
		Short: "take the seal away",
		Long: `Gives back the archive as it was before it was sealed, byte for byte, block hashes gone
too. An archive that is damaged is refused: without its seal nobody could see that.`,
		Example: `  samizdat-press seal strip dossier.zim`,
		Args:    command.Args("FILE"),
		RunE: func(cmd *cobra.Command, args []string) error {
			err := p.reseal(cmd, args[0], asJSON, func(ctx context.Context, f *os.File, size int64, progress func(done, total int64)) (int64, error) {
				return seal.Strip(ctx, f, size, progress)
			})
			if errors.Is(err, seal.ErrNone) {
				return command.Hint(err, "there is nothing to take away")
			}
			return err
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print the result as JSON")
	setSealExits(cmd)
	return cmd
}
