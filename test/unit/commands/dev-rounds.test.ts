import assert from 'node:assert/strict';
import { test } from 'node:test';
import { markOf, policyText, type Round, roundText, type Summary } from '../../../src/commands/dev-rounds.ts';

const web: Summary = { id: '1', name: 'web', type: 'horizontal', min: 1, max: 5 };
const pool: Summary = { id: '2', name: 'pool', type: 'cluster', min: 0, max: 1 };
const details = { checks: [{ name: 'cpu', strategy: { config: { target: '70', max_scale_up: '2' } } }], ticks: [] };
const round = (change: Partial<Round>): Round => ({
  ...{ at: '2026-11-25T09:44:20.000Z', took_ms: 12, result: 'hold', why: 'staying at 1', checks: [] },
  ...change,
});

test('a policy is told with its bounds, in what it counts, and with the settings of each check', () => {
  assert.equal(policyText(web, details), '1 to 5 instances; check cpu: target 70, max_scale_up 2');
  assert.equal(policyText(pool, { checks: [], ticks: [] }), '0 to 1 server');
});

test('a scaling is told with both counts, what the checks saw, and the reason', () => {
  const checks = [{ check: 'cpu', newest: { value: 330.04 } }];
  const up = round({ result: 'scaled', from: 1, to: 3, checks, why: 'x', decision: { reason: 'factor is 4.7' } });
  assert.equal(markOf(up), '▲');
  assert.equal(roundText(up, web, details), '1 -> 3 instances (cpu 330, target 70): factor is 4.7');
});

test('a scaling that takes its time says how long it took', () => {
  const down = round({ result: 'scaled', from: 2, to: 1, took_ms: 3400, decision: { reason: 'factor is 0.3' } });
  assert.equal(markOf(down), '▼');
  assert.equal(roundText(down, pool, details), '2 -> 1 server, done in 3 s: factor is 0.3');
});

test('a round that did nothing says why, and its result unless it held', () => {
  const checks = [{ check: 'other', newest: { value: 'NaN' } }];
  assert.equal(roundText(round({ from: 1, checks }), web, details), '1 instance (other NaN): staying at 1');
  const skipped = round({ result: 'skipped', from: 2, why: 'target is not ready' });
  assert.equal(roundText(skipped, pool, details), '2 servers: skipped: target is not ready');
  const failed = round({ result: 'failed', why: 'target not found' });
  assert.equal(roundText(failed, pool, details), 'failed: target not found');
  assert.deepEqual([skipped, failed, round({ result: 'dry-run', from: 1, to: 2 })].map(markOf), [' ', ' ', ' ']);
});
