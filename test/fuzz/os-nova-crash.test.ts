import assert from 'node:assert/strict';
import { test } from 'node:test';
import { cutOff } from '../support/nova-crash.ts';

/** As many as a run of all tests can afford; `SEEDS=100` for more. */
const seeds = Number(process.env['SEEDS'] ?? 4);

for (const [doing, from, to] of [
  ['out', 0, 3],
  ['in', 4, 2],
] as const) {
  test(`a scaling ${doing} that is cut off at any request leaves no orphans, in ${seeds} orders of events`, async (t) => {
    const found: string[] = [];
    let points = 0;
    for (let seed = 1; seed <= seeds; seed++) {
      const whole = await cutOff({ from, to, seed });
      assert.deepEqual(whole.wrong, [], `seed ${seed}`);
      for (let at = 1; at <= whole.requests; at++) {
        for (const isCarriedOut of [false, true]) {
          const { wrong } = await cutOff({ from, to, seed, death: { at, isCarriedOut } });
          points++;
          for (const one of wrong) found.push(`seed ${seed}, request ${at}, carried out ${isCarriedOut}: ${one}`);
        }
      }
    }
    t.diagnostic(`${points} crash points, ${found.length} orphans`);
    assert.deepEqual(found, []);
  });
}
