package main

import (
	"context"

	"github.com/hashicorp/go-plugin"
	"github.com/hashicorp/go-plugin/examples/bidirectional/proto"
	"google.golang.org/grpc"
)

// adder is what either side offers by the broker. The bonus tells who has added.
type adder struct {
	proto.UnimplementedAddHelperServer
	bonus int64
}

func (a adder) Sum(_ context.Context, request *proto.SumRequest) (*proto.SumResponse, error) {
	return &proto.SumResponse{R: request.A + request.B + a.bonus}, nil
}

// offer serves an adder under a number until the broker closes.
func offer(broker *plugin.GRPCBroker, id uint32, bonus int64) *grpc.Server {
	made := make(chan *grpc.Server, 1)
	go broker.AcceptAndServe(id, func(options []grpc.ServerOption) *grpc.Server {
		server := grpc.NewServer(options...)
		proto.RegisterAddHelperServer(server, adder{bonus: bonus})
		made <- server
		return server
	})
	return <-made
}

// add asks the adder that the other side offers under this number.
func add(ctx context.Context, broker *plugin.GRPCBroker, id uint32, a, b int64) (int64, error) {
	connection, err := broker.Dial(id)
	if err != nil {
		return 0, err
	}
	defer func() { _ = connection.Close() }()
	answer, err := proto.NewAddHelperClient(connection).Sum(ctx, &proto.SumRequest{A: a, B: b})
	if err != nil {
		return 0, err
	}
	return answer.R, nil
}
