// The sandbox's certificate transparency log: TesseraCT as a library, on one loopback address, without telemetry.
// It accepts what Fulcio submits and serves the static read API (https://c2sp.org/static-ct-api) from its storage,
// which upstream's own program leaves to a web server.
package main

import (
	"context"
	"crypto"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"flag"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/signal"
	"runtime/debug"
	"syscall"
	"time"

	"github.com/transparency-dev/tessera"
	tposix "github.com/transparency-dev/tessera/storage/posix"
	"github.com/transparency-dev/tesseract"
	"github.com/transparency-dev/tesseract/storage"
	"github.com/transparency-dev/tesseract/storage/posix"
	"golang.org/x/mod/sumdb/note"
)

const version = "1.0.0"

func main() {
	listen := flag.String("listen", "", "loopback address to listen on, host:port")
	origin := flag.String("origin", "", "origin of the checkpoints: the log's submission prefix without scheme")
	key := flag.String("key", "", "PKCS#8 PEM file with the log's ECDSA P-256 key")
	roots := flag.String("roots", "", "PEM file with the roots whose certificates are accepted")
	dir := flag.String("storage", "", "folder of the log")
	show := flag.Bool("version", false, "print the version and exit")
	flag.Parse()
	if *show {
		fmt.Println("ct-log", version, "(tesseract "+moduleVersion("github.com/transparency-dev/tesseract")+")")
		return
	}
	if err := run(*listen, *origin, *key, *roots, *dir); err != nil {
		fmt.Fprintln(os.Stderr, "ct-log:", err)
		os.Exit(1)
	}
}

func run(listen, origin, keyFile, roots, dir string) error {
	host, _, err := net.SplitHostPort(listen)
	if err != nil {
		return fmt.Errorf("-listen: %w", err)
	}
	// An address, not a name: what a name resolves to is somebody else's decision.
	if ip := net.ParseIP(host); ip == nil || !ip.IsLoopback() {
		return fmt.Errorf("-listen: %q is not a loopback address", host)
	}
	if origin == "" || roots == "" || dir == "" {
		return errors.New("-origin, -roots and -storage are needed")
	}
	signer, err := readKey(keyFile)
	if err != nil {
		return fmt.Errorf("-key: %w", err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	shutdown := func(context.Context) error { return nil }
	newStorage := func(ctx context.Context, signer note.Signer) (*storage.CTStorage, error) {
		driver, err := tposix.New(ctx, tposix.Config{Path: dir})
		if err != nil {
			return nil, err
		}
		options := tessera.NewAppendOptions().
			WithCheckpointSigner(signer).
			WithCTLayout().
			// Duplicates are recognised in memory only: Fulcio never submits the same precertificate twice.
			WithAntispam(256, nil).
			WithCheckpointInterval(100*time.Millisecond).
			WithBatching(256, 10*time.Millisecond)
		appender, stop, reader, err := tessera.NewAppender(ctx, driver, options)
		if err != nil {
			return nil, err
		}
		shutdown = stop
		issuers, err := posix.NewIssuerStorage(ctx, dir)
		if err != nil {
			return nil, err
		}
		return storage.NewCTStorage(ctx, &storage.CTStorageOptions{
			Appender: appender, Reader: reader, IssuerStorage: issuers,
			AwaiterPollInterval: 100 * time.Millisecond, EnablePubAwaiter: true,
		})
	}
	submit, err := tesseract.NewLogHandler(ctx, origin, signer,
		tesseract.ChainValidationConfig{RootsPEMFile: roots, ExtKeyUsages: "CodeSigning"},
		newStorage, 10*time.Second, false, "", tesseract.LogHandlerOpts{MaxCertChainBytes: 512 << 10})
	if err != nil {
		return err
	}
	listener, err := net.Listen("tcp", listen)
	if err != nil {
		return err
	}
	server := &http.Server{Handler: handler(submit, dir), ReadHeaderTimeout: 5 * time.Second, MaxHeaderBytes: 8 << 10}
	stopped := make(chan error, 1)
	go func() {
		signals := make(chan os.Signal, 1)
		signal.Notify(signals, syscall.SIGINT, syscall.SIGTERM)
		<-signals
		limit, done := context.WithTimeout(context.Background(), 4*time.Second)
		defer done()
		// First no new entries, then everything accepted is published.
		stopped <- errors.Join(server.Shutdown(limit), shutdown(limit))
	}()
	slog.Info("CT log is serving", slog.String("address", listener.Addr().String()), slog.String("origin", origin))
	if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return <-stopped
}

// handler adds the static read API to the submission API. The storage folder also holds the log's private state, so
// only what the API names is served, and no folder is ever listed: the patterns below match files alone.
func handler(submit http.Handler, dir string) http.Handler {
	mux := http.NewServeMux()
	mux.Handle("/ct/v1/", submit)
	mux.Handle("GET /healthz", submit)
	files := http.FS(os.DirFS(dir))
	static := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		file, err := files.Open(r.URL.Path)
		if err != nil {
			http.NotFound(w, r)
			return
		}
		defer file.Close()
		info, err := file.Stat()
		if err != nil || !info.Mode().IsRegular() {
			http.NotFound(w, r)
			return
		}
		if r.URL.Path == "/checkpoint" {
			w.Header().Set("Content-Type", "text/plain; charset=utf-8")
			w.Header().Set("Cache-Control", "no-cache")
		} else {
			w.Header().Set("Content-Type", "application/octet-stream")
		}
		http.ServeContent(w, r, "", info.ModTime(), file)
	})
	mux.Handle("GET /checkpoint", static)
	mux.Handle("GET /tile/", static)
	mux.Handle("GET /issuer/", static)
	return mux
}

func readKey(file string) (crypto.Signer, error) {
	raw, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	block, _ := pem.Decode(raw)
	if block == nil || block.Type != "PRIVATE KEY" {
		return nil, fmt.Errorf("%s holds no PKCS#8 private key", file)
	}
	parsed, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		return nil, err
	}
	signer, ok := parsed.(crypto.Signer)
	if !ok {
		return nil, fmt.Errorf("%s holds a key that cannot sign", file)
	}
	return signer, nil
}

func moduleVersion(path string) string {
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, dep := range info.Deps {
			if dep.Path == path {
				return dep.Version
			}
		}
	}
	return "unknown"
}
