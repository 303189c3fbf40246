// Package common is what the host and the plugin of these tests agree on.
package common

import (
	"context"

	goplugin "github.com/hashicorp/go-plugin"
	"google.golang.org/grpc"
)

// Handshake is the autoscaler's.
var Handshake = goplugin.HandshakeConfig{
	ProtocolVersion:  1,
	MagicCookieKey:   "NOMAD_AUTOSCALER_PLUGIN_MAGIC_COOKIE",
	MagicCookieValue: "e082fa04d587a6525d683666fa253d6afda00f20c122c54a80a3ed57fec99ff3",
}

// Plugin registers services on one side and hands out the bare connection on the other.
type Plugin struct {
	goplugin.NetRPCUnsupportedPlugin
	Services func(*grpc.Server)
}

// GRPCServer implements goplugin.GRPCPlugin.
func (p *Plugin) GRPCServer(_ *goplugin.GRPCBroker, server *grpc.Server) error {
	p.Services(server)
	return nil
}

// GRPCClient implements goplugin.GRPCPlugin.
func (*Plugin) GRPCClient(_ context.Context, _ *goplugin.GRPCBroker, conn *grpc.ClientConn) (any, error) {
	return conn, nil
}
