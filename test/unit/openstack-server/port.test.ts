/** The cloud behind a port, as a program meets it. */
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { systemClock } from '../../../src/lib/clock.ts';
import { listen } from '../../../src/nomad-server/listen.ts';
import { openStack } from '../../../src/openstack-server/openstack.ts';
import { seededRandom } from '../../../src/simulate/random.ts';
import { newServer, passwordLogin } from '../../support/openstack-cloud.ts';

async function onPort(t: TestContext) {
  const cloud = openStack({ clock: systemClock, random: seededRandom(1) });
  const listening = await listen(cloud, { host: '127.0.0.1', port: 0 });
  t.after(async () => {
    cloud.close();
    await listening.close();
  });
  const address = `http://127.0.0.1:${listening.port}`;
  const login = await fetch(`${address}/v3/auth/tokens`, { method: 'POST', body: JSON.stringify(passwordLogin()) });
  const { token } = (await login.json()) as { token: { catalog: { type: string; endpoints: { url: string }[] }[] } };
  const compute = token.catalog.find(({ type }) => type === 'compute')?.endpoints[0]?.url ?? '';
  const headers = {
    'x-auth-token': login.headers.get('x-subject-token') ?? '',
    'openstack-api-version': 'compute 2.93',
  };
  const create = () =>
    fetch(`${compute}/servers`, { method: 'POST', headers, body: JSON.stringify(newServer('nom-1')) });
  return { cloud, address, compute, headers, create };
}

test('behind a port the catalogue leads to the services there', async (t) => {
  const { address, compute, headers, create } = await onPort(t);
  assert.equal(compute, `${address}/compute/v2.1`);
  const created = await create();
  assert.equal(created.status, 202);
  const location = created.headers.get('location') ?? '';
  assert.ok(location.startsWith(`${compute}/servers/`), location);
  assert.equal((await fetch(location, { headers })).status, 200);
  assert.equal((await fetch(location, { method: 'DELETE', headers })).status, 204);
});

test('behind a port a lost answer is a connection that breaks', async (t) => {
  const { cloud, create } = await onPort(t);
  cloud.faults.onRequest({ service: 'compute', method: 'POST' }, { kind: 'lost' }, 1);
  await assert.rejects(create(), TypeError);
  assert.equal(cloud.state.servers.size, 1);
});
