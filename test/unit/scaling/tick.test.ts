import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { parseCron } from '../../../src/lib/cron.ts';
import { metaKeys } from '../../../src/model/action.ts';
import { check, down, none, policy, status, up } from '../../support/builders.ts';
import { fakeTarget } from '../../support/fakes.ts';
import { startHeart } from '../../support/heart.ts';
import { seeded } from '../../support/seed.ts';

const minute = 60_000;
const handler = 'policy_manager.policy_handler';
/** Open from one to two at night: the tests begin at midnight. */
const atNight = { start: parseCron('0 1 * * *'), durationMs: 3_600_000 };

test('policy #P121: a status error is reported, and the policy stays idle with nothing pending', async () => {
  const heart = startHeart();
  heart.target.now = new Error('connection refused');
  const report = await heart.tick();
  const text = 'handler: failed to get target status for target: target, connection refused';
  assert.deepEqual([report.result, report.why, report.checks], ['failed', text, []]);
  assert.equal(heart.state().phase, 'idle');
  assert.deepEqual(heart.target.scaledTo, []);
  const error = heart.world.lines.find(({ level }) => level === 'error');
  assert.equal(error?.logger, 'policy_manager');
  assert.equal(error?.message, 'encountered an error monitoring policy IDs');
  assert.deepEqual(error?.fields, [
    ['policy_id', policy().id],
    ['error', text],
  ]);
});

test('policy #P122: a target that is not found is reported, and looked for again at each tick', async () => {
  const heart = startHeart();
  heart.target.now = undefined;
  heart.said();
  const report = await heart.tick();
  assert.deepEqual([report.result, report.why], ['failed', 'target not found']);
  const reported = `ERROR policy_manager: encountered an error monitoring policy IDs policy_id=${policy().id} error=target not found`;
  assert.deepEqual(heart.said(), [`WARN ${handler}: target not found target=target`, reported]);
  await heart.tick();
  assert.deepEqual(heart.said(), [reported]);
  heart.target.now = status({ count: 2 });
  assert.equal((await heart.tick()).result, 'scaled');
});

test('policy #P123: a target that is not ready is not evaluated', async () => {
  const heart = startHeart({ target: fakeTarget({ ready: false, count: 0 }) });
  heart.said();
  const report = await heart.tick();
  assert.deepEqual([report.result, report.why], ['skipped', 'target is not ready']);
  assert.deepEqual(heart.said('debug'), [`DEBUG ${handler}: skipping evaluation, target not ready`]);
  assert.deepEqual([heart.apm.asked.length, heart.strategy.asked.length], [0, 0]);
});

test('policy #P124: outside its schedule a policy does nothing, not even look', async () => {
  const heart = startHeart({ policies: [policy({ schedule: atNight })] });
  heart.said();
  const report = await heart.tick();
  assert.deepEqual([report.result, report.why], ['skipped', 'outside the schedule']);
  assert.deepEqual(heart.said('trace'), [`INFO ${handler}: skipping evaluation, outside schedule window`]);
  assert.equal(heart.target.statusCalls, 0);
  await heart.world.clock.advance(60 * minute);
  assert.deepEqual(heart.target.scaledTo, [3]);
});

test('policy #P125: a count that is right, and a strategy that says none, change nothing', async () => {
  for (const decide of [() => up(2), () => none()]) {
    const heart = startHeart({ decide });
    const report = await heart.tick();
    assert.equal(report.result, 'hold');
    assert.deepEqual([heart.target.scaledTo, heart.state().phase], [[], 'idle']);
    assert.equal(heart.said().at(-1), `INFO ${handler}: skipping scaling, no action needed`);
  }
});

test('an answer of none is told with the present count, and nothing of a cap', async () => {
  const heart = startHeart({ policies: [policy({ min: 2 })], decide: () => none() });
  const report = await heart.tick();
  assert.deepEqual([report.from, report.to], [2, 2]);
  const meta = JSON.stringify({ nomad_policy_id: policy().id });
  assert.equal(
    heart.said().at(-2),
    `INFO ${handler}: calculating scaling target policy_id=${policy().id} from=2 to=2 reason= meta=${meta}`,
  );
});

test('policy #P126: an up scales, rests for the time after a scale-up, gives its slot back and names the policy', async () => {
  const web = policy({ max: 20, cooldownMs: 5 * minute, cooldownOnScaleUpMs: minute });
  const heart = startHeart({ policies: [web], target: fakeTarget({ count: 5 }), decide: () => up(10) });
  const report = await heart.tick();
  assert.deepEqual(heart.target.scaledTo, [10]);
  assert.equal(heart.state().cooldownUntil, heart.world.clock.now() + minute);
  assert.equal(heart.target.actions[0]?.meta[metaKeys.policyId], web.id);
  assert.deepEqual([report.result, report.from, report.to, report.why], ['scaled', 5, 10, 'up to 10']);
  assert.equal(report.cooldownUntil, heart.world.clock.now() + minute);
  await heart.world.clock.advance(1000);
  assert.equal(heart.world.series.get('policy.queue.horizontal{}')?.at(-1), 0);
});

test('policy #P130: in a cooldown nothing is scaled, and the line says how long it lasts', async () => {
  const heart = startHeart();
  await heart.tick();
  heart.said();
  const report = await heart.tick();
  assert.deepEqual([report.result, report.why], ['hold', 'policy still on cooldown']);
  assert.deepEqual(heart.target.scaledTo, [3]);
  assert.equal(heart.state().phase, 'cooldown');
  const [calculating, skipping] = heart.world.lines.slice(-2);
  assert.equal(calculating?.message, 'calculating scaling target');
  assert.equal(skipping?.message, 'skipping scaling, policy still on cooldown');
  assert.equal(String(skipping?.fields.at(-1)?.[1]), '50s');
});

test('policy #P131: a cooldown that has passed lets scale again, and a new one begins', async () => {
  const heart = startHeart();
  await heart.tick();
  const firstEnd = heart.state().cooldownUntil ?? 0;
  await heart.world.clock.advance(minute);
  assert.deepEqual(heart.target.scaledTo, [3, 4]);
  assert.equal(heart.state().cooldownUntil, firstEnd + minute);
});

test('the last scaling of the target, by whomever, starts a cooldown when the policy starts, and only then', async () => {
  const heart = startHeart();
  const { clock } = heart.world;
  heart.target.now = status({ count: 2, lastEventAt: clock.now() - 30_000 });
  assert.equal((await heart.tick()).why, 'policy still on cooldown');
  assert.equal(heart.state().cooldownUntil, clock.now() - (clock.now() % 10_000) - 30_000 + minute);
  heart.target.now = status({ count: 2, lastEventAt: clock.now() });
  await clock.advance(30_000);
  assert.deepEqual(heart.target.scaledTo, [3]);
});

test('policy #P148: a check outside its schedule is left out; the others decide', async () => {
  const web = policy({ min: 0, checks: [check({ name: 'night', schedule: atNight }), check({ name: 'day' })] });
  const heart = startHeart({ policies: [web], decide: () => down(0) });
  const report = await heart.tick();
  assert.deepEqual(
    report.checks.map((one) => one.leftOut),
    ['outside-schedule', undefined],
  );
  assert.deepEqual(heart.target.scaledTo, [0]);
  assert.ok(heart.said('debug').includes(`DEBUG ${handler}: skipping check, outside schedule window`));
});

test('policy #P149: a check that fails for good ends the tick, and no further check is asked', async () => {
  const web = policy({ onCheckError: 'fail', checks: [check({ name: 'first' }), check({ name: 'second' })] });
  const heart = startHeart({
    policies: [web],
    decide: () => {
      throw new Error('no idea');
    },
  });
  const report = await heart.tick();
  const why = 'failed to run check and cap count: failed get count from metrics: failed to execute strategy: no idea';
  assert.equal(report.why, `handler: unable to execute policy ID: ${web.id}, ${why}`);
  assert.deepEqual(
    report.checks.map((one) => one.check),
    ['first'],
  );
  assert.equal(heart.strategy.asked.length, 1);
});

test('policy #P149: a policy that is stopped while a check asks ends its tick there', async () => {
  const heart = startHeart({ policies: [policy({ checks: [check({ name: 'first' }), check({ name: 'second' })] })] });
  heart.apm.answer = (_, signal) =>
    new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
  await heart.world.clock.advance(10_000);
  heart.scaling.apply('file', []);
  await heart.world.clock.advance(0);
  assert.deepEqual(
    heart.reports.map(({ result, why }) => [result, why]),
    [['skipped', 'the policy was stopped']],
  );
  assert.equal(heart.apm.asked.length, 1);
  assert.deepEqual(heart.said('debug').slice(-2), [
    `INFO ${handler}: stopping policy handler due to context done`,
    `DEBUG ${handler}: stopping policy handler, context done during evaluation`,
  ]);
});

test('policy #P150: when every check is outside its schedule nothing is to be done', async () => {
  const heart = startHeart({ policies: [policy({ checks: [check({ schedule: atNight })] })] });
  const report = await heart.tick();
  assert.deepEqual([report.result, report.decision?.direction], ['hold', 'none']);
  assert.equal(heart.said().at(-1), `INFO ${handler}: skipping scaling, no action needed`);
});

test('policy #P169: a count outside the bounds is corrected before any check is asked', async () => {
  const outside = [
    [0, 1, 'current count (0) below limit (1)'],
    [14, 10, 'current count (14) above limit (10)'],
  ] as const;
  for (const [count, bound, reason] of outside) {
    const heart = startHeart({ target: fakeTarget({ count }), decide: () => none() });
    heart.apm.answer = new Error('connection refused');
    const report = await heart.tick();
    assert.deepEqual(heart.target.scaledTo, [bound]);
    assert.deepEqual([report.result, report.why], ['scaled', reason]);
    assert.equal(heart.target.actions[0]?.meta[metaKeys.policyId], policy().id);
    assert.deepEqual([heart.apm.asked.length, heart.strategy.asked.length], [0, 0]);
  }
});

test('a correction is held by the cooldown, and is a dry run where the policy says so', async () => {
  const target = { name: 'target', config: { 'dry-run': 'true' } };
  const heart = startHeart({ policies: [policy({ target })], target: fakeTarget({ count: 0 }) });
  assert.equal((await heart.tick()).result, 'dry-run');
  assert.equal((await heart.tick()).why, 'policy still on cooldown');
  assert.deepEqual(heart.target.scaledTo, [-1]);
});

test('instances that still start are no reason to ask again, nor to ask for fewer', async () => {
  const heart = startHeart({ policies: [policy({ min: 2 })], target: fakeTarget({ count: 1, desired: 5 }) });
  const below = await heart.tick();
  assert.deepEqual([below.result, below.why], ['hold', 'already scaling to 5']);
  heart.target.now = status({ count: 3, desired: 5 });
  assert.equal((await heart.tick()).why, 'already scaling to 5');
  assert.equal(
    heart.said().at(-1),
    `INFO ${handler}: skipping scaling, target has not settled reason=already scaling to 5`,
  );
  heart.target.now = status({ count: 5, desired: 5 });
  await heart.tick();
  assert.deepEqual(heart.target.scaledTo, [6]);
});

test('while a write would be refused nothing is asked, and the policy waits without a cooldown', async () => {
  const heart = startHeart({ target: fakeTarget({ count: 0, blockedBy: 'a deployment is active' }) });
  heart.said();
  const report = await heart.tick();
  assert.deepEqual([report.result, report.why], ['hold', 'a deployment is active']);
  assert.deepEqual(heart.said(), [
    `INFO ${handler}: skipping evaluation, target blocked reason=a deployment is active`,
  ]);
  assert.deepEqual([heart.apm.asked.length, heart.target.scaledTo.length], [0, 0]);
  heart.target.now = status({ count: 0 });
  await heart.tick();
  assert.deepEqual(heart.target.scaledTo, [1]);
});

test('policy #P170: outside of groups a failed check that is ignored does not forbid scaling in', async () => {
  const checks = [
    check({ name: 'good' }),
    check({ name: 'bad', onError: 'ignore', strategy: { name: 'missing', config: {} } }),
  ];
  const heart = startHeart({ policies: [policy({ checks })], target: fakeTarget({ count: 3 }), decide: () => down(2) });
  const report = await heart.tick();
  assert.deepEqual(heart.target.scaledTo, [2]);
  assert.deepEqual(
    report.checks.map((one) => one.leftOut),
    [undefined, 'ignored'],
  );
});

test('a failed check without on_error may not vote, and nothing is scaled in; others may scale out', async () => {
  const checks = [check({ name: 'good' }), check({ name: 'bad', strategy: { name: 'missing', config: {} } })];
  let wanted = down(2);
  const heart = startHeart({ policies: [policy({ checks })], target: fakeTarget({ count: 3 }), decide: () => wanted });
  const held = await heart.tick();
  assert.deepEqual([held.result, held.why], ['hold', 'not scaled in because check "bad" failed']);
  assert.deepEqual([held.checks[1]?.leftOut, heart.target.scaledTo], ['barred', []]);
  wanted = up(4);
  await heart.tick();
  assert.deepEqual(heart.target.scaledTo, [4]);
});

test('when every check was left out the count stays', async () => {
  for (const onCheckError of ['ignore', undefined] as const) {
    const heart = startHeart({ policies: [policy({ onCheckError })] });
    heart.apm.answer = [];
    const report = await heart.tick();
    assert.deepEqual([report.result, report.why], ['hold', 'every check was left out']);
  }
});

test('a target that tells no possible count is not acted on', async () => {
  for (const count of [Number.NaN, -1, 2.5, Number.POSITIVE_INFINITY]) {
    const heart = startHeart({ target: fakeTarget({ count }) });
    const report = await heart.tick();
    assert.equal(report.result, 'failed');
    assert.match(report.why, /is not a possible count$/);
  }
});

test('a tick leaves one record: what it saw, what was said, what was decided', async () => {
  const heart = startHeart({ decide: () => up(12) });
  const report = await heart.tick();
  assert.equal(heart.reports.length, 1);
  assert.deepEqual(heart.scaling.reports(policy().id), [report]);
  assert.deepEqual(report, {
    policyId: policy().id,
    at: heart.world.clock.now(),
    tookMs: 0,
    result: 'scaled',
    why: 'capped count from 12 to 10 to stay within limits',
    status: { ready: true, count: 2, meta: {} },
    checks: [
      {
        check: 'cpu',
        group: '',
        source: 'apm',
        query: 'load',
        strategy: 'strategy',
        points: 1,
        newest: { at: Date.UTC(2026, 0, 1), value: 1 },
        action: report.decision,
      },
    ],
    decision: heart.target.actions[0],
    from: 2,
    to: 10,
    cooldownUntil: heart.world.clock.now() + minute,
  });
});

test('whatever a strategy says, and wherever the target stands, what is written lies within the bounds', async () => {
  const count = fc.oneof(
    fc.integer({ min: -3, max: 30 }),
    fc.constantFrom(Number.NaN, Number.POSITIVE_INFINITY, 2.5, 2 ** 60),
  );
  const direction = fc.constantFrom('up' as const, 'down' as const, 'none' as const, 'recommendation' as const);
  const given = fc.record({ count, direction, at: fc.nat(20), min: fc.nat(10), width: fc.nat(10) });
  await seeded(
    fc.asyncProperty(given, async (one) => {
      const web = policy({ min: one.min, max: one.min + one.width });
      const decide = () => ({ ...up(one.count), direction: one.direction });
      const heart = startHeart({ policies: [web], target: fakeTarget({ count: one.at }), decide });
      await heart.tick();
      assert.equal(heart.reports.length, 1);
      for (const written of heart.target.scaledTo) assert.ok(written >= web.min && written <= web.max);
    }),
    100,
  );
});

test('policy #P161, plugins #41: directions are told as down, none, up and recommendation', async () => {
  for (const direction of ['down', 'none', 'up', 'recommendation'] as const) {
    const heart = startHeart({ decide: () => ({ ...up(direction === 'down' ? 1 : 3), direction }) });
    await heart.tick();
    const line = heart.world.lines.find(({ message }) => message === 'check selected');
    assert.deepEqual(line?.fields.slice(4)[0], ['direction', direction]);
  }
});
