import assert from 'node:assert/strict';
import { test } from 'node:test';
import { plugin as fixedValue } from '../../../plugins/strategy/fixed-value/index.ts';
import { plugin as passThrough } from '../../../plugins/strategy/pass-through/index.ts';
import { plugin as targetValue } from '../../../plugins/strategy/target-value/index.ts';
import { plugin as threshold } from '../../../plugins/strategy/threshold/index.ts';
import { briefly, explain } from '../../../src/lib/error.ts';
import { block, defineApm, text } from '../../../src/sdk/index.ts';
import { never, strategyInput } from '../../support/plugin.ts';
import { bundle, fakeManager, fakeShelf, pluginBlock } from '../../support/plugin-fakes.ts';

const strategies = [fixedValue, passThrough, targetValue, threshold].map(bundle);
const range = { from: 0, to: 1000 };

test('plugins #53: bundled strategies load and answer at once, without a promise', async () => {
  const { apply, manager } = fakeManager(fakeShelf({}, strategies));
  const errors = await apply(...strategies.map(({ driver }) => pluginBlock('strategy', driver)));
  assert.deepEqual(errors, []);
  const action = manager.strategy('fixed-value').run(strategyInput({ config: { value: '5' } }), never);
  assert.ok(!(action instanceof Promise));
  assert.equal(action?.count, 5);
  assert.deepEqual(
    manager.list().map(({ state, isolation }) => `${state} ${isolation}`),
    ['running in-process', 'running in-process', 'running in-process', 'running in-process'],
  );
});

test('plugins #54: executables load and answer by type', async () => {
  const { apply, manager } = fakeManager(fakeShelf({ a: '1', s: '1', t: '1' }));
  assert.deepEqual(await apply(pluginBlock('apm', 'a'), pluginBlock('strategy', 's'), pluginBlock('target', 't')), []);
  assert.equal((await manager.apm('a').query('q', range, never)).length, 1);
  assert.equal((await manager.apm('a').queryMultiple('q', range, never)).length, 1);
  assert.equal((await manager.strategy('s').run(strategyInput(), never))?.count, 3);
  assert.equal((await manager.target('t').status({}, never))?.count, 2);
  const action = { direction: 'up', count: 3, reason: '', meta: {} } as const;
  assert.deepEqual(await manager.target('t').scale(action, {}, never), { kind: 'scaled' });
});

test('plugins #55: a plugin that fails does not stop the others', async () => {
  const { apply, manager, processes } = fakeManager(fakeShelf({ good: '1' }));
  processes.failNext = new Error('fork/exec /plugins/bad: no such file or directory');
  const [error, ...others] = await apply(pluginBlock('target', 'bad'), pluginBlock('target', 'good'));
  assert.deepEqual(others, []);
  assert.equal(
    explain(error),
    'failed to dispense plugin bad: failed to instantiate plugin bad client: fork/exec /plugins/bad: no such file or directory',
  );
  assert.equal((await manager.target('good').status({}, never))?.count, 2);
});

test('plugins #56, #57, agent #A66: a plugin that is not what its block says is refused and ended', async () => {
  const { apply, processes } = fakeManager(fakeShelf({ fake: '1', 'noop-strategy': '1' }, strategies));
  processes.says.set('/plugins/fake', { name: 'noop-strategy', type: 'strategy' });
  processes.says.set('/plugins/noop-strategy', { name: 'noop-strategy', type: 'strategy' });
  const errors = await apply(
    pluginBlock('strategy', 'fake'),
    pluginBlock('target', 'y', { driver: 'noop-strategy' }),
    pluginBlock('apm', 'x', { driver: 'target-value' }),
  );
  assert.deepEqual(
    errors.map(explain).toSorted(),
    ['fake', 'x', 'y'].map(
      (label) => `failed to dispense plugin ${label}: plugin ${label} remote info doesn't match local config: <nil>`,
    ),
  );
  assert.deepEqual(
    processes.started.map(({ isClosed }) => isClosed),
    [true, true],
  );
});

test('a bundled plugin under a block of another type is called that, not by the program that runs it', async () => {
  const { apply, processes } = fakeManager(fakeShelf({}, strategies));
  processes.says.set('/bundled/threshold', { name: 'threshold', type: 'strategy' });
  const errors = await apply(
    pluginBlock('apm', 'threshold', { isolation: 'process' }),
    pluginBlock('apm', 'x', { driver: 'target-value' }),
  );
  const hint = (name: string) =>
    `the bundled plugin says that it is "${name}" (strategy), and its block wants "${name}" (apm): mend the block or the file`;
  assert.deepEqual(errors.map(briefly), [hint('threshold'), hint('target-value')]);
});

test('plugins #58: a refused configuration ends the plugin, and all failures are told at once', async () => {
  const address = text({ doc: 'Where.', missing: '"address" config value cannot be empty' });
  const prometheus = defineApm({
    name: 'prometheus',
    agentConfig: block({ address }),
    open: () => ({ query: () => [] }),
  });
  const { apply, processes } = fakeManager(fakeShelf({}, [bundle(prometheus)]));
  processes.failNext = new Error('fork/exec /plugins/x: no such file or directory');
  const errors = await apply(pluginBlock('apm', 'prometheus'), pluginBlock('target', 'x'));
  assert.deepEqual(errors.map(explain), [
    'failed to set config on plugin prometheus: "address" config value cannot be empty',
    'failed to dispense plugin x: failed to instantiate plugin x client: fork/exec /plugins/x: no such file or directory',
  ]);
});

test('plugins #60: calls of a label that is not configured say so', async () => {
  const { apply, manager } = fakeManager(fakeShelf({ x: '1' }));
  const why = (type: string, known = 'none') =>
    `failed to dispense plugin: "x" of type "${type}" is not stored; stored are ${known}`;
  const fails = (call: () => unknown, message: string) =>
    assert.throws(call, (error) => {
      assert.equal(explain(error), message);
      assert.equal((error as { code?: string }).code, 'plugin_not_stored');
      return true;
    });
  const apm = manager.apm('x');
  fails(() => apm.query('q', range, never), `apm plugin "x" not initialized: ${why('apm')}`);
  fails(
    () => manager.strategy('x').run(strategyInput(), never),
    `strategy plugin "x" not initialized: ${why('strategy')}`,
  );
  await apply(pluginBlock('target', 'y'), pluginBlock('target', 'z'));
  fails(() => manager.target('x').status({}, never), why('target', '"y", "z"'));
  await apply(pluginBlock('apm', 'x'));
  assert.equal((await apm.query('q', range, never)).length, 1);
});

test('plugins #61, #63: a reload ends what is gone and starts what is new', async () => {
  const { apply, manager, processes } = fakeManager(fakeShelf({ a: '1', b: '1' }));
  await apply(pluginBlock('target', 'a'));
  const a = manager.target('a');
  assert.deepEqual(await apply(pluginBlock('target', 'b')), []);
  assert.equal(processes.started[0]?.isClosed, true);
  assert.throws(() => a.status({}, never), { code: 'plugin_not_stored' });
  assert.equal((await manager.target('b').status({}, never))?.count, 2);
});

test('plugins #62: a changed configuration is handed to the same instance', async () => {
  const { apply, processes } = fakeManager(fakeShelf({ a: '1' }));
  await apply(pluginBlock('target', 'a', { config: { color: 'red' } }));
  await apply(pluginBlock('target', 'a', { config: { color: 'blue' } }));
  assert.equal(processes.started.length, 1);
  assert.deepEqual(processes.last.configs, [{ color: 'red' }, { color: 'blue' }]);
});

test('plugins #64: when a new configuration is refused the instance goes on, and keeps the last good one over a restart', async () => {
  const { apply, manager, processes, world } = fakeManager(fakeShelf({ a: '1' }));
  await apply(pluginBlock('target', 'a', { config: { color: 'red' } }));
  processes.last.behave = (call) => call === 'setConfig' && Promise.reject(new Error('no such color'));
  const [error] = await apply(pluginBlock('target', 'a', { config: { color: 'blue' } }));
  assert.equal(explain(error), 'failed to set config on plugin a: no such color');
  processes.last.behave = () => undefined;
  assert.equal((await manager.target('a').status({}, never))?.count, 2);
  processes.last.end('its process ended: signal: killed');
  await world.clock.advance(1000);
  assert.deepEqual(processes.last.configs, [{ color: 'red' }]);
});

test('plugins #65: another driver, argument or executable puts a newly started plugin in place of the old one', async () => {
  const executables: Record<string, string> = { a: '1', b: '1' };
  const { apply, processes } = fakeManager(fakeShelf(executables));
  const changes = [{}, { args: ['-v'] }, { args: ['-v'], driver: 'b' }, { args: ['-v'], driver: 'b', autoMtls: false }];
  for (const parts of changes) assert.deepEqual(await apply(pluginBlock('target', 'a', parts)), []);
  executables['b'] = '2';
  await apply(pluginBlock('target', 'a', changes.at(-1)));
  assert.deepEqual(
    processes.started.map(({ path, args, isClosed }) => [path, args.length, isClosed]),
    [
      ['/plugins/a', 0, true],
      ['/plugins/a', 1, true],
      ['/plugins/b', 1, true],
      ['/plugins/b', 1, true],
      ['/plugins/b', 1, false],
    ],
  );
});

test('what replaces a plugin must work first, and what is replaced finishes its calls', async () => {
  const { apply, manager, processes } = fakeManager(fakeShelf({ a: '1', b: '1' }));
  await apply(pluginBlock('target', 'a'));
  const [old] = processes.started;
  assert.ok(old);
  processes.failNext = new Error('exec format error');
  assert.equal((await apply(pluginBlock('target', 'a', { driver: 'b' }))).length, 1);
  assert.equal(old.isClosed, false);

  let finish = () => undefined as unknown;
  old.behave = (call) => call === 'scale' && new Promise((resolve) => (finish = () => resolve(undefined)));
  const running = manager.target('a').scale({ direction: 'up', count: 3, reason: '', meta: {} }, {}, never);
  assert.deepEqual(await apply(pluginBlock('target', 'a', { driver: 'b' })), []);
  assert.equal(old.isClosed, false);
  finish();
  assert.deepEqual(await running, { kind: 'scaled' });
  await new Promise(setImmediate);
  assert.equal(old.isClosed, true);
});

test('plugins that know nothing of Nomad do not get its token, foreign ones do', async () => {
  const seen: Record<string, unknown>[] = [];
  const spy = defineApm({
    name: 'spy',
    agentConfig: block({ nomadAddress: text({ doc: 'Where Nomad is.' }) }),
    open: (config) => {
      seen.push(config);
      return { query: () => [] };
    },
  });
  const { manager, processes } = fakeManager(fakeShelf({ foreign: '1' }, [bundle(spy), ...strategies]));
  const nomad = { nomad_address: 'http://nomad:4646', nomad_token: 'secret' };
  const blocks = [
    pluginBlock('apm', 'spy'),
    pluginBlock('target', 'foreign'),
    pluginBlock('strategy', 'threshold', { isolation: 'process' }),
  ];
  processes.says.set('/bundled/threshold', { name: 'threshold', type: 'strategy' });
  assert.deepEqual(await manager.apply({ blocks, nomad }), []);
  assert.deepEqual(seen, [{ nomadAddress: 'http://nomad:4646' }]);
  assert.deepEqual(processes.started.map(({ path, configs }) => [path, configs]).toSorted(), [
    ['/bundled/threshold', [{}]],
    ['/plugins/foreign', [nomad]],
  ]);
});

test('the schemas of bundled plugins are known by label, foreign plugins publish none', async () => {
  const { apply, manager } = fakeManager(fakeShelf({ foreign: '1' }, strategies));
  await apply(pluginBlock('strategy', 'mine', { driver: 'target-value' }), pluginBlock('target', 'foreign'));
  assert.deepEqual(manager.policyConfig('strategy', 'mine')?.({ target: '70', treshold: '1' }), [
    { kind: 'unknown', key: 'treshold', detail: 'unknown key "treshold"; did you mean "threshold"?' },
  ]);
  assert.equal(manager.policyConfig('target', 'foreign'), undefined);
  assert.equal(manager.policyConfig('strategy', 'nobody'), undefined);
});

test('closing ends every plugin', async () => {
  const { apply, manager, processes, world } = fakeManager(fakeShelf({ a: '1', b: '1' }));
  await apply(pluginBlock('target', 'a'), pluginBlock('apm', 'b'));
  const target = manager.target('a');
  for (const one of processes.started) one.behave = () => new Promise(() => undefined);
  void target.status({}, never); // still running: closing does not wait for it
  await manager.close();
  assert.deepEqual(
    processes.started.map(({ isClosed }) => isClosed),
    [true, true],
  );
  assert.deepEqual(
    world.lines.filter((line) => line.includes('shutting down')),
    ['b', 'a'].map((label) => `[INFO]  agent.plugin_manager: shutting down plugin: plugin_name=${label}`),
  );
});

test('a plugin inside the agent whose calls do not end keeps nobody from closing for more than four seconds', async () => {
  const stuck = defineApm({
    name: 'stuck',
    agentConfig: block({}),
    open: () => ({ query: () => new Promise<never>(() => undefined) }),
  });
  const { apply, manager, world } = fakeManager(fakeShelf({}, [bundle(stuck)]));
  await apply(pluginBlock('apm', 'stuck'));
  const call = manager.apm('stuck').query('q', range, never);
  void Promise.resolve(call).catch(() => undefined);
  let isClosed = false;
  const closing = manager.close().then(() => {
    isClosed = true;
  });
  await world.clock.advance(3_999);
  assert.equal(isClosed, false);
  await world.clock.advance(1);
  await closing;
  assert.ok(world.lines.includes('[WARN]  agent.plugin_manager: plugin failed to exit gracefully: plugin_name=stuck'));
});

test('an APM inside the agent that knows its answer gives it at once, and no deadline is left running', async () => {
  const quick = defineApm({ name: 'quick', agentConfig: block({}), open: () => ({ query: () => [] }) });
  const { apply, manager, world } = fakeManager(fakeShelf({}, [bundle(quick)]));
  await apply(pluginBlock('apm', 'quick'));
  assert.deepEqual(manager.apm('quick').query('q', range, never), []);
  assert.equal(world.clock.pending, 0);
});

test('a call of a plugin inside the agent has a deadline as well, and aborts with it', async () => {
  const aborted: unknown[] = [];
  const hanging = defineApm({
    name: 'hanging',
    agentConfig: block({}),
    open: () => ({
      query: (_query, _range, signal) =>
        new Promise<never>((_, reject) => {
          signal.addEventListener('abort', () => {
            aborted.push(signal.reason);
            reject(signal.reason);
          });
        }),
    }),
  });
  const { apply, manager, world } = fakeManager(fakeShelf({}, [bundle(hanging)]));
  await apply(pluginBlock('apm', 'hanging'));
  const failed = assert.rejects(async () => manager.apm('hanging').query('q', range, never), {
    code: 'deadline_exceeded',
    message: 'no answer from plugin "hanging" (apm) within 1m0s',
  });
  await world.clock.advance(60_000);
  await failed;
  assert.equal(aborted.length, 1);
  assert.equal(manager.list()[0]?.deadlinesMissed, 1);
  assert.equal(world.clock.pending, 0);
});
