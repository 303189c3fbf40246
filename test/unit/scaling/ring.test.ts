import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { TickReport, TickResult } from '../../../src/model/tick.ts';
import { ReportRing } from '../../../src/scaling/ring.ts';

const report = (at: number, result: TickResult): TickReport => ({
  policyId: 'a',
  at,
  tookMs: 1,
  result,
  why: '',
  checks: [],
});
const filled = (results: readonly TickResult[]) => {
  const ring = new ReportRing();
  results.forEach((result, at) => {
    ring.add(report(at, result));
  });
  return ring;
};

test('the latest reports are all there, oldest first', () => {
  const ring = filled(['hold', 'hold', 'scaled']);
  assert.deepEqual(
    ring.all().map(({ at }) => at),
    [0, 1, 2],
  );
  assert.equal(ring.all().at(-1)?.at, 2);
  assert.deepEqual(new ReportRing().all(), []);
});

test('of older ones those stay that scaled or differ from the one before', () => {
  const quiet = Array<TickResult>(20).fill('hold');
  const ring = filled(['hold', 'hold', 'scaled', 'scaled', 'hold', 'hold', 'failed', 'failed', ...quiet]);
  assert.deepEqual(
    ring.all().map(({ at }) => at),
    [0, 2, 3, 4, 6, 8, 22, 23, 24, 25, 26, 27],
  );
});

test('it never grows', () => {
  const ring = filled(Array<TickResult>(500).fill('scaled'));
  assert.equal(ring.all().length, 12);
  assert.equal(ring.all()[0]?.at, 488);
});
