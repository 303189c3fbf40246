import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Policy } from '../../../src/model/policy.ts';
import { check, none, policy, status, up } from '../../support/builders.ts';
import { fakeTarget } from '../../support/fakes.ts';
import { type Heart, startHeart } from '../../support/heart.ts';

const minute = 60_000;
const manager = 'policy_manager';
const named = (id: string, changes: Partial<Policy> = {}) => policy({ id, ...changes });
const running = (heart: Heart, ...ids: readonly string[]) => ids.map((id) => heart.scaling.state(id) !== undefined);
const ofManager = (heart: Heart) => heart.said('trace').filter((line) => line.includes(`${manager}: `));

test('policy #P105: a new policy is started', async () => {
  const heart = startHeart({ policies: [] });
  heart.scaling.apply('file', [named('a')]);
  assert.deepEqual(ofManager(heart).slice(-3), [
    `TRACE ${manager}: received policy IDs listing num=1 policy_source=file`,
    `TRACE ${manager}: creating new handler policy_id=a policy_source=file`,
    `DEBUG ${manager}: creating new policy handler policy_id=a`,
  ]);
  await heart.tick('a');
  assert.deepEqual(heart.target.scaledTo, [3]);
});

test('policy #P106, #P109: what is known and unchanged is left alone', () => {
  const heart = startHeart({ policies: [named('a')] });
  const { nextTickAt } = heart.state('a');
  heart.said();
  heart.scaling.apply('file', [named('a')]);
  assert.deepEqual(ofManager(heart), [`TRACE ${manager}: received policy IDs listing num=1 policy_source=file`]);
  heart.scaling.apply('file', [named('a'), named('b')]);
  assert.equal(ofManager(heart).filter((line) => line.includes('handler')).length, 2);
  assert.deepEqual([running(heart, 'a', 'b'), heart.state('a').nextTickAt], [[true, true], nextTickAt]);
});

test('policy #P107, #P110, #P111: a source speaks for its own policies only', () => {
  const heart = startHeart({ policies: [named('a'), named('b')] });
  heart.scaling.apply('nomad', [named('n', { source: 'nomad' })]);
  assert.deepEqual(running(heart, 'a', 'b', 'n'), [true, true, true]);
  heart.said();
  heart.scaling.apply('file', [named('b')]);
  assert.deepEqual(running(heart, 'a', 'b', 'n'), [false, true, true]);
  assert.deepEqual(heart.said('trace').slice(1), [
    `TRACE ${manager}: stopping handler for removed policy policy_id=a policy_source=file`,
    `TRACE ${manager}: stopping handler for deleted policy  policyID=a`,
    `INFO ${manager}.policy_handler: stopping policy handler due to context done`,
  ]);
  heart.scaling.apply('file', []);
  assert.deepEqual(running(heart, 'b', 'n'), [false, true]);
});

test('policy #P108: a changed policy is handed to the handler that runs', async () => {
  const heart = startHeart({ policies: [named('a')], decide: () => up(20) });
  heart.said();
  heart.scaling.apply('file', [named('a', { max: 15 })]);
  assert.equal(
    ofManager(heart).at(-1),
    `TRACE ${manager}: sending updated policy to existing handler policy_id=a policy_source=file`,
  );
  await heart.tick('a');
  assert.deepEqual(heart.target.scaledTo, [15]);
});

test('policy #P112, #P113, #P114: a plugin that is not there fails its policies tick by tick, and the others go on', async () => {
  const lost = (id: string) => named(id, { target: { name: 'not configured', config: {} } });
  const heart = startHeart({ policies: [lost('a'), named('b'), lost('c')] });
  await heart.world.clock.advance(10_000);
  assert.deepEqual(heart.reports.map(({ policyId, result }) => `${policyId} ${result}`).sort(), [
    'a failed',
    'b scaled',
    'c failed',
  ]);
  await heart.world.clock.advance(10_000);
  assert.equal(heart.reports.filter(({ result }) => result === 'failed').length, 4);
});

test('policy #P119: after an outage of Nomad every policy goes on by itself', async () => {
  const heart = startHeart({ policies: [named('a'), named('b')], decide: () => none() });
  await heart.world.clock.advance(10_000);
  heart.target.now = new Error('connection refused');
  await heart.world.clock.advance(minute);
  heart.target.now = status();
  const before = heart.reports.length;
  await heart.world.clock.advance(10_000);
  assert.deepEqual(
    heart.reports.slice(before).map(({ result }) => result),
    ['hold', 'hold'],
  );
});

test('policy #P167: an APM that refuses connections, or never answers, is the matter of its own policies', async () => {
  const asking = (query: string) => ({ checks: [check({ query })] });
  const heart = startHeart({ policies: [named('a', asking('refused')), named('b'), named('c', asking('hangs'))] });
  heart.apm.answer = (query) => {
    if (query === 'refused') throw new Error('connect: connection refused');
    return query === 'hangs' ? new Promise(() => undefined) : [{ at: 1, value: 1 }];
  };
  await heart.world.clock.advance(minute);
  const results = (id: string) => heart.reports.filter(({ policyId }) => policyId === id).map(({ result }) => result);
  assert.deepEqual(results('a'), Array(6).fill('hold'));
  assert.deepEqual([results('b').length, results('b')[0], results('c')], [6, 'scaled', []]);
});

test('policy #P173: a policy that comes back within its cooldown, or its scaling, still has it', async () => {
  const heart = startHeart();
  await heart.tick();
  const { cooldownUntil } = heart.state();
  heart.scaling.apply('file', []);
  await heart.world.clock.advance(20_000);
  heart.scaling.apply('file', [policy()]);
  assert.equal(heart.state().cooldownUntil, cooldownUntil);
  let end = () => undefined as unknown;
  heart.target.onScale = () =>
    new Promise((resolve) => {
      end = () => resolve({ kind: 'scaled' });
    });
  await heart.world.clock.advance(minute);
  heart.scaling.apply('file', []);
  heart.scaling.apply('file', [policy()]);
  assert.equal((await heart.tick()).why, 'target still scaling');
  end();
  await heart.world.clock.advance(0);
  assert.equal(heart.state().phase, 'cooldown');
});

test('the telemetry of a removed policy is dropped once it rests', async () => {
  const heart = startHeart();
  const ofPolicy = () => [...heart.world.series.keys()].filter((key) => key.includes(policy().id));
  await heart.tick();
  assert.equal(ofPolicy().length, 7);
  heart.scaling.apply('file', []);
  await heart.world.clock.advance(2000);
  assert.equal(ofPolicy().length, 7, 'it may come back within its cooldown');
  await heart.world.clock.advance(minute);
  assert.deepEqual(ofPolicy(), []);
});

test('a policy that came back keeps its telemetry', async () => {
  const heart = startHeart();
  await heart.tick();
  heart.scaling.apply('file', []);
  heart.scaling.apply('file', [policy()]);
  await heart.world.clock.advance(2 * minute);
  const key = `scale.evaluate_ms{policy_id=${policy().id},target_name=target}`;
  assert.equal(heart.world.series.get(key)?.length, heart.reports.length);
});

test('the gauges tell how many policies run', async () => {
  const heart = startHeart({ policies: [named('a'), named('b')] });
  await heart.world.clock.advance(1000);
  heart.scaling.apply('file', [named('a')]);
  await heart.world.clock.advance(1000);
  assert.deepEqual(heart.world.series.get('policy.total_num{}')?.slice(-2), [2, 1]);
  assert.equal(heart.world.series.get('policy.queue.cluster{}')?.at(-1), 0);
});

const wants = (source: string) => check({ source, query: 'node_percentage-wanted_cpu/node_class=web' });
const mutated: readonly (readonly [name: string, changes: Partial<Policy>, min: number])[] = [
  ['horizontal, min 0', { type: 'horizontal', min: 0, checks: [check({ source: 'nomad-apm' })] }, 0],
  ['cluster, min 1', { type: 'cluster', min: 1, checks: [check({ source: 'nomad-apm' })] }, 1],
  ['cluster, max 0', { type: 'cluster', min: 0, max: 0, checks: [check({ source: 'nomad-apm' })] }, 0],
  ['cluster, min 0, another APM', { type: 'cluster', min: 0, checks: [check()] }, 0],
  [
    'cluster, min 0, nomad-apm in one of its checks',
    { type: 'cluster', min: 0, checks: [check(), check({ source: 'nomad-apm' })] },
    1,
  ],
  [
    'cluster, min 0, the Nomad APM under another label',
    { type: 'cluster', min: 0, checks: [check({ source: 'east' })] },
    1,
  ],
  [
    'cluster, min 0, all that nomad-apm is asked has an answer without nodes',
    { type: 'cluster', min: 0, checks: [check(), wants('east')] },
    0,
  ],
  [
    'cluster, min 0, one of two queries of nomad-apm has no answer without nodes',
    { type: 'cluster', min: 0, checks: [wants('nomad-apm'), check({ source: 'nomad-apm' })] },
    1,
  ],
];
for (const [name, changes, min] of mutated) {
  test(`policy #P162: ${name}: runs with min ${min}, when started and when updated`, () => {
    const apmLabelsOfNomadDriver = ['nomad-apm', 'east'];
    const heart = startHeart({ policies: [policy(changes)], apmLabelsOfNomadDriver });
    const line = `INFO ${manager}.policy_handler: policy modified modification=min value set to 1 since scaling cluster to 0 is not supported by the Nomad APM`;
    const isModified = changes.min !== min;
    assert.equal(heart.state().policy.min, min);
    assert.equal(heart.said().includes(line), isModified);
    const later = policy({ ...changes, cooldownMs: 7000 });
    heart.scaling.apply('file', [later]);
    assert.deepEqual([heart.state().policy.min, heart.state().policy.cooldownMs], [min, 7000]);
    assert.equal(heart.said().includes(line), isModified);
    heart.scaling.apply('file', [{ ...later }]);
    assert.deepEqual(heart.said(), [], 'a policy that was raised does not look changed');
  });
}

test('a policy that moves from one source to the other is updated, not run twice', async () => {
  const heart = startHeart({ policies: [named('a')], target: fakeTarget({ count: 2 }), decide: () => none() });
  heart.scaling.apply('nomad', [named('a', { source: 'nomad' })]);
  heart.scaling.apply('file', []);
  assert.deepEqual(running(heart, 'a'), [true]);
  await heart.world.clock.advance(minute);
  assert.equal(heart.target.statusCalls, 6);
});

test('what does not run has no state and no reports, and nothing starts after the close', async () => {
  const heart = startHeart();
  await heart.tick();
  await heart.scaling.close(1000);
  heart.scaling.apply('file', [policy()]);
  assert.deepEqual([heart.scaling.state(policy().id), heart.scaling.reports(policy().id)], [undefined, []]);
  assert.equal(heart.world.clock.pending, 0);
});
