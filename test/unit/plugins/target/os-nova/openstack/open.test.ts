/** What is found out when a cloud is opened: certificates, versions, zones, the balancer's settings. */
import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { versionRoot } from '../../../../../../plugins/target/os-nova/openstack/microversion.ts';
import { readTls } from '../../../../../../plugins/target/os-nova/openstack/tls.ts';
import { never } from '../../../../../support/nomad.ts';
import {
  base,
  goodSettings,
  openScript,
  versionsReply,
  whyNotOpen,
  zonesReply,
} from '../../../../../support/openstack-script.ts';

const detail = 'GET :8774/v2.1/servers/detail';
const noServers = { body: { servers: [] } };

test('os-nova #16: a file of certificates that cannot be read', async () => {
  const settings = { ...goodSettings, cacert_file: '/nowhere/ca.pem' };
  const why = 'failed configure TLS options: open /nowhere/ca.pem: no such file or directory';
  assert.equal(await whyNotOpen({}, { settings }), why);
  assert.equal(await whyNotOpen({}, { env: { OS_CACERT: '/nowhere/ca.pem' } }), why);
});

test('certificates are read, and not looked at when none is verified', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'os-nova-tls-'));
  t.after(() => rm(folder, { recursive: true }));
  const [good, empty] = [join(folder, 'ca.pem'), join(folder, 'empty.pem')];
  await writeFile(good, '-----BEGIN CERTIFICATE-----\nx\n-----END CERTIFICATE-----\n');
  await writeFile(empty, 'nothing');
  const text = '-----BEGIN CERTIFICATE-----\nx\n-----END CERTIFICATE-----\n';
  assert.deepEqual(await readTls({ caFile: good, skipVerify: false }), { ca: [text] });
  assert.deepEqual(await readTls({ caFile: undefined, skipVerify: false }), {});
  assert.deepEqual(await readTls({ caFile: '/nowhere', skipVerify: true }), { skipVerify: true });
  await assert.rejects(readTls({ caFile: empty, skipVerify: false }), /TLS options/);
});

test('insecure_skip_verify that is neither true nor false is warned of, and certificates are verified', async () => {
  const { lines } = await openScript({}, { settings: { ...goodSettings, insecure_skip_verify: 'off' } });
  assert.ok(
    lines().includes('WARN : insecure_skip_verify is neither true nor false but "off": certificates are verified'),
  );
});

test('os-nova #17: a balancer without a port, or with one that is none', async () => {
  const missing = { ...goodSettings, lb_pool_id: 'pool-1' };
  assert.equal(
    await whyNotOpen({}, { settings: missing }),
    "if 'lb_pool_id' is specified, required config param 'lb_member_port'",
  );
  assert.equal(
    await whyNotOpen({}, { settings: { ...missing, lb_member_port: 'abc' } }),
    `invalid value for 'lb_member_port': strconv.Atoi: parsing "abc": invalid syntax`,
  );
  await openScript({}, { settings: { ...missing, lb_member_port: '8080' } });
});

test('os-nova #18: every zone but nova is told', async () => {
  const { lines, cloud } = await openScript({
    'GET :8774/v2.1/os-availability-zone': [zonesReply('nova', 'az1', 'az2')],
  });
  assert.ok(lines().includes('INFO : discovered the following AZs: [az1 az2], saving as default'));
  assert.deepEqual(
    (await cloud.zones(never)).map(({ name }) => name),
    ['nova', 'az1', 'az2'],
  );
  const bare = await openScript({ 'GET :8774/v2.1/os-availability-zone': [zonesReply('nova')] });
  assert.ok(bare.lines().includes('WARN : No information about AV zones was discovered'));
});

test('os-nova #19: zones that nobody may list are warned of, and the start goes on', async () => {
  const { lines, cloud } = await openScript({
    'GET :8774/v2.1/os-availability-zone': [{ status: 403, body: { forbidden: { message: 'not yours' } } }],
    [detail]: [noServers],
  });
  assert.ok(
    lines().some((line) => line.startsWith('WARN : failed to list nova availability zones: Expected HTTP response')),
  );
  assert.deepEqual(await cloud.servers('na_pool:p', never), []);
});

/** The microversion of a list of servers, in both headers. */
async function spoken(version: string): Promise<{ readonly headers: unknown; readonly lines: readonly string[] }> {
  const { cloud, to, lines } = await openScript({ 'GET :8774/': [versionsReply(version)], [detail]: [noServers] });
  await cloud.servers('na_pool:p', never);
  const { headers = {} } = to('GET', '/servers/detail')[0] ?? {};
  return {
    headers: [headers['x-openstack-nova-api-version'], headers['openstack-api-version']],
    lines: lines().filter((line) => line.includes('microversion')),
  };
}

test('os-nova #20: the newest microversion that both sides know is spoken', async () => {
  assert.deepEqual(await spoken('2.96'), {
    headers: ['2.96', 'compute 2.96'],
    lines: ['INFO : discovered current microversion 2.96 for compute, making it the used one'],
  });
  assert.deepEqual(await spoken('2.60'), {
    headers: ['2.60', 'compute 2.60'],
    lines: ['INFO : discovered current microversion 2.60 for compute, making it the used one'],
  });
  assert.deepEqual(await spoken('2.104'), {
    headers: ['2.96', 'compute 2.96'],
    lines: ['INFO : discovered current microversion 2.104 for compute, using 2.96'],
  });
});

test('os-nova #21: a Nova that does not tell its versions is spoken to in 2.52', async () => {
  const { cloud, to, lines } = await openScript({ 'GET :8774/': [{ status: 404 }], [detail]: [noServers] });
  await cloud.servers('na_pool:p', never);
  assert.equal(to('GET', '/servers/detail')[0]?.headers['x-openstack-nova-api-version'], '2.52');
  const asked = `[GET ${base}:8774/], but got 404`;
  const warning = `WARN : failed to list compute api versions: Expected HTTP response code [200 204 300] when accessing ${asked}`;
  assert.ok(
    lines().some((line) => line.startsWith(warning)),
    lines().join('\n'),
  );
  const odd = await spoken('newest');
  assert.deepEqual(odd.headers, ['2.52', 'compute 2.52']);
});

test('a Nova that says nothing while the plugin opens does not keep it from opening', async () => {
  const { lines, world } = await openScript({
    'GET :8774/': [undefined],
    'GET :8774/v2.1/os-availability-zone': [undefined],
  });
  assert.ok(lines().includes('WARN : failed to list compute api versions: no answer within 15000 ms'));
  assert.ok(lines().includes('WARN : failed to list nova availability zones: no answer within 15000 ms'));
  assert.ok(world.clock.elapsed() < 32_000);
});

test('a Nova that is too old is refused', async () => {
  assert.equal(
    await whyNotOpen({ 'GET :8774/': [versionsReply('2.51')] }),
    'failed to create OS compute client: this Nova speaks microversions up to 2.51; 2.52 is needed to create servers with tags',
  );
});

test('versions are told above the version part of an address', () => {
  const root = (address: string) => versionRoot(new URL(address)).href;
  assert.equal(root('http://h:8774/v2.1'), 'http://h:8774/');
  assert.equal(root('http://h/compute/v2.1/p-1'), 'http://h/compute/');
  assert.equal(root('http://h/vm1/compute'), 'http://h/vm1/compute/');
  assert.equal(root('http://h:9292'), 'http://h:9292/');
});

test('services whose address has a version, and services whose has none, are asked under the same path', async () => {
  const { cloud, to } = await openScript({
    'GET :9292/v2/images': [{ body: { images: [] } }],
    'GET :9696/v2.0/networks': [{ body: { networks: [] } }],
  });
  await cloud.images('debian', never);
  await cloud.networks('tenant', never);
  assert.equal(to('GET', '/v2/images').length, 1);
  assert.equal(to('GET', '/v2.0/networks').length, 1);
});

test('an opening that is called off ends at once', async () => {
  const controller = new AbortController();
  const scripts = {
    'GET :8774/': () => {
      controller.abort(new Error('stopped'));
      return undefined;
    },
  };
  assert.equal(await whyNotOpen(scripts, { signal: controller.signal }), 'failed to create OS compute client: stopped');
});
