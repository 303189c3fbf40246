/**
 * What our host and Go's plugin, or our plugin and Go's host, do with each other beside what each cell of the matrix shows:
 * deadlines, output, intruders, what is too long or missing, hosts that are slow and plugins that hang.
 */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { describe, type TestContext, test } from 'node:test';
import { status } from '../../src/goplugin/status.ts';
import type { PluginType } from '../../src/model/plugin.ts';
import { targetKeys } from '../../src/model/policy.ts';
import { Timestamp } from '../../src/wire/generated/google/protobuf/timestamp.ts';
import { type GoHostOptions, startGoHost } from '../support/go-host.ts';
import { buildGo } from '../support/go-programs.ts';
import { never } from '../support/goplugin.ts';
import { goPlugin, ourPair, ourPlugin, type Pair } from '../support/plugin-pair.ts';
import { halt } from '../support/proc.ts';
import { eventually } from '../support/program.ts';
import { callsOf, isGone, runInput } from './calls.ts';

const go = buildGo('./plugin', './host');
const limited = { slow_ms: '60000', [targetKeys.grpcTimeout]: '300ms' };

async function underOurs(t: TestContext, type: PluginType | 'echo', ...[autoMtls, world]: OurRest) {
  const pair = await ourPair(goPlugin(go.folder, type), type === 'echo' ? 'target' : type, autoMtls ?? 'off', world);
  t.after(() => pair.close());
  return pair;
}
type OurRest = Parameters<typeof ourPair> extends [unknown, unknown, ...infer Rest] ? Partial<Rest> : never;

async function underGo(t: TestContext, type: PluginType, options?: GoHostOptions) {
  const host = await startGoHost(go.folder, ourPlugin(type), type, options);
  t.after(() => host.close());
  return host;
}

/** Both ways with a target. */
const bothWays: Readonly<Record<string, (t: TestContext) => Promise<Pair>>> = {
  'our host, a Go plugin': (t) => underOurs(t, 'target'),
  'a Go host, our plugin': (t) => underGo(t, 'target'),
};

describe('interop with go-plugin', { skip: go.leftOut }, () => {
  for (const [who, start] of Object.entries(bothWays)) {
    test(`plugins #20: ${who}: the limit in the settings of a status is its deadline`, async (t) => {
      const pair = await start(t);
      const began = performance.now();
      await assert.rejects(async () => pair.target.status(limited, never), { status: status.deadlineExceeded });
      assert.ok(performance.now() - began < 2000);
      assert.equal((await pair.target.status({ count: '1' }, never))?.count, 1);
    });

    test(`go-plugin #83: ${who}: what is printed arrives byte by byte`, async (t) => {
      const pair = await start(t);
      await pair.setConfig({ print: 'hello\nworld!', complain: 'and some error\n messages!' });
      const heard = () => [pair.printed.stdout.join(''), pair.printed.stderr.join('')];
      await eventually('all is heard', async () => (heard().join('').length >= 37 ? true : undefined));
      assert.deepEqual(heard(), ['hello\nworld!', 'and some error\n messages!']);
    });

    test(`go-plugin #85: ${who}: 3 MiB on stdout arrive whole, in order, in messages of 1024 bytes at most`, async (t) => {
      const pair = await start(t);
      const size = 3 * 1024 * 1024;
      await pair.setConfig({ print_bytes: String(size) });
      const length = () => pair.printed.stdout.reduce((sum, chunk) => sum + chunk.length, 0);
      await eventually('all is heard', async () => (length() >= size ? true : undefined));
      const wanted = Array.from({ length: size / 8 }, (_, at) => `${String(at).padStart(7, '0')}\n`).join('');
      assert.ok(pair.printed.stdout.join('') === wanted);
      assert.ok(pair.printed.stdout.every((chunk) => chunk.length <= 1024));
    });
  }

  test('our host, a Go target: an abort ends the call and no other', async (t) => {
    const pair = await underOurs(t, 'target', 'required');
    const stop = new AbortController();
    const aborted = assert.rejects(async () => pair.target.status({ slow_ms: '60000' }, stop.signal), {
      name: 'AbortError',
    });
    await pair.log.has('slow call began');
    stop.abort();
    await aborted;
    assert.equal((await pair.target.status({ count: '1' }, never))?.count, 1);
  });

  test('go-plugin #69: a Go plugin takes a serial number with a leading one bit', async (t) => {
    const pair = await underOurs(t, 'target', 'required', { randomBytes: (size) => Buffer.alloc(size, 0xff) });
    assert.equal((await pair.info()).name, 'fixture-target');
  });

  test('go-plugin #76: our host, a Go plugin: numbers on a stream of both directions stay in order', async (t) => {
    const { process } = await underOurs(t, 'echo', 'required');
    const method = {
      path: '/interop.Echo/Numbers',
      requestSerialize: (value: Timestamp) => Buffer.from(Timestamp.encode(value).finish()),
      responseDeserialize: (bytes: Buffer) => Timestamp.decode(bytes),
    };
    const stream = process.channel.duplexStream(method);
    for (let seconds = 21n; seconds <= 26n; seconds++) stream.write({ seconds, nanos: 0 });
    stream.end();
    const heard: bigint[] = [];
    for await (const { seconds } of stream) heard.push(seconds);
    assert.deepEqual(heard, [21n, 22n, 23n, 24n, 25n, 26n]);
  });

  test('go-plugin #78: our host, a Go plugin: a request of 5 MiB is refused, and the next call works', async (t) => {
    const pair = await underOurs(t, 'strategy');
    const input = runInput({ reason: 'x'.repeat(5 * 1024 * 1024) });
    await assert.rejects(async () => pair.strategy.run(input, never), { status: status.resourceExhausted });
    assert.equal(await callsOf.strategy.tell(pair, 'reason', 'x', 5), 5);
  });

  test('a Go host, our plugin: a request of 5 MiB is taken', async (t) => {
    const host = await underGo(t, 'strategy');
    const reason = 'x'.repeat(5 * 1024 * 1024);
    assert.equal((await host.strategy.run(runInput({ reason }), never))?.reason, reason);
  });

  test('go-plugin #60: a Go host and our plugin agree on TLS 1.3 and HTTP/2', async (t) => {
    const host = await underGo(t, 'target', { isEncrypted: true });
    assert.deepEqual(await host.order({ do: 'tls' }), { version: 'TLS 1.3', protocol: 'h2' });
  });

  test('go-plugin #64: our plugin serves its Go host alone', async (t) => {
    const host = await underGo(t, 'target', { isEncrypted: true });
    for (const how of ['plain text', 'none', 'foreign']) {
      await assert.rejects(host.order({ do: 'intrude', how }), { status: status.unavailable }, how);
    }
    assert.equal((await host.target.status({ count: '1' }, never))?.count, 1);
  });

  test('plugins #9, #10: a Go host, our target: an action may be absent, but not without a direction', async (t) => {
    const host = await underGo(t, 'target');
    await host.order({ do: 'wire', how: 'missing' });
    const { fields } = await host.log.has('scale');
    assert.deepEqual([fields['count'], fields['direction'], fields['reason']], [0, 'none', '']);
    const direction = /scale direction is unknown: "SCALING_DIRECTION_UNSPECIFIED"$/;
    await assert.rejects(host.order({ do: 'wire', how: 'empty' }), { details: direction });
    await assert.rejects(host.order({ do: 'wire', how: 'huge' }), { details: /1152921504606846976 is beyond 2\^53$/ });
  });

  test('go-plugin #116: 5 MiB of log lines at once reach a Go host that reads slowly, none lost', async (t) => {
    const host = await underGo(t, 'target', { isSlow: true });
    const lines = 18_000; // of 290 bytes and more
    await host.setConfig({ log_lines: String(lines) });
    await host.log.has('configured');
    const numbers = host.log.records.filter(({ message }) => message === 'line').map(({ fields }) => fields['at']);
    assert.deepEqual(
      numbers,
      Array.from({ length: lines }, (_, at) => at),
    );
  });

  for (const [who, start] of Object.entries(bothWays)) {
    test(`go-plugin #119, #120: ${who}: killed from outside, it fails its calls, and to end it is harmless`, async (t) => {
      const pair = await start(t);
      const call = assert.rejects(callsOf.target.tell(pair, 'slow_ms', '60000'), isGone);
      await pair.log.has('slow call began');
      const began = performance.now();
      process.kill(pair.pluginPid, 'SIGKILL');
      const { fields } = await pair.log.has('plugin process exited');
      assert.equal(fields['error'], 'signal: killed');
      await call;
      assert.ok(performance.now() - began < 2000);
      assert.ok((await pair.kill()).ms < 1000);
    });
  }

  test('go-plugin #122: our host ends a Go plugin by force when that does not run', async (t) => {
    const pair = await underOurs(t, 'target');
    await halt(pair.pluginPid);
    const { forced, ms } = await pair.kill();
    assert.deepEqual([forced, ms < 5000], [true, true]);
  });

  test('go-plugin #130: a Go host ends our plugin while a call runs: the call fails, the plugin ends in peace', async (t) => {
    const host = await underGo(t, 'target');
    const call = assert.rejects(callsOf.target.tell(host, 'slow_ms', '60000'), isGone);
    await host.log.has('slow call began');
    assert.equal((await host.kill()).forced, false);
    await call;
    await host.log.has('closed');
    assert.equal((await host.log.has('plugin process exited')).level, 'info');
  });

  test('go-plugin #41, plugins #27: started by hand, our plugin and a Go plugin say the same', () => {
    const byHand = [ourPlugin('target'), goPlugin(go.folder, 'target')].map(({ path, args }) => {
      const { status: code, stdout, stderr } = spawnSync(path, [...args], { encoding: 'utf8' });
      return { code, stdout, stderr };
    });
    assert.deepEqual(byHand[0], byHand[1]);
    assert.deepEqual([byHand[0]?.code, byHand[0]?.stdout], [1, '']);
  });
});
