// Speaks to a Nomad as upstream's autoscaler does: through Nomad's own Go client.
//
//	nomad drain <address> <node>                 prints each message of MonitorDrain
//	nomad lock <address> <path> <ttl> <name>     prints "<name> leads" and "<name> led" until its input ends
package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/hashicorp/nomad/api"
)

func main() {
	client, err := api.NewClient(&api.Config{Address: os.Args[2]})
	must(err)
	ctx, cancel := context.WithCancel(context.Background())
	go func() {
		io.Copy(io.Discard, os.Stdin)
		cancel()
	}()
	switch os.Args[1] {
	case "drain":
		drain(ctx, client, os.Args[3])
	case "lock":
		lock(ctx, client, os.Args[3], os.Args[4], os.Args[5])
	}
}

func drain(ctx context.Context, client *api.Client, node string) {
	spec := &api.DrainSpec{Deadline: time.Hour}
	started, err := client.Nodes().UpdateDrainOpts(node, &api.DrainOptions{DrainSpec: spec}, nil)
	must(err)
	for message := range client.Nodes().MonitorDrain(ctx, node, started.LastIndex, false) {
		fmt.Println(message.String())
	}
}

func lock(ctx context.Context, client *api.Client, path, ttl, name string) {
	variable := api.Variable{Path: path, Lock: &api.VariableLock{TTL: ttl, LockDelay: ttl}}
	locks, err := client.Locks(api.WriteOptions{}, variable, api.LocksOptionWithMaxRetries(5))
	must(err)
	leaser := client.NewLockLeaser(locks)
	err = leaser.Start(ctx, func(leading context.Context) error {
		fmt.Println(name, "leads")
		<-leading.Done()
		fmt.Println(name, "led")
		return nil
	})
	if ctx.Err() == nil {
		must(err)
	}
}

func must(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
