import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { dueAfter, nextDueAt } from '../../../src/scaling/handler.ts';
import { startScaling } from '../../../src/scaling/handlers.ts';
import { metrics, none, policy, up } from '../../support/builders.ts';
import { fakePlugins, fakeStrategy, fakeTarget, fakeWorld } from '../../support/fakes.ts';
import { startHeart } from '../../support/heart.ts';
import { seeded } from '../../support/seed.ts';

const minute = 60_000;
const handler = 'policy_manager.policy_handler';
const now = Date.UTC(2026, 0, 1, 12);

test('the first tick comes within one interval, and then one comes in each', async () => {
  const heart = startHeart({ decide: () => none() });
  await heart.world.clock.advance(10_000);
  assert.equal(heart.reports.length, 1);
  await heart.world.clock.advance(10 * minute);
  assert.equal(heart.reports.length, 61);
  const between = heart.reports.map(({ at }, index) => at - (heart.reports[index - 1]?.at ?? at)).slice(1);
  assert.deepEqual(new Set(between), new Set([10_000]));
});

test('policies are spread over the interval, each at a place of its own that a restart does not change', () => {
  const places = Array.from({ length: 1000 }, (_, at) => nextDueAt(`policy-${at}`, 10_000, now) - now);
  const tenths = Array.from(
    { length: 10 },
    (_, at) => places.filter((place) => Math.floor((place - 1) / 1000) === at).length,
  );
  for (const count of tenths) assert.ok(count > 50 && count < 150, String(tenths));
  assert.equal((nextDueAt('web', 10_000, now + 123_456) - nextDueAt('web', 10_000, now)) % 10_000, 0);
});

test('the next tick is later than now by at most the interval', async () => {
  await seeded(
    fc.property(
      fc.uuid(),
      fc.integer({ min: 100, max: 3_600_000 }),
      fc.integer({ min: 0, max: 2 ** 42 }),
      (id, intervalMs, at) => {
        const due = nextDueAt(id, intervalMs, at);
        assert.ok(due > at - 1e-3 && due <= at + intervalMs + 1e-3);
      },
    ),
  );
});

test('missed ticks become one that comes at once', () => {
  const due = nextDueAt('web', 10_000, now);
  assert.equal(dueAfter(due, 'web', 10_000, due + 2), due + 10_000);
  assert.equal(dueAfter(due, 'web', 10_000, due + 9999), due + 10_000);
  assert.equal(dueAfter(due, 'web', 10_000, due + 34_000), due + 30_000);
  assert.equal(dueAfter(due, 'web', 10_000, due - 1), due + 10_000, 'a timer that fired early makes no second tick');
  const setBack = due - 3_600_000;
  assert.equal(
    dueAfter(due, 'web', 10_000, setBack + 5),
    setBack + 10_000,
    'a clock that was set back does not stop the policy',
  );
});

test('a slow query delays its own policy only, whose rounds never overlap', async () => {
  const slow = policy();
  const quick = policy({
    id: 'quick',
    checks: policy().checks.map((one) => ({ ...one, source: 'nomad-apm', query: 'quick' })),
  });
  const heart = startHeart({ policies: [slow, quick], decide: () => none() });
  let running = 0;
  let most = 0;
  heart.apm.answer = (query) => {
    if (query === 'quick') return metrics([1]);
    running++;
    most = Math.max(most, running);
    return new Promise((resolve) =>
      heart.world.clock.after(25_000, () => {
        running--;
        resolve(metrics([1]));
      }),
    );
  };
  await heart.world.clock.advance(10 * minute);
  const of = (id: string) => heart.reports.filter(({ policyId }) => policyId === id).length;
  assert.equal(most, 1);
  assert.equal(of('quick'), 60);
  assert.ok(of(slow.id) >= 23 && of(slow.id) <= 24, 'a missed tick is made up for at once'); // every 25 s
});

test('policy #P166: an update with another interval is in force at once, and the cooldown stays', async () => {
  const heart = startHeart();
  await heart.tick();
  const { cooldownUntil } = heart.state();
  heart.said();
  heart.scaling.apply('file', [policy({ evaluationIntervalMs: 1000, cooldownMs: 1 })]);
  assert.equal(heart.state().cooldownUntil, cooldownUntil);
  const said = heart.said('trace').filter((line) => line.includes(handler));
  assert.deepEqual(said, [
    `TRACE ${handler}: updating handler policy_id=${policy().id}`,
    `DEBUG ${handler}: check handlers updated count=1`,
  ]);
  const before = heart.reports.length;
  await heart.world.clock.advance(20_000);
  assert.equal(heart.reports.length - before, 20);
  assert.deepEqual(heart.target.scaledTo, [3]);
});

test('an update with the same interval does not move the ticks', async () => {
  const heart = startHeart({ decide: () => none() });
  await heart.tick();
  const { nextTickAt } = heart.state();
  heart.scaling.apply('file', [policy({ max: 20 })]);
  assert.equal(heart.state().nextTickAt, nextTickAt);
  assert.equal(heart.state().policy.max, 20);
});

test('an update with another target label leads to that target', async () => {
  const heart = startHeart({ decide: () => none() });
  await heart.tick();
  heart.scaling.apply('file', [policy({ target: { name: 'elsewhere', config: {} } })]);
  const report = await heart.tick();
  assert.match(report.why, /failed to get status for target: elsewhere|target status for target: elsewhere/);
  assert.equal(heart.target.statusCalls, 1);
});

test('policy #P168: an interval that makes no sense neither stops the policy nor makes it spin', async () => {
  for (const evaluationIntervalMs of [-5000, 0, Number.NaN]) {
    const heart = startHeart({ policies: [policy({ evaluationIntervalMs })], decide: () => none() });
    await heart.world.clock.advance(1000);
    assert.equal(heart.reports.length, 10);
    await heart.scaling.close(0);
  }
});

test('what waits for a slot under the old policy is not done under the new one', async () => {
  const heart = startHeart({ workers: { horizontal: 0, cluster: 0 } });
  await heart.world.clock.advance(10_000);
  heart.scaling.apply('file', [policy({ max: 2 })]);
  heart.scaling.resize({ horizontal: 1, cluster: 1 });
  await heart.world.clock.advance(0);
  assert.deepEqual(heart.target.scaledTo, []);
});

test('a report that somebody cannot take is an error in the log, and the ticks go on', async () => {
  const world = fakeWorld();
  const target = fakeTarget();
  const scaling = startScaling({
    world,
    plugins: fakePlugins({ target: { target }, strategy: { strategy: fakeStrategy(() => up(3)) } }),
    workers: { horizontal: 1, cluster: 1 },
    apmLabelsOfNomadDriver: new Set(),
    collectionIntervalMs: 1000,
    onReport: () => {
      throw new Error('disk full');
    },
  });
  scaling.apply('file', [policy()]);
  await world.clock.advance(20_000);
  assert.equal(target.statusCalls, 2);
  const errors = world.lines.filter(({ level }) => level === 'error');
  assert.deepEqual(
    errors.map(({ fields }) => fields.at(-1)),
    Array(2).fill(['error', 'disk full']),
  );
});

test('an update while a tick runs makes no second loop', async () => {
  const heart = startHeart({ decide: () => none() });
  const { clock } = heart.world;
  let running = 0;
  let most = 0;
  heart.apm.answer = () => {
    running++;
    most = Math.max(most, running);
    return new Promise((resolve) =>
      clock.after(600, () => {
        running--;
        resolve(metrics([1]));
      }),
    );
  };
  await clock.advance(heart.state().nextTickAt - clock.now() + 100);
  heart.scaling.apply('file', [policy({ evaluationIntervalMs: 1000 })]);
  await clock.advance(11_000);
  while (running > 0) await clock.advance(50); // between two rounds
  const ticks = heart.reports.length;
  assert.ok(most === 1 && (ticks === 11 || ticks === 12), `${most} at once, ${ticks} in all`);
  await heart.scaling.close(0);
  assert.equal(clock.pending, 0, 'a second timer runs');
});
