import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PoolGate } from '../../../../../plugins/target/os-nova/gate.ts';
import { failureOf, poolTest, startPlugin } from '../../../../support/nova-pool.ts';
import { poolWorld } from '../../../../support/openstack.ts';

const never = new AbortController().signal;

test('os-nova #78: two policies that scale at the same time do so one after the other on one pool, and side by side on two', async (t) => {
  const world = poolWorld();
  t.after(() => world.close());
  const plugin = await world.run(startPlugin(world));
  const before = world.clock.now();
  await world.run(Promise.all([plugin.scale(2), plugin.scale(3), plugin.scale(1, { pool_name: 'other' })]));
  assert.equal(world.clock.now() - before, 60_000);
  const pools = [...world.cloud.state.servers.values()].map(({ tags }) => tags.at(-1)).toSorted();
  assert.deepEqual(pools, ['na_pool:nom-pool', 'na_pool:nom-pool', 'na_pool:nom-pool', 'na_pool:other']);
});

test('who waits for a pool goes in the order of arrival, and may give up', async () => {
  const gate = new PoolGate();
  const done: string[] = [];
  const held = Promise.withResolvers<void>();
  const first = gate.alone(async () => {
    await held.promise;
    done.push('first');
  }, never);
  const stop = new AbortController();
  const second = gate.alone(async () => void done.push('second'), stop.signal);
  const third = gate.alone(async () => void done.push('third'), never);
  assert.equal(gate.isTaken, true);
  stop.abort();
  await assert.rejects(second, { name: 'AbortError' });
  assert.deepEqual(done, []);
  held.resolve();
  await Promise.all([first, third]);
  assert.deepEqual(done, ['first', 'third']);
  assert.equal(gate.isTaken, false);
  await assert.rejects(
    gate.alone(() => Promise.reject(new Error('broken')), never),
    { message: 'broken' },
  );
  assert.equal(await gate.alone(async () => 'free', never), 'free');
});

test('a scaling is given up after the scale timeout, with all nodes back in service', async (t) => {
  const pool = await poolTest(t, { agent: { scale_timeout: '20s' } });
  const text = await failureOf(pool.scale(2));
  assert.match(text, /context deadline exceeded/);
  await pool.world.clock.advance(60_000);
  assert.deepEqual(pool.world.servers(), []);
});

test('the end of a session ends what it does in the background', async (t) => {
  const pool = await poolTest(t, { servers: 1 });
  pool.world.cloud.faults.onRequest({ service: 'network' }, { kind: 'silent' });
  await pool.status();
  let isClosed = false;
  void pool.session.close().then(() => {
    isClosed = true;
  });
  await pool.world.clock.advance(0);
  assert.equal(isClosed, true);
});
