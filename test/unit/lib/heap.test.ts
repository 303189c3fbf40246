import assert from 'node:assert/strict';
import { test } from 'node:test';
import { virtualClock } from '../../../src/lib/clock.ts';
import { keepHeapSmall } from '../../../src/lib/heap.ts';

test('the heap is looked at for two minutes at most', async () => {
  const clock = virtualClock();
  keepHeapSmall(clock);
  await clock.advance(121_000);
  assert.equal(clock.pending, 0);
});
