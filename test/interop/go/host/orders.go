package main

import (
	"fmt"
	"strconv"
	"time"

	"github.com/hashicorp/nomad-autoscaler/plugins/apm"
	"github.com/hashicorp/nomad-autoscaler/plugins/base"
	"github.com/hashicorp/nomad-autoscaler/plugins/strategy"
	"github.com/hashicorp/nomad-autoscaler/plugins/target"
	"github.com/hashicorp/nomad-autoscaler/sdk"
)

// order is one line of stdin. Instants are Unix nanoseconds and, like values, text, so that nothing is lost in JSON.
type order struct {
	ID     int               `json:"id"`
	Do     string            `json:"do"`
	Config map[string]string `json:"config"`
	Query  string            `json:"query"`
	From   int64             `json:"from,string"`
	To     int64             `json:"to,string"`
	Count  int64             `json:"count"`
	Points []point           `json:"points"`
	Window time.Duration     `json:"window"`
	Action sdk.ScalingAction `json:"action"`
	How    string            `json:"how"`
	// Of a bench.
	ForMs    int `json:"forMs"`
	InFlight int `json:"inFlight"`
}

type point struct {
	At    int64  `json:"at,string"`
	Value string `json:"value"`
}

func (h *host) carryOut(o order) (any, error) {
	switch o.Do {
	case "info":
		return h.plugin.(base.Base).PluginInfo()
	case "setConfig":
		return nil, h.plugin.(base.Base).SetConfig(o.Config)
	case "query", "queryMultiple", "run", "status", "scale":
		return h.call(o)
	case "kill":
		began := time.Now()
		h.client.Kill()
		return map[string]any{"exited": h.client.Exited(), "ms": time.Since(began).Milliseconds()}, nil
	case "intrude":
		return nil, intrude(h.client.ReattachConfig().Addr, o.How)
	case "tls":
		return h.negotiated()
	case "wire":
		return nil, h.raw.scale(o.How)
	case "bench":
		return h.bench(o)
	}
	return nil, fmt.Errorf("no such order: %s", o.Do)
}

// call makes a call with upstream's client of the plugin's type.
func (h *host) call(o order) (any, error) {
	span := sdk.TimeRange{From: time.Unix(0, o.From).UTC(), To: time.Unix(0, o.To).UTC()}
	switch o.Do {
	case "query":
		metrics, err := h.plugin.(apm.APM).Query(o.Query, span)
		return pointsFrom(metrics), err
	case "queryMultiple":
		series, err := h.plugin.(apm.APM).QueryMultiple(o.Query, span)
		all := make([][]point, len(series))
		for i, one := range series {
			all[i] = pointsFrom(one)
		}
		return all, err
	case "run":
		done, err := h.plugin.(strategy.Strategy).Run(o.eval(), o.Count)
		if err != nil {
			return nil, err
		}
		return done.Action, nil
	case "status":
		return h.plugin.(target.Target).Status(o.Config)
	default:
		return nil, h.plugin.(target.Target).Scale(o.Action, o.Config)
	}
}

// eval is what upstream's agent hands to a strategy.
func (o order) eval() *sdk.ScalingCheckEvaluation {
	metrics := make(sdk.TimestampedMetrics, len(o.Points))
	for i, one := range o.Points {
		value, _ := strconv.ParseFloat(one.Value, 64)
		metrics[i] = sdk.TimestampedMetric{Timestamp: time.Unix(0, one.At).UTC(), Value: value}
	}
	return &sdk.ScalingCheckEvaluation{
		Check: &sdk.ScalingPolicyCheck{Name: "c", Source: "s", Query: o.Query, QueryWindow: o.Window,
			Strategy: &sdk.ScalingPolicyStrategy{Name: "fixture", Config: o.Config}},
		Metrics: metrics,
		Action:  &sdk.ScalingAction{Meta: map[string]any{"nomad_policy_id": "p"}},
	}
}

func pointsFrom(metrics sdk.TimestampedMetrics) []point {
	points := make([]point, len(metrics))
	for i, one := range metrics {
		points[i] = point{At: one.Timestamp.UnixNano(), Value: strconv.FormatFloat(one.Value, 'g', -1, 64)}
	}
	return points
}
