package main

import (
	"context"
	"time"

	"github.com/hashicorp/nomad/api"
)

var streams = []command{
	{"a read that waits", func(s *session) {
		_, meta, err := s.Jobs().Info("web", nil)
		s.ok(err)
		began := time.Now()
		_, after, err := s.Jobs().Info("web", &api.QueryOptions{WaitIndex: meta.LastIndex, WaitTime: 300 * time.Millisecond})
		s.ok(err)
		s.check(after.LastIndex == meta.LastIndex && time.Since(began) >= 300*time.Millisecond, "it did not wait")
		go func() {
			time.Sleep(100 * time.Millisecond)
			s.Jobs().Scale("web", "app", new(4), "while somebody waits", false, nil, nil)
		}()
		job, after, err := s.Jobs().Info("web", &api.QueryOptions{WaitIndex: meta.LastIndex, WaitTime: 20 * time.Second})
		s.ok(err)
		s.check(after.LastIndex > meta.LastIndex && *job.TaskGroups[0].Count == 4, "it woke for nothing")
	}},
	{"event stream", func(s *session) {
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		topics := map[api.Topic][]string{api.TopicJob: {"web"}, api.TopicNode: {"*"}, api.TopicAllocation: {"web"}, api.TopicDeployment: {"*"}, api.TopicEvaluation: {"*"}}
		events, err := s.EventStream().Stream(ctx, topics, 0, nil)
		s.ok(err)
		seen := map[api.Topic]bool{}
		for batch := range events {
			s.ok(batch.Err)
			for _, event := range batch.Events {
				s.decode(event)
				seen[event.Topic] = true
			}
			if len(seen) == len(topics) {
				return
			}
		}
		s.check(false, "of %d topics came %v", len(topics), seen)
	}},
	{"monitor", func(s *session) {
		stop := make(chan struct{})
		defer close(stop)
		frames, problems := s.Agent().Monitor(stop, &api.QueryOptions{Params: map[string]string{"log_level": "debug"}})
		go s.Regions().List()
		select {
		case frame := <-frames:
			s.check(len(frame.Data) > 0, "an empty frame")
		case problem := <-problems:
			s.ok(problem)
		case <-time.After(5 * time.Second):
			s.check(false, "nothing came")
		}
	}},
	{"alloc logs -f, alloc fs -tail", func(s *session) {
		cancel := make(chan struct{})
		alloc := oneAlloc(s)
		for _, follow := range []func() (<-chan *api.StreamFrame, <-chan error){
			func() (<-chan *api.StreamFrame, <-chan error) {
				return s.AllocFS().Logs(alloc, true, "server", "stdout", "end", 0, cancel, nil)
			},
			func() (<-chan *api.StreamFrame, <-chan error) {
				return s.AllocFS().Stream(alloc, "/alloc/logs/server.stdout.0", "start", 0, cancel, nil)
			},
		} {
			_, problems := follow()
			select {
			case problem := <-problems:
				s.ok(problem)
			case <-time.After(300 * time.Millisecond):
			}
		}
		close(cancel)
	}},
}

// decode reads the object of an event as the library offers it.
func (s *session) decode(event api.Event) {
	var err error
	var isThere bool
	switch event.Topic {
	case api.TopicJob:
		job, problem := event.Job()
		err, isThere = problem, job != nil
	case api.TopicNode:
		node, problem := event.Node()
		err, isThere = problem, node != nil
	case api.TopicAllocation:
		alloc, problem := event.Allocation()
		err, isThere = problem, alloc != nil
	case api.TopicDeployment:
		deployment, problem := event.Deployment()
		err, isThere = problem, deployment != nil
	case api.TopicEvaluation:
		evaluation, problem := event.Evaluation()
		err, isThere = problem, evaluation != nil
	}
	s.check(err == nil && isThere, "an event of %s has no object: %v", event.Topic, err)
}
