// A plugin as an author writes one with upstream's SDK. Its first argument says of which type it is; `tcp` after it
// makes it listen on TCP. What it answers stands in the settings of each call, as in plugin.ts, its twin.
package main

import (
	"errors"
	"fmt"
	"os"
	"strconv"
	"sync"
	"time"

	"github.com/hashicorp/go-hclog"
	"github.com/hashicorp/nomad-autoscaler/plugins"
	"github.com/hashicorp/nomad-autoscaler/plugins/base"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

func main() {
	kind := os.Args[1]
	if len(os.Args) > 2 && os.Args[2] == "tcp" {
		overTCP()
	}
	if kind == "echo" {
		serveEcho()
		return
	}
	// The redirection of stderr comes later, so this is what the host hears.
	log := hclog.New(&hclog.LoggerOptions{Level: hclog.Trace, JSONFormat: true, Name: "go"})
	plugins.Serve(func(hclog.Logger) interface{} {
		self := self{kind: kind, log: log, gate: newGate()}
		switch kind {
		case "apm":
			return &apmPlugin{self}
		case "strategy":
			return &strategyPlugin{self}
		default:
			return &targetPlugin{self}
		}
	})
	log.Info("closed")
}

// self is what the plugins of each type have in common.
type self struct {
	kind string
	log  hclog.Logger
	gate *gate
}

func (s *self) PluginInfo() (*base.PluginInfo, error) {
	return &base.PluginInfo{Name: "fixture-" + s.kind, PluginType: s.kind}, nil
}

func (s *self) SetConfig(config map[string]string) error {
	if text, ok := config["fail"]; ok {
		return errors.New(text)
	}
	if text, ok := config["log"]; ok {
		s.log.Trace("trace "+text, "n", 12, "s", "bar")
		s.log.Debug("debug "+text, "n", 12, "s", "bar")
		s.log.Info("info "+text, "n", 12, "s", "bar")
		s.log.Warn("warn "+text, "n", 12, "s", "bar")
		s.log.Error("error "+text, "n", 12, "s", "bar")
	}
	if text, ok := config["print"]; ok {
		fmt.Fprint(os.Stdout, text)
		fmt.Fprint(os.Stderr, config["complain"])
	}
	if text, ok := config["print_bytes"]; ok {
		printNumbers(number(text))
	}
	s.log.Info("configured", "keys", len(config))
	return nil
}

// do is what any call can be told, whatever its type.
func (s *self) do(config map[string]string) error {
	if _, ok := config["crash"]; ok {
		go panicBelow(10)
		time.Sleep(time.Minute)
	}
	if text, ok := config["slow_ms"]; ok {
		s.log.Info("slow call began")
		time.Sleep(time.Duration(number(text)) * time.Millisecond)
	}
	if text, ok := config["together"]; ok {
		s.gate.wait(number(text))
	}
	if text, ok := config["fail"]; ok {
		return errors.New(text)
	}
	if text, ok := config["abort"]; ok {
		return status.Error(codes.Aborted, text)
	}
	return nil
}

// panicBelow panics with so many frames on the stack.
func panicBelow(frames int) {
	if frames == 0 {
		panic("boom")
	}
	panicBelow(frames - 1)
}

// gate holds calls until so many have come.
type gate struct {
	lock sync.Mutex
	here int
	open chan struct{}
}

func newGate() *gate { return &gate{open: make(chan struct{})} }

func (g *gate) wait(all int) {
	g.lock.Lock()
	open := g.open
	g.here++
	if g.here == all {
		close(g.open)
		g.here, g.open = 0, make(chan struct{})
	}
	g.lock.Unlock()
	<-open
}

// printNumbers prints so many bytes: numbers of seven digits, a line each.
func printNumbers(size int) {
	for i := 0; i*8 < size; i++ {
		fmt.Printf("%07d\n", i)
	}
}

func number(text string) int {
	n, _ := strconv.Atoi(text)
	return n
}
