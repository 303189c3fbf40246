import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { chmodSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { AutoMtls } from '../../../src/goplugin/connect.ts';
import { goArch } from '../../../src/goplugin/elf.ts';
import { type HostOptions, startPlugin } from '../../../src/goplugin/host.ts';
import { makeCertificate } from '../../../src/goplugin/mtls.ts';
import { virtualClock } from '../../../src/lib/clock.ts';
import { elfFile } from '../../support/elf.ts';
import {
  cookie,
  executable,
  fixture,
  hostWorld,
  LogBook,
  never,
  saying,
  scriptPlugin,
  tempFolder,
} from '../../support/goplugin.ts';
import { isAlive } from '../../support/proc.ts';

const plain: HostOptions = { cookie, versions: [1], autoMtls: 'off' };

/** Starts an executable that is expected not to become a plugin. @returns the error's text and the log. */
async function failing(path: string, options: Partial<HostOptions> = {}) {
  const log = new LogBook();
  let message = 'it started';
  try {
    const plugin = await startPlugin({ path, args: [] }, { ...plain, ...options }, hostWorld(log), never);
    await plugin.kill();
  } catch (error) {
    assert.ok(error instanceof Error);
    message = error.message;
  }
  const started = log.records.find((record) => record.message === 'plugin started');
  return { message, log, pid: Number(started?.fields['pid']) };
}

const api = 'incompatible API version with plugin.';
const refusals: readonly (readonly [string, string, string, AutoMtls?])[] = [
  ['#5', '1|11|tcp|:1234|grpc', `${api} Plugin version: 11, Client versions: [1]`],
  [
    '#8',
    '2|1|unix|/s|grpc|',
    'incompatible core API version with plugin. Plugin version: 2, Core version: 1\n\nTo fix this, the plugin usually only needs to be recompiled.\nPlease report this to the plugin author',
  ],
  ['#9', 'x|1|unix|/s|grpc|', 'error parsing core protocol version: strconv.Atoi: parsing "x": invalid syntax'],
  ['#10', '1|a|unix|/s|grpc|', 'Error parsing protocol version "a": strconv.Atoi: parsing "a": invalid syntax'],
  ['#11', '1|1|udp|h:1|grpc', 'unknown address type: h:1'],
  ['#12', '1|1|unix|/s', 'unsupported plugin protocol "netrpc". Supported: [grpc]'],
  ['#13', '1|1|unix|/s|foo', 'unsupported plugin protocol "foo". Supported: [grpc]'],
  ['#13', '1|1|unix|/s|', 'unsupported plugin protocol "". Supported: [grpc]'],
  ['#14', '1|1|tcp|localhost|grpc', 'address localhost: missing port in address'],
  ['#14', '1|1|tcp|localhost:99999|grpc', 'address 99999: invalid port'],
  [
    '#18',
    `1|1|unix|/s|grpc|${'A'.repeat(56)}==`,
    'error parsing server cert: illegal base64 data at input byte 56',
    'preferred',
  ],
  ['#19', `1|1|unix|/s|grpc|${'A'.repeat(60)}`, 'error parsing server cert: x509: malformed certificate', 'preferred'],
  ['#21', '1|1|unix|/s|grpc|', 'AutoMTLS is enabled but the plugin did not return a certificate', 'required'],
  ['#21', '1|1|tcp|127.0.0.1:1|grpc|', 'AutoMTLS is enabled but the plugin did not return a certificate', 'preferred'],
];
for (const [row, line, message, autoMtls = 'off'] of refusals) {
  test(`go-plugin ${row}: a host refuses ${line.slice(0, 40)}${autoMtls === 'off' ? '' : `, AutoMTLS ${autoMtls}`}`, async (t) => {
    const failed = await failing(scriptPlugin(t, saying(`${line}\n`)), { autoMtls });
    assert.equal(failed.message, message);
    assert.equal(isAlive(failed.pid), false);
  });
}

const noMultiplex = 'client requested gRPC broker multiplexing but plugin does not support the feature';
const multiplexRefusals: readonly (readonly [string, string, string])[] = [
  [
    '#22',
    '1|1|unix|/s|grpc|',
    `${noMultiplex}; for Go plugins, you will need to update the github.com/hashicorp/go-plugin dependency and recompile`,
  ],
  ['#23', '1|1|unix|/s|grpc||false', noMultiplex],
  ['#24', '1|1|unix|/s|grpc||maybe', 'error parsing "maybe" as a boolean for gRPC broker multiplexing support'],
];
for (const [row, line, message] of multiplexRefusals) {
  test(`go-plugin ${row}: a host that wants one connection refuses ${line}`, async (t) => {
    const failed = await failing(scriptPlugin(t, saying(`${line}\n`)), { multiplex: true });
    assert.equal(failed.message, message);
    assert.equal(isAlive(failed.pid), false);
  });
}

test('a plugin whose socket is not there cannot be reached by one connection', async (t) => {
  const { message, pid } = await failing(scriptPlugin(t, saying('1|1|unix|/nowhere/s|grpc||true\n')), {
    multiplex: true,
  });
  assert.equal(message, 'cannot connect to the plugin: connect ENOENT /nowhere/s');
  assert.equal(isAlive(pid), false);
});

test('plugins #28: an autoscaler plugin with application version 2 is refused', async (t) => {
  const { message } = await failing(scriptPlugin(t, saying('1|2|unix|/s|grpc|\n')));
  assert.equal(message, `${api} Plugin version: 2, Client versions: [1]`);
});

test('go-plugin #20: a certificate that was not asked for is an error', async (t) => {
  const { der } = await makeCertificate(Date.UTC(2026, 5, 1), randomBytes);
  const field = Buffer.from(der).toString('base64').replaceAll('=', '');
  const { message } = await failing(scriptPlugin(t, saying(`1|1|unix|/s|grpc|${field}\n`)));
  assert.equal(message, 'plugin sent a TLS certificate but TLS is not enabled');
});

test('go-plugin #6: a line that is no handshake is quoted, with what it may mean', async (t) => {
  const path = scriptPlugin(t, saying('lolinvalid\n'));
  const { message, pid } = await failing(path);
  const [first, second] = message.split('\n');
  assert.equal(first, 'Unrecognized remote plugin message: lolinvalid');
  assert.equal(second, 'This usually means');
  assert.match(
    message,
    /\n\nAdditional notes about plugin:\n {2}Path: .*fake-plugin\n {2}Mode: -rwxr-xr-x\n {2}Owner: /,
  );
  assert.equal(isAlive(pid), false);
});

test('plugins #29: three fields are no handshake', async (t) => {
  const { message } = await failing(scriptPlugin(t, saying('1|1|unix\n')));
  assert.match(message, /^Unrecognized remote plugin message: 1\|1\|unix\nThis usually means\n/);
});

test('go-plugin #26: what is printed before the handshake is taken for it', async (t) => {
  const { message } = await failing(scriptPlugin(t, saying('Welcome!\n1|1|unix|/s|grpc|\n')));
  assert.match(message, /^Unrecognized remote plugin message: Welcome!\n/);
});

test('go-plugin #7: a plugin that ends without a word is told with its last stderr lines', async (t) => {
  const path = scriptPlugin(t, 'process.stderr.write("no cookie for me\\n"); process.exitCode = 3;');
  const { message, log } = await failing(path);
  assert.match(
    message,
    /^Unrecognized remote plugin message: \nFailed to read any lines from plugin's stdout\nThis usually means\n/,
  );
  assert.match(message, /\nLast lines of its stderr:\n {2}no cookie for me$/);
  assert.equal((await log.has('plugin process exited')).fields['error'], 'exit status 3');
});

for (const [what, line] of [
  ['#15: extra fields', '1|1|unix|%s|grpc||true|x|y\n'],
  ['#16: CR LF and blanks', '  1|1|unix|%s|grpc| \r\n'],
  ['#17: a sixth field of 50 characters', `1|1|unix|%s|grpc|${'x'.repeat(50)}\n`],
] as const) {
  test(`go-plugin ${what} do no harm`, async (t) => {
    const log = new LogBook();
    const plugin = await startPlugin(fixture(t, 'peer.mjs', JSON.stringify({ line })), plain, hostWorld(log), never);
    assert.equal(plugin.network, 'unix');
    await plugin.kill();
  });
}

test('go-plugin #4: a plugin on TCP without a host name is found on this machine', async (t) => {
  const command = fixture(t, 'peer.mjs', JSON.stringify({ line: '1|1|tcp|:%p|grpc\n', network: 'tcp' }));
  const plugin = await startPlugin(command, plain, hostWorld(new LogBook()), never);
  assert.equal(plugin.network, 'tcp');
  assert.match(plugin.address, /^:\d+$/);
  await plugin.kill();
});

test('plugins #30: a silent plugin has 60 s', async (t) => {
  const log = new LogBook();
  const clock = virtualClock();
  const path = scriptPlugin(t, 'setInterval(() => {}, 1e6);');
  const starting = startPlugin({ path, args: [] }, plain, hostWorld(log, { clock }), never);
  const refused = assert.rejects(starting, { message: 'timeout while waiting for plugin to start' });
  const { fields } = await log.has('waiting for RPC address').then(() => log.has('plugin started'));
  await clock.advance(59_999);
  assert.equal(isAlive(Number(fields['pid'])), true);
  await clock.advance(1);
  await refused;
  assert.equal(isAlive(Number(fields['pid'])), false);
});

test('go-plugin #25: a plugin that says nothing is killed in time', async (t) => {
  const began = performance.now();
  const { message, pid } = await failing(scriptPlugin(t, 'setInterval(() => {}, 1e6);'), { startTimeoutMs: 50 });
  assert.equal(message, 'timeout while waiting for plugin to start');
  assert.ok(performance.now() - began < 1000);
  assert.equal(isAlive(pid), false);
});

test('a start that is given up leaves no process behind', async (t) => {
  const log = new LogBook();
  const stop = new AbortController();
  const path = scriptPlugin(t, 'setInterval(() => {}, 1e6);');
  const starting = startPlugin({ path, args: [] }, plain, hostWorld(log), stop.signal);
  const { fields } = await log.has('waiting for RPC address').then(() => log.has('plugin started'));
  stop.abort();
  await assert.rejects(starting, { name: 'AbortError' });
  assert.equal(isAlive(Number(fields['pid'])), false);
});

test('go-plugin #27: what is missing or not executable is told in Go’s words', async (t) => {
  const missing = join(tempFolder(t), 'nothing');
  assert.equal((await failing(missing)).message, `fork/exec ${missing}: no such file or directory`);
  const dull = scriptPlugin(t, '');
  chmodSync(dull, 0o644);
  assert.equal((await failing(dull)).message, `fork/exec ${dull}: permission denied`);
  const bare = (await failing('no-such-command-anywhere')).message;
  assert.equal(bare, 'exec: "no-such-command-anywhere": executable file not found in $PATH');
});

test('what cannot even be tried is told in Go’s words', async (t) => {
  const path = scriptPlugin(t, '');
  const args = ['x'.repeat(200_000)];
  await assert.rejects(startPlugin({ path, args }, plain, hostWorld(new LogBook()), never), {
    code: 'plugin_start_failed',
    message: `fork/exec ${path}: argument list too long`,
  });
});

test('go-plugin #28: a text file is not run by a shell', async (t) => {
  const trace = join(tempFolder(t), 'trace');
  const path = executable(t, `touch ${trace}\n`);
  assert.equal((await failing(path)).message, `fork/exec ${path}: exec format error`);
  assert.throws(() => readFileSync(trace), { code: 'ENOENT' });
});

test('go-plugin #28: a program for another processor is not run by a shell, and told apart from one without its loader', async (t) => {
  const [foreign, machine, own] =
    process.arch === 'arm64' ? ['amd64', 62, 'arm64'] : ['arm64', 183, goArch(process.arch)];
  const other = executable(t, elfFile({ machine }));
  const { message } = await failing(other);
  const why = `is for ${foreign}, and this machine is ${own}`;
  assert.equal(message, `fork/exec ${other}: exec format error; the file ${why}`);

  const script = executable(t, '#!/lib/ld-linux-of-another-distribution.so.2\n');
  assert.equal(
    (await failing(script)).message,
    `fork/exec ${script}: no such file or directory; the file exists but needs /lib/ld-linux-of-another-distribution.so.2 to run, which is not there`,
  );
});

test('go-plugin #31: a late and slow handshake leaves no error in the log', async (t) => {
  const log = new LogBook();
  const command = fixture(t, 'peer.mjs', JSON.stringify({ piecesMs: 2, delayMs: 100 }));
  const plugin = await startPlugin(command, plain, hostWorld(log), never);
  await plugin.kill();
  assert.deepEqual(log.lines('error'), []);
});

test('go-plugin #32: what does not speak gRPC fails the health check', async (t) => {
  const path = scriptPlugin(
    t,
    `const socket = ${JSON.stringify(join(tempFolder(t), 's'))};
     require('node:net').createServer((c) => c.end('hello')).listen(socket, () => console.log('1|1|unix|' + socket + '|grpc|'));`,
  );
  const { message } = await failing(path);
  assert.match(message, /^plugin did not answer health check: rpc error: code = Unavailable desc = /);
});

test('go-plugin #75: a plugin that does not serve fails the health check', async (t) => {
  const command = fixture(t, 'peer.mjs', JSON.stringify({ health: 'NOT_SERVING' }));
  await assert.rejects(startPlugin(command, plain, hostWorld(new LogBook()), never), {
    message: /^plugin did not answer health check: .*plugin is not serving$/,
  });
});

test('go-plugin #33, plugins #31: a plugin without stdio and broker costs one warning', async (t) => {
  const log = new LogBook();
  const command = fixture(t, 'peer.mjs', JSON.stringify({ without: ['stdio', 'broker'] }));
  const plugin = await startPlugin(command, plain, hostWorld(log), never);
  await log.has('stdio service not available, stdout/stderr syncing unavailable');
  await plugin.kill();
  assert.equal(log.lines('warn').length, 1);
});

test('a plugin without a certificate is accepted over a unix socket, with a warning', async (t) => {
  const log = new LogBook();
  const options = { ...plain, autoMtls: 'preferred' } as const;
  const plugin = await startPlugin(fixture(t, 'peer.mjs', '{}'), options, hostWorld(log), never);
  assert.equal(plugin.isEncrypted, false);
  await plugin.kill();
  assert.match(log.lines('warn').join(), /^WARN plugin does not support AutoMTLS/);
});

test('go-plugin #131: a file with another checksum is not started', async (t) => {
  const path = scriptPlugin(t, saying('1|1|unix|/s|grpc|\n'));
  const { message, log } = await failing(path, { checksum: { algorithm: 'sha256', hex: '00'.repeat(32) } });
  assert.equal(message, 'checksums did not match');
  assert.deepEqual(log.lines(), []);
});

test('go-plugin #132, #134: the right checksum lets it start, again and again', async (t) => {
  const path = executable(t, `#!/bin/sh\nexec "${process.execPath}" "$@"\n`);
  const checksum = { algorithm: 'sha256', hex: createHash('sha256').update(readFileSync(path)).digest('hex') };
  const { args } = fixture(t, 'peer.mjs', '{}');
  for (let start = 0; start < 2; start++) {
    const plugin = await startPlugin({ path, args }, { ...plain, checksum }, hostWorld(new LogBook()), never);
    await plugin.kill();
  }
  writeFileSync(path, '#!/bin/sh\n# changed\n');
  assert.equal((await failing(path, { checksum })).message, 'checksums did not match');
});

test('go-plugin #133: a checksum that is none', async (t) => {
  const path = scriptPlugin(t, '');
  const checksum = (algorithm: string, hex: string) => failing(path, { checksum: { algorithm, hex } });
  assert.equal((await checksum('sha256', '')).message, 'error verifying checksum: no checksum provided');
  assert.equal((await checksum('', '00')).message, 'error verifying checksum: no hash implementation provided');
});
