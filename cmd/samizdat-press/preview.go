package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"os"
	"time"

	"github.com/spf13/cobra"

	"samizdat/internal/atomicfile"
	"samizdat/internal/command"
)

const (
	pollEvery     = 500 * time.Millisecond // how often the folder is looked at
	headerTimeout = 5 * time.Second        // for a request's header to arrive
	stopTimeout   = 2 * time.Second        // for answers under way when preview ends
)

// previewOptions are the flags of preview.
type previewOptions struct {
	listen  string
	urlFile string
}

func (p *program) previewVerb() *cobra.Command {
	var o previewOptions
	cmd := &cobra.Command{
		Use:   "preview DIR",
		Short: "show a dossier in the browser while you write",
		Long: `Packs the dossier in the folder DIR into a temporary file and serves it to this machine
only, as samizdat would. When a file in DIR changes it is packed again; load the page
again to see it. With problems in it the last good state stays, and the problems are
printed. Ctrl-C ends it and leaves nothing behind. With --url-file a script learns the
address without reading what is printed; the file is removed at the end.`,
		Example: `  samizdat-press preview my-dossier
  samizdat-press preview my-dossier --listen 127.0.0.1:8080`,
		Args:              command.Args("DIR"),
		ValidArgsFunction: completeFolder,
		RunE: func(cmd *cobra.Command, args []string) error {
			return p.preview(cmd, args[0], &o)
		},
	}
	cmd.Flags().StringVar(&o.listen, "listen", "127.0.0.1:0", "`ADDRESS` to listen on, of this machine only; port 0 is any that is free")
	cmd.Flags().StringVar(&o.urlFile, "url-file", "", "write the URL to `FILE` once it answers, one line, and remove the file at the end")
	return cmd
}

func (p *program) preview(cmd *cobra.Command, dir string, o *previewOptions) error {
	ctx := cmd.Context()
	at, err := loopback(o.listen)
	if err != nil {
		return err
	}
	root, err := openDossier(dir)
	if err != nil {
		return err
	}
	defer root.Close()
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", at)
	if err != nil {
		return command.Hint(fmt.Errorf("listen on %s: %w", at, err), "leave --listen away for any free port")
	}
	w := &watched{dir: dir, root: root, version: p.version, out: cmd.ErrOrStderr()}
	defer w.close()
	w.look(ctx)

	server := &http.Server{Handler: w, ReadHeaderTimeout: headerTimeout}
	ended := make(chan error, 1)
	go func() { ended <- server.Serve(listener) }()
	defer func() {
		stop, cancel := context.WithTimeout(context.WithoutCancel(ctx), stopTimeout)
		defer cancel()
		if server.Shutdown(stop) != nil {
			server.Close()
		}
	}()
	url := "http://" + listener.Addr().String() + "/"
	if o.urlFile != "" {
		if err := atomicfile.WriteFile(o.urlFile, []byte(url+"\n"), 0o666); err != nil {
			return fmt.Errorf("write the URL: %w", err)
		}
		defer os.Remove(o.urlFile)
	}
	if _, err := io.WriteString(cmd.OutOrStdout(), command.Sprintf("%s is at %s\nCtrl-C ends it\n", dir, url)); err != nil {
		return err
	}
	tick := time.NewTicker(pollEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done(): // asked to stop: that is how it ends
			return nil
		case err := <-ended:
			return fmt.Errorf("serve %s: %w", dir, err)
		case <-tick.C:
			w.look(ctx)
		}
	}
}

// loopback checks that an address to listen on cannot be reached by others.
func loopback(address string) (string, error) {
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		return "", command.Usagef("give an address and a port, like 127.0.0.1:8080", "--listen %q: no address and port", address)
	}
	if host == "localhost" || host == "" {
		host = "127.0.0.1"
	}
	ip, err := netip.ParseAddr(host)
	if err != nil || !ip.IsLoopback() {
		return "", command.Usagef("pack it, and share the archive: samizdat serve FILE.zim --listen ADDRESS",
			"--listen %s: preview answers this machine only", address)
	}
	return net.JoinHostPort(host, port), nil
}

// ServeHTTP answers from the last good state, or with what is wrong if there was none yet.
func (w *watched) ServeHTTP(out http.ResponseWriter, r *http.Request) {
	s, problems := w.take()
	if s != nil {
		defer s.reading.Done()
		s.handler.ServeHTTP(out, r)
		return
	}
	// The state's handler guards itself; this page has to, against names that other sites point at this machine.
	host, _, err := net.SplitHostPort(r.Host)
	ip, parseErr := netip.ParseAddr(host)
	if err != nil || host != "localhost" && (parseErr != nil || !ip.IsLoopback()) {
		http.Error(out, "this server has another name", http.StatusMisdirectedRequest)
		return
	}
	out.Header().Set("Content-Type", "text/plain; charset=utf-8")
	out.Header().Set("X-Content-Type-Options", "nosniff")
	out.Header().Set("Cache-Control", "no-store")
	out.WriteHeader(http.StatusServiceUnavailable)
	_, _ = io.WriteString(out, problems) // the client may be gone
}

// temporary creates a file that is gone when it is closed, where the system can do that even if the program is killed.
func temporary() (f *os.File, remove func(), err error) {
	f, err = os.CreateTemp("", "samizdat-preview-*.zim")
	if err != nil {
		return nil, nil, err
	}
	if os.Remove(f.Name()) == nil { // not on Windows
		return f, func() { f.Close() }, nil
	}
	return f, func() { f.Close(); os.Remove(f.Name()) }, nil
}

// ignoreCancelled drops the error of a context that has ended.
func ignoreCancelled(err error) error {
	if errors.Is(err, context.Canceled) {
		return nil
	}
	return err
}
