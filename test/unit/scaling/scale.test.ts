import assert from 'node:assert/strict';
import { test } from 'node:test';
import { metaKeys } from '../../../src/model/action.ts';
import { noOp, type Outcome, scaled } from '../../../src/model/target.ts';
import { down, policy, status, up } from '../../support/builders.ts';
import { fakeTarget } from '../../support/fakes.ts';
import { type Heart, startHeart } from '../../support/heart.ts';

const minute = 60_000;
const handler = 'policy_manager.policy_handler';
const id = policy().id;
const other = '00000000-0000-4000-8000-000000000002';

/** Calls of `scale` that end when told. */
function slowly(heart: Heart): { end(outcome?: Outcome): Promise<void>; readonly signals: AbortSignal[] } {
  const ends: ((outcome: Outcome) => void)[] = [];
  const signals: AbortSignal[] = [];
  heart.target.onScale = (_, signal) => {
    signals.push(signal);
    return new Promise((resolve, reject) => {
      ends.push(resolve);
      signal.addEventListener('abort', () => reject(signal.reason));
    });
  };
  return {
    signals,
    async end(outcome = scaled) {
      ends.shift()?.(outcome);
      await heart.world.clock.advance(0);
    },
  };
}

const advanceToTick = (heart: Heart, policyId = id) =>
  heart.world.clock.advance(heart.state(policyId).nextTickAt - heart.world.clock.now());

test('policy #P127: while the target works on it the policy is scaling, and no cooldown runs yet', async () => {
  const heart = startHeart();
  const calls = slowly(heart);
  await advanceToTick(heart);
  assert.deepEqual([heart.state().phase, heart.state().cooldownUntil], ['scaling', undefined]);
  assert.equal(heart.reports.length, 0, 'the record is made when it is known how it ended');
  await heart.world.clock.advance(3 * minute - 5000);
  await calls.end();
  assert.equal(heart.state().cooldownUntil, heart.world.clock.now() + minute);
  assert.equal(heart.reports.at(-1)?.tookMs, 3 * minute - 5000);
});

test('policy #P128, #P134: a call that fails leaves the policy idle without a cooldown, its slot is free, and the next tick tries again', async () => {
  const heart = startHeart({ workers: { horizontal: 1, cluster: 1 } });
  heart.target.onScale = () => {
    throw new Error('403');
  };
  heart.said();
  const report = await heart.tick();
  assert.deepEqual([report.result, report.why], ['failed', 'failed to get scale target: 403']);
  assert.deepEqual([heart.state().phase, heart.state().cooldownUntil], ['idle', undefined]);
  assert.deepEqual(heart.said('error'), [
    `ERROR ${handler}: unable to scale target reason=failed to get scale target: 403`,
  ]);
  heart.target.onScale = undefined;
  await heart.tick();
  assert.deepEqual(heart.target.scaledTo, [3, 3]);
  const counts = ['success', 'error'].map((kind) =>
    heart.world.series.get(`scale.invoke.${kind}_count{plugin_name=target,policy_id=${id},target_name=target}`),
  );
  assert.deepEqual(counts, [[1], [1]]);
});

test('policy #P129: while no slot is free the policy waits, and the target is not called', async () => {
  const policies = [policy(), policy({ id: other })];
  const heart = startHeart({ policies, workers: { horizontal: 1, cluster: 1 } });
  const calls = slowly(heart);
  await heart.world.clock.advance(10_000);
  const phases = [heart.state(id).phase, heart.state(other).phase].sort();
  assert.deepEqual([phases, heart.target.scaledTo], [['scaling', 'waiting'], [3]]);
  await heart.world.clock.advance(1000);
  assert.equal(heart.world.series.get('policy.queue.horizontal{}')?.at(-1), 1);
  await calls.end();
  assert.deepEqual(heart.target.scaledTo, [3, 3]);
});

test('policy #P132: a policy that waits or scales is not scaled a second time; the newest decision is the one that is done', async () => {
  const policies = [policy(), policy({ id: other })];
  let wanted = up(3);
  const heart = startHeart({ policies, workers: { horizontal: 1, cluster: 1 }, decide: () => wanted });
  const calls = slowly(heart);
  await heart.world.clock.advance(10_000);
  const [first, second] = heart.state(id).phase === 'scaling' ? [id, other] : [other, id];
  wanted = up(6);
  heart.said();
  const ofFirst = await heart.tick(first);
  assert.deepEqual([ofFirst.result, ofFirst.why], ['hold', 'target still scaling']);
  const ofSecond = await heart.tick(second);
  assert.deepEqual([ofSecond.result, ofSecond.why], ['hold', 'still waiting for a slot; this action will be used']);
  assert.deepEqual(heart.target.scaledTo, [3]);
  const said = heart.said('debug').filter((line) => /still scaling|waiting to execute/.test(line));
  assert.deepEqual(said.sort(), [
    `DEBUG ${handler}: updating action, waiting to execute`,
    `INFO ${handler}: skipping scaling, target still scaling`,
  ]);
  await calls.end();
  assert.deepEqual(heart.target.scaledTo, [3, 6]);
  await calls.end();
  const done = heart.reports.findLast(({ policyId, result }) => policyId === second && result === 'scaled');
  assert.deepEqual([done?.from, done?.to], [2, 6]);
});

test('what is no longer wanted when the slot is free is not done', async () => {
  const policies = [policy(), policy({ id: other })];
  let wanted = down(1);
  const heart = startHeart({ policies, workers: { horizontal: 1, cluster: 1 }, decide: () => wanted });
  const calls = slowly(heart);
  await heart.world.clock.advance(10_000);
  wanted = up(2); // which is there already
  await heart.world.clock.advance(10_000);
  await calls.end();
  assert.deepEqual(heart.target.scaledTo, [1]);
  const held = heart.reports.find(({ why }) => why === 'no longer needed when its turn came');
  assert.equal(held?.result, 'hold');
  assert.equal(heart.state(held?.policyId).phase, 'idle');
});

test('policy #P133: who gets no slot within two minutes does not call the target, and asks again later', async () => {
  const heart = startHeart({ workers: { horizontal: 0, cluster: 1 } });
  await advanceToTick(heart);
  await heart.world.clock.advance(2 * minute - 1);
  assert.equal(heart.state().phase, 'waiting');
  heart.said();
  await heart.world.clock.advance(1);
  const reason = 'timeout waiting for execution time: timeout while waiting for slot';
  assert.deepEqual(heart.said('error'), [`ERROR ${handler}: unable to scale target reason=${reason}`]);
  const failed = heart.reports.find(({ result }) => result === 'failed');
  assert.deepEqual([failed?.why, heart.target.scaledTo], [reason, []]);
  heart.scaling.resize({ horizontal: 1, cluster: 1 });
  await heart.world.clock.advance(10_000);
  assert.deepEqual(heart.target.scaledTo, [3]);
});

test('each policy type has slots of its own', async () => {
  const policies = [policy(), policy({ id: other, type: 'cluster' })];
  const heart = startHeart({ policies, workers: { horizontal: 1, cluster: 1 } });
  slowly(heart);
  await heart.world.clock.advance(10_000);
  assert.deepEqual(heart.target.scaledTo, [3, 3]);
});

test('policy #P135: after a scaling that is no up the policy rests for its cooldown', async () => {
  const web = policy({ cooldownMs: 5 * minute, cooldownOnScaleUpMs: minute });
  const heart = startHeart({ policies: [web], target: fakeTarget({ count: 5 }), decide: () => down(3) });
  heart.said();
  await heart.tick();
  assert.equal(heart.state().cooldownUntil, heart.world.clock.now() + 5 * minute);
  const line = heart.world.lines.at(-1);
  assert.match(
    line?.message ?? '',
    /^successfully submitted scaling action to target, scaling policy has been placed into cooldown$/,
  );
  assert.deepEqual(
    line?.fields.slice(4).map(([key, value]) => `${key}=${value}`),
    ['desired_count=3', 'cooldown=5m0s'],
  );
});

test('a no-op starts no cooldown and is no error, but is counted as upstream counts it', async () => {
  const heart = startHeart();
  heart.target.onScale = () => noOp('active deployment');
  const report = await heart.tick();
  assert.deepEqual([report.result, report.why], ['no-op', 'active deployment']);
  assert.equal(heart.state().cooldownUntil, undefined);
  const line = `DEBUG ${handler}: scaling action was a no-op, skipping cooldown reason=active deployment`;
  assert.deepEqual([heart.said('debug').at(-1), heart.said('error')], [line, []]);
  const errors = heart.world.series.get(
    `scale.invoke.error_count{plugin_name=target,policy_id=${id},target_name=target}`,
  );
  assert.deepEqual(errors, [1]);
});

test('policy #P160: a dry run tells the target to change nothing, and rests like a scaling', async () => {
  const target = { name: 'target', config: { 'dry-run': 'true' } };
  const heart = startHeart({ policies: [policy({ target })], decide: () => up(3) });
  const report = await heart.tick();
  const [told] = heart.target.actions;
  assert.deepEqual([told?.dryRun, told?.direction, told?.meta[metaKeys.dryRunCount]], [true, 'none', 3]);
  assert.deepEqual([report.result, report.to, heart.state().phase], ['dry-run', 3, 'cooldown']);
  const said = heart.said('debug');
  assert.ok(said.includes(`INFO ${handler}: scaling dry-run is enabled, using no-op task group count`));
  assert.ok(said.includes(`DEBUG ${handler}: scaling target target=target count=-1`));
});

test('only the very word true makes a dry run', async () => {
  for (const word of ['false', 'True', '1', '']) {
    const target = { name: 'target', config: { 'dry-run': word } };
    const heart = startHeart({ policies: [policy({ target })] });
    assert.equal((await heart.tick()).result, 'scaled', word);
  }
});

test('times of scaling are measured: the call, and the attempt from the grant of its slot on', async () => {
  const heart = startHeart();
  const calls = slowly(heart);
  await advanceToTick(heart);
  await heart.world.clock.advance(700);
  await calls.end();
  const { series } = heart.world;
  assert.deepEqual(
    series.get(`plugin.target.scale.invoke_ms{plugin_name=target,policy_id=${id},target_name=target}`),
    [700],
  );
  assert.deepEqual(series.get(`scale.invoke_ms{policy_id=${id},target_name=target}`), [700]);
});

test('closing stops the loops, waits for the calls that run, and calls them off when they take too long', async () => {
  for (const takesLonger of [false, true]) {
    const heart = startHeart();
    const calls = slowly(heart);
    await advanceToTick(heart);
    let isClosed = false;
    const closed = heart.scaling.close(5000).then(() => {
      isClosed = true;
    });
    await heart.world.clock.advance(4999);
    assert.deepEqual([isClosed, calls.signals[0]?.aborted], [false, false]);
    if (takesLonger) await heart.world.clock.advance(1);
    else await calls.end();
    await closed;
    assert.equal(heart.world.clock.pending, 0);
    assert.equal(calls.signals[0]?.aborted, takesLonger);
    await heart.world.clock.advance(minute);
    assert.equal(heart.reports[0]?.result, takesLonger ? 'failed' : 'scaled');
    assert.deepEqual([heart.target.statusCalls, heart.world.clock.pending], [1, 0]);
  }
});

test('a scaling in is called off when more is needed, and the next tick scales out without a cooldown', async () => {
  let decision = down(1);
  const heart = startHeart({ target: fakeTarget({ count: 3 }), decide: () => decision });
  const calls = slowly(heart);
  await advanceToTick(heart);
  heart.target.now = status({ count: 1, desired: 1 });
  await advanceToTick(heart);
  assert.equal(calls.signals[0]?.aborted, false, 'still not more than it is on its way to');
  decision = up(2);
  await advanceToTick(heart);
  assert.equal(calls.signals[0]?.aborted, true);
  const ends = heart.reports.slice(-2).map(({ result, why }) => [result, why]);
  assert.deepEqual(ends.sort(), [
    ['hold', 'more is needed: the scaling in that is under way is called off'],
    ['no-op', 'called off, since more is needed now'],
  ]);
  assert.deepEqual([heart.state().phase, heart.state().cooldownUntil], ['idle', undefined]);
  assert.deepEqual(heart.said('error'), []);
  heart.target.onScale = undefined;
  heart.target.now = status({ count: 1 });
  await heart.tick();
  assert.deepEqual(heart.target.scaledTo, [1, 2]);
});
