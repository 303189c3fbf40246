/** The manager with real processes. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { bundledPlugins } from '../../../src/builtin.ts';
import { briefly, explain } from '../../../src/lib/error.ts';
import { never, points, strategyInput } from '../../support/plugin.ts';
import { pluginBlock } from '../../support/plugin-fakes.ts';
import { eventually, processManager, scriptOf } from '../../support/plugin-processes.ts';

const noops = {
  'noop-apm': scriptOf('noop-apm'),
  'noop-strategy': scriptOf('noop-strategy'),
  'noop-target': scriptOf('noop-target'),
};
const target = pluginBlock('target', 'noop-target');
const codeOf = (promise: unknown) =>
  Promise.resolve(promise).then(
    () => 'success',
    (error) => error.code,
  );

test('plugins #54, #23, #24, #25, #26, agent #A65: the three kinds load from the plugin directory and work', async (context) => {
  const { apply, manager } = processManager(context, noops);
  assert.deepEqual(await apply(pluginBlock('apm', 'noop-apm'), pluginBlock('strategy', 'noop-strategy'), target), []);
  const apm = manager.apm('noop-apm');
  const range = { from: 0, to: 10_000 };
  const ten = points(5, 5, 5, 5, 5, 5, 5, 5, 5, 5).map(({ at, value }) => ({ at: at + 1000, value }));
  assert.deepEqual(await apm.query('fixed:5', range, never), ten);
  assert.deepEqual(await apm.queryMultiple('fixed:5', range, never), [ten]);
  await assert.rejects(async () => apm.query('odd:5', range, never), {
    code: 'plugin_failed',
    message: 'rpc error: code = Unknown desc = invalid query type "odd"',
  });
  const action = await manager.strategy('noop-strategy').run(strategyInput({ config: { count: '5' } }), never);
  assert.equal(action?.count, 5);
  assert.deepEqual(action?.meta, { nomad_policy_id: 'p1' });
  const status = await manager.target('noop-target').status({ count: '10', ready: 'true' }, never);
  assert.deepEqual([status?.count, status?.ready], [10, true]);
  const nothing = { direction: 'none', count: 0, reason: '', meta: {} } as const;
  assert.deepEqual(await manager.target('noop-target').scale(nothing, {}, never), { kind: 'scaled' });
});

test('plugins #55, #56, #57, agent #A66: what cannot be started or is something else is told, the rest works', async (context) => {
  const { apply, manager, folder } = processManager(context, {
    ...noops,
    'noop-fake-strategy': scriptOf('noop-strategy'),
    rubbish: '#!/bin/sh\necho rubbish\nexec sleep 60\n',
    short: '#!/bin/sh\nexit 0\n',
  });
  const errors = await apply(
    pluginBlock('strategy', 'missing'),
    pluginBlock('strategy', 'noop-fake-strategy'),
    pluginBlock('target', 'odd', { driver: 'noop-strategy' }),
    pluginBlock('target', 'rubbish'),
    pluginBlock('target', 'short'),
    target,
  );
  const texts = errors.map(explain).toSorted();
  assert.equal(texts.length, 5);
  const failed = (label: string) => `failed to dispense plugin ${label}:`;
  const differs = (label: string) => `${failed(label)} plugin ${label} remote info doesn't match local config: <nil>`;
  const [missing, fake, odd, rubbish, short] = texts;
  const notFound = `fork/exec ${folder}/missing: no such file or directory`;
  assert.equal(missing, `${failed('missing')} failed to instantiate plugin missing client: ${notFound}`);
  assert.equal(fake, differs('noop-fake-strategy'));
  assert.equal(odd, differs('odd'));
  assert.match(rubbish ?? '', /Unrecognized remote plugin message: rubbish/);
  assert.ok(short?.startsWith(failed('short')));
  assert.equal((await manager.target('noop-target').status({ count: '1' }, never))?.count, 1);
});

test('plugins #66: a plugin that is killed in the middle of a call fails that call, and the next ones find it configured again', async (context) => {
  const { apply, manager } = processManager(context, noops);
  assert.deepEqual(await apply({ ...target, config: { color: 'red' } }), []);
  const session = manager.target('noop-target');
  const before = await session.status({}, never);
  assert.equal(before?.meta['color'], 'red');
  for (const misbehave of ['kill', 'exit']) {
    assert.equal(await codeOf(session.status({ misbehave }, never)), 'plugin_unavailable');
    assert.equal(await codeOf(new Promise((resolve) => resolve(session.status({}, never)))), 'plugin_unavailable');
    const after = await eventually(async () => {
      try {
        return await session.status({}, never);
      } catch {
        return undefined; // still down
      }
    });
    assert.equal(after?.meta['color'], 'red');
    assert.notEqual(after?.meta['pid'], before?.meta['pid']);
  }
  assert.equal(manager.list()[0]?.restarts, 2);
});

test('a status call that hangs ends by its deadline, and other calls go on', async (context) => {
  const { apply, manager } = processManager(context, noops);
  assert.deepEqual(await apply(target), []);
  const session = manager.target('noop-target');
  const hanging = session.status({ misbehave: 'hang', _nomad_autoscaler_grpc_timeout: '200ms' }, never);
  assert.equal((await session.status({ count: '7' }, never))?.count, 7);
  assert.equal(await codeOf(hanging), 'deadline_exceeded');
  assert.equal((await session.status({ count: '8' }, never))?.count, 8);
  assert.equal(manager.list()[0]?.restarts, 0);
});

test('many statuses of one moment get an answer each, and the deadlines of their policies', async (context) => {
  const { apply, manager } = processManager(context, noops);
  assert.deepEqual(await apply(target), []);
  const calls = manager.target('noop-target');
  const asked = [
    ...Array.from({ length: 100 }, (_, count) => ({ count: String(count) })),
    { misbehave: 'absent' },
    { misbehave: 'fail' },
    { misbehave: 'hang', _nomad_autoscaler_grpc_timeout: '300ms' },
    { misbehave: 'hang', _nomad_autoscaler_grpc_timeout: '100ms' },
  ].map((config) => Promise.resolve(calls.status(config, never)));
  const answers = (await Promise.allSettled(asked)).map((one) =>
    one.status === 'fulfilled' ? one.value?.count : one.reason.message,
  );
  assert.deepEqual(answers, [
    ...Array.from({ length: 100 }, (_, count) => count),
    undefined,
    'rpc error: code = Unknown desc = as you wish',
    'no answer from plugin "noop-target" (target) within 300ms',
    'no answer from plugin "noop-target" (target) within 100ms',
  ]);
});

test('a plugin that is killed with many questions open fails each of them as one call would fail', async (context) => {
  const { apply, manager } = processManager(context, noops);
  assert.deepEqual(await apply(target), []);
  const calls = manager.target('noop-target');
  const open = Array.from({ length: 20 }, () => codeOf(calls.status({ misbehave: 'hang' }, never)));
  open.push(codeOf(calls.status({ misbehave: 'kill' }, never)));
  assert.deepEqual(new Set(await Promise.all(open)), new Set(['plugin_unavailable']));
  const again = await eventually(async () => {
    try {
      return (await calls.status({ count: '4' }, never))?.count;
    } catch {
      return undefined; // still down
    }
  });
  assert.equal(again, 4);
});

test('a plugin that floods its stderr goes on working', async (context) => {
  const { apply, manager } = processManager(context, noops);
  assert.deepEqual(await apply(target), []);
  const status = await manager.target('noop-target').status({ misbehave: 'flood', count: '4' }, never);
  assert.equal(status?.count, 4);
});

test('plugins #62, #64: a reload configures the same process, and a refused configuration changes nothing', async (context) => {
  const { apply, manager } = processManager(context, noops);
  await apply({ ...target, config: { color: 'red' } });
  const meta = async () => (await manager.target('noop-target').status({}, never))?.meta;
  const pid = (await meta())?.['pid'];
  assert.deepEqual(await apply({ ...target, config: { color: 'blue' } }), []);
  assert.deepEqual(await meta(), { color: 'blue', pid });
  const [error] = await apply({ ...target, config: { color: 'green', refuse: 'not today' } });
  assert.equal(
    explain(error),
    'failed to set config on plugin noop-target: rpc error: code = Unknown desc = not today',
  );
  assert.deepEqual(await meta(), { color: 'blue', pid });
});

test('plugins #65: a new executable of the same name is started by a reload', async (context) => {
  const { apply, manager, folder } = processManager(context, noops);
  await apply(target);
  const pid = manager.list()[0]?.pid;
  writeFileSync(join(folder, 'noop-target'), `${noops['noop-target']}# new\n`);
  assert.deepEqual(await apply(target), []);
  assert.notEqual(manager.list()[0]?.pid, pid);
  assert.equal((await manager.target('noop-target').status({ count: '1' }, never))?.count, 1);
});

test('a bundled plugin runs as a process of its own when its block says so, and logs under its name', async (context) => {
  const { apply, manager, world } = processManager(context, {}, bundledPlugins(process.execPath));
  const block = pluginBlock('strategy', 'target-value', { isolation: 'process' });
  assert.deepEqual(await apply(block), []);
  const { isolation, pid, state } = manager.list()[0] ?? {};
  assert.deepEqual([isolation, state], ['process', 'running']);
  assert.notEqual(pid, process.pid);
  const input = strategyInput({ config: { target: '10' }, metrics: points(20) });
  const inProcess = { direction: 'up', count: 4, reason: 'scaling up because factor is 2.000000' };
  const { error, ...action } = (await manager.strategy('target-value').run(input, never)) ?? {};
  assert.deepEqual(action, { ...inProcess, meta: { nomad_policy_id: 'p1' } });
  assert.ok(world.lines.some((line) => line.includes('external_plugin.target-value:')));
});

test('a checksum that does not fit keeps an executable from being started', async (context) => {
  const { apply } = processManager(context, noops);
  const hash = createHash('sha256').update(noops['noop-target']).digest('hex');
  assert.deepEqual(await apply({ ...target, checksum: `sha256:${hash}` }), []);
  const wrong = `sha256:${'0'.repeat(64)}`;
  const errors = await apply({ ...target, checksum: wrong }, { ...target, label: 'other', checksum: wrong });
  assert.equal(errors.length, 2);
  assert.match(explain(errors[0]), /checksums did not match/);
});

test('closing ends the processes', async (context) => {
  const { apply, manager } = processManager(context, noops);
  await apply(target);
  const pid = manager.list()[0]?.pid ?? 0;
  assert.ok(process.kill(pid, 0));
  await manager.close();
  assert.throws(() => process.kill(pid, 0), { code: 'ESRCH' });
});

test('why a plugin cannot be started is one line that names the file and says what to do', async (context) => {
  const says = (line: string, then = 'exec sleep 60') => `#!/bin/sh\necho '${line}'\n${then}\n`;
  const { apply, folder, manager, world } = processManager(context, {
    ...noops,
    crash: '#!/bin/sh\necho "no /etc/cloud.conf" >&2\necho "bye" >&2\nexit 3\n',
    mute: '#!/bin/sh\nexit 0\n',
    cookie: '#!/bin/sh\necho "This binary is a plugin. These are not meant to be executed directly." >&2\nexit 1\n',
    rubbish: says('Hello, I am a plugin'),
    version: says('1|5|unix|/nowhere|grpc|'),
    slow: '#!/bin/sh\nexec sleep 60\n',
    pinned: '#!/bin/sh\nexit 0\n',
  });
  const errors = await apply(
    ...['crash', 'mute', 'cookie', 'rubbish', 'version'].map((label) => pluginBlock('target', label)),
    pluginBlock('target', 'slow', { startTimeoutMs: 50 }),
    pluginBlock('target', 'pinned', { checksum: `sha256:${'0'.repeat(64)}` }),
    pluginBlock('apm', 'odd', { driver: 'noop-target' }),
  );
  const hints = [
    'crash ended (exit status 3) before its handshake and said: no /etc/cloud.conf / bye',
    'mute ended (exit status 0) before its handshake and said nothing',
    "cookie is a plugin of another program: it ended (exit status 1) because it does not know this host's magic cookie",
    'rubbish printed "Hello, I am a plugin" where its handshake belongs: it is no plugin, or prints to stdout before it serves',
    'version speaks version 5 of the protocol, and this host 1: take a release of it that was made for this host',
    'slow did not answer within 50ms of its start and was killed: if it needs longer, raise its start timeout',
    'pinned is another file than the one that was pinned: it has sha256:306c6ca7407560340797866e077e053627ad409277d1b9da58106fce4cf717cb; pin that if you put it there',
    'noop-target says that it is "noop-target" (target), and its block wants "noop-target" (apm): mend the block or the file',
  ];
  assert.deepEqual(
    errors.map(briefly),
    hints.map((hint) => `${folder}/${hint}`),
  );
  const crash = manager.list().find(({ label }) => label === 'crash');
  assert.equal(crash?.error, `${folder}/${hints[0]}`);
  const told = world.lines.filter((line) =>
    / could not be started: plugin_name=crash .*error="\S+\/crash ended/.test(line),
  );
  assert.equal(told.length, 1);
});

test('a plugin in a process of its own warns of settings that it does not know', async (context) => {
  const { apply, world } = processManager(context, noops);
  assert.deepEqual(await apply({ ...target, config: { colour: 'red' } }), []);
  const line = await eventually(() => world.lines.find((one) => one.includes('unknown key "colour"')));
  assert.match(line, /\[WARN\] {2}external_plugin\.noop-target: unknown key "colour"; did you mean "color"\?/);
});
