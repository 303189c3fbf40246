import assert from 'node:assert/strict';
import { test } from 'node:test';
import { usual } from '../../../src/openstack-server/config.ts';
import { testOpenStack } from '../../support/openstack-cloud.ts';

const server = (name: string, more: Readonly<Record<string, unknown>> = {}) => ({
  server: {
    ...{ name, imageRef: usual.image.id, flavorRef: usual.flavor.id, networks: [{ uuid: usual.network.id }] },
    ...{ tags: ['nom-pool', 'na_pool:nom-pool'], ...more },
  },
});

test('a server goes from BUILD through its tasks to ACTIVE, and has its address then', async () => {
  const seen: string[] = [];
  const { ask, login, clock } = testOpenStack({
    pace: { bootMs: 30_000 },
    guests: { onActive: ({ name }) => seen.push(name) },
  });
  await login();
  const created = await ask('POST', '/compute/v2.1/servers', server('nom-1'));
  assert.equal(created.status, 202);
  assert.deepEqual(Object.keys(created.json.server).sort(), [
    'OS-DCF:diskConfig',
    'adminPass',
    'id',
    'links',
    'security_groups',
  ]);
  const { id } = created.json.server;
  const read = async () => (await ask('GET', `/compute/v2.1/servers/${id}`)).json.server;
  const first = await read();
  assert.equal(first.status, 'BUILD');
  assert.equal(first['OS-EXT-STS:task_state'], 'scheduling');
  assert.equal(first['OS-EXT-AZ:availability_zone'], '');
  await clock.advance(10_000);
  assert.equal((await read())['OS-EXT-STS:task_state'], 'spawning');
  assert.deepEqual((await read()).addresses, {});
  await clock.advance(20_000);
  const last = await read();
  assert.equal(last.status, 'ACTIVE');
  assert.equal(last['OS-EXT-STS:task_state'], null);
  assert.equal(last['OS-EXT-AZ:availability_zone'], 'az1');
  assert.equal(last.addresses.tenant[0]['OS-EXT-IPS:type'], 'fixed');
  assert.deepEqual(last.tags, ['na_pool:nom-pool', 'nom-pool']);
  assert.deepEqual(seen, ['nom-1']);
});
