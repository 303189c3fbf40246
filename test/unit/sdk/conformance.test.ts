/** The suites, on plugins that pass and on plugins that do not. */
import assert from 'node:assert/strict';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { plugin as fixedValue } from '../../../plugins/strategy/fixed-value/index.ts';
import { plugin as passThrough } from '../../../plugins/strategy/pass-through/index.ts';
import { plugin as targetValue } from '../../../plugins/strategy/target-value/index.ts';
import { plugin as threshold } from '../../../plugins/strategy/threshold/index.ts';
import type { Action } from '../../../src/model/action.ts';
import type { PluginDefinition, PluginType } from '../../../src/model/plugin.ts';
import { block, defineStrategy, defineTarget } from '../../../src/sdk/index.ts';
import {
  apmConformance,
  asProcess,
  type ConformanceCase,
  inProcess,
  type StrategySample,
  type Subject,
  strategyConformance,
  targetConformance,
} from '../../../src/sdk/testing.ts';
import { noopApm, noopTarget } from '../../fixtures/plugins-sdk/noop.ts';

function suite(name: string, cases: readonly ConformanceCase[]): void {
  for (const { title, skip, run } of cases) if (skip === undefined) test(`${name}: ${title}`, run);
}

/** As a process, run from its sources. */
function program<T extends PluginType>(type: T, path: string): Subject<T> {
  const main = fileURLToPath(new URL(`../../../${path}`, import.meta.url));
  return asProcess(type, { path: process.execPath, args: ['--conditions=source', main], env: process.env });
}

const strategies: readonly [PluginDefinition<'strategy'>, Pick<StrategySample, 'policyConfig' | 'badPolicyConfig'>][] =
  [
    [fixedValue, { policyConfig: { value: '5' }, badPolicyConfig: {} }],
    [passThrough, { policyConfig: { max_scale_up: '3' }, badPolicyConfig: { max_scale_up: 'x' } }],
    [targetValue, { policyConfig: { target: '10' }, badPolicyConfig: { target: 'x' } }],
    [threshold, { policyConfig: { lower_bound: '1', delta: '2' }, badPolicyConfig: { lower_bound: '1' } }],
  ];
for (const [plugin, configs] of strategies) {
  const sample = { name: plugin.name, agentConfig: {}, ...configs };
  suite(`${plugin.name} in this process`, strategyConformance(inProcess(plugin), sample));
  const subject = program('strategy', `plugins/strategy/${plugin.name}/main.ts`);
  suite(`${plugin.name} as a process`, strategyConformance(subject, sample));
}

const targetSample = {
  name: 'noop-target',
  agentConfig: { color: 'red' },
  badAgentConfig: { refuse: 'no' },
  policyConfig: { count: '3' },
  absentPolicyConfig: { misbehave: 'absent' },
  badPolicyConfig: { misbehave: 'fail' },
  scaleTo: 4,
};
suite('noop-target in this process', targetConformance(inProcess(noopTarget), targetSample));
const targetProgram = program('target', 'test/fixtures/plugins-sdk/noop-target.ts');
suite('noop-target as a process', targetConformance(targetProgram, targetSample));

const apmSample = {
  name: 'noop-apm',
  agentConfig: {},
  query: 'fixed:5',
  range: { from: 0, to: 10_000 },
  badQuery: 'odd:1',
  emptyQuery: 'random:0:0',
};
suite('noop-apm in this process', apmConformance(inProcess(noopApm), apmSample));
suite('noop-apm as a process', apmConformance(program('apm', 'test/fixtures/plugins-sdk/noop-apm.ts'), apmSample));

/** The titles of the cases that fail. */
async function failing(cases: readonly ConformanceCase[]): Promise<readonly string[]> {
  const failed: string[] = [];
  for (const { title, run } of cases) await run().catch(() => failed.push(title));
  return failed;
}

test('a strategy that answers nonsense is found out', async () => {
  const strategy = (run: (calls: number) => Action) => {
    let calls = 0;
    return defineStrategy({ name: 'odd', config: block({}), run: () => run(calls++) });
  };
  const sample = { name: 'odd', agentConfig: {}, policyConfig: {}, runs: [{ count: 2, values: [1] }] };
  const meta = { nomad_policy_id: 'conformance' };
  const failingOf = (run: (calls: number) => Action) => failing(strategyConformance(inProcess(strategy(run)), sample));
  const nonsense = ['an action is a direction, a count and a reason, and agrees with itself'];
  assert.deepEqual(await failingOf(() => ({ direction: 'up', count: -1, reason: '', meta })), nonsense);
  assert.deepEqual(await failingOf(() => ({ direction: 'up', count: 1, reason: '', meta })), nonsense);
  assert.deepEqual(await failingOf(() => ({ direction: 'up', count: 2.5, reason: '', meta })), nonsense);
  assert.deepEqual(await failingOf(() => ({ direction: 'up', count: 3, reason: '', meta: {} })), nonsense);
  assert.deepEqual(await failingOf((calls) => ({ direction: 'up', count: 3 + calls, reason: '', meta })), [
    'the same input gives the same action',
  ]);
  const misnamed = strategyConformance(inProcess(fixedValue), { ...sample, policyConfig: { value: '1' } });
  assert.deepEqual(await failing(misnamed), ['it says who it is']);
});

test('a target that changes something in a dry run, or chokes on a key, is found out', async () => {
  let count = 1;
  const target = defineTarget({
    name: 'odd',
    agentConfig: block({}),
    policyConfig: block({}),
    open: () => ({
      status: () => ({ ready: true, count, meta: {} }),
      scale: (action) => {
        count = action.count;
        return { kind: 'scaled' };
      },
    }),
  });
  const sample = {
    name: 'odd',
    agentConfig: {},
    badAgentConfig: { a: 'b' },
    policyConfig: {},
    badPolicyConfig: { a: 'b' },
  };
  assert.deepEqual(await failing(targetConformance(inProcess(target), sample)), [
    'it refuses a bad configuration, and goes on with the one that it had',
    'a bad block of a policy is an error of that call only',
    'a dry run changes nothing',
  ]);
});

test('what a sample cannot judge is left out, with the reason', () => {
  const odd = defineStrategy({ name: 'odd', config: block({}), run: () => undefined });
  const cases = strategyConformance(inProcess(odd), { name: 'odd', agentConfig: {}, policyConfig: {} });
  const left = cases.filter(({ skip }) => skip !== undefined).map(({ title, skip }) => `${title}: ${skip}`);
  assert.deepEqual(left, [
    'it refuses a bad configuration, and goes on with the one that it had: no bad configuration is given',
    'a bad block of a policy is an error of that call only: no bad block of a policy is given',
  ]);
});

test('nothing is scaled for real unless a count is given, and then it is scaled back', async () => {
  const orders: string[] = [];
  let count = 2;
  const target = defineTarget({
    name: 'counting',
    agentConfig: block({}),
    policyConfig: block({}),
    open: () => ({
      status: () => ({ ready: true, count, meta: {} }),
      scale: (action) => {
        orders.push(action.dryRun === true ? 'dry run' : `${action.direction} to ${action.count}`);
        if (action.dryRun !== true) count = action.count;
        return { kind: 'scaled' };
      },
    }),
  });
  const sample = { name: 'counting', agentConfig: {}, policyConfig: {} };
  assert.deepEqual(await failing(targetConformance(inProcess(target), sample)), []);
  assert.deepEqual(orders.splice(0), ['dry run']);
  assert.deepEqual(await failing(targetConformance(inProcess(target), { ...sample, dryRun: false })), []);
  assert.deepEqual(orders.splice(0), []);
  assert.deepEqual(await failing(targetConformance(inProcess(target), { ...sample, scaleTo: 5 })), []);
  assert.deepEqual(orders, ['dry run', 'up to 5', 'up to 5', 'down to 2']);
});

test('a process that is no good plugin in its way of living is found out', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'conformance-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const path = join(folder, 'rude');
  const plugin = fileURLToPath(new URL('../../fixtures/plugins-sdk/noop-target.ts', import.meta.url));
  const exec = `exec ${process.execPath} --conditions=source ${plugin}`;
  // Without the cookie it is polite to nobody; started as a plugin it lives behind a shell that has its own end.
  writeFileSync(
    path,
    `#!/bin/sh\n[ -z "$NOMAD_AUTOSCALER_PLUGIN_MAGIC_COOKIE" ] && exit 0\n${exec.slice(5)}\nexit 3\n`,
  );
  chmodSync(path, 0o755);
  const subject = asProcess('target', { path, args: [], env: process.env });
  const sample = { name: 'noop-target', agentConfig: {}, policyConfig: { count: '1' } };
  const found = await failing(targetConformance(subject, sample));
  assert.deepEqual(found.slice(-2), [
    'asked to shut down, it ends by itself and with status 0',
    'started by hand, it says so on stderr and ends with status 1',
  ]);
});
