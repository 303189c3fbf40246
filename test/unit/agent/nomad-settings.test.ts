import assert from 'node:assert/strict';
import { test } from 'node:test';
import { defaultConfig, type NomadConfig } from '../../../src/agent/config.ts';
import { checkAccess, nomadAccess } from '../../../src/agent/nomad-settings.ts';
import { nomadApmLabels } from '../../../src/agent/policy-settings.ts';
import { nomadClient } from '../../../src/nomad/client.ts';
import { parseAddress, settingsToConfig } from '../../../src/nomad/settings.ts';
import { block } from '../../../src/schema/field.ts';
import { parseStrings } from '../../../src/schema/strings.ts';
import { nomadFields, nomadSettings } from '../../../src/sdk/nomad-config.ts';

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

test('plugins #47: several namespaces are read, and inherited, as all of them and filtered; a star is not filtered', () => {
  const several = nomadAccess({ ...base, namespace: ['a', 'b'] }, env);
  assert.deepEqual([several.settings.namespace, several.onlyNamespaces], ['*', ['a', 'b']]);
  assert.equal(settingsToConfig(several.settings)['nomad_namespace'], '*');
  const all = nomadAccess({ ...base, namespace: ['*'] }, env);
  assert.deepEqual([all.settings.namespace, all.onlyNamespaces], ['*', undefined]);
});

test('agent #A48: by default a client speaks to the address that is configured', async () => {
  const { settings } = nomadAccess({ ...base, address: 'http://nomad.example:4646' }, {});
  await checkAccess({ settings });
  assert.equal(settings.address, 'http://nomad.example:4646');
  assert.equal(parseAddress(settings.address).origin, 'http://nomad.example:4646');
});

test('agent #A53: what plugins inherit reads back as the same settings', () => {
  const { settings } = nomadAccess({ ...own, skipVerify: true }, env);
  const readBack = (map: Readonly<Record<string, string>>) => {
    const read = parseStrings(block(nomadFields), map);
    assert.ok(read.ok);
    return nomadSettings(read.value);
  };
  assert.deepEqual(readBack(settingsToConfig(settings)), settings);
  assert.equal(readBack({ 'nomad_block-query-wait-time': '60000ms' }).waitMs, 60_000);
});

test('agent #A54, plugins #46: basic authentication is nothing, a user, or a user and a password', async () => {
  const sent = async (httpAuth: string) => {
    let header: string | undefined;
    const { settings } = nomadAccess({ ...base, httpAuth }, {});
    const client = nomadClient(settings, async ({ headers }) => {
      header = Object.entries(headers).find(([name]) => name.toLowerCase() === 'authorization')?.[1];
      return { status: 200, headers: {}, body: '[]' };
    });
    await client.list('/v1/nodes', {}, new AbortController().signal);
    return header && Buffer.from(header.replace('Basic ', ''), 'base64').toString();
  };
  assert.equal(await sent(''), undefined);
  assert.equal(await sent('just-a-username'), 'just-a-username:');
  assert.equal(await sent('username:pass:word'), 'username:pass:word');
});

test('agent #A56: the APMs that ask Nomad are known by their labels', () => {
  const labels = (...blocks: readonly (readonly [string, string])[]) => {
    const plugins = blocks.map(([label, driver]) => ({
      type: 'apm' as const,
      label,
      driver,
      args: [],
      config: {},
      autoMtls: true,
    }));
    return [...nomadApmLabels({ ...defaultConfig('/'), plugins })];
  };
  assert.deepEqual(labels(['prometheus', 'prometheus']), []);
  assert.deepEqual(labels(['nomad-apm', 'nomad-apm'], ['p', 'prometheus']), ['nomad-apm']);
  assert.deepEqual(labels(['b', 'nomad-apm'], ['a', 'nomad-apm'], ['c', 'nomad-apm']), ['b', 'a', 'c']);
});
