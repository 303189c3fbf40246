import assert from 'node:assert/strict';
import { test } from 'node:test';
import { usual } from '../../../src/openstack-server/config.ts';
import { newServer, testOpenStack } from '../../support/openstack-cloud.ts';

const servers = '/compute/v2.1/servers';
const nobody = '00000000-0000-4000-8000-000000000000';

/** What is wrong, with which status and text. */
const wrong: readonly (readonly [what: string, more: object, text: RegExp])[] = [
  ['an unknown image', { imageRef: nobody }, /^Can not find requested image$/],
  [
    'an image that is no ID',
    { imageRef: 'x' },
    /imageRef\. Value: x\. 'x' is not valid under any of the given schemas$/,
  ],
  ['an unknown flavor', { flavorRef: 'nope' }, /^Flavor nope could not be found\.$/],
  ['an unknown zone', { availability_zone: 'az9' }, /^The requested availability zone is not available$/],
  ['a zone that is not available', { availability_zone: 'az3' }, /^The requested availability zone is not/],
  ['an unknown network', { networks: [{ uuid: nobody }] }, /^Network [0-9a-f-]{36} could not be found\.$/],
  ['a network that is no ID', { networks: [{ uuid: 'x' }] }, /networks\. Value: \[\{'uuid': 'x'\}\]\. /],
  [
    'no networks',
    { networks: undefined },
    /^Invalid input .* server\. Value: \{.*\}\. 'networks' is a required property$/,
  ],
  ['an unknown security group', { security_groups: [{ name: 'nope' }] }, /^Unable to find security_group .* 'nope'$/],
  ['an unknown key', { key_name: 'nope' }, /^Invalid key_name provided\.$/],
  ['user data that is not encoded', { user_data: '#!/bin/sh' }, /user_data\. .* '#!\/bin\/sh' is not a 'base64'$/],
  ['user data that is too long', { user_data: 'A'.repeat(65_536) }, /user_data\. .* is too long$/],
  ['a tag with a comma', { tags: ['a', 'a,b'] }, /attribute 1\. Value: a,b\. 'a,b' does not match '\^\[\^,\/\]\*\$'$/],
  ['a tag that is too long', { tags: ['x'.repeat(61)] }, /attribute 0\. .* is too long$/],
  ['an empty tag', { tags: [''] }, /attribute 0\. Value: \. '' is too short$/],
  ['too many tags', { tags: Array.from({ length: 51 }, (_, at) => `t${at}`) }, /attribute tags\. .* is too long$/],
  ['metadata that is no text', { metadata: { a: 1 } }, /attribute a\. Value: 1\. 1 is not of type 'string'$/],
  ['metadata that is too long', { metadata: { a: 'x'.repeat(256) } }, /attribute a\. .* is too long$/],
  ['metadata of a wrong name', { metadata: { 'a/b': '1' } }, /Value: \{'a\/b': '1'\}\. 'a\/b' does not match any/],
  ['no name', { name: '' }, /attribute name\. Value: \. '' is too short$/],
  ['an unknown member', { colour: 'red' }, /Additional properties are not allowed \('colour' was unexpected\)$/],
];

for (const [what, more, text] of wrong) {
  test(`a server with ${what} is refused, and nothing is there`, async () => {
    const { ask, login, cloud } = testOpenStack({
      zones: [{ name: 'az1' }, { name: 'az2' }, { name: 'az3', isAvailable: false }],
    });
    await login();
    const answer = await ask('POST', servers, newServer('nom-1', more));
    assert.equal(answer.status, 400);
    assert.match(answer.json.badRequest.message, text);
    assert.equal(cloud.state.servers.size, 0);
  });
}

test('a server group must be one, and its members are kept apart', async () => {
  const { ask, login, clock, cloud } = testOpenStack();
  await login();
  const create = (name: string, group: string) =>
    ask('POST', servers, { ...newServer(name), 'os:scheduler_hints': { group } });
  assert.equal((await create('nom-0', 'abc')).status, 400);
  assert.equal((await create('nom-0', nobody)).status, 400);
  for (const name of ['nom-1', 'nom-2', 'nom-3']) await create(name, usual.serverGroup.id);
  await clock.advance(3000);
  const placed = [...cloud.state.servers.values()].map(({ zone, status }) => `${status} ${zone}`.trim());
  assert.deepEqual(placed, ['ACTIVE az1', 'ACTIVE az2', 'ERROR']);
});

test('tags need 2.52, and below 2.37 the only network is taken', async () => {
  const { ask, login, cloud } = testOpenStack();
  await login();
  const at = (version: string, more: object) =>
    ask('POST', servers, newServer('nom-1', more), { 'openstack-api-version': `compute ${version}` });
  const refused = await at('2.51', {});
  assert.match(refused.json.badRequest.message, / Additional properties are not allowed \('tags' was unexpected\)$/);
  assert.equal((await at('2.36', { tags: undefined, networks: undefined })).status, 202);
  assert.deepEqual([...cloud.state.servers.values()][0]?.networkIds, [usual.network.id]);
});

test('servers in ERROR count against the quota, which may change', async () => {
  const { ask, login, clock, cloud } = testOpenStack({ quota: { servers: 1, cores: 8 } });
  await login();
  await ask('POST', servers, newServer('nom-1', { flavorRef: usual.hugeFlavor.id }));
  cloud.setting.quota.cores = Number.POSITIVE_INFINITY;
  await ask('POST', servers, newServer('nom-1', { flavorRef: usual.hugeFlavor.id }));
  await clock.advance(3000);
  assert.deepEqual(
    [...cloud.state.servers.values()].map(({ status }) => status),
    ['ERROR'],
  );
  const refused = await ask('POST', servers, newServer('nom-2'));
  const message = 'Quota exceeded for instances: Requested 1, but already used 1 of 1 instances';
  assert.deepEqual([refused.status, refused.json], [403, { forbidden: { code: 403, message } }]);
  const { absolute } = (await ask('GET', '/compute/v2.1/limits')).json.limits;
  assert.deepEqual([absolute.maxTotalInstances, absolute.totalInstancesUsed, absolute.maxTotalCores], [1, 1, -1]);
  cloud.setting.quota.servers = 2;
  assert.equal((await ask('POST', servers, newServer('nom-2'))).status, 202);
});

test('servers go to the emptiest zone that has room, and to none when all are full', async () => {
  const { ask, login, clock, cloud } = testOpenStack({
    zones: [
      { name: 'az1', capacity: 1 },
      { name: 'az2', capacity: 2 },
    ],
  });
  await login();
  for (const name of ['a', 'b', 'c', 'd']) {
    await ask('POST', servers, newServer(name));
    await clock.advance(1000);
  }
  await clock.advance(3000);
  const placed = [...cloud.state.servers.values()];
  assert.deepEqual(
    placed.map(({ zone }) => zone),
    ['az1', 'az2', 'az2', ''],
  );
  assert.match(placed[3]?.fault?.message ?? '', /^No valid host was found\./);
});

test('without a zone the emptiest one that is available is taken', async () => {
  const { ask, login, clock, cloud } = testOpenStack({
    zones: [{ name: 'az0', isAvailable: false }, { name: 'az1' }, { name: 'az2' }],
  });
  await login();
  for (const name of ['a', 'b', 'c']) {
    await ask('POST', servers, newServer(name));
    await clock.advance(1000);
  }
  assert.deepEqual(
    [...cloud.state.servers.values()].map(({ zone }) => zone),
    ['az1', 'az2', 'az1'],
  );
});

test('a server on an external network is taken, and cannot be built', async () => {
  const { ask, login, clock, cloud } = testOpenStack();
  await login();
  const networks = [{ uuid: usual.externalNetwork.id }];
  assert.equal((await ask('POST', servers, newServer('nom-1', { networks }))).status, 202);
  await clock.advance(3000);
  const [server] = cloud.state.servers.values();
  assert.equal(server?.status, 'ERROR');
  assert.match(server?.fault?.message ?? '', /aborted: Failed to allocate the network\(s\), not rescheduling\.$/);
});
