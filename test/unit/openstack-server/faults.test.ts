import assert from 'node:assert/strict';
import { test } from 'node:test';
import { newServer, testOpenStack } from '../../support/openstack-cloud.ts';

const servers = '/compute/v2.1/servers';

async function begun() {
  const world = testOpenStack();
  await world.login();
  const { ask, cloud } = world;
  return {
    ...{ ask, cloud, clock: world.clock, faults: cloud.faults },
    list: () => ask('GET', `${servers}/detail`),
    create: async (name: string, more: object = {}): Promise<string> =>
      (await ask('POST', servers, newServer(name, more))).json.server.id,
    states: () =>
      [...cloud.state.servers.values()].map(({ name, status, taskState }) =>
        [name, status, taskState].join(' ').trim(),
      ),
  };
}

test('a refusal happens as often as it is to, in the form of its service', async () => {
  const { ask, faults, list } = await begun();
  const lists = { service: 'compute', method: 'GET', path: /^\/v2\.1\/servers\/detail/ } as const;
  faults.onRequest(lists, { kind: 'answer', status: 503 }, 2);
  assert.deepEqual((await list()).json, { serviceUnavailable: { code: 503, message: 'Service Unavailable' } });
  assert.equal((await ask('GET', '/compute/v2.1/limits')).status, 200);
  assert.equal((await list()).status, 503);
  assert.equal((await list()).status, 200);
});

test('each service refuses in its own form, and an expired token in that of Keystone', async () => {
  const { ask, faults } = await begun();
  faults.onRequest({}, { kind: 'answer', status: 409, text: 'no' }, 3);
  const message = async (path: string) => (await ask('GET', path)).json;
  assert.equal((await message('/compute/v2.1/limits')).conflictingRequest.message, 'no');
  assert.equal((await message('/network/v2.0/networks')).NeutronError.message, 'no');
  assert.equal((await message('/load-balancer/v2.0/lbaas/pools/x/members')).faultstring, 'no');
  faults.onRequest({}, { kind: 'answer', status: 401 }, 1);
  assert.equal((await message('/network/v2.0/networks')).error.code, 401);
});

test('a refusal may say when to come back, or be the page of a web server', async () => {
  const { faults, list } = await begun();
  faults.onRequest({}, { kind: 'answer', status: 429, retryAfterS: 7 }, 1);
  const limited = await list();
  assert.deepEqual([limited.status, limited.headers.get('retry-after')], [429, '7']);
  faults.onRequest({}, { kind: 'answer', status: 502, isPage: true }, 1);
  const page = await list();
  assert.match(page.headers.get('content-type') ?? '', /^text\/html/);
  assert.match(page.text, /<h1>502 Bad Gateway<\/h1>/);
});

test('a fault goes on until it is taken back', async () => {
  const { faults, list } = await begun();
  const end = faults.onRequest({ method: 'GET' }, { kind: 'answer', status: 500 });
  for (let at = 0; at < 5; at++) assert.equal((await list()).status, 500);
  end();
  assert.equal((await list()).status, 200);
});

test('an answer that is lost breaks the connection after the deed', async () => {
  const { faults, states, create } = await begun();
  faults.onRequest({ method: 'POST', path: /servers$/ }, { kind: 'lost' }, 1);
  await assert.rejects(create('nom-1'), (error: Error) => Object(error.cause).code === 'ECONNRESET');
  assert.deepEqual(states(), ['nom-1 BUILD scheduling']);
});

test('a connection that is refused does nothing', async () => {
  const { faults, states, create } = await begun();
  faults.onRequest({}, { kind: 'refused' }, 1);
  await assert.rejects(create('nom-1'), (error: Error) => Object(error.cause).code === 'ECONNREFUSED');
  assert.deepEqual(states(), []);
});

test('a slow request is answered later, before or after the deed', async () => {
  const { clock, faults, states, create } = await begun();
  faults.onRequest({}, { kind: 'slow', ms: 5000 }, 1);
  faults.onRequest({}, { kind: 'slow', ms: 5000, after: true }, 1);
  let isAnswered = false;
  const done = create('nom-1').then(() => {
    isAnswered = true;
  });
  await clock.advance(4999);
  assert.deepEqual([states(), isAnswered], [[], false]);
  await clock.advance(1);
  assert.deepEqual([states(), isAnswered], [['nom-1 BUILD scheduling'], false]);
  await clock.advance(5000);
  await done;
});

test('a request without an answer ends when the caller gives up', async () => {
  const { cloud, faults } = await begun();
  faults.onRequest({}, { kind: 'silent' });
  const stop = new AbortController();
  const request = { method: 'GET', url: '/compute/', headers: {}, body: '', signal: stop.signal };
  const answer = cloud.handle(request);
  stop.abort(new Error('enough'));
  await assert.rejects(answer, /enough/);
});

test('a fault of one action of a server is told by its body', async () => {
  const { ask, clock, faults, create } = await begun();
  const id = await create('nom-1');
  await clock.advance(2500);
  faults.onRequest({ path: /action$/, body: /os-stop/ }, { kind: 'answer', status: 500 });
  const act = async (action: string) => (await ask('POST', `${servers}/${id}/action`, { [action]: null })).status;
  assert.deepEqual([await act('os-stop'), await act('forceDelete')], [500, 202]);
});

test('what is refused by every host goes to ERROR soon, and goes at once when it is deleted', async () => {
  const { ask, clock, cloud, faults, states, create } = await begun();
  faults.onServer({ name: /^nom-1$/ }, 'no-valid-host');
  const id = await create('nom-1');
  await create('nom-2');
  await clock.advance(600);
  assert.deepEqual(states(), ['nom-1 ERROR', 'nom-2 BUILD block_device_mapping']);
  assert.equal(cloud.state.servers.get(id)?.fault?.code, 500);
  await ask('DELETE', `${servers}/${id}`);
  assert.equal(cloud.state.servers.has(id), false);
});

test('a build can hang, or abort, in one zone only', async () => {
  const { clock, faults, states, create } = await begun();
  faults.onServer({ zone: 'az1' }, 'build-hangs', 1);
  faults.onServer({ zone: 'az2' }, 'build-aborts', 1);
  for (const zone of ['az1', 'az2', 'az1', 'az2']) {
    await create(`in-${zone}`, { availability_zone: zone });
  }
  await clock.advance(60_000);
  assert.deepEqual(states(), ['in-az1 BUILD spawning', 'in-az2 ERROR', 'in-az1 ACTIVE', 'in-az2 ACTIVE']);
});

test('a stop can be ignored or hang, a deletion can fail or hang', async () => {
  const { ask, clock, faults, states, create } = await begun();
  const ids = [await create('a'), await create('b'), await create('c'), await create('d')];
  await clock.advance(2500);
  for (const [name, fault] of [
    ['a', 'stop-ignored'],
    ['b', 'stop-hangs'],
    ['c', 'delete-fails'],
    ['d', 'delete-hangs'],
  ] as const) {
    faults.onServer({ name: new RegExp(name) }, fault);
  }
  for (const id of ids.slice(0, 2)) await ask('POST', `${servers}/${id}/action`, { 'os-stop': null });
  for (const id of ids.slice(2)) await ask('DELETE', `${servers}/${id}`);
  await clock.advance(60_000);
  assert.deepEqual(states(), ['a ACTIVE', 'b ACTIVE powering-off', 'c ERROR', 'd ACTIVE deleting']);
  faults.clear();
  await ask('DELETE', `${servers}/${ids[2]}`);
  await clock.advance(1000);
  assert.deepEqual(states(), ['a ACTIVE', 'b ACTIVE powering-off', 'd ACTIVE deleting']);
});

test('requests are remembered with their answers and their times', async () => {
  const { clock, cloud, faults, list } = await begun();
  faults.onRequest({ path: /detail/ }, { kind: 'slow', ms: 100 });
  const began = clock.now();
  const done = list();
  await clock.advance(99);
  assert.equal(cloud.requests.at(-1)?.endedAt, undefined);
  await clock.advance(1);
  await done;
  const { service, method, path, status, at, endedAt } = cloud.requests.at(-1) ?? {};
  assert.deepEqual([service, method, path, status], ['compute', 'GET', '/v2.1/servers/detail', 200]);
  assert.deepEqual([at, endedAt], [began, began + 100]);
});
