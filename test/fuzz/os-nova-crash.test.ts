import assert from 'node:assert/strict';
import { test } from 'node:test';
import { seededRandom } from '../../src/simulate/random.ts';
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

test(`nor does one whose mending is cut off as well, in ${10 * seeds} pairs of deaths`, async (t) => {
  const found: string[] = [];
  for (let seed = 1; seed <= seeds; seed++) {
    const random = seededRandom(seed);
    for (let pair = 0; pair < 10; pair++) {
      const way = pair % 2 === 0 ? { from: 0, to: 3 } : { from: 4, to: 2 };
      const death = { at: 5 + Math.floor(random() * 45), isCarriedOut: random() < 0.5 };
      const again = { at: 1 + Math.floor(random() * 20), isCarriedOut: random() < 0.5 };
      const { wrong } = await cutOff({ ...way, seed, death, again });
      if (wrong.length > 0) found.push(`seed ${seed}, ${JSON.stringify({ way, death, again })}: ${wrong.join(', ')}`);
    }
  }
  t.diagnostic(`${10 * seeds} pairs, ${found.length} with orphans`);
  assert.deepEqual(found, []);
});
