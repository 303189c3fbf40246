import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { noOp, type Outcome, scaled } from '../../../src/model/target.ts';
import { check, down, none, policy, up } from '../../support/builders.ts';
import { fakeTarget } from '../../support/fakes.ts';
import { startHeart } from '../../support/heart.ts';
import { seeded } from '../../support/seed.ts';

/** What happens around one tick: the load, how the APM answers, and how a call that scales ends, after how long. */
const moment = fc.record({
  says: fc.constantFrom('up', 'down', 'none', 'throws'),
  by: fc.integer({ min: 1, max: 20 }),
  apm: fc.constantFrom('answers', 'fails', 'empty'),
  ends: fc.constantFrom('scaled', 'no-op', 'fails'),
  takesMs: fc.constantFrom(0, 0, 500, 15_000, 130_000),
  event: fc.constantFrom('nothing', 'nothing', 'nothing', 'update', 'remove', 'drift'),
});

interface Call {
  readonly from: number;
  to: number;
  cooldownMs: number;
}

test('in any course of events calls of one policy never overlap nor come within a cooldown, and every tick is told once', async () => {
  await seeded(
    fc.asyncProperty(fc.array(moment, { minLength: 5, maxLength: 40 }), async (course) => {
      const web = policy({
        min: 2,
        max: 9,
        cooldownMs: 60_000,
        cooldownOnScaleUpMs: 25_000,
        checks: [check(), check({ name: 'second', group: 'g', onError: 'ignore' })],
      });
      const target = fakeTarget({ count: 5 });
      let now = course[0];
      const heart = startHeart({
        policies: [web],
        target,
        workers: { horizontal: 1, cluster: 1 },
        decide: ({ count }) => {
          if (now?.says === 'throws') throw new Error('no idea');
          if (now?.says === 'none' || now === undefined) return none();
          return now.says === 'up' ? up(count + now.by) : down(Math.max(0, count - now.by));
        },
      });
      const { clock } = heart.world;
      const points = [{ at: 1, value: 1 }];
      heart.apm.answer = () => {
        if (now?.apm === 'fails') throw new Error('away');
        return now?.apm === 'empty' ? [] : points;
      };
      const calls: Call[] = [];
      target.onScale = (action) => {
        const call: Call = { from: clock.now(), to: Number.POSITIVE_INFINITY, cooldownMs: 0 };
        calls.push(call);
        const { ends = 'scaled', takesMs = 0 } = now ?? {};
        return new Promise<Outcome>((resolve, reject) =>
          clock.after(takesMs, () => {
            call.to = clock.now();
            if (ends === 'fails') return reject(new Error('503'));
            if (ends === 'no-op') return resolve(noOp('busy'));
            call.cooldownMs = action.direction === 'up' ? 25_000 : 60_000;
            target.now = { ready: true, count: action.count, meta: {} };
            return resolve(scaled);
          }),
        );
      };
      for (now of course) {
        await clock.advance(10_000);
        if (now.event === 'update') heart.scaling.apply('file', [{ ...web, evaluationIntervalMs: 7000 }]);
        if (now.event === 'remove') heart.scaling.apply('file', []);
        if (now.event !== 'nothing') heart.scaling.apply('file', [web]);
        if (now.event === 'drift') target.now = { ready: true, count: now.by, meta: {} };
      }
      const closed = heart.scaling.close(600_000_000);
      await clock.advance(200_000);
      await closed;

      calls.forEach((call, index) => {
        const before = calls[index - 1];
        if (before !== undefined) assert.ok(call.from >= before.to + before.cooldownMs, 'too early');
      });
      for (const count of target.scaledTo) assert.ok(count >= web.min && count <= web.max, 'out of bounds');
      assert.equal(heart.reports.length, target.statusCalls, 'one report for each tick');
      assert.equal(clock.pending, 0);
    }),
    60,
  );
});
