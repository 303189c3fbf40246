package main

import (
	"context"
	"strconv"
	"strings"
	"sync"

	"github.com/hashicorp/go-plugin"
	"github.com/hashicorp/go-plugin/examples/bidirectional/proto"
	"github.com/hashicorp/go-plugin/examples/bidirectional/shared"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

// counter keeps numbers, and lets its host's adder do the adding.
type counter struct {
	proto.UnimplementedCounterServer
	broker *plugin.GRPCBroker
	mutex  sync.Mutex
	values map[string]int64
}

func (c *counter) Put(ctx context.Context, request *proto.PutRequest) (*proto.Empty, error) {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	sum, err := add(ctx, c.broker, request.AddServer, c.values[request.Key], request.Value)
	if err != nil {
		return nil, err
	}
	c.values[request.Key] = sum
	return &proto.Empty{}, nil
}

// Get answers with a number that was put. `offer` is the number of a new adder of the plugin's own, `offer:7` of one
// under this number.
func (c *counter) Get(_ context.Context, request *proto.GetRequest) (*proto.GetResponse, error) {
	if name, number, _ := strings.Cut(request.Key, ":"); name == "offer" {
		id := c.broker.NextId()
		if wanted, err := strconv.ParseUint(number, 10, 32); err == nil {
			id = uint32(wanted)
		}
		offer(c.broker, id, 1000)
		return &proto.GetResponse{Value: int64(id)}, nil
	}
	c.mutex.Lock()
	defer c.mutex.Unlock()
	value, found := c.values[request.Key]
	if !found {
		return nil, status.Error(codes.NotFound, request.Key)
	}
	return &proto.GetResponse{Value: value}, nil
}

type brokered struct{ plugin.NetRPCUnsupportedPlugin }

func (brokered) GRPCServer(broker *plugin.GRPCBroker, server *grpc.Server) error {
	proto.RegisterCounterServer(server, &counter{broker: broker, values: map[string]int64{}})
	registerBulk(server)
	return nil
}

func (brokered) GRPCClient(_ context.Context, broker *plugin.GRPCBroker, connection *grpc.ClientConn) (any, error) {
	return &remote{counter: proto.NewCounterClient(connection), broker: broker, connection: connection}, nil
}

func servePlugin() {
	plugin.Serve(&plugin.ServeConfig{
		HandshakeConfig: shared.Handshake,
		Plugins:         map[string]plugin.Plugin{"counter": brokered{}},
		GRPCServer:      plugin.DefaultGRPCServer,
	})
}
