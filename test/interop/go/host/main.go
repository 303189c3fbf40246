// A host as upstream's agent is one. It starts the target plugin that its arguments name, goes through a fixed list of
// calls, and prints what came of each as a JSON line. The log goes to stderr, as JSON.
package main

import (
	"context"
	"encoding/json"
	"flag"
	"os"
	"os/exec"
	"time"

	"github.com/hashicorp/go-hclog"
	goplugin "github.com/hashicorp/go-plugin"
	"google.golang.org/grpc"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/anypb"

	"interop/common"
	"interop/wire/base"
	"interop/wire/shared"
	"interop/wire/target"
)

type stdout struct{}

func (stdout) Write(chunk []byte) (int, error) {
	say("printed", string(chunk), nil)
	return len(chunk), nil
}

func say(step string, answer any, err error) {
	line := map[string]any{"step": step, "answer": answer}
	if err != nil {
		line["code"], line["error"] = status.Code(err).String(), err.Error()
	}
	text, _ := json.Marshal(line)
	os.Stdout.Write(append(text, '\n'))
}

func main() {
	mtls := flag.Bool("mtls", false, "AutoMTLS")
	crash := flag.Bool("crash", false, "make the plugin crash instead of stopping it")
	flag.Parse()
	client := goplugin.NewClient(&goplugin.ClientConfig{
		HandshakeConfig:  common.Handshake,
		Plugins:          goplugin.PluginSet{"target": &common.Plugin{}},
		Cmd:              exec.Command(flag.Arg(0), flag.Args()[1:]...),
		AllowedProtocols: []goplugin.Protocol{goplugin.ProtocolGRPC},
		AutoMTLS:         *mtls,
		SyncStdout:       stdout{},
		Logger:           hclog.New(&hclog.LoggerOptions{Level: hclog.Trace, Output: os.Stderr, JSONFormat: true}),
	})
	began := time.Now()
	protocol, err := client.Client()
	if err != nil {
		say("start", nil, err)
		os.Exit(1)
	}
	say("start", time.Since(began).Milliseconds(), protocol.Ping())
	raw, err := protocol.Dispense("target")
	if err != nil {
		say("dispense", nil, err)
		os.Exit(1)
	}
	conn := raw.(*grpc.ClientConn)
	calls(base.NewBasePluginServiceClient(conn), target.NewTargetPluginServiceClient(conn))
	if *crash {
		_, err := target.NewTargetPluginServiceClient(conn).Status(context.Background(),
			&target.StatusRequest{Config: map[string]string{"crash": "", "slow_ms": "5000"}})
		say("crash", nil, err)
		time.Sleep(300 * time.Millisecond)
	}
	began = time.Now()
	client.Kill()
	say("kill", map[string]any{"exited": client.Exited(), "ms": time.Since(began).Milliseconds()}, nil)
}

func calls(base_ base.BasePluginServiceClient, target_ target.TargetPluginServiceClient) {
	ctx := context.Background()
	info, err := base_.PluginInfo(ctx, &base.PluginInfoRequest{})
	say("info", map[string]any{"name": info.GetName(), "type": info.GetType().String()}, err)
	_, err = base_.SetConfig(ctx, &base.SetConfigRequest{Config: map[string]string{"a": "b"}})
	say("set config", nil, err)
	_, err = base_.SetConfig(ctx, &base.SetConfigRequest{Config: map[string]string{"fail": "no good"}})
	say("bad config", nil, err)

	ask := func(step string, ctx context.Context, config map[string]string) {
		answer, err := target_.Status(ctx, &target.StatusRequest{Config: config})
		if err != nil {
			say(step, nil, err)
			return
		}
		say(step, map[string]any{"ready": answer.Ready, "count": answer.Count, "meta": answer.Meta}, nil)
	}
	ask("status", ctx, map[string]string{"count": "3", "print": "hello"})
	ask("log", ctx, map[string]string{"log": "m"})
	ask("missing", ctx, map[string]string{"missing": ""})
	short, cancel := context.WithTimeout(ctx, 50*time.Millisecond)
	ask("slow", short, map[string]string{"slow_ms": "60000"})
	cancel()

	scale := func(step string, action *shared.ScalingAction, config map[string]string) {
		_, err := target_.Scale(ctx, &target.ScaleRequest{Action: action, Config: config})
		say(step, nil, err)
	}
	up := &shared.ScalingAction{Count: 4, Reason: "up it goes", Direction: shared.ScalingDirection_SCALING_DIRECTION_UP,
		Meta: &anypb.Any{Value: []byte(`{"nomad_policy_id":"p"}`)}}
	scale("scale", up, nil)
	dry := &shared.ScalingAction{Count: -1, Direction: shared.ScalingDirection_SCALING_DIRECTION_NONE,
		Meta: &anypb.Any{Value: []byte(`{"nomad_autoscaler.dry_run":true,"nomad_autoscaler.dry_run.count":5}`)}}
	scale("dry run", dry, nil)
	scale("no-op", up, map[string]string{"noop": "already there"})
	scale("broken", up, map[string]string{"fail": "it broke"})
	scale("no action", nil, nil)
	scale("empty action", &shared.ScalingAction{}, nil)
	huge := &shared.ScalingAction{Count: 1 << 60, Direction: shared.ScalingDirection_SCALING_DIRECTION_UP}
	scale("huge", huge, nil)
}
