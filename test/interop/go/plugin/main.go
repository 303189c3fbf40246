// A plugin as upstream's SDK would serve it: go-plugin with one of the three services. Its one argument is the type.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/hashicorp/go-hclog"
	goplugin "github.com/hashicorp/go-plugin"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/anypb"
	"google.golang.org/protobuf/types/known/timestamppb"

	"interop/common"
	"interop/wire/apm"
	"interop/wire/base"
	"interop/wire/shared"
	"interop/wire/strategy"
	"interop/wire/target"
)

var log = hclog.New(&hclog.LoggerOptions{Level: hclog.Trace, Output: os.Stderr, JSONFormat: true, Name: "go"})

type baseServer struct {
	base.UnimplementedBasePluginServiceServer
	kind string
}

func (s *baseServer) PluginInfo(context.Context, *base.PluginInfoRequest) (*base.PluginInfoResponse, error) {
	types := map[string]base.PluginType{
		"apm":      base.PluginType_PLUGIN_TYPE_APM,
		"strategy": base.PluginType_PLUGIN_TYPE_STRATEGY,
		"target":   base.PluginType_PLUGIN_TYPE_TARGET,
	}
	return &base.PluginInfoResponse{Name: "go-" + s.kind, Type: types[s.kind]}, nil
}

func (s *baseServer) SetConfig(_ context.Context, r *base.SetConfigRequest) (*base.SetConfigResponse, error) {
	if text, ok := r.Config["fail"]; ok {
		return nil, fmt.Errorf("%s", text)
	}
	log.Info("configured", "keys", len(r.Config))
	return &base.SetConfigResponse{}, nil
}

type targetServer struct {
	target.UnimplementedTargetPluginServiceServer
}

func (*targetServer) Status(ctx context.Context, r *target.StatusRequest) (*target.StatusResponse, error) {
	if _, ok := r.Config["panic"]; ok {
		go func() { panic("boom") }()
	}
	if text, ok := r.Config["slow"]; ok {
		log.Info("status began")
		wait, _ := time.ParseDuration(text)
		select {
		case <-time.After(wait):
		case <-ctx.Done():
			log.Info("status was cancelled")
			return nil, ctx.Err()
		}
	}
	fmt.Print(r.Config["print"])
	count, _ := strconv.ParseInt(r.Config["count"], 10, 64)
	meta := map[string]string{"nomad_autoscaler.last_event": "1600000000123456789", "more": "facts"}
	return &target.StatusResponse{Ready: r.Config["ready"] == "true", Count: count, Meta: meta}, nil
}

func (*targetServer) Scale(_ context.Context, r *target.ScaleRequest) (*target.ScaleResponse, error) {
	if text, ok := r.Config["abort"]; ok {
		return nil, status.Error(codes.Aborted, text)
	}
	if text, ok := r.Config["fail"]; ok {
		return nil, fmt.Errorf("%s", text)
	}
	meta := map[string]any{}
	if err := json.Unmarshal(r.Action.Meta.GetValue(), &meta); err != nil {
		return nil, err
	}
	log.Info("scale", "count", r.Action.Count, "direction", r.Action.Direction.String(), "reason", r.Action.Reason,
		"error", r.Action.Error, "type_url", r.Action.Meta.GetTypeUrl(), "meta", string(r.Action.Meta.GetValue()))
	return &target.ScaleResponse{}, nil
}

type apmServer struct {
	apm.UnimplementedAPMPluginServiceServer
}

// Query answers "fixed:<n>": n at every whole second after the range's start.
func (*apmServer) Query(_ context.Context, r *apm.QueryRequest) (*apm.QueryResponse, error) {
	text, ok := strings.CutPrefix(r.Query, "fixed:")
	if !ok {
		return nil, fmt.Errorf("invalid query type %q", r.Query)
	}
	value, err := strconv.ParseFloat(text, 64)
	if err != nil {
		return nil, err
	}
	answer := &apm.QueryResponse{}
	from, to := r.TimeRange.From.AsTime(), r.TimeRange.To.AsTime()
	for at := from.Add(time.Second); !at.After(to); at = at.Add(time.Second) {
		point := &shared.TimestampedMetric{Timestamp: timestamppb.New(at), Value: value}
		answer.TimestampedMetric = append(answer.TimestampedMetric, point)
	}
	return answer, nil
}

func (s *apmServer) QueryMultiple(ctx context.Context, r *apm.QueryMultipleRequest) (*apm.QueryMultipleResponse, error) {
	one, err := s.Query(ctx, &apm.QueryRequest{Query: r.Query, TimeRange: r.TimeRange})
	return &apm.QueryMultipleResponse{TimestampedMetric: []*apm.QueryResponse{one}}, err
}

type strategyServer struct {
	strategy.UnimplementedStrategyPluginServiceServer
}

// Run makes an action of the strategy's settings: count, reason, direction.
func (*strategyServer) Run(_ context.Context, r *strategy.RunRequest) (*strategy.RunResponse, error) {
	config := r.Check.Strategy.Config
	log.Info("run", "action_present", r.Action != nil, "action_direction", int(r.Action.GetDirection()), "count", r.Count,
		"window", r.Check.QueryWindow.AsDuration().String(), "points", len(r.TimestampedMetric))
	answer := &strategy.RunResponse{Check: r.Check, TimestampedMetric: r.TimestampedMetric}
	if len(r.TimestampedMetric) == 0 {
		return answer, nil
	}
	count, _ := strconv.ParseInt(config["count"], 10, 64)
	direction := map[string]shared.ScalingDirection{
		"up":   shared.ScalingDirection_SCALING_DIRECTION_UP,
		"down": shared.ScalingDirection_SCALING_DIRECTION_DOWN,
		"":     shared.ScalingDirection_SCALING_DIRECTION_NONE,
	}[config["direction"]]
	answer.Action = &shared.ScalingAction{Count: count, Reason: config["reason"], Direction: direction,
		Meta: &anypb.Any{Value: []byte(`{"n":1e6,"list":["a",{"b":null}]}`)}}
	return answer, nil
}

func main() {
	kind := os.Args[1]
	services := func(server *grpc.Server) {
		base.RegisterBasePluginServiceServer(server, &baseServer{kind: kind})
		switch kind {
		case "apm":
			apm.RegisterAPMPluginServiceServer(server, &apmServer{})
		case "strategy":
			strategy.RegisterStrategyPluginServiceServer(server, &strategyServer{})
		case "target":
			target.RegisterTargetPluginServiceServer(server, &targetServer{})
		}
	}
	goplugin.Serve(&goplugin.ServeConfig{
		HandshakeConfig: common.Handshake,
		Plugins:         goplugin.PluginSet{"base": &common.Plugin{Services: services}},
		GRPCServer:      goplugin.DefaultGRPCServer,
		Logger:          log,
	})
}
