import assert from 'node:assert/strict';
import { test } from 'node:test';
import { mayRun, type Place, placeOf, wantedIn } from '../../../../../plugins/apm/nomad/wanted.ts';
import type { NodeListStub } from '../../../../../src/nomad/node-types.ts';
import type { WaitingGroup } from '../../../../../src/nomad/waiting-view.ts';

const place: Place = {
  classes: ['pool'],
  datacenters: ['dc1'],
  nodePools: ['default'],
  computedClasses: ['v1:1', 'v1:2'],
  largest: { cpuMhz: 1000, memoryMb: 1000 },
};
const nowhere: Place = { classes: [], datacenters: [], nodePools: [], computedClasses: [], largest: undefined };

const waiting = (changes: Partial<WaitingGroup> = {}): WaitingGroup => ({
  job: { namespace: 'default', id: 'web' },
  group: 'app',
  count: 1,
  each: { cpuMhz: 100, memoryMb: 100 },
  datacenters: ['*'],
  nodePool: 'default',
  constraints: [],
  classes: {},
  ...changes,
});

const constraint = (LTarget: string, Operand: string, RTarget: string): Partial<WaitingGroup> => ({
  constraints: [{ LTarget, Operand, RTarget }],
});
const onClass = (operand: string, value: string) => constraint(`\${${'node.class'}}`, operand, value);

test('what waits counts with all its allocations, several groups together', () => {
  const groups = [waiting({ count: 3 }), waiting({ each: { cpuMhz: 250, memoryMb: 10 } })];
  assert.deepEqual(wantedIn(place, groups), { count: 4, cpuMhz: 550, memoryMb: 310 });
  assert.deepEqual(wantedIn(place, []), { count: 0, cpuMhz: 0, memoryMb: 0 });
});

test('a group that can never run on a node of the pool does not make it grow', () => {
  const never: Readonly<Record<string, Partial<WaitingGroup>>> = {
    'another datacenter': { datacenters: ['dc2', 'eu-*'] },
    'a pattern is no part of a name': { datacenters: ['dc'] },
    'a dot is a dot': { datacenters: ['d.1'] },
    'another node pool': { nodePool: 'gpu' },
    'another class': onClass('=', 'gpu'),
    'not this class': onClass('!=', 'pool'),
    'not this node pool': constraint(`\${${'node.pool'}}`, 'not', 'default'),
    'not this datacenter': constraint(`\${${'node.datacenter'}}`, 'is', 'dc2'),
    'all nodes like those of the pool were ruled out': { classes: { 'v1:1': false, 'v1:2': false, 'v1:3': true } },
    'more CPU than a node has': { each: { cpuMhz: 1001, memoryMb: 1 } },
    'more memory than a node has': { each: { cpuMhz: 1, memoryMb: 1001 } },
  };
  for (const [why, changes] of Object.entries(never)) assert.equal(mayRun(waiting(changes), place), false, why);
});

test('in doubt a group counts', () => {
  const maybe: Readonly<Record<string, Partial<WaitingGroup>>> = {
    'as large as a node': { each: { cpuMhz: 1000, memoryMb: 1000 } },
    'a pattern of datacenters': { datacenters: ['dc2', 'd*'] },
    'all node pools': { nodePool: 'all' },
    'this class': onClass('==', 'pool'),
    'an operand that is not judged': onClass('regexp', '^gpu'),
    'a constraint on something else': constraint(`\${${'attr.kernel.name'}}`, '=', 'plan9'),
    'one kind of the pool’s nodes will do': { classes: { 'v1:1': false, 'v1:2': true } },
    'Nomad never looked at one kind of them': { classes: { 'v1:1': false } },
  };
  for (const [why, changes] of Object.entries(maybe)) assert.equal(mayRun(waiting(changes), place), true, why);
  const odd = { datacenters: ['x'], nodePool: 'x', classes: { 'v1:1': false }, each: { cpuMhz: 1e9, memoryMb: 1e9 } };
  assert.equal(mayRun(waiting({ ...odd, ...onClass('=', 'gpu') }), nowhere), true, 'nothing is known of the pool');
});

test('nodes to come are like those that there are; without any the keys of the pool tell', () => {
  const node = (NodeClass: string, Datacenter: string, NodePool?: string) =>
    ({ NodeClass, Datacenter, ...(NodePool && { NodePool }) }) as NodeListStub;
  const pool = [{ key: 'node_class', value: 'pool' }] as const;
  assert.deepEqual(placeOf([node('pool', 'dc1', 'default'), node('pool', 'dc2', 'default')], pool), {
    classes: ['pool'],
    datacenters: ['dc1', 'dc2'],
    nodePools: ['default'],
  });
  assert.deepEqual(placeOf([], [...pool, { key: 'datacenter', value: 'dc7' }]), {
    classes: ['pool'],
    datacenters: ['dc7'],
    nodePools: [],
  });
  const bare = [{ key: 'node_class', value: 'autoscaler-default-pool' }] as const;
  assert.deepEqual(placeOf([], bare).classes, [''], 'nodes without a class');
  assert.deepEqual(placeOf([node('pool', 'dc1')], pool).nodePools, [], 'a server that knows no node pools');
});
