/** What is asked of Nova, and how its answers are read. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import type { NewServer } from '../../../../../../plugins/target/os-nova/cloud.ts';
import { refusalOf } from '../../../../../../plugins/target/os-nova/openstack/error.ts';
import { newServerBody } from '../../../../../../plugins/target/os-nova/openstack/server.ts';
import { explain } from '../../../../../../src/lib/error.ts';
import { never } from '../../../../../support/nomad.ts';
import { novaServer, openScript } from '../../../../../support/openstack-script.ts';
import { needsShared, sharedPath } from '../../../../../support/shared.ts';

const detail = 'GET :8774/v2.1/servers/detail';
const one = 'GET :8774/v2.1/servers/id-1';
const action = 'POST :8774/v2.1/servers/id-1/action';
const tag = 'na_pool:nom-pool';

test('a server comes with all that Nova says of it', async () => {
  const { cloud, to } = await openScript({
    [detail]: [{ body: { servers: [novaServer({ metadata: { a: '1' } })] } }],
    [one]: [
      {
        body: {
          server: novaServer({
            status: 'ERROR',
            'OS-EXT-STS:task_state': 'deleting',
            'OS-EXT-AZ:availability_zone': null,
            fault: { code: 500, message: 'No valid host was found. ' },
          }),
        },
      },
    ],
  });
  const expected = {
    id: 'id-1',
    name: 'nom-1',
    status: 'ACTIVE',
    taskState: undefined,
    zone: 'az1',
    tags: [tag],
    metadata: { a: '1' },
    fault: undefined,
    createdAt: Date.UTC(2026, 0, 1),
    updatedAt: Date.UTC(2026, 0, 1, 0, 0, 10),
    accessIPv4: '',
  };
  assert.deepEqual(await cloud.servers(tag, never), [expected]);
  assert.deepEqual(to('GET', '/servers/detail')[0]?.query, { tags: tag });
  assert.deepEqual(await cloud.server('id-1', never), {
    ...expected,
    status: 'ERROR',
    taskState: 'deleting',
    zone: '',
    metadata: {},
    fault: 'No valid host was found.',
  });
});

test('a server that is gone is undefined, and already stopped or deleted', async () => {
  const gone = { status: 404, body: { itemNotFound: { code: 404, message: 'gone' } } };
  const { cloud } = await openScript({ [one]: [gone], [action]: [gone], 'DELETE :8774/v2.1/servers/id-1': [gone] });
  assert.equal(await cloud.server('id-1', never), undefined);
  await cloud.stopServer('id-1', never);
  await cloud.deleteServer('id-1', false, never);
  await cloud.deleteServer('id-1', true, never);
});

test('stopping what does not run succeeds; deleting what is locked does not', async () => {
  const conflict = { status: 409, body: { conflictingRequest: { code: 409, message: 'vm_state stopped' } } };
  const { cloud, to } = await openScript({ [action]: [conflict], 'DELETE :8774/v2.1/servers/id-1': [conflict] });
  await cloud.stopServer('id-1', never);
  await assert.rejects(cloud.deleteServer('id-1', true, never), (error) => refusalOf(error)?.status === 409);
  await assert.rejects(cloud.deleteServer('id-1', false, never), (error) => refusalOf(error)?.status === 409);
  assert.deepEqual(
    to('POST', '/action').map(({ body }) => body),
    [{ 'os-stop': null }, { forceDelete: '' }],
  );
});

test('a list with a server of another pool is not trusted', async () => {
  const { cloud } = await openScript({
    [detail]: [{ body: { servers: [novaServer(), novaServer({ id: 'id-2', tags: ['na_pool:other'] })] } }],
  });
  await assert.rejects(cloud.servers(tag, never), /server id-2, which has no tag na_pool:nom-pool/);
});

for (const key of ['id', 'name', 'status', 'tags', 'metadata', 'created', 'OS-EXT-STS:task_state']) {
  test(`a server without "${key}" is an error and no server`, async () => {
    const { cloud } = await openScript({ [detail]: [{ body: { servers: [novaServer({ [key]: undefined })] } }] });
    const why = await cloud.servers(tag, never).then(String, explain);
    assert.ok(why.startsWith(`the answer cannot be used: server has no "${key}" that is a`), why);
  });
}

for (const body of ['', '[]', '{}', '{"servers":{}}', '{"servers":[null]}', '<html>']) {
  test(`a list that is ${body || 'empty'} is an error and not an empty pool`, async () => {
    const { cloud } = await openScript({ [detail]: [{ body }] });
    await assert.rejects(cloud.servers(tag, never), /the answer cannot be used/);
  });
}

const full: NewServer = {
  name: 'nom-1',
  imageId: 'image',
  flavorId: 'flavor',
  networkIds: ['n2', 'n1'],
  securityGroups: ['default', 'web'],
  metadata: { a: '1' },
  tags: ['x', tag],
  zone: 'az1',
  userData: 'aGk=',
  groupId: 'group-1',
};

test('a new server is asked for with all that is wanted, in its order', async () => {
  const { cloud, to } = await openScript({
    'POST :8774/v2.1/servers': [{ status: 202, body: { server: { id: 'id-9', adminPass: 'x' } } }],
  });
  assert.equal(await cloud.createServer(full, never), 'id-9');
  assert.deepEqual(to('POST', '/servers')[0]?.body, {
    server: {
      name: 'nom-1',
      imageRef: 'image',
      flavorRef: 'flavor',
      networks: [{ uuid: 'n2' }, { uuid: 'n1' }],
      security_groups: [{ name: 'default' }, { name: 'web' }],
      metadata: { a: '1' },
      tags: ['x', tag],
      availability_zone: 'az1',
      user_data: 'aGk=',
    },
    'os:scheduler_hints': { group: 'group-1' },
  });
});

const recording = 'golden/autoscaler/seed/02-client-idle-then-load/requests.jsonl';
test('a new server is asked for as upstream was recorded to do', needsShared(recording), () => {
  const lines = readFileSync(sharedPath(recording) ?? '', 'utf8')
    .trim()
    .split('\n');
  const recorded = lines
    .map(
      (line) => JSON.parse(line) as { request: { method: string; path: string; body?: { server: { name: string } } } },
    )
    .find(({ request }) => request.method === 'POST' && request.path === '/v2.1/servers')?.request.body;
  assert.ok(recorded);
  const bare: NewServer = {
    name: recorded.server.name,
    imageId: '42045188-4f26-4f53-915f-05b316485b38',
    flavorId: '49ce8078-3e8b-481b-af0f-739ff000b111',
    networkIds: ['06f837b3-ad52-4973-9f8c-f2bb81c65e24'],
    securityGroups: ['testbed'],
    metadata: {},
    tags: ['nom-pool', 'ubuntu-minimal', tag],
  };
  assert.deepEqual(newServerBody(bare), recorded);
});

test('metadata is added to what there is', async () => {
  const { cloud, to } = await openScript({ 'POST :8774/v2.1/servers/id-1/metadata': [{ body: { metadata: {} } }] });
  await cloud.setMetadata('id-1', { intent: 'delete' }, never);
  assert.deepEqual(to('POST', '/metadata')[0]?.body, { metadata: { intent: 'delete' } });
});

test('ports, flavors, images and networks', async () => {
  const { cloud, to } = await openScript({
    'GET :8774/v2.1/servers/id-1/os-interface': [
      {
        body: {
          interfaceAttachments: [
            {
              net_id: 'n',
              port_id: 'p',
              fixed_ips: [{ subnet_id: 's', ip_address: '10.77.2.39' }],
              port_state: 'ACTIVE',
            },
          ],
        },
      },
    ],
    'GET :8774/v2.1/flavors/detail': [
      {
        body: {
          flavors: [{ id: 'f1', name: 'small', vcpus: 1, ram: 512 }],
          flavors_links: [{ rel: 'next', href: '/x?marker=f1' }],
        },
      },
      { body: { flavors: [{ id: 'f2', name: 'large', vcpus: 8, ram: 8192 }] } },
    ],
    'GET :9292/v2/images': [
      {
        body: {
          images: [
            { id: 'i1', name: 'debian' },
            { id: 'i2', name: 'Debian' },
          ],
          next: '/v2/images?name=debian&marker=i2',
        },
      },
      { body: { images: [{ id: 'i3', name: 'debian' }] } },
    ],
    'GET :9696/v2.0/networks': [
      {
        body: {
          networks: [
            { id: 'n1', name: 'ext', 'router:external': true },
            { id: 'n2', name: 'ext' },
            { id: 'n3', name: 'x' },
          ],
        },
      },
    ],
  });
  assert.deepEqual(await cloud.ports('id-1', never), [
    { portId: 'p', networkId: 'n', fixedIps: [{ subnetId: 's', address: '10.77.2.39' }] },
  ]);
  assert.deepEqual(await cloud.flavors(never), [
    { id: 'f1', name: 'small', cores: 1, ramMb: 512 },
    { id: 'f2', name: 'large', cores: 8, ramMb: 8192 },
  ]);
  assert.deepEqual(await cloud.images('debian', never), ['i1', 'i3']);
  assert.deepEqual(
    to('GET', '/v2/images').map(({ query }) => query),
    [{ name: 'debian' }, { name: 'debian', marker: 'i2' }],
  );
  assert.deepEqual(await cloud.networks('ext', never), [
    { id: 'n1', isExternal: true },
    { id: 'n2', isExternal: false },
  ]);
});

test('what the project may still create; what is not limited or not counted is without end', async () => {
  const { cloud } = await openScript({
    'GET :8774/v2.1/limits': [
      {
        body: {
          limits: {
            absolute: {
              maxTotalInstances: 10,
              totalInstancesUsed: 7,
              maxTotalCores: 4,
              totalCoresUsed: 6,
              maxTotalRAMSize: -1,
              totalRAMUsed: 1,
            },
          },
        },
      },
      { body: { limits: { absolute: {} } } },
      { body: { limits: { absolute: { maxTotalInstances: 'many' } } } },
    ],
  });
  const without = Number.POSITIVE_INFINITY;
  assert.deepEqual(await cloud.room(never), { servers: 3, cores: 0, ramMb: without });
  assert.deepEqual(await cloud.room(never), { servers: without, cores: without, ramMb: without });
  await assert.rejects(cloud.room(never), /absolute has no "maxTotalInstances" that is a whole number/);
});
