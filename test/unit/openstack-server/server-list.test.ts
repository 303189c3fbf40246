import assert from 'node:assert/strict';
import { test } from 'node:test';
import { newServer, testOpenStack } from '../../support/openstack-cloud.ts';

const servers = '/compute/v2.1/servers';

/** Three that run, `c` the newest. */
async function three(config = {}) {
  const world = testOpenStack(config);
  const { ask, clock } = world;
  await world.login();
  for (const [name, tags] of [
    ['web-a', ['x', 'y']],
    ['web-b', ['x']],
    ['db-c', ['y']],
  ] as const) {
    await ask('POST', servers, newServer(name, { tags, availability_zone: name === 'db-c' ? 'az2' : 'az1' }));
    await clock.advance(1000);
  }
  await clock.advance(3000);
  const names = async (query: string, microversion = '2.93') => {
    const headers = { 'openstack-api-version': `compute ${microversion}` };
    const { json } = await ask('GET', `${servers}/detail${query}`, undefined, headers);
    return json.servers.map(({ name }: { name: string }) => name);
  };
  return { ...world, names };
}

test('a list shows the newest first, and what its filters leave', async () => {
  const { names } = await three();
  assert.deepEqual(await names(''), ['db-c', 'web-b', 'web-a']);
  assert.deepEqual(await names('?tags=x'), ['web-b', 'web-a']);
  assert.deepEqual(await names('?tags=x%2Cy'), ['web-a']);
  assert.deepEqual(await names('?tags-any=x,y&name=web'), ['web-b', 'web-a']);
  assert.deepEqual(await names('?tags=x&not-tags=y'), ['web-b']);
  assert.deepEqual(await names('?not-tags=x,y'), ['db-c', 'web-b']);
  assert.deepEqual(await names('?not-tags-any=x,z'), ['db-c']);
  assert.deepEqual(await names('?name=%5Eweb-b%24'), ['web-b']);
  assert.deepEqual(await names('?availability_zone=az2'), ['db-c']);
  assert.deepEqual(await names('?status=error'), []);
});

test('before 2.26 filters by tag are left out without a word, and servers show no tags', async () => {
  const { ask, names } = await three();
  assert.deepEqual(await names('?tags=none&name=web', '2.25'), ['web-b', 'web-a']);
  const { json } = await ask('GET', `${servers}/detail`, undefined, { 'openstack-api-version': 'compute 2.25' });
  assert.equal('tags' in json.servers[0], false);
});

test('a long list comes in pages that keep the filters, and a page after a server that is gone is refused', async () => {
  const { ask, names, clock, cloud } = await three({ pageSize: 1 });
  const { json } = await ask('GET', `${servers}/detail?tags=x`);
  const [link] = json.servers_links;
  assert.equal(link.rel, 'next');
  const next = new URL(link.href);
  assert.equal(next.pathname, `${servers}/detail`);
  assert.equal(next.searchParams.get('tags'), 'x');
  const last = await ask('GET', `${next.pathname}${next.search}`);
  assert.deepEqual([last.json.servers[0].name, last.json.servers_links], ['web-a', undefined]);
  assert.deepEqual(await names('?tags=x'), ['web-b']);
  await ask('DELETE', `${servers}/${json.servers[0].id}`);
  await clock.advance(1000);
  const gone = await ask('GET', `${next.pathname}${next.search}`);
  assert.equal(gone.status, 400);
  assert.match(gone.json.badRequest.message, /^marker \[.*\] not found$/);
  assert.equal(cloud.state.servers.size, 2);
});

test('flavors come in pages too', async () => {
  const { ask, login } = testOpenStack();
  await login();
  const { json } = await ask('GET', '/compute/v2.1/flavors/detail?limit=1');
  assert.deepEqual([json.flavors.length, json.flavors_links[0].rel], [1, 'next']);
});

test('a request for a version that is too new is refused with what there is', async () => {
  const { ask, login } = testOpenStack({ microversion: '2.60' });
  await login();
  const { status, json } = await ask('GET', servers, undefined, { 'openstack-api-version': 'compute 2.61' });
  const message = 'Version 2.61 is not supported by the API. Minimum is 2.1 and maximum is 2.60.';
  assert.deepEqual([status, json], [406, { computeFault: { code: 406, message } }]);
});
