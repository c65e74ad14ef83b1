// What the bench runs in each container. It connects to the bench's socket and does what that says, line by line:
// "SOCKET COUNT" means to ask the Workload API at SOCKET for an X.509-SVID so many times, one after the other, each
// over a connection of its own, as a workload does that has just started. The answer is one JSON line: how long each
// took, in milliseconds, and the last error there was. It ends when the bench does.
package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"net"
	"os"
	"time"

	"github.com/spiffe/go-spiffe/v2/workloadapi"
)

type answer struct {
	Took  []float64 `json:"took"`
	Error string    `json:"error,omitempty"`
}

func main() {
	bench, err := net.Dial("unix", "/bench/bench.sock")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	lines := bufio.NewScanner(bench)
	for lines.Scan() {
		var socket string
		var count int
		if _, err := fmt.Sscan(lines.Text(), &socket, &count); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(2)
		}
		reply := answer{Took: []float64{}}
		for range count {
			started := time.Now()
			if err := fetch(socket); err != nil {
				reply.Error = err.Error()
				continue
			}
			reply.Took = append(reply.Took, float64(time.Since(started).Microseconds())/1000)
		}
		if json.NewEncoder(bench).Encode(reply) != nil {
			return
		}
	}
}

func fetch(socket string) error {
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	client, err := workloadapi.New(ctx, workloadapi.WithAddr("unix://"+socket))
	if err != nil {
		return err
	}
	defer client.Close()
	_, err = client.FetchX509SVID(ctx)
	return err
}
