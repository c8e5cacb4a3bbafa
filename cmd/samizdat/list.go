package main

import (
	"bufio"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"samizdat/internal/command"
	"samizdat/internal/zim"
)

// listOptions are the flags of list.
type listOptions struct{ json, long, all bool }

// entryJSON is one line of list --json.
type entryJSON struct {
	Namespace string `json:"namespace"`
	Path      string `json:"path"`
	Title     string `json:"title"`
	MIME      string `json:"mime,omitempty"`
	Size      *int64 `json:"size,omitempty"`     // bytes; with --long
	Redirect  string `json:"redirect,omitempty"` // path of the target
}

func (p *program) listVerb() *cobra.Command {
	var opts listOptions
	cmd := &cobra.Command{
		Use:   "list [ARCHIVE]",
		Short: "list the entries of the archive",
		Long: `Prints the path of every entry, one per line, in the archive's own order. With --long
each line has size in bytes, type and path, parted by tabs; a redirect has "-" for its
size and shows where it leads. Sizes are inside the compressed data, so --long reads
the whole archive. With --json every line is one JSON object, which is also the way to
read paths that contain line breaks.`,
		Example: `  samizdat list
  samizdat list --long | sort -n | tail
  samizdat list --json --all`,
		Args: command.Args("[ARCHIVE]"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := p.named(args); err != nil {
				return err
			}
			return p.list(cmd, opts)
		},
	}
	cmd.Flags().BoolVar(&opts.json, "json", false, "print one JSON object per line")
	cmd.Flags().BoolVarP(&opts.long, "long", "l", false, "print size and type too")
	cmd.Flags().BoolVarP(&opts.all, "all", "a", false, "list metadata, indexes and the main page too, each path with its namespace")
	command.SetExits(cmd, command.Exit{Status: command.ExitDamaged, When: "the archive is damaged, or the file is no archive"})
	return cmd
}

func (p *program) list(cmd *cobra.Command, opts listOptions) error {
	src, err := p.one(cmd)
	if err != nil {
		return err
	}
	defer src.Close()
	clean := func(s string) string { return s }
	if command.IsTerminal(cmd.OutOrStdout()) {
		clean = command.Printable
	}
	w := bufio.NewWriter(cmd.OutOrStdout())
	for e, err := range src.Zim.Entries() {
		if err == nil && (opts.all || isContent(src.Zim, e)) {
			err = writeEntry(w, e, opts, clean)
		}
		if err != nil {
			_ = w.Flush() // the entries before the damage are still good
			return explainRead(fmt.Errorf("list: %w", err))
		}
		if err := cmd.Context().Err(); err != nil {
			return err
		}
	}
	return w.Flush()
}

// isContent reports whether e is something that users read: namespace C, or in old archives any of those that hold
// articles, images and styles. ZIM, "Namespaces".
func isContent(z *zim.Reader, e zim.Entry) bool {
	if z.OldNamespaces() {
		return strings.IndexByte("-ABHIJUV", e.Namespace()) >= 0
	}
	return e.Namespace() == zim.NamespaceContent
}

// contentName is the path of e as users type it: in old archives the namespace is part of it.
func contentName(z *zim.Reader, e zim.Entry) string {
	if z.OldNamespaces() {
		return string(e.Namespace()) + "/" + e.Path()
	}
	return e.Path()
}

// writeEntry writes one line.
func writeEntry(w io.Writer, e zim.Entry, opts listOptions, clean func(string) string) error {
	line := entryJSON{Namespace: string(e.Namespace()), Path: e.Path(), Title: e.Title(), MIME: e.MIMEType()}
	if e.IsRedirect() {
		target, err := e.Target()
		if err != nil {
			return err
		}
		line.MIME, line.Redirect = "", target.Path()
		if target.Namespace() != e.Namespace() {
			line.Redirect = string(target.Namespace()) + "/" + target.Path()
		}
	} else if opts.long {
		blob, err := e.Blob()
		if err != nil {
			return err
		}
		size := blob.Size()
		blob.Close()
		line.Size = &size
	}
	if opts.json {
		return command.JSONLine(w, line)
	}
	path := line.Path
	if opts.all {
		path = line.Namespace + "/" + path
	}
	var err error
	switch {
	case !opts.long:
		_, err = fmt.Fprintln(w, clean(path))
	case line.Size == nil:
		_, err = fmt.Fprintf(w, "-\tredirect\t%s -> %s\n", clean(path), clean(line.Redirect))
	default:
		_, err = fmt.Fprintf(w, "%d\t%s\t%s\n", *line.Size, clean(line.MIME), clean(path))
	}
	return err
}
