/** The answers have the members, and the kinds of values, that a real OpenStack was recorded to give. */
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { isJsonObject } from '../../../src/lib/json.ts';
import { usual } from '../../../src/openstack-server/config.ts';
import { passwordLogin, testOpenStack } from '../../support/openstack-cloud.ts';
import { sharedPath } from '../../support/shared.ts';

interface Recorded {
  readonly n: number;
  readonly answer: { readonly status: number; readonly body: unknown };
}

const course = sharedPath('golden/autoscaler/seed/07-all-options');
const options =
  course === undefined ? { skip: 'left out: ../shared/golden/autoscaler, the recorded answers, is not there' } : {};

function recorded(scenario: string, n: number): Recorded {
  const path = join(course ?? '', '..', scenario, 'requests.jsonl');
  assert.ok(existsSync(path));
  const lines = readFileSync(path, 'utf8')
    .split('\n')
    .filter((line) => line !== '');
  const found = lines.map((line): Recorded => JSON.parse(line)).find((one) => one.n === n);
  assert.ok(found);
  return found;
}

/** Members and kinds of values; of a list what its first element has. */
function shapeOf(value: unknown): unknown {
  if (Array.isArray(value)) return value.length === 0 ? 'list' : [shapeOf(value[0])];
  if (!isJsonObject(value)) return value === null ? 'null' : typeof value;
  return Object.fromEntries(
    Object.keys(value)
      .sort()
      .map((key) => [key, shapeOf(value[key])]),
  );
}

/** Recorded courses show a server in full once, and then only what may change. */
function assertHas(actual: unknown, wanted: unknown, where = ''): void {
  if (isJsonObject(wanted) && isJsonObject(actual)) {
    for (const key of Object.keys(wanted)) assertHas(actual[key], wanted[key], `${where}.${key}`);
  } else assert.deepEqual(actual, wanted, where);
}

const server = {
  ...{ name: 'nom-1', imageRef: usual.image.id, flavorRef: usual.flavor.id, networks: [{ uuid: usual.network.id }] },
  ...{ tags: ['nom-pool', 'ubuntu-minimal', 'na_pool:nom-pool'], security_groups: [{ name: 'testbed' }] },
};

async function withServer() {
  const world = testOpenStack();
  await world.login();
  const created = await world.ask('POST', '/compute/v2.1/servers', { server });
  return { ...world, created, path: `/compute/v2.1/servers/${created.json.server.id}` };
}

test('a token has what Keystone gives with one', options, async () => {
  const { ask } = testOpenStack();
  const { json, status } = await ask('POST', '/v3/auth/tokens', passwordLogin());
  const { answer } = recorded('02-client-idle-then-load', 1);
  assert.equal(status, answer.status);
  assert.deepEqual(shapeOf(json), shapeOf(answer.body));
});

test('versions, zones and flavors are told as Nova tells them', options, async () => {
  const { ask, login } = testOpenStack();
  await login();
  for (const [path, n] of [
    ['/compute/', 3],
    ['/compute/v2.1/os-availability-zone', 2],
  ] as const) {
    const { json } = await ask('GET', path);
    assert.deepEqual(shapeOf(json), shapeOf(recorded('01-no-node-in-pool', n).answer.body), path);
  }
  const { json } = await ask('GET', '/compute/v2.1/flavors/detail');
  assert.deepEqual(shapeOf(json), shapeOf(recorded('02-client-idle-then-load', 23).answer.body));
});

test('a server is told as Nova tells it while it builds, when it runs, and in ERROR', options, async () => {
  const { ask, clock, created, path } = await withServer();
  const scenario = '02-client-idle-then-load';
  assert.equal(created.status, 202);
  assert.deepEqual(shapeOf(created.json), shapeOf(recorded(scenario, 24).answer.body));
  assert.deepEqual(shapeOf((await ask('GET', path)).json), shapeOf(recorded(scenario, 25).answer.body));
  await clock.advance(3000);
  assertHas(shapeOf((await ask('GET', path)).json), shapeOf(recorded(scenario, 27).answer.body));
});

test('a server that could not be built says why as Nova does', options, async () => {
  const { ask, clock, cloud, path } = await withServer();
  cloud.faults.onServer({}, 'build-aborts');
  await clock.advance(3000);
  const { json } = await ask('GET', path);
  const { answer } = recorded('10-openstack-faults', 22);
  assertHas(shapeOf(json), shapeOf(answer.body));
  assert.match(json.server.fault.message, /^Build of instance [0-9a-f-]{36} aborted: injected fault/);
});

test('a server that is gone is told as Nova tells it', options, async () => {
  const { ask, clock, path } = await withServer();
  await clock.advance(3000);
  assert.equal((await ask('DELETE', path)).status, 204);
  await clock.advance(1000);
  const { json, status } = await ask('GET', path);
  const { answer } = recorded('05-scale-in-by-name', 45);
  assert.equal(status, answer.status);
  assert.deepEqual(shapeOf(json), shapeOf(answer.body));
  assert.match(json.itemNotFound.message, /^Instance [0-9a-f-]{36} could not be found\.$/);
});

test('images, networks, ports and floating IPs are told as Glance and Neutron tell them', options, async () => {
  const { ask, clock, path } = await withServer();
  await clock.advance(3000);
  const scenario = '07-all-options';
  const [image, network] = [recorded(scenario, 12), recorded(scenario, 13)];
  const { json: images } = await ask('GET', '/image/v2/images?name=ubuntu-minimal');
  assert.deepEqual(shapeOf(images), shapeOf(image.answer.body));
  assert.deepEqual(
    shapeOf((await ask('GET', '/network/v2.0/networks?name=tenant')).json),
    shapeOf(network.answer.body),
  );
  const { json: ports } = await ask('GET', `${path}/os-interface`);
  assert.deepEqual(shapeOf(ports), shapeOf(recorded(scenario, 21).answer.body));
  const [{ port_id }] = ports.interfaceAttachments;
  const ip = { floatingip: { floating_network_id: usual.externalNetwork.id, port_id } };
  const { json, status } = await ask('POST', '/network/v2.0/floatingips', ip);
  const { answer } = recorded(scenario, 22);
  assert.equal(status, answer.status);
  assert.deepEqual(shapeOf(json), shapeOf(answer.body));
});
