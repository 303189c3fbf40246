package main

import (
	"context"
	"io"

	goplugin "github.com/hashicorp/go-plugin"
	"github.com/hashicorp/nomad-autoscaler/plugins"
	"google.golang.org/grpc"
	"google.golang.org/protobuf/types/known/timestamppb"
)

// serveEcho serves one method that the autoscaler's protocol has none of: numbers both ways on one stream.
func serveEcho() {
	goplugin.Serve(&goplugin.ServeConfig{
		HandshakeConfig: plugins.Handshake,
		Plugins:         goplugin.PluginSet{"echo": &echoPlugin{}},
		GRPCServer:      goplugin.DefaultGRPCServer,
	})
}

type echoPlugin struct {
	goplugin.NetRPCUnsupportedPlugin
}

func (*echoPlugin) GRPCClient(context.Context, *goplugin.GRPCBroker, *grpc.ClientConn) (any, error) {
	return nil, nil
}

func (*echoPlugin) GRPCServer(_ *goplugin.GRPCBroker, server *grpc.Server) error {
	server.RegisterService(&grpc.ServiceDesc{
		ServiceName: "interop.Echo",
		HandlerType: (*any)(nil),
		Streams: []grpc.StreamDesc{{
			StreamName: "Numbers", ServerStreams: true, ClientStreams: true,
			Handler: func(_ any, stream grpc.ServerStream) error {
				for {
					var number timestamppb.Timestamp
					if err := stream.RecvMsg(&number); err == io.EOF {
						return nil
					} else if err != nil {
						return err
					}
					if err := stream.SendMsg(&number); err != nil {
						return err
					}
				}
			},
		}},
	}, struct{}{})
	return nil
}
