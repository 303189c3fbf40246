import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { Client, credentials, type MethodDefinition, type ServiceError } from '@grpc/grpc-js';
import { loadSync, type ServiceDefinition } from '@grpc/proto-loader';
import type { StrategyInput } from '../../../src/model/plugin.ts';
import { actionFromWire } from '../../../src/wire/convert.ts';
import { PluginInfoResponse } from '../../../src/wire/generated/plugins/base.ts';
import { RunResponse } from '../../../src/wire/generated/plugins/strategy.ts';
import { launch } from '../../../src/wire/launch.ts';
import { cookie } from '../../../src/wire/profile.ts';
import { type Plugin, pluginServices } from '../../../src/wire/services.ts';
import { fixture, hostWorld, LogBook, never, serveHere } from '../../support/goplugin.ts';
import { needsShared, sharedPath } from '../../support/shared.ts';

const root = fileURLToPath(new URL('../../../proto', import.meta.url));
const loaded = loadSync(
  ['base', 'apm', 'strategy', 'target'].map((type) => `plugins/${type}.proto`),
  {
    includeDirs: [root],
    keepCase: true,
    longs: String,
    enums: String,
    defaults: true,
  },
);

/** Serves a session and calls it with another codec. */
async function serve(t: TestContext, plugin: Plugin) {
  const { line } = serveHere(
    t,
    { [cookie.key]: cookie.value },
    { versions: { 1: pluginServices(plugin) }, largestRequest: -1 },
  );
  const client = new Client(`unix:${(await line).split('|')[3]}`, credentials.createInsecure());
  t.after(() => client.close());
  return (service: string, name: string, request: object): Promise<Record<string, unknown>> => {
    const type = service.toLowerCase().replace('pluginservice', '');
    const table = loaded[`hashicorp.nomad_autoscaler.plugins.${type}.proto.v1.${service}`] as ServiceDefinition;
    const method = table[name] as unknown as MethodDefinition<object, Record<string, unknown>>;
    return new Promise((resolve, reject) => {
      client.makeUnaryRequest(
        method.path,
        method.requestSerialize,
        method.responseDeserialize,
        request,
        (error: ServiceError | null, answer) =>
          error === null && answer !== undefined ? resolve(answer) : reject(error),
      );
    });
  };
}

const base = { setConfig: () => undefined, close: async () => undefined };

test('the base service tells name and type, takes settings, and passes an error on', async (t) => {
  const taken: unknown[] = [];
  const session = {
    ...base,
    setConfig(config: Readonly<Record<string, string>>) {
      taken.push(config);
      if (config['bad'] !== undefined) throw new Error('outer', { cause: new Error('inner') });
    },
    query: () => [],
    queryMultiple: () => [],
  };
  const call = await serve(t, { info: { name: 'x', type: 'apm' }, session });
  assert.deepEqual(await call('BasePluginService', 'PluginInfo', {}), { name: 'x', type: 'PLUGIN_TYPE_APM' });
  assert.deepEqual(await call('BasePluginService', 'SetConfig', { config: { a: 'b' } }), {});
  await assert.rejects(call('BasePluginService', 'SetConfig', { config: { bad: '' } }), {
    code: 2,
    details: 'outer: inner',
  });
  assert.deepEqual(taken, [{ a: 'b' }, { bad: '' }]);
});

test('plugins #68: a plugin of a type that nobody knows has the base service alone, which says so', async (t) => {
  const plugin = { info: { name: 'x', type: 'other' }, session: base } as unknown as Plugin;
  const call = await serve(t, plugin);
  assert.deepEqual(await call('BasePluginService', 'SetConfig', { config: {} }), {});
  await assert.rejects(call('BasePluginService', 'PluginInfo', {}), { details: 'plugin is of unknown type: "other"' });
  for (const [service, name] of [
    ['APMPluginService', 'Query'],
    ['StrategyPluginService', 'Run'],
    ['TargetPluginService', 'Status'],
  ] as const) {
    await assert.rejects(call(service, name, {}), { code: 12 });
  }
});

test('a strategy sees what the host sent, and its answer echoes check and metrics', async (t) => {
  const inputs: StrategyInput[] = [];
  const session = {
    ...base,
    run(input: StrategyInput) {
      inputs.push(input);
      return input.count === 0 ? undefined : ({ direction: 'up', count: 5, reason: 'r', meta: {} } as const);
    },
  };
  const call = await serve(t, { info: { name: 'x', type: 'strategy' }, session });
  const request = {
    action: {},
    check: {
      name: 'c',
      source: 's',
      query: 'q',
      query_window: { seconds: 5 },
      strategy: { name: 'n', config: { k: 'v' } },
    },
    timestamped_metric: [{ timestamp: { seconds: 1, nanos: 1_000_001 }, value: 2 }],
    count: 3,
  };
  const answer = await call('StrategyPluginService', 'Run', request);
  assert.deepEqual(inputs[0], {
    check: 'c',
    source: 's',
    query: 'q',
    queryWindowMs: 5000,
    strategy: 'n',
    config: { k: 'v' },
    count: 3,
    metrics: [{ at: 1001, atNanos: 1, value: 2 }],
    meta: {},
  });
  assert.equal((answer['action'] as { count: string }).count, '5');
  assert.equal((answer['check'] as { name: string }).name, 'c');
  assert.equal((answer['timestamped_metric'] as unknown[]).length, 1);
  assert.equal((await call('StrategyPluginService', 'Run', { ...request, count: 0 }))['action'], null);
});

test('a target: status, its absence, no-ops and errors', async (t) => {
  const session = {
    ...base,
    status: (config: Readonly<Record<string, string>>) =>
      config['none'] === undefined ? { ready: true, count: 2, desired: 3, meta: {} } : undefined,
    scale: () => ({ kind: 'no-op', reason: 'too early' }) as const,
  };
  const call = await serve(t, { info: { name: 'x', type: 'target' }, session });
  assert.deepEqual(await call('TargetPluginService', 'Status', {}), {
    ready: true,
    count: '2',
    meta: { 'nomad_autoscaler.desired_count': '3' },
  });
  await assert.rejects(call('TargetPluginService', 'Status', { config: { none: '' } }), { code: 5 });
  await assert.rejects(call('TargetPluginService', 'Scale', { action: { direction: 3 } }), {
    code: 10,
    details: 'too early',
  });
  await assert.rejects(call('TargetPluginService', 'Scale', { action: {} }), { code: 2 });
});

test('a caller that goes aborts what it asked for', async (t) => {
  let aborted: () => void = () => undefined;
  const whenAborted = new Promise<void>((resolve) => {
    aborted = resolve;
  });
  const session = {
    ...base,
    queryMultiple: () => [],
    query: (_query: string, _range: unknown, signal: AbortSignal) =>
      new Promise<never>(() => signal.addEventListener('abort', aborted)),
  };
  const { line } = serveHere(t, {}, { versions: { 1: pluginServices({ info: { name: 'x', type: 'apm' }, session }) } });
  const { openChannel } = await import('../../../src/goplugin/channel.ts');
  const { systemClock } = await import('../../../src/lib/clock.ts');
  const { remoteApm } = await import('../../../src/wire/remote.ts');
  const channel = await openChannel(
    { network: 'unix', address: (await line).split('|')[3] ?? '' },
    undefined,
    systemClock,
  );
  t.after(() => channel.close());
  const stop = new AbortController();
  const call = remoteApm(channel, async () => undefined).query('q', { from: 0, to: 1 }, stop.signal);
  setTimeout(() => stop.abort(), 50);
  await assert.rejects(Promise.resolve(call), { name: 'AbortError' });
  await whenAborted;
});

for (const autoMtls of ['off', 'required'] as const) {
  test(`plugins #23, #24, #25, #26: external plugins of each type, AutoMTLS ${autoMtls}`, async (t) => {
    const start = async (file: string) => {
      const { path, args } = fixture(t, file);
      const plugin = await launch(path, args, {}, { autoMtls }, hostWorld(new LogBook()), never);
      t.after(() => plugin.process.kill());
      return plugin;
    };
    const [apm, strategy, target] = await Promise.all([start('apm.ts'), start('strategy.ts'), start('target.ts')]);
    const range = { from: 1_600_000_000_000, to: 1_600_000_010_000 };
    const points = await apm.apm().query('fixed:5', range, never);
    assert.deepEqual(
      points.map(({ value }) => value),
      Array(10).fill(5),
    );
    assert.deepEqual(await apm.apm().queryMultiple('fixed:5', range, never), [points]);
    const input = {
      ...{ check: 'c', source: 's', query: 'q', queryWindowMs: 0, strategy: 'noop', count: 1, meta: {} },
      config: { count: '5' },
      metrics: points,
    };
    assert.equal((await strategy.strategy().run(input, never))?.count, 5);
    const status = await target.target().status({ count: '10', ready: 'true' }, never);
    assert.deepEqual([status?.count, status?.ready], [10, true]);
    const zero = { direction: 'none', count: 0, reason: '', meta: {} } as const;
    assert.deepEqual(await target.target().scale(zero, {}, never), { kind: 'scaled' });
  });
}

const recording = 'golden/autoscaler/plugin-protocol/plugins-fixed-value.txt';

test('what upstream’s own plugin answers reads as it should', needsShared(recording), () => {
  const text = readFileSync(join(sharedPath(recording) ?? ''), 'utf8');
  const message = (call: string) => {
    const line = text.split('\n').find((one) => one.startsWith(call)) ?? '';
    const hex = /"data":"([0-9a-f]+)"/.exec(line)?.[1] ?? '';
    return Buffer.from(hex, 'hex').subarray(5); // a byte of flags and four of length
  };
  assert.deepEqual(PluginInfoResponse.decode(message('BasePluginService/PluginInfo')), {
    name: 'fixed-value',
    type: 2,
  });
  const { action, check } = RunResponse.decode(message('Run {action'));
  assert.deepEqual(actionFromWire(action), {
    direction: 'up',
    count: 3,
    reason: 'scaling up because fixed value is 3',
    meta: {},
  });
  assert.deepEqual(check?.strategy, { name: 'fixed-value', config: { value: '3' } });
});
