import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { launch } from '../../../src/wire/launch.ts';
import { pluginInfo } from '../../../src/wire/remote.ts';
import { channelOf, fixture, hostWorld, LogBook, never } from '../../support/goplugin.ts';

/** A plugin of other code than ours, with another codec. */
async function peer(t: TestContext, options: object = {}) {
  const log = new LogBook();
  const { path, args } = fixture(t, 'peer.mjs', JSON.stringify(options));
  const plugin = await launch(path, args, {}, { autoMtls: 'off' }, hostWorld(log), never);
  t.after(() => plugin.process.kill());
  /** The request that the plugin saw. */
  const seen = async () => JSON.parse((await log.has(/^\[INFO\] \{/)).message.slice('[INFO] '.length));
  return { plugin, log, seen };
}

const input = {
  check: 'c',
  source: 's',
  query: 'q',
  queryWindowMs: 90_000,
  strategy: 'st',
  config: { a: 'b' },
  count: 3,
  metrics: [{ at: 1_600_000_000_123, atNanos: 456_789, value: 0.5 }],
  meta: { nomad_policy_id: 'p' },
};

test('plugins #16: a strategy’s request has an empty action, its count and its window', async (t) => {
  const run = { action: { count: '5', direction: 'SCALING_DIRECTION_UP', reason: 'r' } };
  const { plugin, seen } = await peer(t, { run });
  assert.deepEqual(await plugin.strategy().run(input, never), {
    direction: 'up',
    count: 5,
    reason: 'r',
    meta: { nomad_policy_id: 'p' },
  });
  assert.deepEqual(await seen(), {
    action: { count: '0', reason: '', error: false, direction: 'SCALING_DIRECTION_UNSPECIFIED', meta: null },
    check: {
      name: 'c',
      source: 's',
      query: 'q',
      query_window: { seconds: '90', nanos: 0 },
      strategy: { name: 'st', config: { a: 'b' } },
    },
    timestamped_metric: [{ timestamp: { seconds: '1600000000', nanos: 123_456_789 }, value: 0.5 }],
    count: '3',
  });
});

test('plugins #17: a strategy that answers without an action has nothing to say', async (t) => {
  const { plugin } = await peer(t, { run: {} });
  assert.equal(await plugin.strategy().run(input, never), undefined);
});

const absurd = [
  ['9007199254740992', 'SCALING_DIRECTION_UP', /beyond 2\^53/],
  ['5', 'SCALING_DIRECTION_UNSPECIFIED', /scale direction is unknown/],
] as const;
for (const [count, direction, message] of absurd) {
  test(`a strategy’s ${direction} to ${count} is an error`, async (t) => {
    const { plugin } = await peer(t, { run: { action: { count, direction } } });
    await assert.rejects(Promise.resolve(plugin.strategy().run(input, never)), {
      code: 'plugin_wire_invalid',
      message,
    });
  });
}

test('plugins #22: a plugin of no type is an error', async (t) => {
  const { plugin } = await peer(t, { type: 0 });
  await assert.rejects(plugin.info(never), { message: 'plugin is of unknown type: "PLUGIN_TYPE_UNSPECIFIED"' });
});

test('an action arrives as another codec reads it', async (t) => {
  const { plugin, seen } = await peer(t);
  const action = { direction: 'down', count: 2, reason: 'idle', error: true, meta: { a: [1] } } as const;
  assert.deepEqual(await plugin.target().scale(action, { Job: 'web' }, never), { kind: 'scaled' });
  const request = await seen();
  const value = Buffer.from(request.action.meta.value.data).toString();
  assert.deepEqual(request, {
    action: {
      count: '2',
      reason: 'idle',
      error: true,
      direction: 'SCALING_DIRECTION_DOWN',
      meta: { ...request.action.meta, type_url: '' },
    },
    config: { Job: 'web' },
  });
  assert.equal(value, '{"a":[1]}');
});

test('plugins #18: ABORTED from Scale is a no-op, and from no other call', async (t) => {
  const { plugin } = await peer(t);
  const target = plugin.target();
  const up = { direction: 'up', count: 2, reason: '', meta: {} } as const;
  assert.deepEqual(await target.scale(up, { abort: 'too early' }, never), { kind: 'no-op', reason: 'too early' });
});

test('plugins #19: a plain error keeps its text, in Go’s wrapping', async (t) => {
  const { plugin } = await peer(t);
  const up = { direction: 'up', count: 2, reason: '', meta: {} } as const;
  await assert.rejects(Promise.resolve(plugin.target().scale(up, { fail: 'no quota' }, never)), {
    name: 'RpcError',
    code: 'plugin_failed',
    retryable: false,
    message: 'rpc error: code = Unknown desc = no quota',
  });
});

test('plugins #20: Status has the deadline that its settings name', async (t) => {
  const { plugin } = await peer(t);
  const began = performance.now();
  const limited = { hang: '', _nomad_autoscaler_grpc_timeout: '50ms' };
  await assert.rejects(Promise.resolve(plugin.target().status(limited, never)), {
    code: 'deadline_exceeded',
    retryable: true,
    message: 'rpc error: code = DeadlineExceeded desc = context deadline exceeded',
  });
  const tookMs = performance.now() - began;
  assert.ok(tookMs >= 45 && tookMs < 1000, `${tookMs} ms`);
});

test('plugins #21: a deadline that is none is an error before any call', async () => {
  const { channel, calls } = channelOf(() => ({}));
  const { remoteTarget } = await import('../../../src/wire/remote.ts');
  const target = remoteTarget(channel, async () => undefined);
  await assert.rejects(Promise.resolve(target.status({ _nomad_autoscaler_grpc_timeout: 'abc' }, never)), {
    code: 'invalid_duration',
    message: 'time: invalid duration "abc"',
  });
  assert.deepEqual(calls, []);
});

test('the deadline’s key is sent on, and nanoseconds come back', async (t) => {
  const { plugin } = await peer(t);
  const config = { _nomad_autoscaler_grpc_timeout: '10s', count: '4' };
  assert.deepEqual(await plugin.target().status(config, never), { ready: true, count: 4, meta: config });
  const range = { from: 1_600_000_000_123, fromNanos: 456_789, to: 1_600_000_060_000 };
  assert.deepEqual(await plugin.apm().query('q', range, never), [
    { at: 1_600_000_000_123, atNanos: 456_789, value: 123_456_789 },
    { at: 1_600_000_060_000, value: 1_600_000_000 },
  ]);
});

test('go-plugin #79: an answer of 6 MB is taken', async (t) => {
  const { plugin } = await peer(t);
  const status = await plugin.target().status({ big: '6000000' }, never);
  assert.equal(status?.meta['big']?.length, 6_000_000);
});

test('a call that is aborted is rejected with the reason, at once', async (t) => {
  const { plugin } = await peer(t);
  const stop = new AbortController();
  const call = Promise.resolve(plugin.target().status({ hang: '' }, stop.signal));
  stop.abort(new Error('enough'));
  await assert.rejects(call, { message: 'enough' });
  await assert.rejects(Promise.resolve(plugin.target().status({}, stop.signal)), { message: 'enough' });
});

test('closing a session ends its plugin', async (t) => {
  const { plugin } = await peer(t);
  await plugin.apm().close();
  assert.equal(plugin.process.done.aborted, true);
});

test('go-plugin #81: a proxy of the environment is not asked', async (t) => {
  const before = process.env['http_proxy'];
  process.env['http_proxy'] = 'http://127.0.0.1:9';
  t.after(() => {
    if (before === undefined) delete process.env['http_proxy'];
    else process.env['http_proxy'] = before;
  });
  const { plugin } = await peer(t, { network: 'tcp', line: '1|1|tcp|127.0.0.1:%p|grpc|\n', type: 3 });
  assert.equal((await plugin.info(never)).type, 'target');
});

test('types have names', async () => {
  const types = await Promise.all(
    [1, 2, 3].map(async (type) => (await pluginInfo(channelOf(() => ({ name: 'x', type })).channel, never)).type),
  );
  assert.deepEqual(types, ['apm', 'strategy', 'target']);
});
