import assert from 'node:assert/strict';
import { test } from 'node:test';
import { targetKind } from '../../../src/model/policy.ts';
import { expandQuery, isShortQuery } from '../../../src/policy/query.ts';

test('policy #P81, plugins #90: a short query of a node pool names the pool by class, datacenter and pool, in this order', () => {
  const cases: readonly (readonly [Record<string, string>, string])[] = [
    [{ node_class: 'hashistack' }, 'node_avg_cpu/node_class=hashistack'],
    [{ datacenter: 'dc1' }, 'node_avg_cpu/datacenter=dc1'],
    [{ node_pool: 'gpu' }, 'node_avg_cpu/node_pool=gpu'],
    [{ datacenter: 'dc1', node_class: 'hashistack' }, 'node_avg_cpu/node_class=hashistack,datacenter=dc1'],
    [{ datacenter: 'us east 1' }, 'node_avg_cpu/datacenter=us+east+1'],
    [{ node_class: "a,b=c/d'(!)*~" }, 'node_avg_cpu/node_class=a%2Cb%3Dc%2Fd%27%28%21%29%2A~'],
    [{ node_class: '' }, 'node_avg_cpu/node_class='],
  ];
  for (const [target, want] of cases) assert.equal(expandQuery('avg_cpu', target), want);
});

test('plugins #90: a short query of a task group names group, job and namespace; both keys make a task group, whatever else is there', () => {
  const target = { Job: 'example', Group: 'cache', Namespace: 'dev', node_class: 'x' };
  assert.equal(expandQuery('avg_cpu', target), 'taskgroup_avg_cpu/cache/example@dev');
  assert.equal(expandQuery('avg_cpu', { Job: 'example', Group: 'cache' }), 'taskgroup_avg_cpu/cache/example@default');
});

test('policy #P82, #P83: what is written out, and what has no target to name, stays', () => {
  const written = ['taskgroup_avg_cpu/cache/example@dev', 'node_avg_cpu/node_class=x'];
  for (const query of written) assert.equal(expandQuery(query, { node_class: 'y' }), query);
  for (const target of [{ Job: 'example' }, {}, { job: 'a', group: 'b' }])
    assert.equal(expandQuery('avg_cpu', target), 'avg_cpu');
  assert.equal(expandQuery('cpu', { node_class: 'x' }), 'cpu');
});

test('policy #P175: the form of version 0.5.0 means the class that it names', () => {
  const old = 'node_percentage-allocated_cpu/nom-pool/class';
  assert.equal(expandQuery(old, { node_class: 'nom-pool' }), 'node_percentage-allocated_cpu/node_class=nom-pool');
  assert.equal(expandQuery('node_avg_cpu/a b/class', {}), 'node_avg_cpu/node_class=a+b');
});

test('a query is short with an underscore and without a slash', () => {
  assert.equal(isShortQuery('avg_cpu'), true);
  for (const query of ['cpu', '', 'node_avg_cpu/node_class=x']) assert.equal(isShortQuery(query), false, query);
});

test('policy #P94: job and group make a task group; class, datacenter or pool a node pool', () => {
  assert.equal(targetKind({ Job: 'a', Group: 'b' }), 'task-group');
  for (const key of ['node_class', 'datacenter', 'node_pool']) assert.equal(targetKind({ [key]: '' }), 'node-pool');
  assert.equal(targetKind({ Node_Class: 'x' }), 'other');
});
