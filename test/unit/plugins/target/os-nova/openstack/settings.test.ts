/** Where the settings come from, and which of them count. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { cloudFromFiles } from '../../../../../../plugins/target/os-nova/openstack/clouds-file.ts';
import { accessOf, loginOf, scopeOf } from '../../../../../../plugins/target/os-nova/openstack/credentials.ts';
import { fromEnv, type Places } from '../../../../../../plugins/target/os-nova/openstack/values.ts';
import { explain } from '../../../../../../src/lib/error.ts';
import {
  base,
  catalogOf,
  goodSettings,
  loginReply,
  openScript,
  whyNotOpen,
} from '../../../../../support/openstack-script.ts';

const fullEnv = {
  OS_AUTH_URL: `${base}:5000/v3`,
  OS_USERNAME: 'from-env',
  OS_PASSWORD: 'env-secret',
  OS_USER_DOMAIN_NAME: 'Users',
  OS_PROJECT_NAME: 'stage',
  OS_PROJECT_DOMAIN_ID: 'default',
};

test('os-nova #12: the environment alone is enough', async () => {
  const { to } = await openScript({}, { settings: {}, env: fullEnv });
  assert.deepEqual(to('POST', '/auth/tokens')[0]?.body, {
    auth: {
      identity: {
        methods: ['password'],
        password: { user: { name: 'from-env', domain: { name: 'Users' }, password: 'env-secret' } },
      },
      scope: { project: { name: 'stage', domain: { id: 'default' } } },
    },
  });
});

test('os-nova #13: a password from the environment goes with a user from the plugin’s block', async () => {
  const { password: _, ...settings } = goodSettings;
  const { to } = await openScript({}, { settings, env: { OS_PASSWORD: 'env-secret' } });
  assert.deepEqual(to('POST', '/auth/tokens')[0]?.body, {
    auth: {
      identity: {
        methods: ['password'],
        password: { user: { name: 'scaler', domain: { name: 'Default' }, password: 'env-secret' } },
      },
      scope: { project: { id: 'p-1' } },
    },
  });
});

test('what the block says of a project, a domain or a way to log in is not mixed with what the environment says', () => {
  const places: Places = [
    { username: 'scaler', password: 'pw', domainName: 'Default', projectName: 'mine' },
    fromEnv({
      OS_APPLICATION_CREDENTIAL_ID: 'ac',
      OS_APPLICATION_CREDENTIAL_SECRET: 'secret',
      OS_PROJECT_ID: 'theirs',
      OS_USER_DOMAIN_ID: 'their-domain',
    }),
  ];
  const login = loginOf(places);
  assert.deepEqual(login, {
    method: 'password',
    user: { name: 'scaler', domain: { name: 'Default' } },
    password: 'pw',
  });
  assert.deepEqual(scopeOf(places, login), { project: { name: 'mine', domain: { name: 'Default' } } });
});

test('settings that contradict each other or are not enough are told', () => {
  const why = (...places: Places) => {
    try {
      scopeOf(places, loginOf(places));
      return 'nothing';
    } catch (error) {
      return explain(error);
    }
  };
  assert.match(why(), /exactly one of UserID or Username/);
  assert.match(why({ userId: 'u' }), /must provide a password/);
  assert.match(
    why({ username: 'u', password: 'p', domainId: 'd', domainName: 'D' }),
    /exactly one of DomainID or DomainName to/,
  );
  assert.match(why({ userId: 'u', password: 'p', projectName: 'n' }), /DomainName in a Scope with ProjectName/);
  assert.match(why({ applicationCredentialId: 'ac' }), /application_credential_secret is missing/);
  assert.match(why({ applicationCredentialSecret: 's' }), /application_credential_id is missing/);
  assert.match(why({ userId: 'u', password: 'p', systemScope: 'some' }), /system_scope "some" is not all/);
  assert.throws(() => accessOf([{ interface: 'outside' }]), /interface "outside" is none of public, internal, admin/);
});

test('region, interface and certificates fall back one by one', () => {
  const env = fromEnv({
    OS_REGION_NAME: 'north',
    OS_INTERFACE: 'internalURL',
    OS_CACERT: '/ca.pem',
    OS_INSECURE: 'yes',
  });
  assert.deepEqual(accessOf([{ region: 'south' }, env]), {
    authUrl: '',
    region: 'south',
    interface: 'internal',
    caFile: '/ca.pem',
    skipVerify: false,
    warnings: ['insecure_skip_verify is neither true nor false but "yes": certificates are verified'],
  });
  assert.equal(accessOf([{ insecure: 'false' }, fromEnv({ OS_INSECURE: '1' })]).skipVerify, false);
  assert.equal(accessOf([{}, fromEnv({ OS_INSECURE: '1' })]).skipVerify, true);
});

const twoRegions = { catalog: catalogOf(['North', 'RegionOne']) };

test('os-nova #10: a region that is not in the catalogue is named beside those that are', async () => {
  const settings = { ...goodSettings, region_name: 'South' };
  assert.equal(
    await whyNotOpen({ 'POST :5000/v3/auth/tokens': [loginReply('t', twoRegions)] }, { settings }),
    'failed to create OS compute client: No suitable endpoint could be found in the service catalog. ' +
      'It has compute in North (admin), North (internal), North (public), RegionOne (admin), RegionOne (internal), ' +
      'RegionOne (public), but not in South (public)',
  );
});

test('os-nova #11: without a region it is RegionOne, or the only one that there is', async () => {
  const services = (region: string) => ({
    compute: `http://${region}.test:8774/v2.1`,
    image: `${base}:9292`,
    network: `${base}:9696`,
  });
  const both = [
    ...(catalogOf(['North'], services('north')) as object[]),
    ...(catalogOf(['RegionOne'], services('one')) as object[]),
  ];
  const asked = async (catalog: object) => {
    const { seen } = await openScript({ 'POST :5000/v3/auth/tokens': [loginReply('t', { catalog })] });
    return seen.find(({ url }) => url.includes(':8774'))?.url;
  };
  assert.equal(await asked(both), 'http://one.test:8774/');
  assert.equal(await asked(catalogOf(['North'], services('north'))), 'http://north.test:8774/');
});

test('the address of the interface that is wanted is asked, and of the region by its ID too', async () => {
  const endpoint = (one: string, url: string) => ({ interface: one, region: 'North', region_id: 'n1', url });
  const catalog = [
    {
      type: 'compute',
      endpoints: [endpoint('public', `${base}:1/v2.1`), endpoint('internal', `${base}:8774/nova/v2.1`)],
    },
    { type: 'image', endpoints: [endpoint('internal', `${base}:9292`)] },
    { type: 'network', endpoints: [endpoint('internal', `${base}:9696`)] },
  ];
  const { to } = await openScript(
    {
      'POST :5000/v3/auth/tokens': [loginReply('t', { catalog })],
      'GET :8774/nova/': [{ body: { versions: [{ status: 'CURRENT', version: '2.60' }] } }],
      'GET :8774/nova/v2.1/os-availability-zone': [{ body: { availabilityZoneInfo: [] } }],
    },
    { settings: { ...goodSettings, region_name: 'n1' }, env: { OS_INTERFACE: 'internal' } },
  );
  assert.equal(to('GET', '/nova/v2.1/os-availability-zone').length, 1);
});

test('a service that is missing is named', async () => {
  const catalog = catalogOf(['RegionOne'], { compute: `${base}:8774/v2.1`, image: `${base}:9292` });
  assert.equal(
    await whyNotOpen({ 'POST :5000/v3/auth/tokens': [loginReply('t', { catalog })] }),
    'failed to create OS network client: No suitable endpoint could be found in the service catalog. It has no service of type network',
  );
});

const files: Readonly<Record<string, string>> = {
  '/home/me/.config/openstack/clouds.yaml': `
clouds:
  stage:
    auth:
      auth_url: http://cloud.test:5000/v3
      username: scaler
      user_domain_name: Default
      project_name: 42
    project_domain_id: default
    region_name: north
    interface: internal
    verify: false
    cacert: /etc/ca.pem
`,
  '/etc/openstack/secure.yaml': 'clouds: { stage: { auth: { password: hunter2-secret } } }',
  '/broken.yaml': 'clouds:\n  stage:\n    auth: { password: hunter2-secret\n',
};
const read = (path: string) => Promise.resolve(files[path]);

test('clouds.yaml is found where OpenStack’s tools keep it, and secure.yaml adds to it', async () => {
  assert.deepEqual(await cloudFromFiles('stage', { HOME: '/home/me' }, read), {
    authUrl: 'http://cloud.test:5000/v3',
    username: 'scaler',
    password: 'hunter2-secret',
    userDomainName: 'Default',
    projectDomainId: 'default',
    projectName: '42',
    region: 'north',
    interface: 'internal',
    caFile: '/etc/ca.pem',
    insecure: 'true',
  });
  assert.deepEqual(await cloudFromFiles(undefined, { HOME: '/home/me' }, read), {});
});

test('a cloud that is nowhere, and a file that is no YAML, are told without quoting the file', async () => {
  const why = (name: string, env: Readonly<Record<string, string>>) =>
    cloudFromFiles(name, env, read).then(String, explain);
  assert.equal(
    await why('live', { HOME: '/home/me' }),
    'cloud "live" is not in /home/me/.config/openstack/clouds.yaml',
  );
  assert.equal(await why('live', {}), 'cloud "live": there is no clouds.yaml in ., /etc/openstack');
  assert.equal(
    await why('stage', { OS_CLIENT_CONFIG_FILE: '/broken.yaml' }),
    '/broken.yaml:4: it is no YAML (BAD_INDENT)',
  );
});

test('a cloud that the block names has to be there; one that only the environment names may be meant for others', async () => {
  const env = { HOME: '/nobody', OS_CLIENT_CONFIG_FILE: '/nobody/clouds.yaml' };
  const settings = { ...goodSettings, cloud: 'nowhere' };
  assert.match(await whyNotOpen({}, { settings, env }), /^failed to read clouds\.yaml: cloud "nowhere"/);
  const { lines } = await openScript({}, { env: { ...env, OS_CLOUD: 'nowhere' } });
  assert.ok(lines().some((line) => line.startsWith('WARN : failed to read clouds.yaml for OS_CLOUD: cloud "nowhere"')));
});

for (const key of ['action_timeout', 'scale_timeout', 'status_timeout']) {
  test(`os-nova #22: ${key} that is no time is told with Go's text`, async () => {
    const settings = { ...goodSettings, [key]: 'x' };
    const why = await whyNotOpen({}, { settings });
    assert.ok(why.startsWith(`failed to parse ${key}: time: invalid duration "x"`), why);
    assert.match(
      await whyNotOpen({}, { settings: { ...goodSettings, [key]: '0s' } }),
      /^failed to parse \w+: .*too short/,
    );
  });
}
