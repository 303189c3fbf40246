/**
 * The broker against HashiCorp's go-plugin, in both directions: with a listener per service and over one connection,
 * with AutoMTLS and without. The Go program is test/interop/go/broker.
 */
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { buffer, text } from 'node:stream/consumers';
import { describe, type TestContext, test } from 'node:test';
import type { ClientOptions } from '../../src/goplugin/client.ts';
import { YamuxSession } from '../../src/goplugin/yamux.ts';
import { frameType } from '../../src/goplugin/yamux-frame.ts';
import { explain } from '../../src/lib/error.ts';
import { counter, counterCookie, pattern } from '../support/bidirectional.ts';
import { buildGoModule } from '../support/go-programs.ts';
import { fixture, tempFolder } from '../support/goplugin.ts';
import { clientOf } from '../support/goplugin-client.ts';

const { path: go, leftOut } = buildGoModule('go/broker');

const variants = [false, true].flatMap((multiplex) =>
  (['off', 'required'] as const).map((autoMtls) => ({ multiplex, autoMtls })),
);
const named = ({ multiplex, autoMtls }: (typeof variants)[number]) =>
  `${multiplex ? 'one connection' : 'a listener each'}, AutoMTLS ${autoMtls}`;

const sets = { 1: { counter } };

describe('the broker with go-plugin', { skip: leftOut }, () => {
  /** Our host and a Go plugin. Both put their sockets into a folder, whose content is told. */
  async function goPlugin(t: TestContext, options: Partial<ClientOptions<(typeof sets)[1]>>) {
    const sockets = tempFolder(t);
    const env = { ...process.env, TMPDIR: sockets };
    const command = { path: go, args: ['plugin'] };
    const all = { command, cookie: counterCookie, versions: sets, ...options };
    const { client, log } = clientOf<(typeof sets)[1]>(t, all, { env, tempDir: sockets });
    await client.start();
    return { client, log, counter: client.dispense('counter'), sockets: () => readdirSync(sockets) };
  }

  for (const variant of variants) {
    const { multiplex, autoMtls } = variant;
    const rows = [multiplex ? '#93' : '#92', ...(autoMtls === 'off' ? [] : ['#61'])].join(', ');

    test(`go-plugin ${rows}: our host and a Go plugin call each other, ${named(variant)}`, async (t) => {
      const { client, counter, log, sockets } = await goPlugin(t, { multiplex, autoMtls });
      for (let value = 1; value <= 5; value++) await counter.put('hello', value);
      assert.equal(await counter.get('hello'), 15);
      assert.deepEqual([await counter.add(1, 2), await counter.add(3, 4)], [1003, 1007]);
      assert.ok((await counter.read(10 * 2 ** 20)).equals(pattern(10 * 2 ** 20)));
      await client.kill();
      assert.equal(client.wasForced, false);
      assert.deepEqual(sockets(), []);
      // Go's yamux may complain that it could not write its last frames to a host that has gone.
      const errors = log.records.filter(({ level, fields }) => level === 'error' && fields['@module'] !== 'yamux');
      assert.deepEqual(errors, []);
    });

    test(`go-plugin ${rows}: a Go host and our plugin call each other, ${named(variant)}`, async (t) => {
      const sockets = tempFolder(t);
      const plugin = fixture(t, 'counter.ts');
      const flags = [...(multiplex ? ['-multiplex'] : []), ...(autoMtls === 'off' ? [] : ['-mtls'])];
      const host = spawn(go, ['host', ...flags, plugin.path, ...plugin.args], {
        env: { ...process.env, TMPDIR: sockets },
        stdio: ['ignore', 'pipe', 'pipe'],
      });
      const [found, complaints] = await Promise.all([text(host.stdout), text(host.stderr), once(host, 'exit')]);
      const all = { Stored: 15, Sums: [1000, 1002, 1004], Whole: true, Missed: '', Exited: true };
      assert.deepEqual(JSON.parse(found || '{}'), all, complaints);
      assert.doesNotMatch(complaints, /\[ERROR\]|failed to exit gracefully/);
      assert.deepEqual(readdirSync(sockets), []);
    });
  }

  test('go-plugin #99: a Go host that knocks where our plugin offers nothing is told after five seconds', async (t) => {
    const plugin = fixture(t, 'counter.ts');
    const host = spawn(go, ['host', '-multiplex', '-miss', plugin.path, ...plugin.args], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const [found] = await Promise.all([text(host.stdout), once(host, 'exit')]);
    assert.match(JSON.parse(found).Missed, /timeout waiting for multiplexing knock handshake on id 4711/);
  });

  test('go-plugin #102: ten megabytes of a Go plugin come through one connection while the host is busy', async (t) => {
    const { counter } = await goPlugin(t, { multiplex: true });
    const reads = Array.from({ length: 4 }, () => counter.read(10 * 2 ** 20));
    for (let turn = 0; turn < 20; turn++) {
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 20); // nothing is read meanwhile
      await new Promise(setImmediate);
    }
    for (const read of await Promise.all(reads)) assert.equal(read.length, 10 * 2 ** 20);
    assert.equal(await counter.add(1, 1), 1002);
  });

  test('go-plugin #99: a Go plugin’s offer that comes after the knock is dialed all the same', async (t) => {
    const { counter } = await goPlugin(t, { multiplex: true });
    const dialing = counter.broker.dial(77);
    await counter.get('offer:77');
    (await dialing).close();
    const refused = await counter.broker.dial(78).catch(explain);
    assert.equal(
      refused,
      'failed to knock before dialling client: timeout waiting for multiplexing knock handshake on id 78',
    );
    await counter.get('offer:78'); // now Go answers the knock, and keeps the next stream for whoever knocked
    assert.equal(await counter.add(2, 2), 1004);
  });

  test('go-plugin #101: yamux of Go pings, is answered, and keeps the session', async (t) => {
    const path = join(tempFolder(t), 'echo');
    const peer: ChildProcess = spawn(go, ['yamux', path], { stdio: ['ignore', 'pipe', 'inherit'] });
    t.after(() => peer.kill());
    if (peer.stdout !== null) await once(peer.stdout, 'data');
    const connection = connect(path);
    const session = new YamuxSession(connection, 'client', (stream) => stream.destroy());
    const quiet = session.open();
    let pings = 0;
    while (pings < 20) {
      // two idle minutes have four
      const [frame] = await once(connection, 'data');
      if (frame[1] === frameType.ping) pings++;
    }
    const sent = [quiet, session.open(), session.open()].map((stream, number) => {
      const bytes = randomBytes(1_000_000 + number);
      stream.end(bytes);
      return buffer(stream).then((back) => back.equals(bytes));
    });
    assert.deepEqual(await Promise.all(sent), [true, true, true]);
    session.close();
    await session.closed;
    await once(peer, 'exit');
  });
});
