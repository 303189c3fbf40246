import assert from 'node:assert/strict';
import { test } from 'node:test';
import { filterPool, type NodeFilter } from '../../../src/nodepool/filter.ts';
import { poolOf } from '../../../src/nodepool/pool.ts';
import type { NodeListStub } from '../../../src/nomad/node-types.ts';
import { nodeStub } from '../../support/nodes.ts';

const strict: NodeFilter = { ignoreDrain: false, ignoreInit: false, ignoreIneligible: false };
const web = poolOf({ nodeClass: 'web' });
const member = (id: string, more: Partial<NodeListStub> = {}) => nodeStub(id, { NodeClass: 'web', ...more });

function kept(nodes: readonly NodeListStub[], filter: Partial<NodeFilter> = {}, pool = web): readonly string[] {
  const found = filterPool(nodes, pool, { ...strict, ...filter });
  assert.ok(found.ok, found.ok ? '' : found.errors.join());
  return found.nodes.map((node) => node.ID);
}

function errors(nodes: readonly NodeListStub[], filter: Partial<NodeFilter> = {}): readonly string[] {
  const found = filterPool(nodes, web, { ...strict, ...filter });
  return found.ok ? [] : found.errors;
}

test('cluster-scaling #10: only the nodes of the class count, or only those without one', () => {
  const nodes = [member('a'), nodeStub('b', { NodeClass: 'db' }), nodeStub('c'), member('d')];
  assert.deepEqual(kept(nodes), ['a', 'd']);
  assert.deepEqual(kept(nodes, {}, poolOf({ nodeClass: 'autoscaler-default-pool' })), ['c']);
});

const states = [
  member('a'),
  member('b', { SchedulingEligibility: 'ineligible' }),
  member('c', { Status: 'down' }),
  member('d', { Status: 'down', SchedulingEligibility: 'ineligible' }),
];

test('cluster-scaling #11, #12, #13: ready nodes count, ineligible ones when the filter says so', () => {
  assert.deepEqual(kept(states), ['a']);
  assert.deepEqual(kept(states, { ignoreIneligible: true }), ['a', 'b']);
  assert.deepEqual(kept(states.slice(1, 2)), []);
});

test('cluster-scaling #14, #15, #16, #17: a member in motion makes the pool unknown, unless the filter says otherwise', () => {
  const starting = [member('node1'), member('node2', { Status: 'initializing' })];
  assert.deepEqual(errors(starting), ['node node2 is initializing']);
  assert.deepEqual(kept(starting, { ignoreInit: true }), ['node1']);
  const draining = [member('node1'), member('node2', { Drain: true, SchedulingEligibility: 'ineligible' })];
  assert.deepEqual(errors(draining), ['node node2 is draining']);
  assert.deepEqual(kept(draining, { ignoreDrain: true }), ['node1']);
});

test('of nodes that drain, those that the autoscaler takes out can be passed over alone', () => {
  const drainedBy = (who: string) => ({ Drain: true, LastDrain: { Meta: { drained_by: who } } as never });
  const nodes = [member('a'), member('b', drainedBy('nomad-autoscaler')), member('c', drainedBy('operator'))];
  assert.deepEqual(errors(nodes, { ignoreOwnDrain: true }), ['node c is draining']);
  assert.deepEqual(kept(nodes.slice(0, 2), { ignoreOwnDrain: true }), ['a']);
  assert.deepEqual(errors(nodes.slice(0, 2)), ['node b is draining']);
});

test('cluster-scaling #18: a draining node that is down holds nothing up', () => {
  assert.deepEqual(kept([member('a'), member('b', { Drain: true, Status: 'down' })]), ['a']);
});

test('cluster-scaling #19: no more than ten errors are told', () => {
  const nodes = Array.from({ length: 11 }, (_, at) => member(`n${at}`, { Drain: true }));
  assert.deepEqual(
    errors(nodes),
    nodes.slice(0, 10).map(({ ID }) => `node ${ID} is draining`),
  );
});

test('cluster-scaling #20, #21: others do not matter; a good node does not make up for a moving one', () => {
  assert.deepEqual(kept([nodeStub('a', { Status: 'initializing' }), member('b')]), ['b']);
  assert.deepEqual(errors([member('a', { Status: 'initializing' }), member('b')]), ['node a is initializing']);
});
