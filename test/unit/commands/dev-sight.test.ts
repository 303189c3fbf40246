import assert from 'node:assert/strict';
import { test } from 'node:test';
import { changesOf, nothingSeen, type SeenNode, type Sight } from '../../../src/commands/dev-sight.ts';

const sight = (change: {
  servers?: Record<string, string>;
  nodes?: Record<string, SeenNode['state']>;
  loadMhz?: number;
  waiting?: number;
}): Sight => ({
  servers: new Map(Object.entries(change.servers ?? {})),
  nodes: new Map(Object.entries(change.nodes ?? {}).map(([name, state]) => [name, { nodeClass: 'pool', state }])),
  loadMhz: change.loadMhz ?? 0,
  waiting: change.waiting ?? 0,
});

test('a server is told from its creation to its node, one sentence for each step', () => {
  const steps = [
    sight({ servers: { a: 'BUILD' } }),
    sight({ servers: { a: 'ACTIVE' } }),
    sight({ servers: { a: 'ACTIVE' }, nodes: { a: 'ready' } }),
  ];
  assert.deepEqual(
    steps.map((now, at) => changesOf(steps[at - 1] ?? nothingSeen, now)),
    [
      ['server a is created in OpenStack and boots'],
      ['server a is ACTIVE: it has booted'],
      ['node a joins Nomad with class "pool"'],
    ],
  );
});

test('a server that goes is told from its drain to its purge', () => {
  const steps = [
    sight({ servers: { a: 'ACTIVE' }, nodes: { a: 'ready' } }),
    sight({ servers: { a: 'ACTIVE' }, nodes: { a: 'out of service' } }),
    sight({ servers: { a: 'SHUTOFF' }, nodes: { a: 'out of service' } }),
    sight({ nodes: { a: 'out of service' } }),
    sight({}),
  ];
  assert.deepEqual(
    steps.slice(1).flatMap((now, at) => changesOf(steps[at] ?? nothingSeen, now)),
    [
      'node a is drained: it takes no new work, and what ran there moves to other nodes',
      'server a is SHUTOFF: it was stopped',
      'server a is deleted from OpenStack',
      'node a is purged: Nomad has forgotten it',
    ],
  );
});

test('what came and went on between two looks is told in the order of causes', () => {
  const now = sight({ servers: { a: 'ACTIVE' }, nodes: { a: 'down' }, loadMhz: 275.4, waiting: 2 });
  assert.deepEqual(changesOf(nothingSeen, now), [
    'the load of the job "web" rises from 0 to 275 MHz',
    'server a is created in OpenStack and boots',
    'server a is ACTIVE: it has booted',
    'node a joins Nomad with class "pool"',
    'node a is down: Nomad hears nothing of it',
    '2 instances of "web" must wait: no node has room',
  ]);
});

test('a drain that was taken back, a state without a sentence of its own, and the end of waiting', () => {
  const before = sight({ servers: { a: 'ACTIVE' }, nodes: { a: 'out of service' }, loadMhz: 300, waiting: 1 });
  assert.deepEqual(changesOf(before, sight({ servers: { a: 'ERROR' }, nodes: { a: 'ready' }, loadMhz: 200 })), [
    'the load of the job "web" falls from 300 to 200 MHz',
    'server a is ERROR',
    'node a takes work again',
    'every instance of "web" has a node',
  ]);
});

test('nothing is told as long as all stays as it was', () => {
  const now = { servers: { a: 'ACTIVE' }, nodes: { a: 'ready' as const }, loadMhz: 275, waiting: 1 };
  assert.deepEqual(changesOf(sight(now), sight({ ...now, loadMhz: 275.2 })), []);
});
