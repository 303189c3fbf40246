package main

import (
	"encoding/json"
	"os"
	"strconv"
	"strings"

	"github.com/hashicorp/nomad-autoscaler/sdk"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

type targetPlugin struct{ self }

// Status answers with `count`, or what stands in `file`, and `ready`, and with so many bytes of meta as `big` says. With `nil` it has no status to
// give. The rest is for `do`.
func (t *targetPlugin) Status(config map[string]string) (*sdk.TargetStatus, error) {
	if err := t.do(config); err != nil {
		return nil, err
	}
	if _, ok := config["nil"]; ok {
		return nil, nil
	}
	meta := map[string]string{sdk.TargetStatusMetaKeyLastEvent: "1600000000123456789", "more": "facts"}
	if size, ok := config["big"]; ok {
		meta["big"] = strings.Repeat("x", number(size))
	}
	count := config["count"]
	if file, ok := config["file"]; ok {
		text, err := os.ReadFile(file)
		if err != nil {
			return nil, err
		}
		count, meta = string(text), nil
	}
	return &sdk.TargetStatus{Ready: config["ready"] != "false", Count: int64(number(count)), Meta: meta}, nil
}

// Scale logs the action that it was given, and writes its count into `file`. With `noop` it does nothing and says so as the protocol has
// it, with `sdk_noop` as this release of the SDK has it.
func (t *targetPlugin) Scale(action sdk.ScalingAction, config map[string]string) error {
	if err := t.do(config); err != nil {
		return err
	}
	if text, ok := config["noop"]; ok {
		return status.Error(codes.Aborted, text)
	}
	if text, ok := config["sdk_noop"]; ok {
		return sdk.NewTargetScalingNoOpError("%s", text)
	}
	if file, ok := config["file"]; ok {
		if err := os.WriteFile(file, []byte(strconv.FormatInt(action.Count, 10)), 0o600); err != nil {
			return err
		}
	}
	meta, err := json.Marshal(action.Meta)
	t.log.Info("scale", "count", action.Count, "direction", action.Direction.String(), "reason", action.Reason,
		"meta", string(meta))
	return err
}
