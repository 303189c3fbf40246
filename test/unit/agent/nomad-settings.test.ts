import assert from 'node:assert/strict';
import { test } from 'node:test';
import { defaultConfig, type NomadConfig } from '../../../src/agent/config.ts';
import { nomadAccess } from '../../../src/agent/nomad-settings.ts';

const base = defaultConfig('/').nomad;
const env = {
  NOMAD_ADDR: 'http://env:4646',
  NOMAD_REGION: 'env',
  NOMAD_NAMESPACE: 'env',
  NOMAD_TOKEN: 'env',
  NOMAD_HTTP_AUTH: 'env:env',
  NOMAD_CACERT: 'env',
  NOMAD_CAPATH: 'env',
  NOMAD_CLIENT_CERT: 'env',
  NOMAD_CLIENT_KEY: 'env',
  NOMAD_TLS_SERVER_NAME: 'env',
  NOMAD_SKIP_VERIFY: 'true',
};

const own: NomadConfig = {
  address: 'unix:///secrets/api.sock',
  region: 'own',
  namespace: ['own'],
  token: 'own',
  httpAuth: 'own:own',
  caCert: 'own',
  caPath: 'own',
  clientCert: 'own',
  clientKey: 'own',
  tlsServerName: 'own',
  skipVerify: false,
  blockQueryWaitTimeMs: 60_000,
};

test('without configuration and environment there is the default address and wait', () => {
  assert.deepEqual(nomadAccess(base, {}), {
    settings: { address: 'http://127.0.0.1:4646', tls: {}, waitMs: 300_000 },
  });
});

test('the environment counts where the configuration says nothing', () => {
  const { settings } = nomadAccess(base, env);
  assert.equal(settings.address, 'http://env:4646');
  assert.equal(settings.namespace, 'env');
  assert.equal(settings.tls.skipVerify, true);
});

test('agent #A55: every attribute of the nomad block overrides the environment', () => {
  assert.deepEqual(nomadAccess(own, env), {
    settings: {
      address: 'unix:///secrets/api.sock',
      region: 'own',
      namespace: 'own',
      token: 'own',
      httpAuth: 'own:own',
      tls: {
        caCert: 'own',
        caPath: 'own',
        clientCert: 'own',
        clientKey: 'own',
        serverName: 'own',
        skipVerify: false,
      },
      waitMs: 60_000,
    },
  });
});

test('several namespaces are read as all of them and filtered; a star is not filtered', () => {
  const several = nomadAccess({ ...base, namespace: ['a', 'b'] }, env);
  assert.deepEqual([several.settings.namespace, several.onlyNamespaces], ['*', ['a', 'b']]);
  const all = nomadAccess({ ...base, namespace: ['*'] }, env);
  assert.deepEqual([all.settings.namespace, all.onlyNamespaces], ['*', undefined]);
});
