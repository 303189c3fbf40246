package main

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/hashicorp/nomad-autoscaler/sdk"
)

type apmPlugin struct{ self }

// Query answers `fixed:<n>` with n at every whole second after the range's start, `points:<n>` with so many, `nil` with
// nothing at all. `<key>:<text>` is otherwise what `do` is told; a number behind that is the value of the one point.
func (a *apmPlugin) Query(query string, span sdk.TimeRange) (sdk.TimestampedMetrics, error) {
	verb, text, _ := strings.Cut(query, ":")
	switch verb {
	case "nil":
		return nil, nil
	case "fixed":
		value, err := strconv.ParseFloat(text, 64)
		if err != nil {
			return nil, err
		}
		points := sdk.TimestampedMetrics{}
		for at := span.From.Add(time.Second); !at.After(span.To); at = at.Add(time.Second) {
			points = append(points, sdk.TimestampedMetric{Timestamp: at, Value: value})
		}
		return points, nil
	case "points":
		points := make(sdk.TimestampedMetrics, number(text))
		for i := range points {
			at := span.From.Add(time.Duration(i)*time.Second + 5)
			points[i] = sdk.TimestampedMetric{Timestamp: at, Value: float64(i) + 0.5}
		}
		return points, nil
	case "crash", "slow_ms", "together", "fail", "abort":
		text, value, _ := strings.Cut(text, "/")
		if err := a.do(map[string]string{verb: text}); err != nil {
			return nil, err
		}
		return sdk.TimestampedMetrics{{Timestamp: span.To, Value: float64(number(value))}}, nil
	}
	return nil, fmt.Errorf("invalid query type %q", query)
}

// QueryMultiple answers `nils` with one series of nothing.
func (a *apmPlugin) QueryMultiple(query string, span sdk.TimeRange) ([]sdk.TimestampedMetrics, error) {
	switch query {
	case "nil":
		return nil, nil
	case "nils":
		return []sdk.TimestampedMetrics{nil}, nil
	}
	one, err := a.Query(query, span)
	return []sdk.TimestampedMetrics{one}, err
}
