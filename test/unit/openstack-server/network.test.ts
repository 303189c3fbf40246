import assert from 'node:assert/strict';
import { test } from 'node:test';
import { usual } from '../../../src/openstack-server/config.ts';
import { newServer, type TestOpenStackOptions, testOpenStack } from '../../support/openstack-cloud.ts';

const ips = '/network/v2.0/floatingips';

/** A server that runs, and its port. */
async function withPort(options: TestOpenStackOptions = {}) {
  const world = testOpenStack(options);
  const { ask, clock } = world;
  await world.login();
  const { json } = await ask('POST', '/compute/v2.1/servers', newServer('nom-1'));
  await clock.advance(3000);
  const path = `/compute/v2.1/servers/${json.server.id}`;
  const { ports } = (await ask('GET', `/network/v2.0/ports?device_id=${json.server.id}`)).json;
  const give = (more: object = {}) =>
    ask('POST', ips, { floatingip: { floating_network_id: usual.externalNetwork.id, port_id: ports[0].id, ...more } });
  return { ...world, path, port: ports[0], give };
}

test('a network is found by its name, and says whether it is external', async () => {
  const { ask } = await withPort();
  const { networks } = (await ask('GET', '/network/v2.0/networks?name=external')).json;
  assert.deepEqual(
    [networks.length, networks[0].id, networks[0]['router:external']],
    [1, usual.externalNetwork.id, true],
  );
  assert.deepEqual((await ask('GET', '/network/v2.0/networks?name=nope')).json, { networks: [] });
});

test('a floating IP is among the addresses of its server, and found by port and by description', async () => {
  const { ask, path, port, give } = await withPort();
  const { json, status } = await give({ description: 'pool nom-pool' });
  assert.equal(status, 201);
  const address = json.floatingip.floating_ip_address;
  const { addresses } = (await ask('GET', path)).json.server;
  assert.deepEqual(
    addresses.tenant.map((one: Record<string, string>) => [one['addr'], one['OS-EXT-IPS:type']]),
    [
      [port.fixed_ips[0].ip_address, 'fixed'],
      [address, 'floating'],
    ],
  );
  const found = async (query: string) => (await ask('GET', `${ips}?${query}`)).json.floatingips.length;
  assert.equal(await found(`port_id=${port.id}`), 1);
  assert.equal(await found('description=pool+nom-pool'), 1);
  assert.equal(await found('description=pool+other'), 0);
});

test('a floating IP stays when its server goes, and leads nowhere', async () => {
  const { ask, clock, cloud, path, give } = await withPort();
  const { id } = (await give()).json.floatingip;
  await ask('DELETE', path);
  await clock.advance(1000);
  const { floatingip } = (await ask('GET', `${ips}/${id}`)).json;
  assert.deepEqual([floatingip.port_id, floatingip.fixed_ip_address], [null, null]);
  assert.equal(cloud.state.floatingIps.get(id)?.portId, undefined);
  assert.equal((await ask('DELETE', `${ips}/${id}`)).status, 204);
  const gone = await ask('DELETE', `${ips}/${id}`);
  assert.deepEqual([gone.status, gone.json.NeutronError.type], [404, 'FloatingIPNotFound']);
  assert.equal(cloud.state.floatingIps.size, 0);
});

test('a floating IP needs an external network, a free port and room in the quota', async () => {
  const { ask, give } = await withPort({ quota: { floatingIps: 2 } });
  const type = async (more: object) => {
    const { status, json } = await give(more);
    return `${status} ${json.NeutronError.type}`;
  };
  assert.equal(await type({ floating_network_id: usual.network.id }), '400 BadRequest');
  assert.equal(await type({ port_id: 'nope' }), '400 HTTPBadRequest');
  assert.equal(await type({ port_id: usual.network.id }), '404 PortNotFound');
  const { id } = (await give()).json.floatingip;
  assert.equal(await type({}), '409 FloatingIPPortAlreadyAssociated');
  const second = (await give({ port_id: null })).json.floatingip;
  assert.equal(second.port_id, null);
  const over = await give({ port_id: null });
  const message = "Quota exceeded for resources: ['floatingip'].";
  assert.deepEqual([over.status, over.json], [409, { NeutronError: { type: 'OverQuota', message, detail: '' } }]);
  await ask('PUT', `${ips}/${id}`, { floatingip: { port_id: null } });
  assert.equal((await ask('GET', `${ips}/${id}`)).json.floatingip.port_id, null);
});

test('without ports left no server is made', async () => {
  const { ask } = await withPort({ quota: { ports: 1 } });
  const { status, json } = await ask('POST', '/compute/v2.1/servers', newServer('nom-2'));
  assert.deepEqual([status, json.forbidden.message], [403, 'The number of defined ports: 1 is over the limit: 1']);
});
