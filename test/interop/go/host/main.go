// A host as upstream's agent is one: go-plugin, and upstream's clients of the three types. It starts the plugin that its
// arguments name, takes orders as JSON lines on stdin, all at once, and prints what came of each. The log goes to
// stderr, as JSON.
package main

import (
	"bufio"
	"encoding/json"
	"flag"
	"os"
	"os/exec"
	"sync"
	"time"

	"github.com/hashicorp/go-hclog"
	goplugin "github.com/hashicorp/go-plugin"
	"github.com/hashicorp/nomad-autoscaler/plugins"
	"github.com/hashicorp/nomad-autoscaler/plugins/apm"
	"github.com/hashicorp/nomad-autoscaler/plugins/strategy"
	"github.com/hashicorp/nomad-autoscaler/plugins/target"
	"google.golang.org/grpc/status"
)

type host struct {
	config *goplugin.ClientConfig
	client *goplugin.Client
	// One of upstream's clients.
	plugin any
	raw    *raw
}

func main() {
	kind := flag.String("type", "target", "what to ask the plugin for")
	mtls := flag.Bool("mtls", false, "AutoMTLS")
	slowly := flag.Bool("slowly", false, "read the plugin's log slowly")
	flag.Parse()
	began := time.Now()
	h, err := start(*kind, *mtls, *slowly, exec.Command(flag.Arg(0), flag.Args()[1:]...))
	if err != nil {
		say(map[string]any{"event": "failed", "error": err.Error()})
		os.Exit(1)
	}
	say(map[string]any{"event": "started", "ms": time.Since(began).Milliseconds(), "address": h.address(), "pid": h.pid()})
	input := bufio.NewReaderSize(os.Stdin, 1<<20)
	for decoder := json.NewDecoder(input); ; {
		var o order
		if decoder.Decode(&o) != nil {
			h.client.Kill()
			return
		}
		go func() {
			answer, err := h.carryOut(o)
			line := map[string]any{"id": o.ID, "answer": answer}
			if err != nil {
				line["error"] = err.Error()
				if known, ok := status.FromError(err); ok {
					line["code"], line["details"] = known.Code(), known.Message()
				}
			}
			say(line)
		}()
	}
}

func start(kind string, mtls, slowly bool, command *exec.Cmd) (*host, error) {
	config := &goplugin.ClientConfig{
		HandshakeConfig: plugins.Handshake,
		Plugins: goplugin.PluginSet{
			"apm":      &apm.PluginAPM{},
			"strategy": &strategy.PluginStrategy{},
			"target":   &target.PluginTarget{},
			"raw":      &rawPlugin{},
		},
		Cmd:              command,
		AllowedProtocols: []goplugin.Protocol{goplugin.ProtocolGRPC},
		AutoMTLS:         mtls,
		SyncStdout:       printed("stdout"),
		SyncStderr:       printed("stderr"),
		Logger:           hclog.New(&hclog.LoggerOptions{Level: hclog.Trace, Output: os.Stderr, JSONFormat: true}),
	}
	if slowly {
		config.Stderr = slow{}
	}
	client := goplugin.NewClient(config)
	protocol, err := client.Client()
	if err != nil {
		return nil, err
	}
	if err := protocol.Ping(); err != nil {
		return nil, err
	}
	plugin, err := protocol.Dispense(kind)
	if err != nil {
		return nil, err
	}
	bare, err := protocol.Dispense("raw")
	return &host{config: config, client: client, plugin: plugin, raw: bare.(*raw)}, err
}

func (h *host) address() string { return h.client.ReattachConfig().Addr.String() }
func (h *host) pid() int        { return h.client.ReattachConfig().Pid }

// printed tells of what the plugin prints, message by message.
type printed string

func (p printed) Write(chunk []byte) (int, error) {
	say(map[string]any{"event": string(p), "text": string(chunk)})
	return len(chunk), nil
}

// slow takes a millisecond for each sixteenth line.
type slow struct{}

var seen int

func (slow) Write(chunk []byte) (int, error) {
	if seen++; seen%16 == 0 {
		time.Sleep(time.Millisecond)
	}
	return len(chunk), nil
}

var out sync.Mutex

func say(line map[string]any) {
	text, err := json.Marshal(line)
	if err != nil {
		text, _ = json.Marshal(map[string]any{"id": line["id"], "error": err.Error()})
	}
	out.Lock()
	defer out.Unlock()
	os.Stdout.Write(append(text, '\n'))
}
