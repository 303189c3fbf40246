/** Requests that fail, and what becomes of them. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { NewServer } from '../../../../../../plugins/target/os-nova/cloud.ts';
import { isAmbiguous, refusalOf } from '../../../../../../plugins/target/os-nova/openstack/error.ts';
import { AutoscalerError, explain, inContext } from '../../../../../../src/lib/error.ts';
import { never } from '../../../../../support/nomad.ts';
import { base, novaServer, onTime, openScript } from '../../../../../support/openstack-script.ts';

const detail = 'GET :8774/v2.1/servers/detail';
const create = 'POST :8774/v2.1/servers';
const noServers = { body: { servers: [] } };
const wanted: NewServer = {
  name: 'nom-1',
  imageId: 'image',
  flavorId: 'flavor',
  networkIds: ['net'],
  securityGroups: [],
  metadata: {},
  tags: ['na_pool:p'],
};

const failureOf = (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => assert.fail('it succeeded'),
    (error: unknown) => error,
  );

test('os-nova #80: a service that is away for a moment is asked again', async () => {
  const { cloud, world, to } = await openScript({ [detail]: [{ status: 503 }, noServers] });
  assert.deepEqual(await onTime(world.clock, cloud.servers('na_pool:p', never)), []);
  assert.equal(to('GET', '/servers/detail').length, 2);
});

for (const reply of [{ status: 429 }, { status: 502 }, { status: 504 }, new Error('connection reset by peer')]) {
  const name = reply instanceof Error ? reply.message : `status ${reply.status}`;
  test(`${name}: reads and writes that may happen twice are sent again, with growing pauses`, async () => {
    const { cloud, world, to } = await openScript({
      [detail]: [reply, reply, noServers],
      'DELETE :8774/v2.1/servers/id-1': [reply, { status: 204 }],
      'POST :8774/v2.1/servers/id-1/action': [reply, { status: 202 }],
    });
    const at = world.clock.now();
    await onTime(world.clock, cloud.servers('na_pool:p', never));
    const tookMs = world.clock.now() - at;
    assert.ok(tookMs >= 375 + 750 && tookMs < 5000, `${tookMs}`);
    await onTime(world.clock, cloud.deleteServer('id-1', false, never));
    await onTime(world.clock, cloud.stopServer('id-1', never));
    assert.equal(to('DELETE', '/servers/id-1').length, 2);
    assert.equal(to('POST', '/servers/id-1/action').length, 2);
  });
}

test('Retry-After is waited for, in seconds and as a date', async () => {
  const start = Date.UTC(2026, 0, 1);
  for (const after of ['20', new Date(start + 20_000).toUTCString()]) {
    const { cloud, world, to } = await openScript({
      [detail]: [{ status: 429, headers: { 'retry-after': after } }, noServers],
    });
    // Opening took a second of this clock.
    const done = cloud.servers('na_pool:p', never);
    await world.clock.advance(18_900);
    assert.equal(to('GET', '/servers/detail').length, 1);
    await world.clock.advance(1_200);
    await done;
    assert.equal(to('GET', '/servers/detail').length, 2);
  }
});

test('a service that stays away is given up, and one that asks for too long a pause at once', async () => {
  const away = await openScript({ [detail]: [{ status: 503, body: '{"message":"unavailable"}\n' }] });
  const error = await failureOf(onTime(away.world.clock, away.cloud.servers('na_pool:p', never)));
  const asked = `[GET ${base}:8774/v2.1/servers/detail?tags=na_pool%3Ap]`;
  assert.equal(
    explain(error),
    `Expected HTTP response code [200 204 300] when accessing ${asked}, but got 503 instead: {"message":"unavailable"}`,
  );
  assert.ok(error instanceof AutoscalerError && error.retryable);
  assert.equal(away.to('GET', '/servers/detail').length, 6);

  const slow = await openScript({ [detail]: [{ status: 429, headers: { 'retry-after': '3600' } }] });
  const before = slow.world.clock.now();
  assert.equal(refusalOf(await failureOf(slow.cloud.servers('na_pool:p', never)))?.status, 429);
  assert.equal(slow.world.clock.now(), before);
});

test('a server error that does not pass is not tried again', async () => {
  const { cloud, to } = await openScript({ [detail]: [{ status: 500 }] });
  await assert.rejects(cloud.servers('na_pool:p', never));
  assert.equal(to('GET', '/servers/detail').length, 1);
});

test('a service that never answers is given up after its time, and a caller that goes away at once', async () => {
  const { cloud, world } = await openScript({ [detail]: [undefined] });
  const before = world.clock.now();
  const error = await failureOf(onTime(world.clock, cloud.servers('na_pool:p', never)));
  assert.match(explain(error), /no answer within 60000 ms/);
  assert.ok(world.clock.now() - before <= 151_000);

  const leaving = new AbortController();
  const left = failureOf(cloud.servers('na_pool:p', leaving.signal));
  await world.clock.advance(10);
  leaving.abort(new Error('enough'));
  assert.equal(((await left) as Error).message, 'enough');

  const paused = await openScript({ [detail]: [{ status: 503 }] });
  const stop = new AbortController();
  const waiting = failureOf(paused.cloud.servers('na_pool:p', stop.signal));
  await paused.world.clock.advance(10);
  stop.abort(new Error('enough'));
  assert.equal(((await waiting) as Error).message, 'enough');
  await paused.world.clock.advance(60_000);
  assert.equal(paused.to('GET', '/servers/detail').length, 1);
});

for (const reply of [
  new Error('EOF'),
  { status: 500 },
  { status: 502 },
  { status: 504 },
  { status: 202, body: 'no JSON' },
]) {
  const name = reply instanceof Error ? reply.message : `status ${reply.status}`;
  test(`a creation whose answer is lost (${name}) is not sent again, and says that it may have happened`, async () => {
    const { cloud, to } = await openScript({ [create]: [reply] });
    const error = await failureOf(cloud.createServer(wanted, never));
    assert.ok(isAmbiguous(error));
    assert.ok(isAmbiguous(inContext('failed to create server', error)));
    assert.equal(to('POST', '/servers').length, 1);
  });
}

test('a creation that the service has not looked at is sent again', async () => {
  const { cloud, world, to } = await openScript({
    [create]: [{ status: 429 }, { status: 401 }, { status: 202, body: { server: { id: 'id-9' } } }],
  });
  assert.equal(await onTime(world.clock, cloud.createServer(wanted, never)), 'id-9');
  assert.equal(to('POST', '/servers').length, 3);
});

test('a full quota is said in the service’s own words first, and waiting is not offered', async () => {
  const reason = 'Quota exceeded for instances: Requested 1, but already used 2 of 2 instances';
  const body = { forbidden: { code: 403, message: reason } };
  const { cloud, to } = await openScript({ [create]: [{ status: 403, body }] });
  const error = await failureOf(cloud.createServer(wanted, never));
  const asked = `Expected HTTP response code [200 202] when accessing [POST ${base}:8774/v2.1/servers], but got 403 instead`;
  assert.equal(explain(error), `${reason}: ${asked}: ${JSON.stringify(body)}`);
  assert.deepEqual(refusalOf(inContext('failed to create server', error)), {
    status: 403,
    body: JSON.stringify(body),
    reason,
    isOverQuota: true,
  });
  assert.ok(error instanceof AutoscalerError && !error.retryable);
  assert.ok(!isAmbiguous(error));
  assert.equal(to('POST', '/servers').length, 1);
});

test('Neutron’s full quota is one too, and a page of a proxy has no reason', async () => {
  const neutron = {
    NeutronError: { type: 'OverQuota', message: "Quota exceeded for resources: ['floatingip'].", detail: '' },
  };
  const { cloud, world } = await openScript({
    'POST :9696/v2.0/floatingips': [{ status: 409, body: neutron }],
    'GET :9292/v2/images': [{ status: 400, body: `<html>${'x'.repeat(5000)}` }],
  });
  const ip = cloud.createFloatingIp({ networkId: 'n', portId: 'p', description: 'd' }, never);
  const refusal = refusalOf(await failureOf(onTime(world.clock, ip)));
  assert.deepEqual([refusal?.isOverQuota, refusal?.reason], [true, "Quota exceeded for resources: ['floatingip']"]);
  const page = refusalOf(await failureOf(cloud.images('debian', never)));
  assert.equal(page?.reason, '');
  assert.equal(page?.body.length, 1001);
});

test('a token that a service sends back is not shown', async () => {
  const { cloud } = await openScript({ [detail]: [{ status: 400, body: { message: 'bad token token-1' } }] });
  assert.doesNotMatch(explain(await failureOf(cloud.servers('na_pool:p', never))), /token-1/);
});

test('every page of a list is read, whatever host its links name', async () => {
  const next = (marker: string) => [
    { rel: 'next', href: `http://internal:1/v2.1/servers/detail?tags=na_pool%3Anom-pool&marker=${marker}` },
  ];
  const { cloud, seen } = await openScript({
    [detail]: ({ query }) => {
      const { marker } = query;
      if (marker === undefined) return { body: { servers: [novaServer()], servers_links: next('id-1') } };
      if (marker === 'id-1') return { body: { servers: [novaServer({ id: 'id-2' })], servers_links: next('id-2') } };
      return { body: { servers: [novaServer({ id: 'id-2' }), novaServer({ id: 'id-3' })] } };
    },
  });
  const servers = await cloud.servers('na_pool:nom-pool', never);
  assert.deepEqual(
    servers.map(({ id }) => id),
    ['id-1', 'id-2', 'id-3'],
  );
  assert.ok(seen.every(({ url }) => url.startsWith(base)));
  assert.deepEqual(seen.at(-1)?.query, { tags: 'na_pool:nom-pool', marker: 'id-2' });
});

test('a list whose next page begins behind a server that is gone is read anew, and one without an end is an error', async () => {
  const links = [{ rel: 'next', href: `${base}:8774/v2.1/servers/detail?marker=id-1` }];
  const page = { body: { servers: [novaServer()], servers_links: links } };
  const gone = await openScript({
    [detail]: [
      page,
      { status: 400, body: { badRequest: { message: 'marker [id-1] not found' } } },
      { body: { servers: [] } },
    ],
  });
  assert.deepEqual(await gone.cloud.servers('na_pool:nom-pool', never), []);
  const stuck = await openScript({ [detail]: ({ query }) => (query['marker'] ? { status: 400 } : page) });
  assert.equal(refusalOf(await failureOf(stuck.cloud.servers('na_pool:nom-pool', never)))?.status, 400);
  let marker = 0;
  const endless = await openScript({
    [detail]: () => ({
      body: {
        servers: [],
        servers_links: [{ rel: 'next', href: `${base}:8774/v2.1/servers/detail?marker=${++marker}` }],
      },
    }),
  });
  await assert.rejects(endless.cloud.servers('na_pool:nom-pool', never), /has no end/);
});

test('a list whose next page is one that was read already is incomplete', async () => {
  const links = [{ rel: 'next', href: `${base}:8774/v2.1/servers/detail?marker=id-1` }];
  const { cloud, to } = await openScript({ [detail]: [{ body: { servers: [novaServer()], servers_links: links } }] });
  await assert.rejects(cloud.servers('na_pool:nom-pool', never), /is incomplete: its pages go round in a circle/);
  assert.equal(to('GET', '/servers/detail').length, 2);
});

test('a server needs no access address', async () => {
  const { cloud } = await openScript({ [detail]: [{ body: { servers: [novaServer({ accessIPv4: undefined })] } }] });
  assert.deepEqual(
    (await cloud.servers('na_pool:nom-pool', never)).map(({ accessIPv4 }) => accessIPv4),
    [''],
  );
});
