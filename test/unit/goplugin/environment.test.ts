import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { type Environment, pluginEnvironment } from '../../../src/goplugin/environment.ts';
import { type HostOptions, startPlugin } from '../../../src/goplugin/host.ts';
import { cookie, fixturePath, hostWorld, LogBook, never, scriptPlugin, tempFolder } from '../../support/goplugin.ts';

/** What a plugin finds in its environment. */
async function seen(t: TestContext, options: Partial<HostOptions>, env: Environment, configured: Environment = {}) {
  const trace = join(tempFolder(t), 'env');
  const body = `require('node:fs').writeFileSync(${JSON.stringify(trace)}, JSON.stringify(process.env));`;
  const command = { path: scriptPlugin(t, body), args: [], env: configured };
  const all: HostOptions = { cookie, versions: [1], autoMtls: 'off', ...options };
  await assert.rejects(startPlugin(command, all, hostWorld(new LogBook(), { env }), never));
  return JSON.parse(readFileSync(trace, 'utf8'));
}

test('go-plugin #34: without extras a plugin gets cookie, ports and versions only', async (t) => {
  assert.deepEqual(await seen(t, { versions: [1, 3] }, {}), {
    [cookie.key]: cookie.value,
    PLUGIN_MIN_PORT: '10000',
    PLUGIN_MAX_PORT: '25000',
    PLUGIN_PROTOCOL_VERSIONS: '1,3',
  });
});

test('go-plugin #35: the host’s environment is passed unless it is not wanted', async (t) => {
  assert.equal((await seen(t, {}, { FROM_HOST: 'x' }))['FROM_HOST'], 'x');
  assert.equal((await seen(t, { passEnvironment: false }, { FROM_HOST: 'x' }))['FROM_HOST'], undefined);
});

test('go-plugin #36: the host’s value is stronger than the configured one', async (t) => {
  const env = await seen(t, {}, { BOTH: 'host' }, { BOTH: 'configured', ONE: 'configured' });
  assert.deepEqual([env['BOTH'], env['ONE']], ['host', 'configured']);
});

test('go-plugin #37: the list of versions is that of this start', async (t) => {
  assert.equal((await seen(t, {}, { PLUGIN_PROTOCOL_VERSIONS: '9' }))['PLUGIN_PROTOCOL_VERSIONS'], '1');
});

test('go-plugin #38: a certificate that was meant for the host itself goes no further', async (t) => {
  const env = await seen(t, {}, { PLUGIN_CLIENT_CERT: 'pem', PLUGIN_MULTIPLEX_GRPC: 'true' });
  assert.deepEqual([env['PLUGIN_CLIENT_CERT'], env['PLUGIN_MULTIPLEX_GRPC']], [undefined, undefined]);
});

test('go-plugin #40: a group for the sockets is passed on', async (t) => {
  assert.equal((await seen(t, { socketGroup: 'adm' }, {}))['PLUGIN_UNIX_SOCKET_GROUP'], 'adm');
});

test('flags of this Node are not pressed on plugins that are written for Node', () => {
  const own = { cookie, versions: [1], minPort: 1, maxPort: 2 };
  assert.equal(pluginEnvironment({}, { NODE_OPTIONS: '--inspect' }, own)['NODE_OPTIONS'], undefined);
  const configured = pluginEnvironment({ NODE_OPTIONS: '--no-warnings' }, { NODE_OPTIONS: '--inspect' }, own);
  assert.equal(configured['NODE_OPTIONS'], '--no-warnings');
});

test('go-plugin #39: a plugin reads the host’s own stdin', async (t) => {
  const trace = join(tempFolder(t), 'stdin');
  const body = `require('node:fs').writeFileSync(${JSON.stringify(trace)}, require('node:fs').readFileSync(0));`;
  const path = scriptPlugin(t, body);
  const host = spawn(process.execPath, ['--conditions=source', fixturePath('host.ts'), path], {
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  host.stdin.end('hello');
  await once(host, 'exit');
  assert.equal(readFileSync(trace, 'utf8'), 'hello');
});
