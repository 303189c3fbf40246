import assert from 'node:assert/strict';
import { test } from 'node:test';
import { plugin as targetValue } from '../../../plugins/strategy/target-value/index.ts';
import {
  block,
  defineApm,
  defineStrategy,
  defineTarget,
  duration,
  integer,
  optional,
  scaled,
  secret,
  text,
} from '../../../src/sdk/index.ts';
import { nomadFields } from '../../../src/sdk/nomad.ts';
import { never, pluginWorld, points, strategyInput } from '../../support/plugin.ts';

const cloud = block({
  region: text({ doc: 'Region.' }),
  password: optional(secret({ doc: 'Password.', env: 'CLOUD_PASSWORD' })),
  waitMs: duration({ doc: 'Wait.', default: '2m' }),
});
const pool = block({
  poolName: text({ doc: 'Name.' }),
  availabilityZones: optional(text({ doc: 'Zones.', aliases: ['availavility_zones'] })),
});

/** A target that writes down what happens to it. */
function recorder() {
  const events: string[] = [];
  let opened = 0;
  const plugin = defineTarget({
    name: 'recorder',
    agentConfig: cloud,
    policyConfig: pool,
    open(config) {
      const id = ++opened;
      events.push(`open ${id} ${JSON.stringify(config)}`);
      return {
        status: async ({ poolName }) => {
          await pause();
          events.push(`status ${id} ${poolName}`);
          return { ready: true, count: id, meta: {} };
        },
        scale: () => scaled,
        close: () => {
          events.push(`close ${id}`);
        },
      };
    },
  });
  return { plugin, events };
}

const pause = () => new Promise((resolve) => setImmediate(resolve));

test('a plugin knows its configuration once it is set, from the map and the environment', async () => {
  const { plugin, events } = recorder();
  const session = plugin.open(pluginWorld({ CLOUD_PASSWORD: 'p' }));
  assert.throws(() => session.status({ pool_name: 'a' }, never), { code: 'plugin_not_configured' });
  await session.setConfig({ region: 'eu', wait: '5s' }, never);
  assert.deepEqual(events, ['open 1 {"region":"eu","password":"p","waitMs":5000}']);
  assert.equal((await session.status({ pool_name: 'a' }, never))?.count, 1);
});

test('a bad configuration is told with all that is wrong, and leaves the session as it was', async () => {
  const { plugin, events } = recorder();
  const session = plugin.open(pluginWorld());
  await session.setConfig({ region: 'eu' }, never);
  assert.throws(() => session.setConfig({ wait: 'soon' }, never), {
    code: 'invalid_config',
    message: /^"region" is required; invalid value for "wait": time: invalid duration "soon"/,
  });
  await session.status({ pool_name: 'a' }, never);
  assert.deepEqual(events.slice(1), ['status 1 a']);
});

test('a new configuration counts from the next call on; calls that run end on the old one, which is closed then', async () => {
  const { plugin, events } = recorder();
  const session = plugin.open(pluginWorld());
  await session.setConfig({ region: 'eu' }, never);
  const running = session.status({ pool_name: 'a' }, never);
  await session.setConfig({ region: 'us' }, never);
  const next = session.status({ pool_name: 'b' }, never);
  await Promise.all([running, next]);
  await session.close();
  assert.deepEqual(events.slice(2), ['status 1 a', 'close 1', 'status 2 b', 'close 2']);
});

test('what is opened after the session was closed is closed at once', async () => {
  let open: (verbs: { query: () => []; close: () => void }) => void = () => undefined;
  let closed = 0;
  const apm = defineApm({
    name: 'slow',
    agentConfig: block({}),
    open: () => new Promise<{ query: () => []; close: () => void }>((resolve) => (open = resolve)),
  });
  const session = apm.open(pluginWorld());
  const opening = session.setConfig({}, never);
  await session.close();
  open({ query: () => [], close: () => closed++ });
  await opening;
  assert.equal(closed, 1);
  assert.throws(() => session.query('q', { from: 0, to: 0 }, never), { code: 'plugin_not_configured' });
});

test('unknown keys of the configuration are found with the nearest known one, the keys of the agent are not', async () => {
  const { plugin } = recorder();
  const world = pluginWorld();
  const map = { region: 'eu', regoin: 'x', nomad_token: 't', nomad_config_inherit: 'true' };
  const found = plugin.checkAgentConfig(map, world.env);
  assert.deepEqual(found, [{ kind: 'unknown', key: 'regoin', detail: 'unknown key "regoin"; did you mean "region"?' }]);
  await plugin.open(world).setConfig(map, never);
  assert.deepEqual(world.lines, []); // whoever opened it tells
});

test('a map of a policy is read once, however often it is handed in', async () => {
  let reads = 0;
  const counted = integer({ doc: 'Count.' });
  const plugin = defineStrategy({
    name: 'counting',
    config: block({
      value: {
        ...counted,
        fromText: (text) => {
          reads++;
          return counted.fromText(text);
        },
      },
    }),
    run: ({ config, meta }) => ({ direction: 'up', count: config.value, reason: '', meta }),
  });
  const session = plugin.open(pluginWorld());
  const input = strategyInput({ config: { value: '7' }, metrics: points(1) });
  const first = session.run(input, never);
  assert.ok(!(first instanceof Promise)); // what answers at once stays synchronous
  assert.equal(first?.count, 7);
  session.run(input, never);
  assert.equal(reads, 1);
  session.run({ ...input, config: { value: '7' } }, never);
  assert.equal(reads, 2);
});

test('the check of a policy map finds bad values, unknown keys, misspellings and keys that were meant for the agent', () => {
  const { plugin } = recorder();
  const check = (map: Record<string, string>) => plugin.checkPolicyConfig(map);
  assert.deepEqual(check({ pool_name: 'a', 'dry-run': 'true', _nomad_autoscaler_grpc_timeout: '1s' }), []);
  assert.deepEqual(check({ availavility_zones: 'az1', Pool_Name: 'a', polo_name: 'b', dry_run: 'true' }), [
    {
      kind: 'renamed',
      key: 'availavility_zones',
      detail: '"availavility_zones" is taken as "availability_zones"; write "availability_zones"',
    },
    { kind: 'renamed', key: 'Pool_Name', detail: '"Pool_Name" is taken as "pool_name"; write "pool_name"' },
    { kind: 'unknown', key: 'polo_name', detail: 'unknown key "polo_name"; did you mean "pool_name"?' },
    { kind: 'unknown', key: 'dry_run', detail: 'unknown key "dry_run"; did you mean "dry-run"?' },
  ]);
  // The agent takes its own keys to the letter, so these are not taken as meant.
  assert.deepEqual(check({ pool_name: 'a', 'Dry-Run': 'true' }), [
    { kind: 'unknown', key: 'Dry-Run', detail: 'unknown key "Dry-Run"; did you mean "dry-run"?' },
  ]);
  assert.deepEqual(check({}), [{ kind: 'invalid', key: 'pool_name', detail: '"pool_name" is required' }]);
});

test('a rule between fields is part of reading and of checking', () => {
  const plugin = defineStrategy({
    name: 'ruled',
    config: block({ low: integer({ doc: 'Low.' }), high: integer({ doc: 'High.' }) }),
    rule: ({ low, high }) => (low > high ? { key: 'low', detail: `low ${low} is above high ${high}` } : undefined),
    run: () => undefined,
  });
  const config = { low: '2', high: '1' };
  const detail = 'low 2 is above high 1';
  assert.deepEqual(plugin.checkPolicyConfig(config), [{ kind: 'invalid', key: 'low', detail }]);
  const session = plugin.open(pluginWorld());
  assert.throws(() => session.run(strategyInput({ config, metrics: points(1) }), never), { message: detail });
});

test('an APM without a query for several series answers with the one', async () => {
  const series = points(1, 2);
  for (const answer of [series, Promise.resolve(series)]) {
    const apm = defineApm({ name: 'one', agentConfig: block({}), open: () => ({ query: () => answer }) });
    const session = apm.open(pluginWorld());
    await session.setConfig({}, never);
    const range = { from: 0, to: 1 };
    assert.deepEqual(await session.queryMultiple('q', range, never), [series]);
    assert.deepEqual(await session.query('q', range, never), series);
  }
});

test('a plugin uses Nomad when it reads the keys for it', () => {
  const apm = (agentConfig: Parameters<typeof defineApm>[0]['agentConfig']) =>
    defineApm({ name: 'a', agentConfig, open: () => ({ query: () => [] }) });
  assert.equal(apm(block({})).usesNomad, false);
  assert.equal(apm(block(nomadFields)).usesNomad, true);
});

test('a strategy that wants a change says so in a line of trace, one that does not is silent', () => {
  const world = pluginWorld();
  const input = (value: number, config = {}) =>
    strategyInput({
      config: { target: '10', ...config },
      metrics: [{ at: Date.UTC(2026, 10, 25, 0, 26, 18, 50), value }],
    });
  const session = targetValue.open(world);
  session.run(input(10), never);
  assert.deepEqual(world.lines, []);
  session.run(input(25, { max_scale_up: '2' }), never);
  assert.deepEqual(world.lines, [
    '[TRACE] calculated scaling strategy results: check_name=cpu current_count=2 new_count=4 metric_value=25 ' +
      'metric_time="2026-11-25 00:26:18.05 +0000 UTC" factor=2.5 direction=up max_scale_up=2 max_scale_down=-Inf',
  ]);
});

test('a target says that a status holds by a verb of its own; new settings end it before they are taken over', async () => {
  const ends: (() => void)[] = [];
  let cancelled = 0;
  const plugin = defineTarget({
    name: 'remembers',
    agentConfig: cloud,
    policyConfig: pool,
    open: ({ region }) => ({
      status: () => ({ ready: true, count: region.length, meta: {} }),
      scale: () => scaled,
      holds({ poolName }, onEnd) {
        if (poolName === 'restless') return undefined;
        ends.push(onEnd);
        return () => cancelled++;
      },
    }),
  });
  const session = plugin.open(pluginWorld());
  const told: string[] = [];
  const holds = (name: string) => session.holds?.({ pool_name: name }, () => told.push(name));
  assert.equal(holds('early'), undefined, 'it has no settings yet');
  await session.setConfig({ region: 'a' }, never);
  assert.equal(holds('restless'), undefined);
  holds('first');
  ends[0]?.();
  const cancel = holds('second');
  cancel?.();
  assert.deepEqual([told, cancelled], [['first'], 1]);
  holds('third');
  await assert.rejects(async () => session.setConfig({}, never));
  assert.deepEqual(told, ['first'], 'settings that fail change nothing');
  const taken = session.setConfig({ region: 'bb' }, never);
  assert.deepEqual(told, ['first', 'third']);
  await taken;
  const without = recorder().plugin.open(pluginWorld());
  await without.setConfig({ region: 'a' }, never);
  assert.equal(
    without.holds?.({ pool_name: 'any' }, () => undefined),
    undefined,
  );
});
