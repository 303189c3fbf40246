package main

import (
	"io"
	"strings"
	"time"

	"github.com/hashicorp/nomad/api"
	"github.com/hashicorp/nomad/api/contexts"
)

// oneAlloc is a running allocation of the job, found as `alloc status` finds it: by the beginning of its ID.
func oneAlloc(s *session) *api.Allocation {
	stub := until(s, "an allocation runs", func() (*api.AllocationListStub, bool) {
		for _, one := range read[[]*api.AllocationListStub](s)(s.Jobs().Allocations("web", false, nil)) {
			if one.ClientStatus == "running" && one.TaskStates["server"].State == "running" {
				return one, true
			}
		}
		return nil, false
	})
	found := read[[]*api.AllocationListStub](s)(s.Allocations().List(&api.QueryOptions{Prefix: stub.ID[:8], Namespace: "*"}))
	s.check(len(found) == 1, "%d allocations begin with %s", len(found), stub.ID[:8])
	return read[*api.Allocation](s)(s.Allocations().Info(stub.ID, nil))
}

// restarted waits until the allocation's task was started once more, and runs.
func restarted(s *session, alloc *api.Allocation) {
	before := alloc.TaskStates["server"].Restarts
	until(s, "it was restarted", func() (*api.Allocation, bool) {
		after := read[*api.Allocation](s)(s.Allocations().Info(alloc.ID, nil))
		state := after.TaskStates["server"]
		return after, state.Restarts > before && state.State == "running"
	})
}

var allocs = []command{
	{"alloc status", func(s *session) {
		alloc := oneAlloc(s)
		s.check(alloc.TaskStates["server"].State == "running", "state %s", alloc.TaskStates["server"].State)
		events := alloc.TaskStates["server"].Events
		s.check(len(events) > 0 && events[0].DisplayMessage != "", "events say nothing: %v", events)
		usage, err := s.Allocations().Stats(alloc, nil)
		got(s, usage, err)
		s.check(usage.Tasks["server"].ResourceUsage.MemoryStats != nil, "no memory")
		checks, err := s.Allocations().Checks(alloc.ID, nil)
		got(s, checks, err)
		until(s, "it offers its service", func() (int, bool) {
			services := read[[]*api.ServiceRegistration](s)(s.Allocations().Services(alloc.ID, nil))
			return len(services), len(services) == 1 && services[0].ServiceName == "web"
		})
		read[*api.Evaluation](s)(s.Evaluations().Info(alloc.EvalID, nil))
	}},
	{"alloc logs", func(s *session) {
		cancel := make(chan struct{})
		defer close(cancel)
		for _, kind := range []string{"stdout", "stderr"} {
			frames, problems := s.AllocFS().Logs(oneAlloc(s), false, "server", kind, "start", 0, cancel, nil)
			s.check(drained(frames, problems) == "", "%s did not come to its end", kind)
		}
	}},
	{"alloc logs, unknown task", func(s *session) {
		_, problems := s.AllocFS().Logs(oneAlloc(s), false, "nope", "stdout", "start", 0, nil, nil)
		s.refused(<-problems, 400, `unknown task name "nope"`)
	}},
	{"alloc fs", func(s *session) {
		alloc := oneAlloc(s)
		files, _, err := s.AllocFS().List(alloc, "/", nil)
		s.check(len(got(s, files, err)) > 0 && files[0].IsDir, "files %+v", files)
		info, _, err := s.AllocFS().Stat(alloc, "/alloc/logs/server.stdout.0", nil)
		s.check(!got(s, info, err).IsDir, "not a file")
		for _, open := range []func() (io.ReadCloser, error){
			func() (io.ReadCloser, error) { return s.AllocFS().Cat(alloc, "/alloc/logs/server.stdout.0", nil) },
			func() (io.ReadCloser, error) {
				return s.AllocFS().ReadAt(alloc, "/alloc/logs/server.stdout.0", 0, 10, nil)
			},
		} {
			file, err := open()
			s.ok(err)
			_, err = io.ReadAll(file)
			s.ok(err)
		}
	}},
	{"alloc restart", func(s *session) {
		alloc := oneAlloc(s)
		s.ok(s.Allocations().Restart(alloc, "server", nil))
		restarted(s, alloc)
		err := s.Allocations().Restart(alloc, "nope", nil)
		s.refused(err, 500, "Could not find task runner for task: nope")
	}},
	{"alloc signal", func(s *session) {
		s.ok(s.Allocations().Signal(oneAlloc(s), nil, "server", "SIGUSR1"))
	}},
	{"alloc stop", func(s *session) {
		alloc := oneAlloc(s)
		answer, err := s.Allocations().Stop(alloc, nil)
		finished(s, got(s, answer, err).EvalID)
		until(s, "another one took its place", func() (*api.Allocation, bool) {
			after := read[*api.Allocation](s)(s.Allocations().Info(alloc.ID, nil))
			return after, after.ClientStatus == "complete" && after.NextAllocation != ""
		})
	}},
	{"alloc exec", func(s *session) {
		sizes := make(chan api.TerminalSize)
		_, err := s.Allocations().Exec(s.within(5*time.Second), oneAlloc(s), "server", false, []string{"true"}, strings.NewReader(""), io.Discard, io.Discard, sizes, nil)
		s.check(err != nil, "it is not said that nothing can be run")
	}},
	{"alloc status, unknown", func(s *session) {
		found := read[*api.SearchResponse](s)(s.Search().PrefixSearch("ffffffff-ffff", contexts.Allocs, nil))
		s.check(len(found.Matches[contexts.Allocs]) == 0, "found %v", found.Matches)
	}},
}

// drained reads a stream to its end, and says what went wrong.
func drained(frames <-chan *api.StreamFrame, problems <-chan error) string {
	for {
		select {
		case _, isOpen := <-frames:
			if !isOpen {
				return ""
			}
		case problem := <-problems:
			if problem == io.EOF {
				return ""
			}
			return problem.Error()
		case <-time.After(5 * time.Second):
			return "nothing more came"
		}
	}
}
