/**
 * Our host with plugins that go-plugin serves, and our plugin with a host that go-plugin is. The Go programs are built
 * from test/interop/go and proto/, with the message code that Go's own generators make.
 */
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import type { AutoMtls } from '../../src/goplugin/connect.ts';
import type { HostWorld } from '../../src/goplugin/host.ts';
import type { Action } from '../../src/model/action.ts';
import { launch } from '../../src/wire/launch.ts';
import { fixture, hostWorld, LogBook, never } from '../support/goplugin.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const hasGo = spawnSync('go', ['version']).status === 0;
const leftOut = 'left out: there is no Go on this machine, so nothing here was tried against HashiCorp’s go-plugin';
if (!hasGo) console.error(`interop: ${leftOut}`);

/** Generates the message code and builds both programs in a folder of its own. */
function build(folder: string): void {
  cpSync(join(root, 'test/interop/go'), folder, { recursive: true });
  const go = (...args: readonly string[]) => execFileSync('go', [...args], { cwd: folder, stdio: 'inherit' });
  const generators = ['google.golang.org/protobuf/cmd/protoc-gen-go', 'google.golang.org/grpc/cmd/protoc-gen-go-grpc'];
  go('build', '-o', join(folder, 'bin/'), ...generators);
  const protos = readdirSync(join(root, 'proto/plugins')).map((name) => `plugins/${name}`);
  const packages = protos.map((proto) => `M${proto}=interop/wire/${proto.slice('plugins/'.length, -'.proto'.length)}`);
  const options = ['module=interop', ...packages].join(',');
  execFileSync(process.execPath, [
    join(root, 'node_modules/protoc/protoc.cjs'),
    ...['go', 'go-grpc'].flatMap((name) => [
      `--plugin=protoc-gen-${name}=${join(folder, 'bin', `protoc-gen-${name}`)}`,
      `--${name}_out=${folder}`,
      `--${name}_opt=${options}`,
    ]),
    `--proto_path=${join(root, 'proto')}`,
    ...protos,
  ]);
  go('build', '-o', join(folder, 'bin/'), './plugin', './host');
}

const up: Action = {
  direction: 'up',
  count: 4,
  reason: 'more <load>',
  meta: { nomad_policy_id: 'p', deep: { a: [1] } },
};
const minute = { from: 1_600_000_000_000, fromNanos: 5, to: 1_600_000_010_000, toNanos: 5 };

describe('interop with go-plugin', { skip: hasGo ? false : leftOut }, () => {
  let folder = '';
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'interop-'));
    build(folder);
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  async function goPlugin(type: string, autoMtls: AutoMtls, world: Partial<HostWorld> = {}) {
    const log = new LogBook();
    let printed = '';
    const stdout = (chunk: Uint8Array) => {
      printed += Buffer.from(chunk).toString();
    };
    const options = { autoMtls, output: { stdout } };
    const plugin = await launch(join(folder, 'bin/plugin'), [type], {}, options, hostWorld(log, world), never);
    return { plugin, log, printed: () => printed };
  }

  for (const autoMtls of ['off', 'required'] as const) {
    test(`our host, a Go target, AutoMTLS ${autoMtls}`, async (t) => {
      const { plugin, log, printed } = await goPlugin('target', autoMtls);
      t.after(() => plugin.process.kill());
      assert.equal(plugin.process.isEncrypted, autoMtls === 'required');
      assert.deepEqual(await plugin.info(never), { name: 'go-target', type: 'target' });
      const target = plugin.target();
      await target.setConfig({ a: 'b' }, never);
      assert.equal((await log.has('configured')).fields['keys'], 1);
      assert.deepEqual(await target.status({ count: '7', ready: 'true', print: 'hello' }, never), {
        ready: true,
        count: 7,
        lastEventAt: 1_600_000_000_123,
        meta: { more: 'facts' },
      });
      assert.deepEqual(await target.scale(up, {}, never), { kind: 'scaled' });
      const { fields } = await log.has('scale');
      assert.deepEqual(
        [fields['count'], fields['direction'], fields['reason'], fields['error'], fields['type_url']],
        [4, 'SCALING_DIRECTION_UP', 'more <load>', false, ''],
      );
      assert.deepEqual(JSON.parse(String(fields['meta'])), up.meta);
      assert.deepEqual(await target.scale(up, { abort: 'nothing to do' }, never), {
        kind: 'no-op',
        reason: 'nothing to do',
      });
      await assert.rejects(Promise.resolve(target.scale(up, { fail: 'broken' }, never)), {
        message: 'rpc error: code = Unknown desc = broken',
      });
      assert.equal(printed(), 'hello');
      assert.deepEqual(await plugin.process.kill(), { forced: false });
      assert.deepEqual(await plugin.process.exited, { code: 0, signal: null });
      assert.deepEqual(log.lines('error'), []);
      assert.deepEqual(log.lines('warn'), []);
    });
  }

  test('plugins #20: our host, a slow Go target: the deadline is heeded on both sides', async (t) => {
    const { plugin, log } = await goPlugin('target', 'off');
    t.after(() => plugin.process.kill());
    await plugin.info(never); // connected, so that the limit is the call's own
    const limited = { slow: '1m', _nomad_autoscaler_grpc_timeout: '300ms' };
    await assert.rejects(Promise.resolve(plugin.target().status(limited, never)), { code: 'deadline_exceeded' });
    await log.has('status was cancelled');
  });

  test('our host, a Go target: an abort cancels the call in the plugin', async (t) => {
    const { plugin, log } = await goPlugin('target', 'required');
    t.after(() => plugin.process.kill());
    const stop = new AbortController();
    const call = assert.rejects(Promise.resolve(plugin.target().status({ slow: '1m' }, stop.signal)), {
      name: 'AbortError',
    });
    await log.has('status began');
    stop.abort();
    await call;
    await log.has('status was cancelled');
  });

  test('go-plugin #69: a Go plugin takes a serial number with a leading one bit', async (t) => {
    const { plugin } = await goPlugin('target', 'required', { randomBytes: (size) => Buffer.alloc(size, 0xff) });
    t.after(() => plugin.process.kill());
    assert.equal((await plugin.info(never)).name, 'go-target');
  });

  test('go-plugin #109: our host, a Go target that panics: the report is an error, line by line', async (t) => {
    const { plugin, log } = await goPlugin('target', 'off');
    t.after(() => plugin.process.kill());
    const call = Promise.resolve(plugin.target().status({ panic: '', slow: '1m' }, never));
    await assert.rejects(call, { code: 'plugin_unavailable' });
    await plugin.process.kill();
    const errors = log.lines('error');
    assert.ok(errors.includes('ERROR panic: boom'), errors.join('\n'));
    assert.ok(errors.some((line) => /goroutine \d+ \[running\]/.test(line)));
    assert.equal((await log.has('plugin process exited')).fields['error'], 'exit status 2');
  });

  test('our host, a Go APM: nanoseconds survive', async (t) => {
    const { plugin } = await goPlugin('apm', 'required');
    t.after(() => plugin.process.kill());
    const apm = plugin.apm();
    const points = await apm.query('fixed:5', minute, never);
    assert.equal(points.length, 10);
    assert.deepEqual(points[0], { at: 1_600_000_001_000, atNanos: 5, value: 5 });
    assert.deepEqual(await apm.queryMultiple('fixed:5', minute, never), [points]);
    const nan = await apm.query('fixed:nan', minute, never);
    assert.ok(Number.isNaN(nan[0]?.value));
    await assert.rejects(Promise.resolve(apm.query('x', minute, never)), { details: 'invalid query type "x"' });
  });

  test('plugins #16, #17: our host, a Go strategy', async (t) => {
    const { plugin, log } = await goPlugin('strategy', 'required');
    t.after(() => plugin.process.kill());
    const input = {
      check: 'c',
      source: 's',
      query: 'q',
      queryWindowMs: 90_000,
      strategy: 'go-strategy',
      config: { count: '5', reason: 'because', direction: 'up' },
      count: 3,
      metrics: [{ at: 1_600_000_000_000, atNanos: 1, value: 2 }],
      meta: { nomad_policy_id: 'p' },
    };
    assert.deepEqual(await plugin.strategy().run(input, never), {
      direction: 'up',
      count: 5,
      reason: 'because',
      meta: { nomad_policy_id: 'p', n: 1e6, list: ['a', { b: null }] },
    });
    const { fields } = await log.has('run');
    const { action_present, action_direction, count, window, points } = fields;
    assert.deepEqual([action_present, action_direction, count, window, points], [true, 0, 3, '1m30s', 1]);
    assert.equal(await plugin.strategy().run({ ...input, metrics: [] }, never), undefined);
  });

  /** Goes through the Go host's list of calls with our target. */
  function goHost(t: Parameters<typeof fixture>[0], ...flags: readonly string[]) {
    const { path, args } = fixture(t, 'target.ts');
    const run = spawnSync(join(folder, 'bin/host'), [...flags, path, ...args], { encoding: 'utf8', timeout: 30_000 });
    const steps = new Map<string, { answer: unknown; code?: string; error?: string }>();
    for (const line of run.stdout.trim().split('\n')) {
      const { step, ...rest } = JSON.parse(line);
      steps.set(step, rest);
    }
    const log = run.stderr.split('\n').flatMap((line) => (line.startsWith('{') ? [JSON.parse(line)] : []));
    return { run, steps, log };
  }

  for (const flags of [[], ['-mtls']]) {
    test(`a Go host, our target${flags.length > 0 ? ', AutoMTLS' : ''}`, (t) => {
      const { run, steps, log } = goHost(t, ...flags);
      const answerOf = (step: string) => (steps.get(step)?.answer ?? {}) as Readonly<Record<string, unknown>>;
      assert.equal(run.status, 0, run.stderr);
      assert.equal(steps.get('start')?.error, undefined);
      assert.deepEqual(steps.get('info')?.answer, { name: 'fake-target', type: 'PLUGIN_TYPE_TARGET' });
      assert.deepEqual(steps.get('set config'), { answer: null });
      assert.equal(steps.get('bad config')?.error, 'rpc error: code = Unknown desc = no good');
      assert.deepEqual([answerOf('status')['ready'], answerOf('status')['count']], [true, 3]);
      assert.deepEqual(steps.get('printed'), { answer: 'hello\n' });
      assert.equal(steps.get('missing')?.code, 'NotFound');
      assert.equal(steps.get('slow')?.code, 'DeadlineExceeded');
      assert.deepEqual(steps.get('scale'), { answer: null });
      assert.deepEqual(steps.get('dry run'), { answer: null });
      assert.equal(steps.get('no-op')?.error, 'rpc error: code = Aborted desc = already there');
      assert.equal(steps.get('broken')?.error, 'rpc error: code = Unknown desc = it broke');
      assert.deepEqual(steps.get('no action'), { answer: null });
      assert.match(
        steps.get('empty action')?.error ?? '',
        /scale direction is unknown: "SCALING_DIRECTION_UNSPECIFIED"$/,
      );
      assert.match(steps.get('huge')?.error ?? '', /count 1152921504606846976 is beyond 2\^53$/);
      const actions = log.filter((line) => line['@message'] === 'scale').map((line) => JSON.parse(line['action']));
      assert.deepEqual(actions[0], { direction: 'up', count: 4, reason: 'up it goes', meta: { nomad_policy_id: 'p' } });
      assert.deepEqual([actions[1].count, actions[1].dryRun], [5, true]);
      const { exited, ms } = answerOf('kill');
      assert.ok(exited === true && Number(ms) < 2000, `${ms} ms`);
      const loud = log.filter((line) => ['warn', 'error'].includes(line['@level']));
      assert.deepEqual(
        loud.map((line) => line['@message']),
        ['warn m', 'error m'],
      );
      assert.ok(log.some((line) => line['@message'] === 'closed' && line['timestamp'] !== undefined));
    });
  }

  test('go-plugin #114: a Go host hears every level of our plugin’s log, with its fields', (t) => {
    const { log } = goHost(t);
    for (const level of ['trace', 'debug', 'info', 'warn', 'error']) {
      const line = log.find((one) => one['@message'] === `${level} m`);
      assert.deepEqual([line?.['@level'], line?.['n']], [level, 1]);
      assert.match(line?.['timestamp'], /^\d{4}-.*\.\d{3}(Z|[+-]\d{4})$/);
    }
  });

  test('go-plugin #115: a Go host sees why our plugin crashed', (t) => {
    const { steps, log } = goHost(t, '-crash');
    assert.equal(steps.get('crash')?.code, 'Unavailable');
    const errors = log.filter((line) => line['@level'] === 'error').map((line) => String(line['@message']));
    assert.ok(errors.includes('panic: boom'), errors.join('\n'));
    assert.ok(errors.some((line) => /at .*target\.ts/.test(line)));
    const exit = log.find((line) => line['@message'] === 'plugin process exited');
    assert.equal(exit?.['error'], 'exit status 2');
  });
});
