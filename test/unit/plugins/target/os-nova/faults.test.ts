import assert from 'node:assert/strict';
import { test } from 'node:test';
import { explain } from '../../../../../src/lib/error.ts';
import { usual } from '../../../../../src/openstack-server/config.ts';
import type { Fault, RequestMatch } from '../../../../../src/openstack-server/faults.ts';
import { type PoolTest, poolTest } from '../../../../support/nova-pool.ts';

const withExtras = {
  floatingip_pool_name: usual.externalNetwork.name,
  lb_pool_id: usual.balancerPool,
  lb_member_port: '8080',
};

const answer = (status: number, text: string): Fault => ({ kind: 'answer', status, text });

interface Case {
  readonly fault: string;
  readonly arm: (pool: PoolTest, doing: Doing) => void;
  /** What the operator sees of the first try; undefined: it succeeds. */
  readonly sees: Readonly<Record<Doing, RegExp | undefined>>;
}

type Doing = 'status' | 'out' | 'in';

/** The request that matters most to each. */
const target: Readonly<Record<Doing, RequestMatch>> = {
  status: { method: 'GET', path: /servers\/detail/ },
  out: { method: 'POST', path: /servers$/ },
  in: { method: 'DELETE', path: /servers/ },
};

const onTarget = (fault: Fault, times?: number) => (pool: PoolTest, doing: Doing) => {
  pool.world.cloud.faults.onRequest(target[doing], fault, times);
};

const cases: readonly Case[] = [
  {
    fault: 'answers that take 5 s',
    arm: (pool) => pool.world.cloud.faults.onRequest({}, { kind: 'slow', ms: 5_000 }),
    sees: { status: undefined, out: undefined, in: undefined },
  },
  {
    fault: 'no answer',
    arm: onTarget({ kind: 'silent' }),
    sees: {
      status: /^failed to count Nova servers: /,
      out: /failed to create server: /,
      in: /failed to delete server id/,
    },
  },
  {
    fault: '401 once: the token has expired',
    arm: onTarget(answer(401, 'expired'), 1),
    sees: { status: undefined, out: undefined, in: undefined },
  },
  {
    fault: '401 for good',
    arm: onTarget(answer(401, 'who are you')),
    sees: {
      status: /Successfully re-authenticated, but got error executing request: .*401/,
      out: /failed to create server: Successfully re-authenticated, but got error executing request: .*401/,
      in: /failed to delete server id .*: Successfully re-authenticated, but got error executing request: .*401/,
    },
  },
  {
    fault: '403: the quota is used up',
    arm: onTarget(answer(403, 'Quota exceeded for instances: Requested 1, but already used 2 of 2 instances')),
    sees: {
      status: /403/,
      out: /failed to create server: Quota exceeded for instances/,
      in: /failed to delete server id .*403/,
    },
  },
  {
    fault: '409 once',
    arm: onTarget(answer(409, 'conflict'), 1),
    sees: { status: /409/, out: /failed to create server: .*409/, in: /failed to delete server id .*409/ },
  },
  {
    fault: '429 twice',
    arm: onTarget({ kind: 'answer', status: 429, retryAfterS: 2 }, 2),
    sees: { status: undefined, out: undefined, in: undefined },
  },
  {
    fault: '503 once',
    arm: onTarget(answer(503, 'unavailable'), 1),
    sees: { status: undefined, out: /failed to create server: .*503/, in: undefined },
  },
  {
    fault: '500 for good',
    arm: onTarget(answer(500, 'broken')),
    sees: {
      status: /^failed to count Nova servers: .*500/,
      out: /failed to create server: .*500/,
      in: /failed to delete server id .*500/,
    },
  },
  {
    fault: 'lost answers, once',
    arm: onTarget({ kind: 'lost' }, 1),
    sees: { status: undefined, out: undefined, in: undefined },
  },
  {
    fault: 'no valid host',
    arm: (pool) => pool.world.cloud.faults.onServer({}, 'no-valid-host'),
    sees: { status: undefined, out: /server went into status ERROR: No valid host/, in: undefined },
  },
];

const work: Readonly<Record<Doing, (pool: PoolTest) => Promise<unknown>>> = {
  status: (pool) => pool.status(),
  out: (pool) => pool.scale(3),
  in: (pool) => pool.scale(1),
};
const wanted: Readonly<Record<Doing, number>> = { status: 2, out: 3, in: 1 };

for (const { fault, arm, sees } of cases) {
  for (const doing of ['status', 'out', 'in'] as const) {
    test(`${fault}, ${doing}: nothing is left behind, and once it is over the next try gets there`, async (t) => {
      const pool = await poolTest(t, { servers: 2, policy: withExtras });
      arm(pool, doing);
      const text = await work[doing](pool).then(
        () => undefined,
        (error: unknown) => explain(error),
      );
      const expected = sees[doing];
      t.diagnostic(`${fault} | ${doing} | ${text ?? 'succeeds'}`);
      if (expected === undefined) assert.equal(text, undefined);
      else assert.match(text ?? '', expected);
      pool.world.cloud.faults.clear();
      await pool.world.clock.advance(60_000);
      for (let tick = 0; tick < 3; tick++) {
        await pool.status();
        await pool.world.clock.advance(10_000);
      }
      assert.equal((await pool.status()).ready, true);
      if (doing !== 'status') await pool.scale(wanted[doing]);
      await pool.world.clock.advance(10_000);
      const { servers, floatingIps, members } = pool.world.cloud.state;
      const count = wanted[doing];
      assert.deepEqual([servers.size, floatingIps.size, members.size], [count, count, count]);
      assert.deepEqual(pool.world.orphans(), []);
      assert.ok(pool.world.nodes().every((one) => one.endsWith(' ready')));
    });
  }
}
