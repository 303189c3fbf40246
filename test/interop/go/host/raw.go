package main

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"math/big"
	"net"
	"time"

	goplugin "github.com/hashicorp/go-plugin"
	sharedwire "github.com/hashicorp/nomad-autoscaler/plugins/shared/proto/v1"
	targetwire "github.com/hashicorp/nomad-autoscaler/plugins/target/proto/v1"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/health/grpc_health_v1"
)

// raw is the connection without upstream's clients, for requests that they never make.
type raw struct {
	target targetwire.TargetPluginServiceClient
}

type rawPlugin struct {
	goplugin.NetRPCUnsupportedPlugin
}

func (*rawPlugin) GRPCServer(*goplugin.GRPCBroker, *grpc.Server) error { return nil }

func (*rawPlugin) GRPCClient(_ context.Context, _ *goplugin.GRPCBroker, c *grpc.ClientConn) (any, error) {
	return &raw{targetwire.NewTargetPluginServiceClient(c)}, nil
}

// scale sends an action that is missing, empty, or beyond what a plugin can count.
func (r *raw) scale(how string) error {
	action := map[string]*sharedwire.ScalingAction{
		"missing": nil,
		"empty":   {},
		"huge":    {Count: 1 << 60, Direction: sharedwire.ScalingDirection_SCALING_DIRECTION_UP},
	}[how]
	_, err := r.target.Scale(context.Background(), &targetwire.ScaleRequest{Action: action})
	return err
}

// negotiated opens one more connection with the host's own keys, to see what the two agree on.
func (h *host) negotiated() (any, error) {
	config := h.config.TLSConfig.Clone()
	config.NextProtos = []string{"h2"}
	address := h.client.ReattachConfig().Addr
	conn, err := tls.Dial(address.Network(), address.String(), config)
	if err != nil {
		return nil, err
	}
	defer conn.Close()
	state := conn.ConnectionState()
	return map[string]string{"version": tls.VersionName(state.Version), "protocol": state.NegotiatedProtocol}, nil
}

// intrude calls the plugin as somebody who is not its host: in plain text, without a certificate, with one of its own.
func intrude(address net.Addr, how string) error {
	keys := insecure.NewCredentials()
	switch how {
	case "none":
		keys = credentials.NewTLS(&tls.Config{InsecureSkipVerify: true})
	case "foreign":
		own, err := foreign()
		if err != nil {
			return err
		}
		keys = credentials.NewTLS(&tls.Config{InsecureSkipVerify: true, Certificates: []tls.Certificate{own}})
	}
	dial := func(context.Context, string) (net.Conn, error) { return net.Dial(address.Network(), address.String()) }
	conn, err := grpc.NewClient("passthrough:plugin", grpc.WithTransportCredentials(keys), grpc.WithContextDialer(dial))
	if err != nil {
		return err
	}
	defer conn.Close()
	within, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	request := &grpc_health_v1.HealthCheckRequest{Service: "plugin"}
	_, err = grpc_health_v1.NewHealthClient(conn).Check(within, request)
	return err
}

func foreign() (tls.Certificate, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return tls.Certificate{}, err
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "localhost"},
		DNSNames: []string{"localhost"}, NotAfter: time.Now().Add(time.Hour), IsCA: true, BasicConstraintsValid: true}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, err
}
