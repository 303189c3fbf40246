package main

import (
	"errors"
	"sort"
	"sync"
	"time"

	"github.com/hashicorp/nomad-autoscaler/plugins/apm"
	"github.com/hashicorp/nomad-autoscaler/plugins/strategy"
	"github.com/hashicorp/nomad-autoscaler/plugins/target"
	"github.com/hashicorp/nomad-autoscaler/sdk"
)

// bench makes one call over and over, so many at once: what the slower half and the slowest hundredth took, and how
// many there were per second.
func (h *host) bench(o order) (any, error) {
	call, err := h.benchCall(o)
	if err != nil {
		return nil, err
	}
	until := time.Now().Add(time.Duration(o.ForMs) * time.Millisecond)
	var lock sync.Mutex
	var taken []float64
	var failed error
	began := time.Now()
	var all sync.WaitGroup
	for range o.InFlight {
		all.Go(func() {
			var mine []float64
			for time.Now().Before(until) {
				one := time.Now()
				if err := call(); err != nil {
					lock.Lock()
					failed = err
					lock.Unlock()
					return
				}
				mine = append(mine, float64(time.Since(one).Nanoseconds())/1000)
			}
			lock.Lock()
			taken = append(taken, mine...)
			lock.Unlock()
		})
	}
	all.Wait()
	if failed != nil {
		return nil, failed
	}
	seconds := time.Since(began).Seconds()
	sort.Float64s(taken)
	part := func(share float64) float64 { return taken[min(int(float64(len(taken))*share), len(taken)-1)] }
	return map[string]float64{"p50": part(0.5), "p99": part(0.99), "perSecond": float64(len(taken)) / seconds}, nil
}

// benchCall is the bare call, without what the other orders do to print its answer.
func (h *host) benchCall(o order) (func() error, error) {
	span := sdk.TimeRange{From: time.Unix(0, o.From).UTC(), To: time.Unix(0, o.To).UTC()}
	switch plugin := h.plugin.(type) {
	case apm.APM:
		return func() error { _, err := plugin.Query(o.Query, span); return err }, nil
	case strategy.Strategy:
		eval := o.eval()
		return func() error { mine := *eval; _, err := plugin.Run(&mine, o.Count); return err }, nil
	case target.Target:
		return func() error { _, err := plugin.Status(o.Config); return err }, nil
	}
	return nil, errors.New("nothing to call")
}
