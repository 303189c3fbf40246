import assert from 'node:assert/strict';
import { test } from 'node:test';
import { allocatableOf, busyness, percent, takenBy } from '../../../src/nodepool/capacity.ts';
import { nodePoolFields } from '../../../src/nodepool/config.ts';
import {
  type Candidate,
  type SelectorStrategy,
  selectNodes,
  selectorStrategies,
} from '../../../src/nodepool/select.ts';
import { block } from '../../../src/schema/field.ts';
import { parseStrings } from '../../../src/schema/strings.ts';
import { allocation, nodeStub, resourcesOf } from '../../support/nodes.ts';

const pick = (strategy: SelectorStrategy, candidates: readonly Candidate[], count: number): readonly string[] =>
  selectNodes(strategy, candidates, count).map(({ node }) => node.ID);

const plain = ['new', 'old'].map((id) => ({ node: nodeStub(id) }));

test('cluster-scaling #39: the strategy is least_busy, or one of five; another is refused by name', () => {
  const schema = block(nodePoolFields);
  const read = (value?: string) => parseStrings(schema, value === undefined ? {} : { node_selector_strategy: value });
  const chosen = (value?: string) => {
    const got = read(value);
    return got.ok ? got.value.nodeSelectorStrategy : got.problems.map(({ detail }) => detail);
  };
  assert.equal(chosen(), 'least_busy');
  for (const strategy of selectorStrategies) assert.equal(chosen(strategy), strategy);
  assert.deepEqual(chosen('aliens'), ['unsupported node selector strategy: aliens']);
});

test('cluster-scaling #40, #41: by age, never more than there are', () => {
  assert.deepEqual(pick('newest_create_index', plain, 1), ['new']);
  assert.deepEqual(pick('newest_create_index', plain, 3), ['new', 'old']);
  assert.deepEqual(pick('oldest_create_index', plain, 1), ['old']);
  assert.deepEqual(pick('oldest_create_index', plain, 3), ['old', 'new']);
});

const room = resourcesOf(2500, 1985);
const abc: readonly Candidate[] = [
  {
    node: nodeStub('A', room),
    allocations: [allocation({ type: 'system' }), allocation({ type: 'batch' }), allocation({ status: 'complete' })],
  },
  { node: nodeStub('B', room), allocations: [allocation({ type: 'system' }), allocation({ status: 'complete' })] },
  { node: nodeStub('C', room), allocations: [allocation({ status: 'complete' })] },
];

test('cluster-scaling #42, #43, #44: the empty ones, the empty but for system jobs, the least busy', () => {
  for (const count of [1, 2, 5]) assert.deepEqual(pick('empty', abc, count), ['C']);
  assert.deepEqual(pick('empty_ignore_system', abc, 1), ['B']);
  for (const count of [2, 5]) assert.deepEqual(pick('empty_ignore_system', abc, count), ['B', 'C']);
  assert.deepEqual(pick('least_busy', abc, 1), ['C']);
  assert.deepEqual(pick('least_busy', abc, 2), ['C', 'B']);
  for (const count of [3, 10]) assert.deepEqual(pick('least_busy', abc, count), ['C', 'B', 'A']);
});

test('cluster-scaling #45: busy is meant in proportion to what a node has', () => {
  const load = [allocation({ cpuMhz: 1000, memoryMb: 500 })];
  const big = { node: nodeStub('A', resourcesOf(100_000, 100_000)), allocations: load };
  const small = { node: nodeStub('B', resourcesOf(2000, 1000)), allocations: load };
  assert.deepEqual(pick('least_busy', [small, big], 1), ['A']);
});

test('cluster-scaling #46: of none, none', () => {
  for (const strategy of selectorStrategies) {
    for (const count of [0, 5]) assert.deepEqual(pick(strategy, [], count), []);
  }
});

test('cluster-scaling #47: what runs is counted, and by itself what is about to start', () => {
  const statuses = ['running', 'running', 'complete', 'failed', 'pending', 'lost'] as const;
  const all = statuses.map((status) => allocation({ status }));
  assert.deepEqual(takenBy(all, 'running'), { cpuMhz: 200, memoryMb: 100 });
  assert.deepEqual(takenBy(all, 'pending'), { cpuMhz: 100, memoryMb: 50 });
});

test('cluster-scaling #48, #49: what a node keeps for itself is not to be had; percents are rounded up', () => {
  const { NodeResources: all, ReservedResources: kept } = resourcesOf(38_400, 16_777_216, 400, 200);
  assert.deepEqual(allocatableOf({ NodeResources: all ?? null, ReservedResources: kept ?? null }), {
    cpuMhz: 38_000,
    memoryMb: 16_777_016,
  });
  assert.deepEqual(allocatableOf({ NodeResources: all ?? null }), { cpuMhz: 38_400, memoryMb: 16_777_216 });
  assert.equal(percent(1000, 10_000), 10);
  assert.equal(percent(0, 10_000), 0);
  assert.equal(percent(1001, 10_000), 11);
  assert.equal(busyness({ cpuMhz: 0, memoryMb: 0 }, { cpuMhz: 0, memoryMb: 0 }), Number.POSITIVE_INFINITY);
});

test('cluster-scaling #50: among equally busy ones the newest goes first, however many there are', () => {
  const equal = Array.from({ length: 40 }, (_, at) => ({ node: nodeStub(`n${at}`, room), allocations: [] }));
  assert.deepEqual(
    pick('least_busy', equal, 40),
    equal.map(({ node }) => node.ID),
  );
});

test('cluster-scaling #51: what is on a node is not known: least_busy chooses none, empty passes it over', () => {
  const unknown = { node: nodeStub('A', room) };
  const idle = { node: nodeStub('B', room), allocations: [] };
  assert.throws(() => pick('least_busy', [unknown, idle], 1), { code: 'node_usage_unknown' });
  assert.deepEqual(pick('empty', [unknown, idle], 2), ['B']);
});

test('a node that is just being filled is busy; one without anything to give goes last', () => {
  const filling = { node: nodeStub('A', room), allocations: [allocation({ status: 'pending', cpuMhz: 2000 })] };
  const running = { node: nodeStub('B', room), allocations: [allocation()] };
  const hollow = { node: nodeStub('C', resourcesOf(0, 0)), allocations: [] };
  assert.deepEqual(pick('least_busy', [hollow, filling, running], 3), ['B', 'A', 'C']);
});

test('an allocation that does not say what it is counts as there', () => {
  const opaque = { ...allocation(), Resources: null, Job: null };
  assert.deepEqual(pick('empty_ignore_system', [{ node: nodeStub('A', room), allocations: [opaque] }], 1), []);
  assert.throws(() => pick('least_busy', [{ node: nodeStub('A', room), allocations: [opaque] }], 1), {
    code: 'node_usage_unknown',
  });
});
