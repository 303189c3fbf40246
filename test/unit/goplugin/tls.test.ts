import assert from 'node:assert/strict';
import { randomBytes, X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { type TestContext, test } from 'node:test';
import { type ConnectionOptions, connect as tlsConnect } from 'node:tls';
import { type Channel, type ClientTls, openChannel } from '../../../src/goplugin/channel.ts';
import { HealthService } from '../../../src/goplugin/generated/goplugin/health.ts';
import { parseHandshake } from '../../../src/goplugin/handshake.ts';
import { type Certificate, makeCertificate, toPem } from '../../../src/goplugin/mtls.ts';
import { systemClock } from '../../../src/lib/clock.ts';
import { type ServedHere, serveHere } from '../../support/goplugin.ts';

interface Secured {
  readonly served: ServedHere;
  readonly host: Certificate;
  readonly address: string;
  /** The plugin's certificate, PEM. */
  readonly trusted: string;
}

/** A plugin that was started with AutoMTLS, and the certificate of its host. */
async function secured(t: TestContext, platform?: NodeJS.Platform): Promise<Secured> {
  const host = await makeCertificate(Date.now(), randomBytes);
  const served = serveHere(t, { PLUGIN_CLIENT_CERT: host.pem }, {}, {}, platform);
  const handshake = parseHandshake(await served.line, { versions: [1], tls: true, multiplex: false });
  assert.ok(handshake.certificate);
  return { served, host, address: handshake.address, trusted: toPem(handshake.certificate) };
}

async function dial(t: TestContext, address: string, tls: ClientTls | undefined): Promise<Channel> {
  const network = address.startsWith('/') ? 'unix' : 'tcp';
  const channel = await openChannel({ network, address }, tls, systemClock);
  t.after(() => channel.close());
  return channel;
}

const asHost = ({ host, trusted }: Secured): ClientTls => ({ trusted, certificate: host.pem, key: host.keyPem });
const ping = (channel: Channel) => channel.unary(HealthService.check, { service: 'plugin' });
const serving = { status: 1 };

/** A bare TLS connection. @returns what was agreed on. */
async function handshake(tls: Secured, options: ConnectionOptions) {
  const { host, trusted, address } = tls;
  const trust = { ca: trusted, cert: host.pem, key: host.keyPem, servername: 'localhost', ALPNProtocols: ['h2'] };
  const socket = tlsConnect({ path: address, ...trust, ...options });
  await once(socket, 'secureConnect');
  const agreed = { version: socket.getProtocol(), alpn: socket.alpnProtocol };
  socket.destroy();
  return agreed;
}

test('go-plugin #60: with AutoMTLS on both sides calls work, over TLS 1.3 and h2', async (t) => {
  const tls = await secured(t);
  assert.deepEqual(await ping(await dial(t, tls.address, asHost(tls))), serving);
  assert.deepEqual(await handshake(tls, {}), { version: 'TLSv1.3', alpn: 'h2' });
});

test('go-plugin #66: TLS 1.2 works, TLS 1.1 is refused', async (t) => {
  const tls = await secured(t);
  assert.deepEqual(await handshake(tls, { maxVersion: 'TLSv1.2' }), { version: 'TLSv1.2', alpn: 'h2' });
  const old = { minVersion: 'TLSv1.1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT@SECLEVEL=0' } as const;
  await assert.rejects(handshake(tls, old), { code: 'ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION' });
});

test('go-plugin #64: others cannot call, and the plugin goes on serving its host', async (t) => {
  const tls = await secured(t);
  const foreign = await makeCertificate(Date.now(), randomBytes);
  const strangers: readonly (ClientTls | undefined)[] = [
    undefined,
    { trusted: tls.trusted, certificate: foreign.pem, key: foreign.keyPem },
  ];
  for (const stranger of strangers) {
    await assert.rejects(ping(await dial(t, tls.address, stranger)), { status: 14, code: 'plugin_unavailable' });
  }
  await assert.rejects(
    (async () => {
      const socket = tlsConnect({ path: tls.address, ca: tls.trusted, servername: 'localhost', ALPNProtocols: ['h2'] });
      await once(socket, 'secureConnect');
      await once(socket, 'data');
    })(),
    { code: 'ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED' },
  );
  assert.deepEqual(await ping(await dial(t, tls.address, asHost(tls))), serving);
});

test('go-plugin #65: a host that trusts another certificate sends nothing', async (t) => {
  const tls = await secured(t);
  const other = await makeCertificate(Date.now(), randomBytes);
  const channel = await dial(t, tls.address, { ...asHost(tls), trusted: other.pem });
  await assert.rejects(ping(channel), { status: 14 });
});

test('go-plugin #68: with a client certificate that is none, nobody gets in', async (t) => {
  const served = serveHere(t, { PLUGIN_CLIENT_CERT: 'garbage' });
  const { address, certificate } = parseHandshake(await served.line, { versions: [1], tls: true, multiplex: false });
  assert.ok(certificate);
  const host = await makeCertificate(Date.now(), randomBytes);
  const tls = { trusted: toPem(certificate), certificate: host.pem, key: host.keyPem };
  await assert.rejects(ping(await dial(t, address, tls)), { status: 14 });
  const { level, fields } = await served.log.has('client cert provided but failed to parse');
  assert.deepEqual([level, fields], ['error', { cert: 'garbage' }]);
});

test('go-plugin #67: AutoMTLS works over TCP, where the name is still localhost', async (t) => {
  const tls = await secured(t, 'win32');
  assert.match(tls.address, /^127\.0\.0\.1:\d+$/);
  assert.deepEqual(await ping(await dial(t, tls.address, asHost(tls))), serving);
});

test('go-plugin #71: a thousand calls and five new connections', async (t) => {
  const tls = await secured(t);
  for (let connection = 0; connection < 5; connection++) {
    const channel = await dial(t, tls.address, asHost(tls));
    const answers = await Promise.all(Array.from({ length: 200 }, () => ping(channel)));
    assert.ok(answers.every(({ status }) => status === 1));
    channel.close();
  }
});

test('the two sides make certificates of their own', async (t) => {
  const tls = await secured(t);
  assert.notEqual(new X509Certificate(tls.trusted).serialNumber, new X509Certificate(tls.host.pem).serialNumber);
});
