package main

import (
	"context"
	"errors"
	"time"

	"github.com/hashicorp/nomad/api"
	"github.com/hashicorp/nomad/api/contexts"
)

func (s *session) within(limit time.Duration) context.Context {
	ctx, cancel := context.WithTimeout(context.Background(), limit)
	context.AfterFunc(ctx, cancel)
	return ctx
}

var things = []command{
	{"scaling policy list, info", func(s *session) {
		list := read[[]*api.ScalingPolicyListStub](s)(s.Scaling().ListPolicies(&api.QueryOptions{Namespace: "*"}))
		s.check(list[0].Target["Job"] == "web", "policies %+v", list)
		found := read[*api.SearchResponse](s)(s.Search().PrefixSearch(list[0].ID[:8], contexts.ScalingPolicies, nil))
		s.check(found.Matches[contexts.ScalingPolicies][0] == list[0].ID, "not found")
		policy := read[*api.ScalingPolicy](s)(s.Scaling().GetPolicy(list[0].ID, nil))
		s.check(*policy.Max == 9 && policy.Policy["cooldown"] == "1m", "policy %+v", policy)
	}},
	{"namespace", func(s *session) {
		_, _, err := s.Namespaces().Info("qa", nil)
		s.refused(err, 404, "Namespace not found")
		namespace := &api.Namespace{Name: "qa", Description: "d", Capabilities: &api.NamespaceCapabilities{DisabledTaskDrivers: []string{"exec"}}}
		_, err = s.Namespaces().Register(namespace, nil)
		s.ok(err)
		read[[]*api.Namespace](s)(s.Namespaces().PrefixList("q", nil))
		qa := read[*api.Namespace](s)(s.Namespaces().Info("qa", nil))
		s.check(qa.Capabilities.DisabledTaskDrivers[0] == "exec", "namespace %+v", qa)
		_, err = s.Namespaces().Delete("qa", nil)
		s.ok(err)
	}},
	{"var put, get, list, purge", func(s *session) {
		variables := s.Variables()
		put := written[*api.Variable](s)(variables.Create(&api.Variable{Path: "a/b", Items: api.VariableItems{"k": "v"}}, nil))
		_, _, err := variables.CheckedUpdate(&api.Variable{Path: "a/b", ModifyIndex: put.ModifyIndex - 1, Items: api.VariableItems{"k": "w"}}, nil)
		_, isConflict := err.(api.ErrCASConflict)
		s.check(isConflict, "an old one was taken: %v", err)
		put.Items["k"] = "w"
		written[*api.Variable](s)(variables.CheckedUpdate(put, nil))
		items := read[*api.VariableItems](s)(variables.GetItems("a/b", nil))
		s.check((*items)["k"] == "w", "items %v", items)
		list := read[[]*api.VariableMetadata](s)(variables.PrefixList("a/", nil))
		s.check(len(list) == 1, "%d variables", len(list))
		_, err = variables.Delete("a/b", nil)
		s.ok(err)
		nothing, _, err := variables.Peek("a/b", nil)
		s.ok(err)
		s.check(nothing == nil, "it is still there")
	}},
	{"var lock", func(s *session) {
		variable := api.Variable{Path: "lock", Lock: &api.VariableLock{TTL: "10s", LockDelay: "1s"}}
		first, err := s.Locks(api.WriteOptions{}, variable)
		s.ok(err)
		path, err := first.Acquire(context.Background())
		s.ok(err)
		s.check(path == "lock", "another lock: %s", path)
		s.ok(first.Renew(context.Background()))
		second, err := s.Locks(api.WriteOptions{}, variable)
		s.ok(err)
		_, err = second.Acquire(context.Background())
		s.check(errors.Is(err, api.ErrLockConflict), "two have it: %v", err)
		held, _, err := s.Variables().Read("lock", nil)
		s.ok(err)
		s.check(held.LockID() != "", "nobody has it")
		s.ok(first.Release(context.Background()))
		taken, err := second.Acquire(context.Background())
		s.ok(err)
		s.check(taken != "", "it is not free")
		s.ok(second.Release(context.Background()))
		_, err = s.Variables().Delete("lock", nil)
		s.ok(err)
	}},
	{"service list, info", func(s *session) {
		list := read[[]*api.ServiceRegistrationListStub](s)(s.Services().List(&api.QueryOptions{Namespace: "*"}))
		s.check(list[0].Services[0].ServiceName == "web", "services %+v", list)
		instances := read[[]*api.ServiceRegistration](s)(s.Services().Get("web", nil))
		s.check(instances[0].JobID == "web", "instances %+v", instances)
		read[[]*api.ServiceRegistration](s)(s.Jobs().Services("web", nil))
	}},
}
