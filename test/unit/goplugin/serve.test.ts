import assert from 'node:assert/strict';
import { once } from 'node:events';
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { createServer } from 'node:net';
import { basename, dirname, join } from 'node:path';
import { test } from 'node:test';
import { Server, ServerCredentials } from '@grpc/grpc-js';
import { openChannel } from '../../../src/goplugin/channel.ts';
import { GRPCBrokerService } from '../../../src/goplugin/generated/goplugin/broker.ts';
import { GRPCControllerService } from '../../../src/goplugin/generated/goplugin/controller.ts';
import { HealthService } from '../../../src/goplugin/generated/goplugin/health.ts';
import { grpcBind, listen } from '../../../src/goplugin/listener.ts';
import { refusal } from '../../../src/goplugin/serve.ts';
import { systemClock, virtualClock } from '../../../src/lib/clock.ts';
import { cookie as autoscalerCookie } from '../../../src/wire/profile.ts';
import { cookie, fixture, type ServedHere, serveHere, startRaw, tempFolder } from '../../support/goplugin.ts';

const notice = `This binary is a plugin. These are not meant to be executed directly.
Please execute the program that consumes these plugins, which will
load any plugins automatically
`;

const addressOf = async ({ line }: ServedHere) => (await line).split('|')[3] ?? '';

test('go-plugin #41, plugins #27: started by hand, a plugin explains itself and exits with 1', async (t) => {
  for (const env of [{}, { [autoscalerCookie.key]: 'x' }] as const) {
    const raw = startRaw(t, fixture(t, 'target.ts'), env);
    assert.deepEqual(await raw.ended, { code: 1, signal: null });
    assert.deepEqual([raw.stdout, raw.stderr], ['', notice]);
  }
});

test('go-plugin #42: a plugin without a cookie of its own says that it is broken', () => {
  for (const broken of [
    { key: '', value: 'v' },
    { key: 'k', value: '' },
  ]) {
    assert.match(
      refusal(broken, {}) ?? '',
      /^Misconfigured ServeConfig given to serve this plugin: no magic cookie\nkey/,
    );
  }
  assert.equal(refusal(cookie, { [cookie.key]: cookie.value }), undefined);
});

test('go-plugin #43: host 1 and plugin 1 meet over a unix socket', async (t) => {
  const { line } = serveHere(t, { PLUGIN_PROTOCOL_VERSIONS: '1' });
  assert.match(await line, /^1\|1\|unix\|\/.*\|grpc\|\n$/);
});

const versions = { 1: [], 2: [] };
const choices = [
  ['#44', '1,2,3', { 2: [], 3: [], 4: [] }, '3'],
  ['#45', '2', versions, '2'],
  ['#47', undefined, versions, '1'],
] as const;
for (const [row, offered, own, version] of choices) {
  test(`go-plugin ${row}: offered ${offered}, the plugin with ${Object.keys(own)} takes ${version}`, async (t) => {
    const { line } = serveHere(t, { PLUGIN_PROTOCOL_VERSIONS: offered }, { versions: own });
    assert.equal((await line).split('|')[1], version);
  });
}

test('go-plugin #46: an offer that is no number is complained of, and the rest counts', async (t) => {
  const { line, said } = serveHere(t, { PLUGIN_PROTOCOL_VERSIONS: '5,x,3' });
  assert.equal((await line).split('|')[1], '1');
  assert.deepEqual(said, ['server sent invalid plugin version "x"']);
});

test('go-plugin #48: the seventh field is for those who ask for it', async (t) => {
  assert.equal((await serveHere(t, {}).line).split('|').length, 6);
  assert.match(await serveHere(t, { PLUGIN_MULTIPLEX_GRPC: 'true' }).line, /\|grpc\|\|true\n$/);
  assert.match(await serveHere(t, { PLUGIN_MULTIPLEX_GRPC: 'false' }).line, /\|grpc\|\|false\n$/);
});

test('go-plugin #49: sockets go where the host wants them', async (t) => {
  const folder = tempFolder(t);
  const address = await addressOf(serveHere(t, { PLUGIN_UNIX_SOCKET_DIR: folder }));
  assert.equal(dirname(address), folder);
  assert.match(basename(address), /^plugin\d+$/);
});

test('go-plugin #50: without the folder there is an error, no line, and exit code 1', async (t) => {
  const { self, log } = serveHere(t, { PLUGIN_UNIX_SOCKET_DIR: join(tempFolder(t), 'none') });
  assert.equal(await self.exited, 1);
  assert.deepEqual(log.lines('error'), ['ERROR plugin init error']);
});

test('go-plugin #51: with a group the socket is for owner and group', async (t) => {
  const gid = String(process.getgid?.());
  const lines = readFileSync('/etc/group', 'utf8').split('\n');
  const name = lines.map((line) => line.split(':')).find((fields) => fields[2] === gid)?.[0] ?? gid;
  for (const group of [gid, name]) {
    const { mode, gid: found } = statSync(await addressOf(serveHere(t, { PLUGIN_UNIX_SOCKET_GROUP: group })));
    assert.deepEqual([mode & 0o777, found], [0o660, Number(gid)]);
  }
});

test('go-plugin #52: an unknown group is an error', async (t) => {
  const { self, log } = serveHere(t, { PLUGIN_UNIX_SOCKET_GROUP: 'no-such-group' });
  assert.equal(await self.exited, 1);
  assert.match(String(log.records.at(-1)?.fields['error']), /^failed to find gid from "no-such-group": /);
});

test('go-plugin #53: without a group the umask decides', async (t) => {
  const before = process.umask(0o027);
  const address = await addressOf(serveHere(t, {}));
  process.umask(before);
  assert.equal(statSync(address).mode & 0o777, 0o750);
});

/** Binds a server of no services to a TCP port of this range. */
async function listenBetween(min: string, max: string): Promise<string> {
  const server = new Server();
  try {
    const env = { PLUGIN_MIN_PORT: min, PLUGIN_MAX_PORT: max };
    const where = { network: 'tcp', env, tempDir: '/', platform: process.platform, random: Buffer.alloc } as const;
    return (await listen(grpcBind(server, ServerCredentials.createInsecure()), where)).address;
  } finally {
    server.forceShutdown();
  }
}

test('go-plugin #54: on TCP the first free port of the range is taken', async (t) => {
  const taken = createServer().listen(20_000, '127.0.0.1');
  await once(taken, 'listening');
  t.after(() => taken.close());
  assert.equal(await listenBetween('20000', '20002'), '127.0.0.1:20001');
});

test('go-plugin #55: a range that is none is told', async () => {
  const texts: readonly (readonly [string, string, string])[] = [
    ['3', '2', 'PLUGIN_MIN_PORT value of 3 is greater than PLUGIN_MAX_PORT value of 2'],
    ['x', '2', 'couldn\'t get value from PLUGIN_MIN_PORT: strconv.Atoi: parsing "x": invalid syntax'],
    ['1', 'y', 'couldn\'t get value from PLUGIN_MAX_PORT: strconv.Atoi: parsing "y": invalid syntax'],
  ];
  for (const [min, max, message] of texts) await assert.rejects(listenBetween(min, max), { message });
});

test('go-plugin #56: interrupts are counted and ignored', async (t) => {
  const served = serveHere(t, {});
  await served.line;
  for (let count = 0; count < 3; count++) served.self.emit('SIGINT');
  const traces = served.log.records.filter(({ message }) => message === 'plugin received interrupt signal, ignoring');
  assert.deepEqual(
    traces.map(({ level, fields }) => [level, fields['count']]),
    [
      ['trace', 1],
      ['trace', 2],
      ['trace', 3],
    ],
  );
  assert.ok(existsSync(await addressOf(served)));
});

test('go-plugin #57: SIGTERM ends a plugin, its socket too', async (t) => {
  const raw = startRaw(t, fixture(t, 'target.ts'), { [autoscalerCookie.key]: autoscalerCookie.value });
  const address = (await raw.handshake)[3] ?? '';
  assert.ok(existsSync(address));
  raw.child.kill('SIGTERM');
  assert.deepEqual(await raw.ended, { code: null, signal: 'SIGTERM' });
  assert.equal(existsSync(address), false);
});

test('go-plugin #58: what a dependency prints while loading does not come before the handshake', async (t) => {
  const raw = startRaw(t, fixture(t, 'noisy.ts'), { [autoscalerCookie.key]: autoscalerCookie.value });
  assert.equal((await raw.handshake)[0], '1');
  assert.match(raw.stdout, /^1\|1\|unix\|[^\n]*\n$/);
});

test('go-plugin #59: a socket path that the kernel would cut off is an error', async (t) => {
  const folder = join(tempFolder(t), 'x'.repeat(120));
  mkdirSync(folder);
  const { self, log } = serveHere(t, {}, {}, { tempDir: folder });
  assert.equal(await self.exited, 1);
  assert.match(
    String(log.records.at(-1)?.fields['error']),
    /is longer than 107 bytes; set TMPDIR to a shorter folder$/,
  );
  assert.deepEqual(readdirSync(folder), []);
});

test('what was meant for the plugin alone is not handed to its own plugins', async (t) => {
  const { self, line } = serveHere(t, { PLUGIN_MULTIPLEX_GRPC: 'true', PLUGIN_UNIX_SOCKET_DIR: tempFolder(t) });
  await line;
  assert.deepEqual(Object.keys(self.env), ['PLUGIN_UNIX_SOCKET_DIR']);
});

test('go-plugin #74: health is known of the plugin, under its name or none', async (t) => {
  const channel = await openChannel(
    { network: 'unix', address: await addressOf(serveHere(t, {})) },
    undefined,
    systemClock,
  );
  t.after(() => channel.close());
  const check = (service: string) => channel.unary(HealthService.check, { service });
  assert.deepEqual([await check(''), await check('plugin')], [{ status: 1 }, { status: 1 }]);
  await assert.rejects(check('nope'), { status: 5, details: 'unknown service' });
});

test('a second Shutdown is answered as well, and the plugin ends with 0', async (t) => {
  let closed = 0;
  const close = async () => {
    closed++;
  };
  const served = serveHere(t, {}, { close });
  const address = await addressOf(served);
  const channel = await openChannel({ network: 'unix', address }, undefined, systemClock);
  const shutDown = () => channel.unary(GRPCControllerService.shutdown, {});
  await Promise.all([shutDown(), shutDown()]);
  assert.equal(await served.self.exited, 0);
  channel.close();
  await new Promise((resolve) => setTimeout(resolve, 20)); // the second is through as well
  assert.equal(closed, 1);
  assert.equal(existsSync(address), false);
});

test('a clean-up that hangs holds the end up for a second', async (t) => {
  const clock = virtualClock();
  const served = serveHere(t, {}, { close: () => new Promise(() => undefined) }, { clock });
  const address = await addressOf(served);
  const channel = await openChannel({ network: 'unix', address }, undefined, systemClock);
  await channel.unary(GRPCControllerService.shutdown, {});
  channel.close();
  await clock.advance(1100);
  assert.equal(await served.self.exited, 0);
});

test('a plugin whose host is gone ends soon', async (t) => {
  const clock = virtualClock();
  const served = serveHere(t, {}, {}, { clock });
  const address = await addressOf(served);
  const channel = await openChannel({ network: 'unix', address }, undefined, systemClock);
  channel.duplexStream(GRPCBrokerService.startStream).on('error', () => undefined);
  await channel.unary(HealthService.check, { service: '' });
  served.self.ppid = 1;
  await clock.advance(10_000); // the stream is there, so the host is
  assert.ok(existsSync(address));
  channel.close();
  for (let ms = 0; existsSync(address) && ms < 1000; ms += 200) await clock.advance(200);
  assert.equal(await served.self.exited, 1);
});

test('a plugin that no host ever reached ends when its parent is gone', async (t) => {
  const clock = virtualClock();
  const { self, line } = serveHere(t, {}, {}, { clock });
  await line;
  self.ppid = 1;
  await clock.advance(5_000);
  assert.equal(await self.exited, 1);
});
