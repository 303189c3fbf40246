import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { type Action, metaKeys } from '../../../src/model/action.ts';
import { asDryRun, backInBounds, cap, pushReason } from '../../../src/scaling/cap.ts';
import { action, up } from '../../support/builders.ts';
import { seeded } from '../../support/seed.ts';

const limits = { min: 5, max: 10 };

test('policy #P159, plugins #35: a count below the limits becomes the minimum, and says so', () => {
  assert.deepEqual(cap(action({ count: 4 }), limits), {
    direction: 'none',
    count: 5,
    reason: 'capped count from 4 to 5 to stay within limits',
    meta: { [metaKeys.capped]: true, [metaKeys.original]: 4, [metaKeys.history]: [] },
  });
});

test('policy #P159, plugins #36: a count above the limits becomes the maximum', () => {
  const capped = cap(up(15), limits);
  assert.equal(capped.count, 10);
  assert.equal(capped.direction, 'up');
});

test('policy #P159, plugins #37: the reason that was there goes into the history', () => {
  const capped = cap(action({ reason: 'scaled to 0' }), limits);
  assert.equal(capped.count, 5);
  assert.deepEqual(capped.meta[metaKeys.history], ['scaled to 0']);
});

test('policy #P159, plugins #38: a count within the limits, empty ones included, stays as it is', () => {
  for (const [count, bounds] of [
    [7, limits],
    [0, { min: 0, max: 0 }],
  ] as const) {
    const given = action({ count });
    assert.equal(cap(given, bounds), given);
    assert.deepEqual(given.meta, {});
  }
});

test('plugins #39: a dry run is not capped', () => {
  const given = action({ count: 40, dryRun: true });
  assert.equal(cap(given, limits), given);
});

test('policy #P160, plugins #34: a dry run records the count and changes nothing, with and without meta', () => {
  for (const meta of [{}, { nomad_policy_id: 'id' }]) {
    const dry = asDryRun(action({ direction: 'up', count: 3, reason: 'busy', meta }));
    assert.deepEqual(dry, {
      direction: 'none',
      count: 3,
      reason: 'busy',
      meta: { ...meta, [metaKeys.dryRun]: true, [metaKeys.dryRunCount]: 3 },
      dryRun: true, // on the wire: count -1
    });
  }
});

test('a history that is no list of texts is begun anew', () => {
  const given = action({ reason: 'now', meta: { [metaKeys.history]: 'long ago' } });
  assert.deepEqual(pushReason(given, 'then').meta[metaKeys.history], ['now']);
  assert.deepEqual(pushReason(pushReason(given, 'then'), 'at last').meta[metaKeys.history], ['now', 'then']);
});

test('a count outside the bounds is brought back to the nearest one', () => {
  assert.deepEqual(backInBounds(0, { min: 1, max: 3 }, {}), {
    direction: 'up',
    count: 1,
    reason: 'current count (0) below limit (1)',
    meta: {},
  });
  const above = backInBounds(9, { min: 1, max: 7 }, { a: 1 });
  assert.deepEqual(above, { direction: 'down', count: 7, reason: 'current count (9) above limit (7)', meta: { a: 1 } });
  for (const count of [1, 5, 7]) assert.equal(backInBounds(count, { min: 1, max: 7 }, {}), undefined);
});

test('whatever is capped stays within the bounds, keeps its direction and remembers where it came from', async () => {
  const bounds = fc.tuple(fc.nat(100), fc.nat(100)).map(([a, b]) => ({ min: Math.min(a, b), max: Math.max(a, b) }));
  const anything = fc.record({
    direction: fc.constantFrom('up' as const, 'down' as const, 'recommendation' as const),
    count: fc.integer({ min: 0, max: 1000 }),
    reason: fc.string(),
    meta: fc.constant({}),
  });
  await seeded(
    fc.property(anything, bounds, (given: Action, { min, max }) => {
      const capped = cap(given, { min, max });
      assert.ok(capped.count >= min && capped.count <= max);
      assert.equal(capped.direction, given.direction);
      assert.equal(capped.meta[metaKeys.original] ?? capped.count, given.count);
      assert.equal(cap(capped, { min, max }), capped);
    }),
  );
});
