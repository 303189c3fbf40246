package main

import (
	"time"

	"github.com/hashicorp/nomad/api"
	"github.com/hashicorp/nomad/api/contexts"
)

const jobFile = `
job "web" {
  group "app" {
    count = 2
    network {
      port "http" {}
    }
    service {
      name     = "web"
      port     = "http"
      provider = "nomad"
    }
    scaling {
      min = 1
      max = 9
      policy {
        cooldown = "1m"
      }
    }
    update {
      min_healthy_time = "100ms"
      health_check     = "task_states"
    }
    migrate {
      min_healthy_time = "100ms"
      health_check     = "task_states"
    }
    task "server" {
      driver = "docker"
      config {
        image = "nginx"
      }
      meta {
        round = "1"
      }
      resources {
        cpu    = 50
        memory = 32
      }
    }
  }
}
`

func batchJob(id string) *api.Job {
	task := api.NewTask("t", "mock_driver").SetConfig("run_for", "10ms").
		Require(&api.Resources{CPU: new(50), MemoryMB: new(32)})
	group := api.NewTaskGroup("g", 1).AddTask(task).RequireDisk(&api.EphemeralDisk{SizeMB: new(150)})
	return api.NewBatchJob(id, id, "global", 50).AddDatacenter("dc1").AddTaskGroup(group)
}

// parsed is the job file as the client has it after parsing.
func parsed(s *session) *api.Job {
	request := &api.JobsParseRequest{JobHCL: jobFile, Canonicalize: false}
	job, err := s.Jobs().ParseHCLOpts(request)
	return got(s, job, err)
}

// finished monitors an evaluation and its deployment as `job run` does.
func finished(s *session, id string) *api.Evaluation {
	evaluation := until(s, "the evaluation is complete", func() (*api.Evaluation, bool) {
		one := read[*api.Evaluation](s)(s.Evaluations().Info(id, nil))
		read[[]*api.AllocationListStub](s)(s.Evaluations().Allocations(id, nil))
		return one, one.Status == "complete"
	})
	if evaluation.DeploymentID != "" {
		until(s, "the deployment is done", func() (*api.Deployment, bool) {
			one := read[*api.Deployment](s)(s.Deployments().Info(evaluation.DeploymentID, nil))
			read[[]*api.AllocationListStub](s)(s.Deployments().Allocations(one.ID, nil))
			return one, one.Status != "running"
		})
	}
	return evaluation
}

// jobByPrefix finds a job as the commands do that take its ID.
func jobByPrefix(s *session, prefix, filter string) string {
	found := read[[]*api.JobListStub](s)(s.Jobs().List(&api.QueryOptions{Prefix: prefix, PerPage: 20, Filter: filter}))
	s.check(len(found) > 0 && found[0].ID == prefix, "%s is not found by its name", prefix)
	return found[0].ID
}

var jobs = []command{
	{"job status, without a job", func(s *session) {
		found := read[[]*api.JobListStub](s)(s.Jobs().List(nil))
		s.check(len(found) == 0, "there are jobs: %v", found)
	}},
	{"job validate", func(s *session) {
		answer := written[*api.JobValidateResponse](s)(s.Jobs().Validate(parsed(s), nil))
		s.check(answer.DriverConfigValidated && answer.Error == "", "not valid: %+v", answer)
		wrong := parsed(s)
		wrong.TaskGroups = nil
		answer = written[*api.JobValidateResponse](s)(s.Jobs().Validate(wrong, nil))
		s.check(len(answer.ValidationErrors) > 0, "a job without groups is valid")
	}},
	{"job plan", func(s *session) {
		answer := written[*api.JobPlanResponse](s)(s.Jobs().PlanOpts(parsed(s), &api.PlanOptions{Diff: true}, nil))
		s.check(answer.Diff.Type == "Added", "not added: %+v", answer.Diff)
		s.check(answer.Annotations.DesiredTGUpdates["app"].Place == 2, "not two placed: %+v", answer.Annotations)
	}},
	{"job run", func(s *session) {
		submission := &api.JobSubmission{Source: jobFile, Format: "hcl2"}
		options := &api.RegisterOptions{Submission: submission}
		answer := written[*api.JobRegisterResponse](s)(s.Jobs().RegisterOpts(parsed(s), options, nil))
		finished(s, answer.EvalID)
	}},
	{"job run -check-index", func(s *session) {
		_, _, err := s.Jobs().RegisterOpts(parsed(s), &api.RegisterOptions{EnforceIndex: true}, nil)
		s.refused(err, 500, "Enforcing job modify index 0: job already exists")
	}},
	{"job status", func(s *session) {
		id := jobByPrefix(s, "web", "")
		job := read[*api.Job](s)(s.Jobs().Info(id, nil))
		s.check(*job.Status == "running" && *job.Stable, "not running and stable: %v", *job.Status)
		allocs := read[[]*api.AllocationListStub](s)(s.Jobs().Allocations(id, false, nil))
		s.check(len(allocs) == 2, "%d allocations", len(allocs))
		read[[]*api.Evaluation](s)(s.Jobs().Evaluations(id, nil))
		latest := read[*api.Deployment](s)(s.Jobs().LatestDeployment(id, nil))
		s.check(latest.Status == "successful", "deployment %s", latest.Status)
		summary := read[*api.JobSummary](s)(s.Jobs().Summary(id, nil))
		s.check(summary.Summary["app"].Running == 2, "summary %+v", summary)
	}},
	{"job inspect", func(s *session) {
		read[*api.Job](s)(s.Jobs().Info("web", nil))
		submission := read[*api.JobSubmission](s)(s.Jobs().Submission("web", 0, nil))
		s.check(submission.Source == jobFile, "another source: %q", submission.Source)
	}},
	{"job allocs", func(s *session) {
		read[[]*api.AllocationListStub](s)(s.Jobs().Allocations("web", true, nil))
	}},
	{"job deployments", func(s *session) {
		read[[]*api.Deployment](s)(s.Jobs().Deployments("web", false, nil))
	}},
	{"job scale", func(s *session) {
		count := 3
		answer := written[*api.JobRegisterResponse](s)(s.Jobs().Scale("web", "app", &count, "by hand", false, nil, nil))
		finished(s, answer.EvalID)
		_, _, err := s.Jobs().Scale("web", "app", new(99), "by hand", false, nil, nil)
		s.refused(err, 400, "group count was greater than scaling policy maximum: 99 > 9")
	}},
	{"job scaling-events", func(s *session) {
		status := read[*api.JobScaleStatusResponse](s)(s.Jobs().ScaleStatus("web", nil))
		s.check(status.TaskGroups["app"].Events[0].Message == "by hand", "events %+v", status.TaskGroups["app"].Events)
	}},
	{"job run, a canary", func(s *session) {
		job := parsed(s)
		group := job.TaskGroups[0]
		group.Tasks[0].Meta["round"] = "2"
		group.Update.Canary = new(1)
		answer := written[*api.JobRegisterResponse](s)(s.Jobs().RegisterOpts(job, &api.RegisterOptions{PreserveCounts: true}, nil))
		until(s, "the canary is healthy", func() (*api.Deployment, bool) {
			latest := read[*api.Deployment](s)(s.Jobs().LatestDeployment("web", nil))
			return latest, latest.JobSpecModifyIndex == answer.JobModifyIndex && latest.TaskGroups["app"].HealthyAllocs == 1
		})
	}},
	{"job promote", func(s *session) {
		latest := read[*api.Deployment](s)(s.Jobs().LatestDeployment("web", nil))
		answer := written[*api.DeploymentUpdateResponse](s)(s.Deployments().PromoteAll(latest.ID, nil))
		finished(s, answer.EvalID)
	}},
	{"job history", func(s *session) {
		versions, diffs, meta, err := s.Jobs().VersionsOpts("web", &api.VersionsOptions{Diffs: true}, nil)
		s.ok(err)
		s.check(meta.LastIndex > 0, "no index")
		s.check(len(versions) == 3 && len(diffs) == 2, "%d versions, %d differences", len(versions), len(diffs))
		s.check(diffs[0].Type == "Edited", "difference %+v", diffs[0])
	}},
	{"job revert", func(s *session) {
		answer := written[*api.JobRegisterResponse](s)(s.Jobs().Revert("web", 0, nil, nil, "", ""))
		finished(s, answer.EvalID)
		_, _, err := s.Jobs().Revert("web", 0, new(uint64(1)), nil, "", "")
		s.refused(err, 500, "Current job has version 3; enforcing version 1")
	}},
	{"job tag apply, unset", func(s *session) {
		_, err := s.Jobs().TagVersionOpts("web", "golden", &api.TagVersionRequest{Latest: true, Description: "d"}, nil)
		s.ok(err)
		tagged, _, err := s.Jobs().VersionByTag("web", "golden", nil)
		s.ok(err)
		s.check(*tagged.Version == 3, "version %d", *tagged.Version)
		_, err = s.Jobs().UntagVersion("web", "golden", nil)
		s.ok(err)
	}},
	{"job eval", func(s *session) {
		id, _, err := s.Jobs().EvaluateWithOpts("web", api.EvalOptions{ForceReschedule: true}, nil)
		finished(s, got(s, id, err))
	}},
	{"job dispatch", func(s *session) {
		job := batchJob("etl")
		job.ParameterizedJob = &api.ParameterizedJobConfig{Payload: "optional", MetaRequired: []string{"day"}}
		written[*api.JobRegisterResponse](s)(s.Jobs().Register(job, nil))
		id := jobByPrefix(s, "etl", "ParameterizedJob is not nil")
		meta := map[string]string{"day": "mon"}
		answer := written[*api.JobDispatchResponse](s)(s.Jobs().Dispatch(id, meta, []byte("payload"), "", nil))
		finished(s, answer.EvalID)
		child := read[*api.Job](s)(s.Jobs().Info(answer.DispatchedJobID, nil))
		s.check(string(child.Payload) == "payload" && *child.ParentID == "etl", "child %+v", child)
		_, _, err := s.Jobs().Dispatch(id, nil, nil, "", nil)
		s.refused(err, 500, "Dispatch did not provide required meta keys: [day]")
	}},
	{"job periodic force", func(s *session) {
		job := batchJob("cron")
		job.Periodic = &api.PeriodicConfig{Enabled: new(true), Spec: new("0 0 1 1 *"), SpecType: new("cron")}
		written[*api.JobRegisterResponse](s)(s.Jobs().Register(job, nil))
		id, _, err := s.Jobs().PeriodicForce(jobByPrefix(s, "cron", "Periodic is not nil"), nil)
		s.check(finished(s, got(s, id, err)).TriggeredBy == "periodic-job", "another trigger")
		next, err := job.Periodic.Next(time.Now())
		s.ok(err)
		s.check(next.After(time.Now()), "launched at %v", next)
	}},
	{"job restart", func(s *session) {
		alloc := oneAlloc(s)
		s.ok(s.Allocations().RestartAllTasks(alloc, nil))
		restarted(s, alloc)
	}},
	{"status", func(s *session) {
		for prefix, context := range map[string]contexts.Context{"web": contexts.Jobs, "etl": contexts.Jobs} {
			found := read[*api.SearchResponse](s)(s.Search().PrefixSearch(prefix, contexts.All, nil))
			s.check(len(found.Matches[context]) > 0, "%s is not among %v", prefix, found.Matches)
		}
		fuzzy := read[*api.FuzzySearchResponse](s)(s.Search().FuzzySearch("we", contexts.All, nil))
		s.check(fuzzy.Matches[contexts.Jobs][0].ID == "web", "matches %+v", fuzzy.Matches)
	}},
}

var cleanup = []command{
	{"job stop", func(s *session) {
		id, _, err := s.Jobs().DeregisterOpts("web", &api.DeregisterOptions{}, nil)
		finished(s, got(s, id, err))
		job := until(s, "the job is dead", func() (*api.Job, bool) {
			job := read[*api.Job](s)(s.Jobs().Info("web", nil))
			return job, *job.Status == "dead"
		})
		s.check(*job.Stop, "not stopped")
	}},
	{"job start", func(s *session) {
		former, _, _, err := s.Jobs().Versions("web", false, nil)
		s.ok(err)
		former[0].Stop = new(false)
		answer := written[*api.JobRegisterResponse](s)(s.Jobs().Register(former[0], nil))
		finished(s, answer.EvalID)
	}},
	{"job stop -purge", func(s *session) {
		for _, id := range []string{"web", "etl", "cron"} {
			_, _, err := s.Jobs().DeregisterOpts(id, &api.DeregisterOptions{Purge: true}, nil)
			s.ok(err)
		}
		_, _, err := s.Jobs().Info("web", nil)
		s.refused(err, 404, "job not found")
	}},
	{"system gc", func(s *session) {
		s.ok(s.System().ReconcileSummaries())
		until(s, "no job is left", func() (int, bool) {
			s.ok(s.System().GarbageCollect())
			left := read[[]*api.JobListStub](s)(s.Jobs().List(nil))
			return len(left), len(left) == 0
		})
	}},
}
