import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Policy } from '../../../src/model/policy.ts';
import { keptState, nextState, snapshotOf } from '../../../src/policy/snapshot.ts';
import { policy } from '../../support/builders.ts';

const good = (name: string, changes: Partial<Policy> = {}) => policy({ name, origin: `${name}.hcl:1:1`, ...changes });
const decoded = { policies: [], disabled: [], broken: [], diagnostics: [] };

test('the broken policies of a file keep their last good versions, the others are as they are now', () => {
  const [web, api, newApi] = [good('web'), good('api'), good('api', { max: 99 })];
  const last = nextState(undefined, { ...decoded, policies: [web, api] });
  assert.deepEqual(nextState(last, { ...decoded, policies: [newApi], broken: ['web'] }).policies, [newApi, web]);
  assert.deepEqual(nextState(last, { ...decoded, broken: 'all' }).policies, [web, api]);
  assert.deepEqual(nextState(last, { ...decoded, policies: [newApi] }).policies, [newApi]);
  assert.deepEqual(nextState(undefined, { ...decoded, broken: ['web'] }).policies, []);
});

test('a policy that did not change stays the same object, whatever else changed in its file', () => {
  const web = good('web');
  const last = nextState(undefined, { ...decoded, policies: [web, good('api')] });
  const now = nextState(last, { ...decoded, policies: [good('web'), good('api', { max: 99 })] });
  assert.equal(now.policies[0], web);
  assert.equal(now.policies[1]?.max, 99);
});

test('errors degrade, warnings do not', () => {
  const about = (severity: 'error' | 'warning') =>
    nextState(undefined, { ...decoded, diagnostics: [{ severity, summary: severity, detail: 'x', range: undefined }] });
  const warned = snapshotOf(new Map([['a', about('warning')]]));
  assert.deepEqual([warned.degraded, warned.problems, warned.warnings], [false, [], ['warning; x']]);
  const broken = snapshotOf(new Map([['a', about('error')]]));
  assert.deepEqual([broken.degraded, broken.problems, broken.warnings], [true, ['error; x'], []]);
  assert.deepEqual(snapshotOf(new Map(), 'gone').problems, ['gone']);
  assert.equal(snapshotOf(new Map(), 'gone').degraded, true);
});

test('an unreadable file keeps its policies', () => {
  const last = nextState(undefined, { ...decoded, policies: [good('web')] });
  const state = keptState(last, 'a.hcl: no');
  assert.deepEqual([state.policies, state.problems], [last.policies, ['a.hcl: no']]);
});

test('policies come by file name, then by their order in the file', () => {
  const of = (...names: readonly string[]) =>
    nextState(undefined, { ...decoded, policies: names.map((name) => good(name)) });
  const { policies } = snapshotOf(
    new Map([
      ['b', of('z', 'a')],
      ['a', of('m')],
    ]),
  );
  assert.deepEqual(
    policies.map(({ name }) => name),
    ['m', 'z', 'a'],
  );
});

test('policies that scale one target are pointed at together', () => {
  const pool = (name: string, poolName: string) =>
    good(name, { target: { name: 'os-nova', config: { pool_name: poolName, node_class: 'worker' } } });
  const policies = [
    pool('memory_low', 'workers'),
    pool('cpu_low', 'workers'),
    pool('other', 'others'),
    pool('high', 'workers'),
  ];
  const { warnings, degraded } = snapshotOf(new Map([['a', nextState(undefined, { ...decoded, policies })]]));
  assert.deepEqual(warnings, [
    'memory_low.hcl:1:1: Shared target; 3 policies scale os-nova pool_name=workers node_class=worker: "memory_low" (memory_low.hcl:1:1), "cpu_low" (cpu_low.hcl:1:1), "high" (high.hcl:1:1). Each has its own cooldown and bounds; make them checks of one policy.',
  ]);
  assert.equal(degraded, false);
  const unknown = ['a', 'b'].map((name) => good(name, { target: { name: 'foreign', config: { size: '1' } } }));
  assert.deepEqual(snapshotOf(new Map([['a', nextState(undefined, { ...decoded, policies: unknown })]])).warnings, []);
});
