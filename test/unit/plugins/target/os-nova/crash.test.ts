import assert from 'node:assert/strict';
import { test } from 'node:test';
import { cutOff } from '../../../../support/nova-crash.ts';

const seed = 1;

for (const [doing, from, to] of [
  ['out', 0, 2],
  ['in', 3, 2],
] as const) {
  test(`killed at any request of a scaling ${doing}, the plugin leaves nothing that its next start does not put in order`, async (t) => {
    const whole = await cutOff({ from, to, seed });
    assert.deepEqual(whole.wrong, []);
    const points = Array.from({ length: whole.requests }, (_, index) => index + 1);
    for (const at of points) {
      for (const isCarriedOut of [false, true]) {
        const { wrong } = await cutOff({ from, to, seed, death: { at, isCarriedOut } });
        assert.deepEqual(wrong, [], `killed at request ${at}, ${isCarriedOut ? 'after' : 'before'} it was carried out`);
      }
    }
    t.diagnostic(`${2 * points.length} crash points, 0 orphans`);
  });
}
