import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { type TestContext, test } from 'node:test';
import type { ClientTls } from '../../../src/goplugin/channel.ts';
import type { ServerTls } from '../../../src/goplugin/grpc-server.ts';
import { type Certificate, makeCertificate } from '../../../src/goplugin/mtls.ts';
import { systemClock } from '../../../src/lib/clock.ts';
import { saying, scriptPlugin, serveHere } from '../../support/goplugin.ts';
import { clientOf } from '../../support/goplugin-client.ts';

const certificate = (): Promise<Certificate> => makeCertificate(Date.now(), randomBytes);

/** A plugin with keys from elsewhere, served here, and a process that shakes hands for it. */
async function secured(t: TestContext, tls: ServerTls, env: NodeJS.ProcessEnv = {}) {
  const served = serveHere(t, env, { tls: () => tls });
  const line = await served.line;
  return { line, served, path: scriptPlugin(t, saying(line)) };
}

/** A client of it; the process of the handshake does not end when it is asked, which here takes a twentieth of the time. */
function clientFor(t: TestContext, path: string, tls: ClientTls | undefined) {
  const clock = { ...systemClock, after: (ms: number, run: () => void) => systemClock.after(ms / 20, run) };
  const options = tls === undefined ? {} : { tls };
  return clientOf(t, { command: { path, args: [] }, ...options }, { clock }).client;
}

test('go-plugin #70: with certificates from elsewhere on both sides calls work', async (t) => {
  const [plugin, host] = [await certificate(), await certificate()];
  const own = { certificate: plugin.pem, key: plugin.keyPem, trusted: host.pem };
  const { path, line } = await secured(t, own);
  assert.equal(line.split('|')[5], '\n', 'nothing is exchanged in the handshake');
  const client = clientFor(t, path, { trusted: plugin.pem, certificate: host.pem, key: host.keyPem });
  const { isEncrypted } = await client.start();
  assert.equal(isEncrypted, true);
  await client.ping();
});

test('without a certificate that the plugin trusts, or without trust in the plugin’s, there is no call', async (t) => {
  const [plugin, host, other] = [await certificate(), await certificate(), await certificate()];
  const { path } = await secured(t, { certificate: plugin.pem, key: plugin.keyPem, trusted: host.pem });
  const own = { certificate: host.pem, key: host.keyPem };
  const wrong: readonly (ClientTls | undefined)[] = [
    undefined,
    { trusted: plugin.pem },
    { trusted: other.pem, ...own },
    { trusted: plugin.pem, ...own, serverName: 'example.org' },
  ];
  for (const tls of wrong) {
    const client = clientFor(t, path, tls);
    await assert.rejects(client.start(), { message: /^plugin did not answer health check: .* code = Unavailable / });
  }
});

test('a plugin that asks for no certificate takes any host, also one that takes it over', async (t) => {
  const plugin = await certificate();
  const { path, line } = await secured(t, { certificate: plugin.pem, key: plugin.keyPem });
  const tls = { trusted: plugin.pem };
  await clientFor(t, path, tls).start();
  const address = line.split('|')[3] ?? '';
  const reattach = { protocol: 'grpc', protocolVersion: 1, network: 'unix', address, pid: process.pid } as const;
  const { client } = clientOf(t, { reattach: { ...reattach, test: true }, tls });
  await client.start();
  await client.ping();
});

test('a plugin with certificates from elsewhere does not take part in AutoMTLS', async (t) => {
  const [plugin, host] = [await certificate(), await certificate()];
  const { line } = await secured(t, { certificate: plugin.pem, key: plugin.keyPem }, { PLUGIN_CLIENT_CERT: host.pem });
  assert.equal(line.split('|')[5], '\n');
});

test('a certificate in the handshake is trusted instead of the host’s own roots', async (t) => {
  const [plugin, other] = [await certificate(), await certificate()];
  const { line } = await secured(t, { certificate: plugin.pem, key: plugin.keyPem });
  const shown = Buffer.from(plugin.der).toString('base64').replaceAll('=', '');
  const path = scriptPlugin(t, saying(`${line.trim()}${shown}\n`));
  const client = clientFor(t, path, { trusted: other.pem });
  await client.start();
  await client.ping();
});

test('a plugin whose certificates cannot be had says so and ends', async (t) => {
  const tls = () => Promise.reject(new Error('open /etc/keys: permission denied'));
  const { self, log } = serveHere(t, {}, { tls });
  assert.equal(await self.exited, 1);
  const { level, fields } = await log.has('plugin tls init');
  assert.deepEqual([level, fields], ['error', { error: 'open /etc/keys: permission denied' }]);
});
