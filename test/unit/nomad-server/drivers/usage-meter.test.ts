import assert from 'node:assert/strict';
import { test } from 'node:test';
import { virtualClock } from '../../../../src/lib/clock.ts';
import type { ProcessUsage } from '../../../../src/nomad-server/drivers/machine.ts';
import { UsageMeter, usageOf } from '../../../../src/nomad-server/drivers/usage-meter.ts';
import { fakeMachine } from '../../../support/machine.ts';

const used = (pid: number, userMs: number, systemMs = 0): ProcessUsage => ({
  ...{ pid, userMs, systemMs, rssBytes: 1000, swapBytes: 10 },
});

test('CPU is what was used since the look before, of new processes all of it', () => {
  const before = { atMs: 1000, processes: [used(1, 400), used(2, 100)] };
  const { userPercent, systemPercent, rssBytes, swapBytes, processes } = usageOf(
    [used(1, 600, 100), used(3, 300)],
    before,
    2000,
  );
  assert.deepEqual([userPercent, systemPercent, rssBytes, swapBytes], [50, 10, 2000, 20]);
  assert.deepEqual([...processes.keys()], [1, 3]);
  assert.equal(processes.get(1)?.userPercent, 20);
});

test('the machine is looked at once a second at most, however often somebody asks', async () => {
  const clock = virtualClock();
  const machine = fakeMachine();
  let looks = 0;
  const usage: typeof machine.usage = (groups) => {
    looks++;
    return machine.usage(groups);
  };
  const meter = new UsageMeter({ ...machine, usage }, clock);
  meter.begin(7);
  machine.uses.set(7, used(7, 0));
  await clock.advance(1000);
  for (let asked = 0; asked < 5; asked++) meter.of(7);
  assert.equal(looks, 1);
  machine.uses.set(7, used(7, 500));
  await clock.advance(1000);
  assert.equal(meter.of(7)?.userPercent, 50);
  assert.equal(looks, 2);
  meter.end(7);
  assert.equal(meter.of(7), undefined);
});
