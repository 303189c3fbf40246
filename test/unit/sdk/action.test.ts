import assert from 'node:assert/strict';
import { test } from 'node:test';
import { hold, moveTo, noAction } from '../../../src/sdk/index.ts';

const from = (count: number, config = {}) => ({ count, config, meta: { a: 1 } });

test('holding says nothing but that, and keeps the meta that it began with', () => {
  assert.deepEqual(hold(from(3)), { ...noAction, meta: { a: 1 } });
});

test('a move has the direction of the count, and says why', () => {
  const action = (direction: 'up' | 'down', count: number) => ({
    direction,
    count,
    reason: `scaling ${direction} because so`,
    meta: { a: 1 },
  });
  assert.deepEqual(moveTo(5, from(3), 'so'), action('up', 5));
  assert.deepEqual(moveTo(0, from(3), 'so'), action('down', 0));
  assert.deepEqual(moveTo(-0, from(3), 'so'), action('down', 0));
  assert.deepEqual(moveTo(3, from(3), 'so'), hold(from(3)));
  assert.deepEqual(moveTo(9, from(3, { maxScaleUp: 2 }), 'so'), action('up', 5));
  assert.deepEqual(moveTo(0, from(3, { maxScaleDown: 2 }), 'so'), action('down', 1));
  assert.deepEqual(moveTo(9, from(3, { maxScaleUp: 0 }), 'so'), hold(from(3)));
});

test('what is no count is an error, whatever a step limit would make of it', () => {
  for (const wanted of [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 2 ** 53, 2.5, -0.5]) {
    assert.throws(() => moveTo(wanted, from(3, { maxScaleUp: 1, maxScaleDown: 1 }), 'so'), { code: 'invalid_count' });
  }
  assert.throws(() => moveTo(-1, from(3), 'so'), { code: 'invalid_count' });
  assert.equal(moveTo(-1, from(3, { maxScaleDown: 1 }), 'so').count, 2);
});
