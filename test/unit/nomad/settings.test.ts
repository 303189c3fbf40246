import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseAddress, settingsFromEnv, settingsFromTexts, settingsToConfig } from '../../../src/nomad/settings.ts';

test('the environment of Nomad’s own client is understood, and its absence gives the defaults', () => {
  assert.deepEqual(settingsFromEnv({}), { address: 'http://127.0.0.1:4646', tls: {}, waitMs: 300_000 });
  const env = {
    NOMAD_ADDR: 'https://nomad:4646',
    NOMAD_REGION: 'eu',
    NOMAD_NAMESPACE: 'prod',
    NOMAD_TOKEN: 'tok',
    NOMAD_HTTP_AUTH: 'u:p',
    NOMAD_CACERT: '/ca.pem',
    NOMAD_CAPATH: '/cas',
    NOMAD_CLIENT_CERT: '/c.pem',
    NOMAD_CLIENT_KEY: '/k.pem',
    NOMAD_TLS_SERVER_NAME: 'server.eu.nomad',
    NOMAD_SKIP_VERIFY: 'true',
  };
  const tls = {
    caCert: '/ca.pem',
    caPath: '/cas',
    clientCert: '/c.pem',
    clientKey: '/k.pem',
    serverName: 'server.eu.nomad',
    skipVerify: true,
  };
  const settings = {
    address: 'https://nomad:4646',
    region: 'eu',
    namespace: 'prod',
    token: 'tok',
    httpAuth: 'u:p',
    tls,
    waitMs: 300_000,
  };
  assert.deepEqual(settingsFromEnv(env), settings);
  assert.deepEqual(settingsToConfig(settings), {
    nomad_address: 'https://nomad:4646',
    nomad_region: 'eu',
    nomad_namespace: 'prod',
    nomad_token: 'tok',
    'nomad_http-auth': 'u:p',
    'nomad_ca-cert': '/ca.pem',
    'nomad_ca-path': '/cas',
    'nomad_client-cert': '/c.pem',
    'nomad_client-key': '/k.pem',
    'nomad_tls-server-name': 'server.eu.nomad',
    'nomad_skip-verify': 'true',
    'nomad_block-query-wait-time': '5m0s',
  });
});

test('bad booleans and durations are passed over in silence', () => {
  assert.deepEqual(settingsFromTexts({ skipVerify: 'yes', wait: '5 minutes' }), {
    address: 'http://127.0.0.1:4646',
    tls: {},
    waitMs: 0,
  });
  assert.equal(settingsFromTexts({ wait: '90s' }).waitMs, 90_000);
  assert.equal(settingsFromTexts({ skipVerify: 'T' }).tls.skipVerify, true);
});

test('an address is an origin, a user, or a socket', () => {
  assert.deepEqual(parseAddress('http://10.0.0.1:4646/'), { origin: 'http://10.0.0.1:4646' });
  assert.deepEqual(parseAddress('https://nomad.example/prefix'), { origin: 'https://nomad.example' });
  assert.deepEqual(parseAddress('unix:///secrets/api.sock'), {
    origin: 'http://127.0.0.1',
    socketPath: '/secrets/api.sock',
  });
  assert.deepEqual(parseAddress('http://a:b%20c@h'), { origin: 'http://h', user: 'a', password: 'b c' });
  for (const bad of ['', '127.0.0.1:4646', 'ftp://x', 'unix://', 'http://']) {
    assert.throws(() => parseAddress(bad), { code: 'invalid_address' });
  }
  assert.throws(
    () => parseAddress('ftp://root:geheim@x'),
    (error: Error) => !error.message.includes('geheim'),
  );
});
