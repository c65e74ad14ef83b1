// The demo workload. It asks the SPIFFE Workload API once who it is and prints the answer as one JSON line:
// its X.509-SVID chain with the trust bundle, or the gRPC code and text of the refusal. The private key never
// leaves the process. With an SVID it then runs, as a service would, until it is told to stop.
package main

import (
	"context"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"flag"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/spiffe/go-spiffe/v2/workloadapi"
	"google.golang.org/grpc/status"
)

// What this program is, as -version reports it.
const version = "0.1.0"

// Exit codes: 0 told to stop, 2 bad usage (the flag package), 3 no SVID.
const exitNoSVID = 3

type answer struct {
	Outcome   string   `json:"outcome"` // "svid" or "refused"
	SpiffeID  string   `json:"spiffeId,omitempty"`
	Hint      string   `json:"hint,omitempty"`
	Chain     []string `json:"chain,omitempty"`  // PEM, leaf first
	Bundle    []string `json:"bundle,omitempty"` // PEM, the trust domain's authorities
	Code      string   `json:"code,omitempty"`   // gRPC code, e.g. PermissionDenied
	Text      string   `json:"text,omitempty"`
	ElapsedMs int64    `json:"elapsedMs"`
}

func main() {
	showVersion := flag.Bool("version", false, "print the version and exit")
	idle := flag.Bool("idle", false, "ask nothing, only run until told to stop")
	timeout := flag.Duration("timeout", 10*time.Second, "how long to wait for the Workload API")
	socket := flag.String("socket", "", "Workload API address, e.g. unix:///run/spire/api.sock (default: $SPIFFE_ENDPOINT_SOCKET)")
	flag.Parse()
	if *showVersion {
		os.Stdout.WriteString("workload " + version + "\n")
		return
	}
	// PID 1 has no default signal handling: without this a container could only be killed.
	stopped, cancel := signal.NotifyContext(context.Background(), syscall.SIGTERM, syscall.SIGINT)
	defer cancel()
	if !*idle {
		// Held until the end: the SVID and its key live as long as this process.
		identity, reply := ask(stopped, *socket, *timeout)
		if json.NewEncoder(os.Stdout).Encode(reply) != nil || identity == nil {
			os.Exit(exitNoSVID)
		}
	}
	<-stopped.Done()
}

// One call, no retry: the answer that is printed is the agent's first.
func ask(parent context.Context, socket string, timeout time.Duration) (*workloadapi.X509Context, answer) {
	started := time.Now()
	ctx, cancel := context.WithTimeout(parent, timeout)
	defer cancel()
	refused := func(err error) (*workloadapi.X509Context, answer) {
		why := status.Convert(err)
		return nil, answer{Outcome: "refused", Code: why.Code().String(), Text: why.Message(), ElapsedMs: time.Since(started).Milliseconds()}
	}
	var options []workloadapi.ClientOption
	if socket != "" {
		options = append(options, workloadapi.WithAddr(socket))
	}
	client, err := workloadapi.New(ctx, options...)
	if err != nil {
		return refused(err)
	}
	defer client.Close()
	identity, err := client.FetchX509Context(ctx)
	if err != nil {
		return refused(err)
	}
	svid := identity.DefaultSVID()
	bundle, err := identity.Bundles.GetX509BundleForTrustDomain(svid.ID.TrustDomain())
	if err != nil {
		return refused(err)
	}
	return identity, answer{
		Outcome: "svid", SpiffeID: svid.ID.String(), Hint: svid.Hint,
		Chain: encode(svid.Certificates), Bundle: encode(bundle.X509Authorities()),
		ElapsedMs: time.Since(started).Milliseconds(),
	}
}

func encode(certificates []*x509.Certificate) []string {
	texts := make([]string, 0, len(certificates))
	for _, each := range certificates {
		texts = append(texts, string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: each.Raw})))
	}
	return texts
}
