package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"runtime/debug"
	"strings"
	"sync"
	"syscall"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"samizdat/internal/archive"
	"samizdat/internal/atomicfile"
	"samizdat/internal/command"
	"samizdat/internal/serve"
)

// servingGC is how far the heap may grow beyond what is in use, in percent, before garbage is collected. Most of what is in
// use are decoded clusters, which the collector need not look into, so collecting often costs little.
const servingGC = 25

// serveOptions are the flags of serve, and of the program without a verb.
type serveOptions struct {
	listen    string
	hosts     []string
	noBrowser bool
	urlFile   string
}

func (o *serveOptions) addFlags(fs *pflag.FlagSet) {
	fs.StringVar(&o.listen, "listen", "", "`ADDRESS` to serve at: PORT for this computer only, or IP:PORT; 0.0.0.0:8080 is for everyone in the network (default: this computer, a free port)")
	fs.StringArrayVar(&o.hosts, "host", nil, "also answer when the browser asks for this `NAME`; may be repeated")
	fs.BoolVar(&o.noBrowser, "no-browser", false, "print the address and do not open the browser")
	fs.StringVar(&o.urlFile, "url-file", "", "write the address into `FILE`, one line, and remove the file at the end")
}

func (p *program) serveVerb() *cobra.Command {
	var opts serveOptions
	cmd := &cobra.Command{
		Use:   "serve [ARCHIVE…]",
		Short: "serve archives and open the browser; the same as no verb at all",
		Long: `Serves the archive on this computer only, at a free port, opens the browser and
prints the address. Several archives make a shelf. Nothing is written to the disk,
except the file that --url-file names. Stop with Ctrl-C, with the button "Close the
archive", or by closing the window.

With --listen 0.0.0.0:PORT everyone in the same network can read the archives, and
nothing else; who watches the network sees who reads what. A name by which others call
this computer must be given with --host; its numeric addresses are always answered.
--host also takes the name of a proxy or an onion service in front of this program.
Whoever comes from elsewhere can only read: pages run no scripts then, and there is no
button that ends the program.`,
		Example: `  samizdat serve
  samizdat serve wikipedia.zim gutenberg.zim
  samizdat serve --no-browser --listen 8080
  samizdat serve --listen 0.0.0.0:8080 --host library.local`,
		Args: command.Args("[ARCHIVE…]"),
		RunE: func(cmd *cobra.Command, args []string) error { return p.serve(cmd, &opts, args) },
	}
	opts.addFlags(cmd.Flags())
	command.SetExits(cmd,
		command.Exit{Status: command.ExitOK, When: "stopped by a signal or by the button"},
		command.Exit{Status: command.ExitDamaged, When: "an archive is damaged, or a file is no archive"})
	return cmd
}

func (p *program) serve(cmd *cobra.Command, opts *serveOptions, paths []string) error {
	addr, err := parseListen(opts.listen)
	if err != nil {
		return err
	}
	sources, err := p.find(paths)
	if err != nil {
		return err
	}
	defer closeAll(sources)

	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(servingGC)
	}
	// Whoever reads what we print may go away; that must not end the server. Without this a write to a closed pipe
	// would (os/signal, "SIGPIPE").
	signal.Ignore(syscall.SIGPIPE)
	ctx, quit := context.WithCancel(cmd.Context())
	defer quit()
	private := addr.loopback && len(opts.hosts) == 0 // behind a name that was given others may stand
	say := &announcer{w: cmd.OutOrStdout(), remarks: cmd.ErrOrStderr(), quiet: p.quiet}
	server, err := serve.New(serve.Config{
		Archives:    sources,
		Version:     p.version,
		UI:          p.ui,
		OneLanguage: p.lang != "",
		Loopback:    private,
		Hosts:       opts.hosts,
		Log:         say.log,
		OnQuit:      quit,
		Share:       private,
		Networks:    p.networks,
		Programs:    p.printable,
	})
	if err != nil && len(opts.hosts) > 0 {
		return command.Usagef("give a name, or a name and a port: --host library.local", "%w", err)
	}
	if err != nil {
		return err
	}
	listeners, port, err := listen(addr)
	if err != nil {
		return err
	}
	url := fmt.Sprintf("http://127.0.0.1:%d/", port)
	if !addr.loopback && !addr.ip.IsUnspecified() {
		url = networkURLs(addr, port)[0]
	}
	if opts.urlFile != "" {
		line := []byte(url + "\n")
		if err := writeURL(opts.urlFile, line); err != nil {
			closeAll(listeners)
			return err
		}
		defer removeOwn(opts.urlFile, line)
	}
	say.start(sources, url, addr, port, private)
	if !opts.noBrowser {
		go func() {
			if err := openBrowser(url); err != nil && ctx.Err() == nil {
				say.noBrowser(url, err)
			}
		}()
	}
	if err := server.Serve(ctx, listeners...); err != nil && !errors.Is(err, context.Canceled) {
		return fmt.Errorf("serve: %w", err)
	}
	say.stopped()
	return nil
}

// writeURL writes the file of --url-file. A file that is there already is replaced only if it holds what an earlier run
// wrote, since it is removed in the end.
func writeURL(name string, line []byte) error {
	have, err := os.ReadFile(name)
	if err == nil && !(bytes.HasPrefix(have, []byte("http://")) && bytes.Count(have, []byte("\n")) == 1 && len(have) < 100) {
		return command.Hint(command.Errorf("--url-file %s: there is a file of that name, and it holds something else", name),
			"name a file that is not there; it is removed at the end")
	}
	if err := atomicfile.WriteFile(name, line, 0o644); err != nil {
		return explainWrite(fmt.Errorf("--url-file: %w", err))
	}
	return nil
}

// removeOwn removes a file if it still holds what we wrote into it: a later server may have taken it over.
func removeOwn(name string, content []byte) {
	if have, err := os.ReadFile(name); err == nil && bytes.Equal(have, content) {
		_ = os.Remove(name)
	}
}

// skip tells of a file beside the program that is not served.
func (p *program) skip(path string, err error) {
	if !p.quiet {
		_, _ = io.WriteString(os.Stderr, command.Sprintf("samizdat: left out: %s\n", command.Printable(err.Error())))
	}
}

// announcer tells the user what the server does. Nobody may be listening (a program started by a double click has no
// output on some systems), so what cannot be written is dropped.
type announcer struct {
	w, remarks io.Writer
	quiet      bool
	mu         sync.Mutex
}

func (a *announcer) printf(w io.Writer, format string, args ...any) {
	a.mu.Lock()
	defer a.mu.Unlock()
	_, _ = io.WriteString(w, command.Sprintf(format, args...))
}

// start prints the address and how to stop; for a network it says who can read along.
func (a *announcer) start(sources []*archive.Source, url string, addr address, port uint16, private bool) {
	if a.quiet {
		a.printf(a.w, "%s\n", url)
		return
	}
	c := command.Color(a.w)
	var b strings.Builder
	guest := false
	for _, s := range sources {
		guest = guest || !s.Ours
		fmt.Fprintf(&b, "%s (%s)\n", c.Bold(title(s)), command.Printable(where(s.Origin.String(), s.Path)))
		fmt.Fprintf(&b, "  %s\n", sealOf(s))
	}
	fmt.Fprintf(&b, "\n  %s\n\n", c.Bold(url))
	if guest { // whose pages have no way to the search
		b.WriteString(command.Sprintf("Search: %ssearch", url) + "\n\n")
	}
	stop := command.T("Press Ctrl-C here to stop.")
	if private {
		stop = command.Sprintf("Press Ctrl-C here, or \"Close the archive\" at %s-/, to stop.", url)
	}
	if !addr.loopback {
		for _, other := range networkURLs(addr, port) {
			if other != url {
				b.WriteString(command.Sprintf("  %s  for others\n", other))
			}
		}
		b.WriteString("\n")
	}
	a.printf(a.w, "%s%s\n", b.String(), stop)
	if !addr.loopback {
		a.printf(a.remarks, readAlong)
	}
}

// readAlong is said of everything that is shown to a network.
const readAlong = "samizdat: note: everyone who can reach this computer can read these archives, and who watches the network sees which pages are read. Nothing else of this computer is served.\n"

// noBrowser tells what to do when no browser came up; that is no error.
func (a *announcer) noBrowser(url string, err error) {
	if a.quiet {
		return
	}
	why := command.T("no browser could be opened")
	if errors.Is(err, errNoDesktop) {
		why = command.T("there is no desktop to open a browser on")
	}
	a.printf(a.remarks, "samizdat: note: %s. Type the address into one yourself: %s\n", why, url)
}

// log passes on what the server has to say.
func (a *announcer) log(line string) {
	if !a.quiet {
		a.printf(a.remarks, "samizdat: %s\n", command.Printable(line))
	}
}

func (a *announcer) stopped() {
	if !a.quiet {
		a.printf(a.w, "stopped\n")
	}
}

// maxTitle is the length in bytes above which a title is none; the format allows 30 characters.
const maxTitle = 500

// title is what an archive calls itself, else the name of its file.
func title(s *archive.Source) string {
	t, err := s.Zim.Metadata("Title")
	if err != nil || len(bytes.TrimSpace(t)) == 0 || len(t) > maxTitle {
		return s.Name
	}
	return strings.ReplaceAll(command.Printable(string(bytes.TrimSpace(t))), "\n", " ")
}
