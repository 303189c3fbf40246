/** Which allocations stay when there are too many. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Allocation } from '../../../../src/nomad-server/allocation.ts';
import { chooseSurplus } from '../../../../src/nomad-server/scheduler/updates.ts';

const unknown = (ID: string, JobModifyIndex: number) =>
  ({ ID, Name: `web.g[${ID}]`, ClientStatus: 'unknown', Job: { JobModifyIndex } }) as Allocation;

test('of those whose client is away the newest version fills what is missing, and the rest is let be', () => {
  const canaries = { stale: new Set<Allocation>(), live: new Set<Allocation>(), isAwaited: false, isPromoted: false };
  const { stay, beside, surplus } = chooseSurplus([unknown('1', 3), unknown('2', 4)], [], 1, canaries);
  const ids = [stay, beside, surplus].map((list) => list.map((one) => one.ID));
  assert.deepEqual(ids, [['2'], ['1'], []]);
});
