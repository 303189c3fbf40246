import assert from 'node:assert/strict';
import { test } from 'node:test';
import { hold, moveTo, newestOf, noAction } from '../../../src/sdk/index.ts';

const from = (count: number, config = {}) => ({ count, config, meta: { a: 1 } });

test('holding says nothing but that, and keeps the meta that it began with', () => {
  assert.deepEqual(hold(from(3)), { ...noAction, meta: { a: 1 } });
  assert.equal(hold(from(3), '1 of 5 points').reason, '1 of 5 points');
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
  assert.deepEqual(moveTo(3, from(3), 'so'), hold(from(3), 'staying at 3 because so'));
  assert.deepEqual(moveTo(9, from(3, { maxScaleUp: 2 }), 'so'), action('up', 5));
  assert.deepEqual(moveTo(0, from(3, { maxScaleDown: 2 }), 'so'), action('down', 1));
  assert.deepEqual(moveTo(9, from(3, { perInstance: 5 }), 'so'), action('up', 9), 'a config without step limits');
  assert.deepEqual(moveTo(9, from(3, { maxScaleUp: 0 }), 'so'), hold(from(3), 'staying at 3 because so'));
});

test('what is no count is an error, whatever a step limit would make of it', () => {
  for (const wanted of [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 2 ** 53, 2.5, -0.5, -1]) {
    assert.throws(() => moveTo(wanted, from(3, { maxScaleUp: 1, maxScaleDown: 1 }), 'so'), { code: 'invalid_count' });
  }
});

test('the newest point is one, or it is an error that names the series of which each has one', () => {
  const point = (at: number, value: number, series?: string) => ({ at, value, ...(series && { series }) });
  assert.equal(newestOf([]), undefined);
  assert.equal(newestOf([point(1, 5), point(2, 6)])?.value, 6);
  assert.equal(newestOf([point(2, 5), point(2, 6)])?.value, 6, 'a source that says nothing of series means one');
  assert.equal(newestOf([point(1, 5, 'a="1"'), point(2, 6, 'a="2"')])?.value, 6, 'not at the same moment');
  const rivals = [1, 2, 3, 4].map((one) => point(7, one, `a="${one}"`));
  assert.throws(() => newestOf([point(6, 9, 'a="0"'), ...rivals]), {
    code: 'several_values',
    blame: 'usage',
    message: /^query returned 4 values at once, for a="1", a="2", a="3", …; only 1 is expected: aggregate them/,
  });
});
