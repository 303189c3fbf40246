import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Policy } from '../../../src/model/policy.ts';
import { reconcile } from '../../../src/scaling/reconcile.ts';
import { policy } from '../../support/builders.ts';

const named = (id: string, changes: Partial<Policy> = {}) => policy({ id, ...changes });
const running = (...policies: readonly Policy[]) => new Map(policies.map((one) => [one.id, one]));
const ids = ({ start, update, stop }: ReturnType<typeof reconcile>) => ({
  start: start.map(({ id }) => id),
  update: update.map(({ id }) => id),
  stop,
});

test('what is new starts, what is gone stops, what is equal is left alone', () => {
  const changes = reconcile(running(named('a'), named('b')), [named('b'), named('c')]);
  assert.deepEqual(ids(changes), { start: ['c'], update: [], stop: ['a'] });
});

test('any difference, however deep, is an update', () => {
  const before = named('a');
  assert.deepEqual(ids(reconcile(running(before), [{ ...before }])), { start: [], update: [], stop: [] });
  for (const change of [{ max: 11 }, { checks: [] }, { target: { name: 'target', config: { Job: 'other' } } }]) {
    assert.deepEqual(ids(reconcile(running(before), [named('a', change)])).update, ['a']);
  }
});

test('an empty list stops all', () => {
  assert.deepEqual(ids(reconcile(running(named('a'), named('b')), [])).stop, ['a', 'b']);
});
