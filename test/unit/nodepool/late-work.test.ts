/** Work that arrives while nodes are taken out, at every moment that chance picks. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sleep } from '../../../src/lib/clock.ts';
import { type Emptied, emptyNodes } from '../../../src/nodepool/scale-in.ts';
import { seededRandom } from '../../../src/simulate/random.ts';
import { order, poolConfig, testPool } from '../../support/node-pool.ts';
import { jobBody } from '../../support/nomad-server.ts';

const never = new AbortController().signal;
const seeds = 300;

test(`work that lands between choice and drain is never killed, whenever it comes (${seeds} seeds)`, async () => {
  const outcomes = { emptied: 0, kept: 0 };
  for (let seed = 1; seed <= seeds; seed++) {
    const random = seededRandom(seed);
    const below = (most: number) => Math.floor(random() * most);
    const moment = below(14);
    const late = jobBody('late', {
      count: 1 + below(3),
      cpu: 500 + below(3000),
      group: { Update: { MaxParallel: 0 } },
    });
    let asked = 0;
    const pool = testPool({
      rule: async () => {
        if (asked++ === moment) await pool.put('/v1/jobs', late);
        await sleep(pool.clock, below(30)); // on its way; what was registered is placed meanwhile
        return undefined;
      },
    });
    const config = poolConfig({ node_selector_strategy: 'empty' });
    let isOver = false;
    const none: Emptied = { emptied: [], kept: [] };
    const emptying = emptyNodes(pool.parts, order(1 + below(2), { config }), never)
      .catch((error) => {
        assert.equal(error.code, 'no_removable_nodes', `seed ${seed}`); // it came before the choice, to all of them
        return none;
      })
      .finally(() => {
        isOver = true;
      });
    while (!isOver) await pool.clock.advance(below(400));
    const { emptied, kept } = await emptying;
    await pool.clock.advance(5000);
    const gone = new Set(emptied.map(({ node }) => node.ID));
    for (const one of pool.server.store.state.allocations.values()) {
      const what = `seed ${seed}: ${one.ClientStatus}, wanted ${one.DesiredStatus}`;
      assert.deepEqual([one.DesiredStatus, one.DesiredTransition?.Migrate ?? false], ['run', false], what);
      assert.ok(!gone.has(one.NodeID), `${what} on a node that goes`);
    }
    for (const { node } of kept.map(({ machine }) => machine)) {
      assert.equal(pool.server.store.node(node.ID)?.SchedulingEligibility, 'eligible', `seed ${seed}`);
    }
    outcomes.emptied += emptied.length;
    outcomes.kept += kept.length;
    pool.server.close();
  }
  assert.ok(outcomes.emptied > 0 && outcomes.kept > 0, JSON.stringify(outcomes));
});
