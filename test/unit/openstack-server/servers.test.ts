import assert from 'node:assert/strict';
import { test } from 'node:test';
import { newServer, type TestOpenStackOptions, testOpenStack } from '../../support/openstack-cloud.ts';

const servers = '/compute/v2.1/servers';

/** A server that was asked for; it runs after 2.5 s. */
async function withServer(options: TestOpenStackOptions = {}) {
  const heard: string[] = [];
  const world = testOpenStack({
    guests: {
      onActive: ({ name }) => heard.push(`${name} active`),
      onStopped: ({ name }) => heard.push(`${name} stopped`),
      onGone: ({ name }) => heard.push(`${name} gone`),
    },
    ...options,
  });
  const { ask } = world;
  await world.login();
  const created = await ask('POST', servers, newServer('nom-1'));
  const path = `${servers}/${created.json.server.id}`;
  return {
    ...{ ...world, heard, created, path },
    read: async () => (await ask('GET', path)).json.server,
    /** `ACTIVE deleting`; `404` when it is gone. */
    state: async () => {
      const { status, json } = await ask('GET', path);
      return status === 404 ? '404' : [json.server.status, json.server['OS-EXT-STS:task_state'] ?? ''].join(' ').trim();
    },
    act: async (action: string) => await ask('POST', `${path}/action`, { [action]: null }),
  };
}

test('a server goes from BUILD through its tasks to ACTIVE, and has its address then', async () => {
  const { created, clock, heard, read, state } = await withServer({ pace: { bootMs: 30_000 } });
  assert.equal(created.status, 202);
  assert.equal(await state(), 'BUILD scheduling');
  assert.equal((await read())['OS-EXT-AZ:availability_zone'], '');
  await clock.advance(10_000);
  assert.equal(await state(), 'BUILD spawning');
  assert.deepEqual((await read()).addresses, {});
  await clock.advance(19_999);
  assert.equal(await state(), 'BUILD spawning');
  await clock.advance(1);
  const last = await read();
  assert.deepEqual(
    [last.status, last['OS-EXT-STS:task_state'], last['OS-EXT-AZ:availability_zone']],
    ['ACTIVE', null, 'az1'],
  );
  assert.equal(last.addresses.tenant[0]['OS-EXT-IPS:type'], 'fixed');
  assert.deepEqual(last.tags, ['na_pool:nom-pool', 'nom-pool']);
  assert.equal(Date.parse(last.created), clock.now() - 30_000);
  assert.deepEqual(heard, ['nom-1 active']);
});

test('a server stops and starts again, and refuses what does not fit its state', async () => {
  const { clock, heard, state, act } = await withServer();
  assert.equal(
    (await act('os-stop')).json.conflictingRequest.message.replace(/[0-9a-f-]{36}/, 'ID'),
    'Instance ID is not ready',
  );
  await clock.advance(2500);
  assert.equal((await act('os-start')).status, 409);
  assert.equal((await act('os-stop')).status, 202);
  assert.equal(await state(), 'ACTIVE powering-off');
  assert.match((await act('os-stop')).json.conflictingRequest.message, /while it is in task_state powering-off$/);
  await clock.advance(1000);
  assert.equal(await state(), 'SHUTOFF');
  const again = await act('os-stop');
  assert.equal(again.status, 409);
  assert.match(again.json.conflictingRequest.message, /^Cannot 'stop' instance .* while it is in vm_state stopped$/);
  await act('os-start');
  await clock.advance(1500);
  assert.equal(await state(), 'ACTIVE');
  assert.deepEqual(heard, ['nom-1 active', 'nom-1 stopped', 'nom-1 active']);
  assert.equal((await act('reboot')).status, 400);
});

for (const [how, status] of [
  ['delete', 204],
  ['forceDelete', 202],
] as const) {
  test(`a server that runs goes some time after the request (${how})`, async () => {
    const { ask, clock, cloud, heard, path, state, act } = await withServer();
    await clock.advance(2500);
    const answer = how === 'delete' ? await ask('DELETE', path) : await act('forceDelete');
    assert.equal(answer.status, status);
    assert.equal(await state(), 'ACTIVE deleting');
    assert.equal((await ask('DELETE', path)).status, 204);
    await clock.advance(700);
    assert.equal(await state(), '404');
    assert.equal((await ask('DELETE', path)).status, 404);
    assert.equal(cloud.state.ports.size, 0);
    assert.deepEqual(heard, ['nom-1 active', 'nom-1 gone']);
  });
}

test('a server that still builds goes at once, and never boots', async () => {
  const { ask, clock, heard, path, state } = await withServer();
  await clock.advance(1000);
  assert.equal(await state(), 'BUILD spawning');
  await ask('DELETE', path);
  assert.equal(await state(), '404');
  await clock.advance(5000);
  assert.deepEqual(heard, ['nom-1 gone']);
});

test('what was begun before the deletion does not come to its end', async () => {
  const { ask, clock, heard, path, state, act } = await withServer({ pace: { deleteMs: 5000 } });
  await clock.advance(2500);
  await act('os-stop');
  await ask('DELETE', path);
  await clock.advance(4000);
  assert.equal(await state(), 'ACTIVE deleting');
  await clock.advance(1000);
  assert.deepEqual(heard, ['nom-1 active', 'nom-1 gone']);
});

test('a second deletion changes nothing while one is under way', async () => {
  const { ask, clock, cloud, path, state } = await withServer();
  await clock.advance(2500);
  cloud.faults.onServer({}, 'delete-hangs', 1);
  await ask('DELETE', path);
  assert.equal((await ask('DELETE', path)).status, 204);
  await clock.advance(60_000);
  assert.equal(await state(), 'ACTIVE deleting');
});

test('with deferred deletion a server is told of but not listed, until it is reclaimed or forced', async () => {
  const { ask, clock, heard, path, state, act } = await withServer({ pace: { reclaimMs: 60_000 } });
  await clock.advance(2500);
  assert.equal((await ask('DELETE', path)).status, 204);
  assert.equal(await state(), 'SOFT_DELETED');
  assert.deepEqual((await ask('GET', `${servers}/detail`)).json.servers, []);
  assert.equal((await ask('DELETE', path)).status, 204);
  assert.equal(await state(), 'SOFT_DELETED');
  assert.deepEqual(heard, ['nom-1 active', 'nom-1 stopped']);
  await act('forceDelete');
  await clock.advance(700);
  assert.equal(await state(), '404');
  await clock.advance(60_000);
  assert.deepEqual(heard, ['nom-1 active', 'nom-1 stopped', 'nom-1 gone']);
});

test('metadata and tags can be changed once the server has run, and not while it builds or in ERROR', async () => {
  const { ask, clock, cloud, path, read } = await withServer();
  const note = () => ask('POST', `${path}/metadata`, { metadata: { a: '1', b: '2' } });
  const refused = await note();
  assert.equal(refused.status, 409);
  assert.match(refused.json.conflictingRequest.message, /^Cannot 'update metadata' instance .* vm_state building$/);
  assert.equal((await ask('PUT', `${path}/tags/added`)).status, 409);
  await clock.advance(2500);
  assert.deepEqual((await note()).json, { metadata: { a: '1', b: '2' } });
  await ask('POST', `${path}/metadata`, { metadata: { b: '3' } });
  assert.equal((await ask('DELETE', `${path}/metadata/a`)).status, 204);
  assert.equal((await ask('DELETE', `${path}/metadata/a`)).status, 404);
  assert.equal((await ask('PUT', `${path}/tags/added`)).status, 201);
  assert.equal((await ask('PUT', `${path}/tags/added`)).status, 204);
  assert.equal((await ask('DELETE', `${path}/tags/nom-pool`)).status, 204);
  const { metadata, tags } = await read();
  assert.deepEqual([metadata, tags], [{ b: '3' }, ['added', 'na_pool:nom-pool']]);
  cloud.faults.onServer({}, 'delete-fails');
  await ask('DELETE', path);
  await clock.advance(700);
  assert.equal((await note()).status, 409);
});
