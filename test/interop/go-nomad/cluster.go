package main

import (
	"io"
	"strings"

	"github.com/hashicorp/nomad/api"
)

var cluster = []command{
	{"agent-info", func(s *session) {
		self, err := s.Agent().Self()
		got(s, self, err)
		s.check(self.Stats["client"]["node_id"] != "" && self.Stats["raft"]["state"] == "Leader", "stats %+v", self.Stats)
		s.check(self.Config["UI"] != nil && self.Config["Version"] != nil, "no hints or no version")
		s.check(self.Member.Name != "", "no member")
		health, err := s.Agent().Health()
		s.check(got(s, health, err).Server.Ok && health.Client.Ok, "health %+v", health)
	}},
	{"server members", func(s *session) {
		members, err := s.Agent().MembersOpts(&api.QueryOptions{})
		member := got(s, members, err).Members[0]
		leader, err := s.Status().RegionLeader(member.Tags["region"])
		s.check(got(s, leader, err) == member.Addr+":"+member.Tags["port"], "%s leads", leader)
		regions, err := s.Regions().List()
		s.check(got(s, regions, err)[0] == "global", "regions %v", regions)
		peers, err := s.Status().Peers()
		got(s, peers, err)
	}},
	{"server join, force-leave", func(s *session) {
		_, err := s.Agent().Join("127.0.0.1:1")
		s.check(err != nil && strings.Contains(err.Error(), "failed to join 127.0.0.1:1"), "it says %v", err)
		s.ok(s.Agent().ForceLeave("nope"))
	}},
	{"operator raft", func(s *session) {
		raft, err := s.Operator().RaftGetConfiguration(nil)
		s.check(got(s, raft, err).Servers[0].Leader, "raft %+v", raft)
		s.check(s.Operator().RaftRemovePeerByID("nope", nil) != nil, "it knows nope")
	}},
	{"operator autopilot", func(s *session) {
		configuration, _, err := s.Operator().AutopilotGetConfiguration(nil)
		s.check(got(s, configuration, err).CleanupDeadServers, "configuration %+v", configuration)
		health, _, err := s.Operator().AutopilotServerHealth(nil)
		s.check(got(s, health, err).Healthy, "health %+v", health)
	}},
	{"operator scheduler", func(s *session) {
		before := read[*api.SchedulerConfigurationResponse](s)(s.Operator().SchedulerGetConfiguration(nil))
		configuration := before.SchedulerConfig
		configuration.SchedulerAlgorithm = api.SchedulerAlgorithmSpread
		set := written[*api.SchedulerSetConfigurationResponse](s)(s.Operator().SchedulerCASConfiguration(configuration, nil))
		s.check(set.Updated, "not updated")
		set = written[*api.SchedulerSetConfigurationResponse](s)(s.Operator().SchedulerCASConfiguration(configuration, nil))
		s.check(!set.Updated, "an old one was taken")
		configuration.SchedulerAlgorithm = api.SchedulerAlgorithmBinpack
		written[*api.SchedulerSetConfigurationResponse](s)(s.Operator().SchedulerSetConfiguration(configuration, nil))
	}},
	{"operator metrics", func(s *session) {
		text, err := s.Operator().Metrics(&api.QueryOptions{Params: map[string]string{"format": "prometheus"}})
		s.ok(err)
		s.check(strings.Contains(string(text), "nomad_client_allocated_cpu"), "no allocated CPU")
		summary, _, err := s.Operator().MetricsSummary(nil)
		s.check(len(got(s, summary, err).Gauges) > 0, "no gauges")
	}},
	{"operator root keyring list", func(s *session) {
		keys := read[[]*api.RootKeyMeta](s)(s.Keyring().List(nil))
		s.check(keys[0].State == "active", "keys %+v", keys)
	}},
	{"operator api", func(s *session) {
		body, err := s.Raw().Response("/v1/status/leader", nil)
		s.ok(err)
		text, err := io.ReadAll(body)
		s.ok(err)
		s.check(string(text) == `"127.0.0.1:4647"`, "it says %s", text)
	}},
	{"operator snapshot save", func(s *session) {
		_, err := s.Operator().Snapshot(nil)
		s.check(err != nil, "it makes one")
	}},
	{"quota list", func(s *session) {
		_, _, err := s.Quotas().List(nil)
		s.refused(err, 501, "Nomad Enterprise only endpoint")
		_, _, err = s.SentinelPolicies().List(nil)
		s.refused(err, 501, "Nomad Enterprise only endpoint")
	}},
	{"license get", func(s *session) {
		_, _, err := s.Operator().LicenseGet(nil)
		s.check(err != nil, "it has one")
	}},
	{"acl, switched off", func(s *session) {
		_, _, err := s.ACLTokens().Bootstrap(nil)
		s.refused(err, 400, "ACL support disabled")
		self := read[*api.ACLToken](s)(s.ACLTokens().Self(nil))
		s.check(self.AccessorID == "acls-disabled", "it is %s", self.AccessorID)
	}},
	{"volume status, plugin status", func(s *session) {
		read[[]*api.CSIVolumeListStub](s)(s.CSIVolumes().List(&api.QueryOptions{Prefix: ""}))
		read[[]*api.HostVolumeStub](s)(s.HostVolumes().List(&api.HostVolumeListRequest{}, nil))
		read[[]*api.CSIPluginListStub](s)(s.CSIPlugins().List(nil))
	}},
}
