package main

import (
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"os/exec"

	"github.com/hashicorp/go-hclog"
	"github.com/hashicorp/go-plugin"
	"github.com/hashicorp/go-plugin/examples/bidirectional/proto"
	"github.com/hashicorp/go-plugin/examples/bidirectional/shared"
	"google.golang.org/grpc"
	"google.golang.org/protobuf/types/known/wrapperspb"
)

// remote is the plugin as the host sees it.
type remote struct {
	counter    proto.CounterClient
	broker     *plugin.GRPCBroker
	connection *grpc.ClientConn
}

// put has the plugin add by an adder that this host offers for the one call.
func (r *remote) put(ctx context.Context, key string, value int64) error {
	id := r.broker.NextId()
	server := offer(r.broker, id, 0)
	defer server.Stop()
	_, err := r.counter.Put(ctx, &proto.PutRequest{AddServer: id, Key: key, Value: value})
	return err
}

func (r *remote) get(ctx context.Context, key string) (int64, error) {
	answer, err := r.counter.Get(ctx, &proto.GetRequest{Key: key})
	return answer.GetValue(), err
}

func (r *remote) read(ctx context.Context, size int64) (bool, error) {
	answer := new(wrapperspb.BytesValue)
	err := r.connection.Invoke(ctx, bulkMethod, wrapperspb.Int64(size), answer)
	return bytes.Equal(answer.Value, pattern(size)), err
}

// What the host found out, for the test.
type report struct {
	Stored int64
	Sums   []int64
	Whole  bool
	Missed string
	Exited bool
}

func runHost(args []string) {
	flags := flag.NewFlagSet("host", flag.ExitOnError)
	multiplex := flags.Bool("multiplex", false, "carry everything over one connection")
	mtls := flags.Bool("mtls", false, "AutoMTLS")
	miss := flags.Bool("miss", false, "dial a number that is not offered")
	check(flags.Parse(args))
	client := plugin.NewClient(&plugin.ClientConfig{
		HandshakeConfig:     shared.Handshake,
		Plugins:             map[string]plugin.Plugin{"counter": brokered{}},
		Cmd:                 exec.Command(flags.Arg(0), flags.Args()[1:]...),
		AllowedProtocols:    []plugin.Protocol{plugin.ProtocolGRPC},
		AutoMTLS:            *mtls,
		GRPCBrokerMultiplex: *multiplex,
		Logger:              hclog.New(&hclog.LoggerOptions{Level: hclog.Warn, Output: os.Stderr}),
	})
	found, err := talk(client, *miss)
	client.Kill()
	check(err)
	found.Exited = client.Exited()
	check(json.NewEncoder(os.Stdout).Encode(found))
}

func talk(client *plugin.Client, miss bool) (found report, err error) {
	protocol, err := client.Client()
	if err != nil {
		return found, err
	}
	raw, err := protocol.Dispense("counter")
	if err != nil {
		return found, err
	}
	counter, ok := raw.(*remote)
	if !ok {
		return found, fmt.Errorf("%T is no counter", raw)
	}
	ctx := context.Background()
	for value := int64(1); value <= 5; value++ {
		if err = counter.put(ctx, "hello", value); err != nil {
			return found, err
		}
	}
	if found.Stored, err = counter.get(ctx, "hello"); err != nil {
		return found, err
	}
	for value := int64(0); value < 3; value++ {
		id, err := counter.get(ctx, "offer")
		if err != nil {
			return found, err
		}
		sum, err := add(ctx, counter.broker, uint32(id), value, value)
		if err != nil {
			return found, err
		}
		found.Sums = append(found.Sums, sum)
	}
	if found.Whole, err = counter.read(ctx, 10<<20); err != nil {
		return found, err
	}
	if miss {
		if _, missed := add(ctx, counter.broker, 4711, 1, 1); missed != nil {
			found.Missed = missed.Error()
		}
	}
	return found, nil
}
