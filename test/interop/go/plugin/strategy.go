package main

import (
	"strings"

	"github.com/hashicorp/nomad-autoscaler/sdk"
)

type strategyPlugin struct{ self }

// Run makes an action of the check's settings: `count`, `direction`, `reason` or so many bytes of it as `big` says. With
// `nil` it has no evaluation to give. The rest is for `do`.
func (s *strategyPlugin) Run(eval *sdk.ScalingCheckEvaluation, count int64) (*sdk.ScalingCheckEvaluation, error) {
	config := eval.Check.Strategy.Config
	if err := s.do(config); err != nil {
		return nil, err
	}
	if _, ok := config["nil"]; ok {
		return nil, nil
	}
	s.log.Info("run", "count", count, "window_ms", eval.Check.QueryWindow.Milliseconds(), "points", len(eval.Metrics))
	reason := config["reason"]
	if size, ok := config["big"]; ok {
		reason = strings.Repeat("x", number(size))
	}
	eval.Action = &sdk.ScalingAction{
		Count:     int64(number(config["count"])),
		Reason:    reason,
		Direction: map[string]sdk.ScaleDirection{"up": sdk.ScaleDirectionUp, "down": sdk.ScaleDirectionDown}[config["direction"]],
		Meta:      map[string]interface{}{"n": 1e6, "list": []interface{}{"a", map[string]interface{}{"b": nil}}},
	}
	return eval, nil
}
