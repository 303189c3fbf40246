package main

import (
	"strings"
	"time"

	"github.com/hashicorp/nomad/api"
	"github.com/hashicorp/nomad/api/contexts"
)

func oneNode(s *session) *api.NodeListStub {
	list := read[[]*api.NodeListStub](s)(s.Nodes().List(nil))
	s.check(len(list) > 1, "%d nodes", len(list))
	return list[0]
}

var nodes = []command{
	{"node status", func(s *session) {
		options := &api.QueryOptions{PerPage: 1, Params: map[string]string{"os": "true", "resources": "true"}}
		list, meta, err := s.Nodes().List(options)
		got(s, list, err)
		s.check(len(list) == 1 && meta.NextToken != "", "not one of several: %d, %q", len(list), meta.NextToken)
		s.check(list[0].Attributes["os.name"] != "", "no operating system")
		s.check(list[0].NodeResources.Memory.MemoryMB > 0 && list[0].ReservedResources != nil, "no resources")
		ready := read[[]*api.NodeListStub](s)(s.Nodes().List(&api.QueryOptions{Filter: `Status == "ready"`}))
		s.check(len(ready) > 0, "none is ready")
		read[[]*api.Allocation](s)(s.Nodes().Allocations(list[0].ID, nil))
	}},
	{"node status <id>", func(s *session) {
		id := oneNode(s).ID
		found := read[*api.SearchResponse](s)(s.Search().PrefixSearch(id[:7], contexts.Nodes, nil))
		s.check(found.Matches[contexts.Nodes][0] == id, "not found by seven digits")
		read[[]*api.NodeListStub](s)(s.Nodes().List(&api.QueryOptions{Prefix: id[:8]}))
		node := read[*api.Node](s)(s.Nodes().Info(id, nil))
		s.check(node.Events[0].Message != "" && node.Drivers["docker"].Healthy, "node %+v", node)
		allocations := read[[]*api.Allocation](s)(s.Nodes().Allocations(id, nil))
		volumes, err := s.Nodes().CSIVolumes(id, nil)
		got(s, volumes, err)
		read[[]*api.HostVolumeStub](s)(s.HostVolumes().List(&api.HostVolumeListRequest{NodeID: id}, nil))
		stats, err := s.Nodes().Stats(id, nil)
		got(s, stats, err)
		s.check(stats.Memory.Total > 0 && len(stats.CPU) > 0 && len(stats.DiskStats) > 0, "stats %+v", stats)
		for _, one := range allocations {
			if one.ClientStatus == "running" {
				usage, err := s.Allocations().Stats(one, nil)
				got(s, usage, err)
			}
		}
	}},
	{"node eligibility", func(s *session) {
		id := oneNode(s).ID
		for _, isEligible := range []bool{false, true} {
			answer, err := s.Nodes().ToggleEligibility(id, isEligible, nil)
			got(s, answer, err)
			node := read[*api.Node](s)(s.Nodes().Info(id, nil))
			s.check((node.SchedulingEligibility == "eligible") == isEligible, "it is %s", node.SchedulingEligibility)
		}
	}},
	{"node drain", func(s *session) {
		node := oneAlloc(s).NodeID
		options := &api.DrainOptions{DrainSpec: &api.DrainSpec{Deadline: time.Hour}, Meta: map[string]string{"why": "test"}}
		answer, err := s.Nodes().UpdateDrainOpts(node, options, nil)
		got(s, answer, err)
		var lines []string
		for message := range s.Nodes().MonitorDrain(s.within(20*time.Second), node, answer.LastIndex, false) {
			lines = append(lines, message.String())
		}
		text := strings.Join(lines, "\n")
		s.check(strings.Contains(text, "Drain complete for node "+node), "it said: %s", text)
		after := read[*api.Node](s)(s.Nodes().Info(node, nil))
		s.check(after.LastDrain.Status == "complete" && after.LastDrain.Meta["why"] == "test", "drain %+v", after.LastDrain)
	}},
	{"node drain -disable", func(s *session) {
		for _, one := range read[[]*api.NodeListStub](s)(s.Nodes().List(nil)) {
			answer, err := s.Nodes().UpdateDrainOpts(one.ID, &api.DrainOptions{MarkEligible: true}, nil)
			got(s, answer, err)
		}
	}},
	{"node meta", func(s *session) {
		id := oneNode(s).ID
		request := &api.NodeMetaApplyRequest{NodeID: id, Meta: map[string]*string{"rack": new("r1")}}
		applied, err := s.Nodes().Meta().Apply(request, nil)
		s.check(got(s, applied, err).Meta["rack"] == "r1", "meta %+v", applied)
		meta, err := s.Nodes().Meta().Read(id, nil)
		s.check(*got(s, meta, err).Dynamic["rack"] == "r1", "meta %+v", meta)
	}},
	{"node config -servers", func(s *session) {
		servers, err := s.Agent().Servers()
		s.check(len(got(s, servers, err)) == 1, "servers %v", servers)
	}},
	{"node pool", func(s *session) {
		_, err := s.NodePools().Register(&api.NodePool{Name: "gpu", Description: "d", Meta: map[string]string{"a": "b"}}, nil)
		s.ok(err)
		pools := read[[]*api.NodePool](s)(s.NodePools().PrefixList("", &api.QueryOptions{PerPage: 2}))
		s.check(len(pools) == 2, "%d pools", len(pools))
		read[*api.NodePool](s)(s.NodePools().Info("gpu", nil))
		members := read[[]*api.NodeListStub](s)(s.NodePools().ListNodes("default", &api.QueryOptions{PerPage: 1}))
		s.check(len(members) == 1, "%d nodes", len(members))
		read[[]*api.JobListStub](s)(s.NodePools().ListJobs("default", nil))
		_, err = s.NodePools().Delete("gpu", nil)
		s.ok(err)
	}},
	{"node evaluate", func(s *session) {
		_, _, err := s.Nodes().ForceEvaluate(oneNode(s).ID, nil)
		s.ok(err)
	}},
	{"node gc", func(s *session) { s.ok(s.Nodes().GC(oneNode(s).ID, nil)) }},
}
