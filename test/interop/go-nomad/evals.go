package main

import (
	"github.com/hashicorp/nomad/api"
	"github.com/hashicorp/nomad/api/contexts"
)

var evals = []command{
	{"eval list", func(s *session) {
		options := &api.QueryOptions{PerPage: 1, Filter: `JobID == "web" and Status == "complete"`, Namespace: "*"}
		list, meta, err := s.Evaluations().List(options)
		s.check(len(got(s, list, err)) == 1, "%d evaluations", len(list))
		options.NextToken = meta.NextToken
		next := read[[]*api.Evaluation](s)(s.Evaluations().List(options))
		s.check(next[0].ID != list[0].ID, "the same again")
		count := read[*api.EvalCountResponse](s)(s.Evaluations().Count(nil))
		s.check(count.Count > 1, "%d", count.Count)
	}},
	{"eval status", func(s *session) {
		id := read[[]*api.Evaluation](s)(s.Jobs().Evaluations("web", nil))[0].ID
		found := read[*api.SearchResponse](s)(s.Search().PrefixSearch(id[:9], contexts.Evals, nil))
		s.check(found.Matches[contexts.Evals][0] == id, "not found by nine digits")
		related := &api.QueryOptions{Params: map[string]string{"related": "true"}}
		read[*api.Evaluation](s)(s.Evaluations().Info(id, related))
		read[[]*api.AllocationListStub](s)(s.Evaluations().Allocations(id, nil))
	}},
	{"eval status, placement failed", func(s *session) {
		job := batchJob("big")
		job.TaskGroups[0].Tasks[0].Resources.CPU = new(1_000_000)
		answer := written[*api.JobRegisterResponse](s)(s.Jobs().Register(job, nil))
		evaluation := finished(s, answer.EvalID)
		metric := evaluation.FailedTGAllocs["g"]
		s.check(metric.NodesExhausted > 0 && metric.DimensionExhausted["cpu"] > 0, "metric %+v", metric)
		s.check(evaluation.BlockedEval != "", "none waits")
		blocked := read[*api.Evaluation](s)(s.Evaluations().Info(evaluation.BlockedEval, nil))
		s.check(blocked.Status == "blocked" && len(blocked.ClassEligibility) > 0, "blocked %+v", blocked)
		_, _, err := s.Jobs().Deregister("big", true, nil)
		s.ok(err)
	}},
	{"eval delete", func(s *session) {
		_, err := s.Evaluations().Delete([]string{"ffffffff-ffff-ffff-ffff-ffffffffffff"}, nil)
		s.check(err != nil, "it is not said that the broker has to be paused")
	}},
}

var deployments = []command{
	{"deployment list", func(s *session) {
		list := read[[]*api.Deployment](s)(s.Deployments().List(&api.QueryOptions{Namespace: "*", PerPage: 2}))
		s.check(len(list) == 2, "%d deployments", len(list))
	}},
	{"deployment status", func(s *session) {
		latest := read[*api.Deployment](s)(s.Jobs().LatestDeployment("web", nil))
		found := read[*api.SearchResponse](s)(s.Search().PrefixSearch(latest.ID[:8], contexts.Deployments, nil))
		s.check(found.Matches[contexts.Deployments][0] == latest.ID, "not found")
		read[[]*api.Deployment](s)(s.Deployments().PrefixList(latest.ID[:8]))
		read[[]*api.AllocationListStub](s)(s.Deployments().Allocations(latest.ID, nil))
	}},
	{"deployment pause, resume, fail", func(s *session) {
		job := parsed(s)
		job.TaskGroups[0].Tasks[0].Meta["round"] = "3"
		job.TaskGroups[0].Update.Canary = new(1)
		registered := written[*api.JobRegisterResponse](s)(s.Jobs().Register(job, nil))
		latest := until(s, "there is a new deployment", func() (*api.Deployment, bool) {
			latest := read[*api.Deployment](s)(s.Jobs().LatestDeployment("web", nil))
			return latest, latest.JobSpecModifyIndex == registered.JobModifyIndex
		})
		for _, isPaused := range []bool{true, false} {
			written[*api.DeploymentUpdateResponse](s)(s.Deployments().Pause(latest.ID, isPaused, nil))
			after := read[*api.Deployment](s)(s.Deployments().Info(latest.ID, nil))
			s.check((after.Status == "paused") == isPaused, "it is %s", after.Status)
		}
		canaries := until(s, "there is a canary", func() ([]string, bool) {
			after := read[*api.Deployment](s)(s.Deployments().Info(latest.ID, nil))
			return after.TaskGroups["app"].PlacedCanaries, len(after.TaskGroups["app"].PlacedCanaries) > 0
		})
		written[*api.DeploymentUpdateResponse](s)(s.Deployments().SetAllocHealth(latest.ID, canaries, nil, nil))
		written[*api.DeploymentUpdateResponse](s)(s.Deployments().Fail(latest.ID, nil))
		after := read[*api.Deployment](s)(s.Deployments().Info(latest.ID, nil))
		s.check(after.Status == "failed", "it is %s", after.Status)
		_, _, err := s.Deployments().Unblock(latest.ID, nil)
		s.check(err != nil, "what is not blocked can be unblocked")
	}},
}
