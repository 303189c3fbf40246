import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { usual } from '../../../../../src/openstack-server/config.ts';
import { failureOf, type PoolTest, policyOf, poolTest } from '../../../../support/nova-pool.ts';
import { needsShared, sharedPath } from '../../../../support/shared.ts';

/** The bodies that created servers. */
const created = ({ world }: Pick<PoolTest, 'world'>) =>
  world.cloud.requests
    .filter(({ method, path }) => method === 'POST' && path === '/v2.1/servers')
    .map(({ body }) => JSON.parse(body));

const asked = ({ world }: Pick<PoolTest, 'world'>, path: RegExp, method = 'GET') =>
  world.cloud.requests.filter((one) => one.method === method && path.test(one.path));

test('os-nova #34: what is missing is created', async (t) => {
  const pool = await poolTest(t, { servers: 3 });
  assert.deepEqual(await pool.scale(5), { kind: 'scaled' });
  assert.equal(created(pool).length, 5);
  assert.equal(pool.world.servers().length, 5);
  assert.ok(pool.log.lines().includes('INFO successfully performed and verified scaling out'));
});

test('os-nova #33: a count that is there already is no scaling', async (t) => {
  const pool = await poolTest(t, { servers: 1 });
  assert.deepEqual(await pool.scale(1), { kind: 'no-op', reason: 'pool nom-pool has 1 servers' });
  assert.ok(pool.log.lines('info').includes('INFO scaling not required'));
  assert.equal(created(pool).length, 1);
});

test('os-nova #32: a dry run asks nothing of anybody', async (t) => {
  const pool = await poolTest(t);
  const before = pool.world.cloud.requests.length;
  const action = { direction: 'up', count: 9, reason: '', meta: {}, dryRun: true } as const;
  assert.deepEqual(await pool.session.scale(action, policyOf(), new AbortController().signal), { kind: 'scaled' });
  assert.equal(pool.world.cloud.requests.length, before);
});

test('several servers are ready in hardly more than the time of one', async (t) => {
  const took = async (servers: number) => {
    const pool = await poolTest(t);
    const before = pool.world.clock.now();
    await pool.scale(servers);
    return pool.world.clock.now() - before;
  };
  const [one, five] = [await took(1), await took(5)];
  t.diagnostic(`one server: ${one} ms, five: ${five} ms`);
  assert.ok(one >= 30_000 && five <= 1.2 * one, `${one} ms, ${five} ms`);
});

test('as many servers are made at once as the policy says', async (t) => {
  for (const [policy, most] of [
    [{}, 5],
    [{ server_parallelism: '2' }, 2],
  ] as const) {
    const pool = await poolTest(t, { policy });
    const booting: number[] = [];
    const count = () => {
      booting.push(pool.world.servers().filter((one) => one.includes('BUILD')).length);
      pool.world.clock.after(1_000, count);
    };
    count();
    await pool.scale(7);
    assert.equal(Math.max(...booting), most);
  }
});

const golden = 'golden/autoscaler/seed/02-client-idle-then-load/requests.jsonl';

test(
  'os-nova #85: the body is that of upstream, but for the metadata that people can see',
  needsShared(golden),
  async (t) => {
    const recorded = readFileSync(sharedPath(golden) ?? '', 'utf8')
      .split('\n')
      .filter((line) => line.includes('"POST"') && line.includes('"/v2.1/servers"'))
      .map((line) => JSON.parse(line).request.body.server);
    const [first] = recorded;
    const network = { id: first.networks[0].uuid, name: 'n', prefix: '10.9', subnetId: usual.network.subnetId };
    const pool = await poolTest(t, {
      world: { cloud: { networks: [network], images: [{ id: first.imageRef, name: 'i' }] } },
    });
    await pool.scale(1, {
      ...{ image_id: first.imageRef, network_id: network.id, security_groups: 'testbed' },
      ...{ availability_zones: 'az1', tags: 'nom-pool,ubuntu-minimal' },
    });
    const [{ server }] = created(pool);
    const { metadata, name, ...rest } = server;
    const { name: _, ...expected } = first;
    assert.match(name, /^nom-[0-9a-f]{8}-[0-9a-f]{4}$/);
    assert.deepEqual(metadata, { 'nomad-autoscaler.pool': 'nom-pool' });
    assert.deepEqual(rest, expected);
    assert.ok(pool.log.lines('warn').some((line) => line.includes('availability_zones has no effect')));
  },
);

test('os-nova #6, #86: a pool that is spread uses the listed zones, those that are available, and no others', async (t) => {
  const zones = async (policy: Readonly<Record<string, string>>, cloud = {}) => {
    const pool = await poolTest(t, { world: { cloud } });
    await pool.scale(4, policy);
    return created(pool).map(({ server }) => server.availability_zone);
  };
  const spread = { evenly_split_azs: 'true' };
  assert.deepEqual(await zones({ availability_zones: 'az2' }), [undefined, undefined, undefined, undefined]);
  assert.deepEqual(await zones({ ...spread, availability_zones: 'az2' }), ['az2', 'az2', 'az2', 'az2']);
  assert.deepEqual(await zones(spread), ['az1', 'az2', 'az1', 'az2']);
  const closed = { zones: [{ name: 'az1', isAvailable: false }, { name: 'az2' }] };
  assert.deepEqual(await zones({ ...spread, availavility_zones: 'az1,az2' }, closed), ['az2', 'az2', 'az2', 'az2']);
});

test('a server for which its zone has no room goes to another zone', async (t) => {
  const pool = await poolTest(t, { world: { cloud: { zones: [{ name: 'az1', capacity: 1 }, { name: 'az2' }] } } });
  await pool.scale(4, { evenly_split_azs: 'true' });
  assert.deepEqual(
    pool.world
      .servers()
      .map((one) => one.slice(-3))
      .toSorted(),
    ['az1', 'az2', 'az2', 'az2'],
  );
  assert.ok(pool.log.lines('warn').includes('WARN no room in the zone, another one is tried'));
});

const wrong: readonly (readonly [row: string, policy: Readonly<Record<string, string>>, text: RegExp])[] = [
  ['#35', { name: 'n' }, /^failed to perform scaling action: only one of name or name_prefix can have value$/],
  ['#36', { name_prefix: '' }, /: failed to create server: Missing input for argument \[Name\]/],
  ['#38', { image_id: '' }, /: required config param image_id or image_name$/],
  ['#38', { flavor_name: '' }, /: required config param flavor_id or flavor_name$/],
  [
    '#39',
    { image_id: '', image_name: 'nope' },
    /: failed to find image with name nope: Unable to find image with name nope$/,
  ],
  [
    '#39',
    { image_id: '', image_name: 'twice' },
    /: failed to find image with name twice: Found 2 images matching twice$/,
  ],
  ['#39', { flavor_name: 'nope' }, /: failed to find flavor with name nope: Unable to find flavor with name nope$/],
  [
    '#43',
    { network_id: '' },
    /: required config param network_ids\/network_names or network_id\/network_name not found$/,
  ],
  [
    '#43',
    { network_id: '', network_name: 'nope' },
    /: failed to find network with name nope: Unable to find network with name nope$/,
  ],
  ['#44', { floatingip_pool_name: 'nope' }, /: error getting floating network ID: can't find external network nope$/],
  ['#44', { floatingip_pool_name: 'tenant' }, /: error getting floating network ID: network tenant is not external$/],
  ['#48', { server_group_id: 'abc' }, /: failed to create server: Group must be a UUID$/],
  [
    '#50',
    { user_data_template: '/nowhere/t' },
    /: error with provided template file: stat \/nowhere\/t: no such file or directory$/,
  ],
  ['#17', { lb_pool_id: 'p' }, /: if 'lb_pool_id' is specified, required config param 'lb_member_port'$/],
];

for (const [row, policy, text] of wrong) {
  test(`os-nova ${row}: nothing is created for ${JSON.stringify(policy)}`, async (t) => {
    const images = [usual.image, { id: 'i-1', name: 'twice' }, { id: 'i-2', name: 'twice' }];
    const pool = await poolTest(t, { world: { cloud: { images } } });
    assert.match(await failureOf(pool.scale(1, policy)), text);
    assert.deepEqual(created(pool), []);
  });
}

test('os-nova #40: names are looked up once, also for several scalings', async (t) => {
  const policy = { image_id: '', image_name: usual.image.name, network_id: '', network_name: usual.network.name };
  const pool = await poolTest(t, { policy });
  await pool.scale(2);
  await pool.scale(3);
  assert.equal(asked(pool, /images\?name=/).length, 1);
  assert.equal(asked(pool, /networks\?name=/).length, 1);
  assert.equal(asked(pool, /flavors\/detail/).length, 1);
  await pool.world.clock.advance(6 * 60_000);
  await pool.scale(4);
  assert.equal(asked(pool, /images\?name=/).length, 2);
});

test('what a name led to is forgotten when Nova does not know it any more', async (t) => {
  const policy = { image_id: '', image_name: usual.image.name };
  const pool = await poolTest(t, { policy, servers: 1 });
  const gone = { kind: 'answer', status: 400, text: 'Image could not be found' } as const;
  pool.world.cloud.faults.onRequest({ method: 'POST', path: /servers$/ }, gone, 1);
  assert.match(await failureOf(pool.scale(2)), /failed to create server: .*400/);
  await pool.scale(2);
  assert.equal(asked(pool, /images\?name=/).length, 2);
});

test('os-nova #41, #42: of the keys for networks the first one counts, and order is kept', async (t) => {
  const other = { id: '11111111-1111-4111-8111-111111111111', name: 'b', prefix: '10.8', subnetId: 's' };
  const networks = [{ ...usual.network, name: 'a' }, other];
  const pool = await poolTest(t, { world: { cloud: { networks } } });
  await pool.scale(1, { network_ids: `${other.id}, ${usual.network.id}`, network_id: 'x', network_names: 'x' });
  await pool.scale(2, { network_names: 'a, b' });
  assert.deepEqual(
    created(pool).map(({ server }) => server.networks),
    [
      [{ uuid: other.id }, { uuid: usual.network.id }],
      [{ uuid: usual.network.id }, { uuid: other.id }],
    ],
  );
  assert.equal(asked(pool, /networks\?name=/).length, 2);
});

test('os-nova #45: metadata goes along; what is none is told', async (t) => {
  const pool = await poolTest(t);
  await pool.scale(1, { metadata: 'a=1,b=2=3,c' });
  assert.deepEqual(created(pool)[0].server.metadata, { a: '1', 'nomad-autoscaler.pool': 'nom-pool' });
  const told = pool.log.records.filter(({ message }) => message === 'metadata value is not correctly provided');
  assert.deepEqual(
    told.map(({ fields }) => fields['element']),
    [['b', '2', '3'], ['c']],
  );
});

test('os-nova #46, #47: lists are cut where the policy says; the tag of the pool comes last', async (t) => {
  const pool = await poolTest(t);
  await pool.scale(1, { tags: 'x,y' });
  await pool.scale(2, { value_separator: ';', tags: 'x;y', security_groups: 'default;testbed', metadata: 'a=1;b=2,3' });
  const [first, second] = created(pool).map(({ server }) => server);
  assert.deepEqual(first.tags, ['x', 'y', 'na_pool:nom-pool']);
  assert.deepEqual(second.tags, ['x', 'y', 'na_pool:nom-pool']);
  assert.deepEqual(second.security_groups, [{ name: 'default' }, { name: 'testbed' }]);
  assert.deepEqual([second.metadata.a, second.metadata.b], ['1', '2,3']);
});

test('a security group whose name several have is refused before the first create, with their IDs', async (t) => {
  const pool = await poolTest(t, { world: { cloud: { securityGroups: ['default', 'twice', 'twice'] } } });
  assert.match(
    await failureOf(pool.scale(1, { security_groups: 'default,twice' })),
    /: 2 security groups have the name twice: 5ec[0-9a-f-]{33}, 5ec[0-9a-f-]{33}; write the ID of one$/,
  );
  assert.deepEqual(created(pool), []);
  pool.world.cloud.faults.onRequest({ path: /security-groups/ }, { kind: 'answer', status: 403, text: 'not yours' });
  await pool.scale(1, { security_groups: 'default' });
  await pool.scale(2, { security_groups: 'default' });
  assert.equal(asked(pool, /security-groups\?name=default/).length, 1);
});

test('os-nova #48: a server group is a hint for the scheduler', async (t) => {
  const pool = await poolTest(t);
  await pool.scale(1, { server_group_id: usual.serverGroup.id });
  assert.deepEqual(created(pool)[0]['os:scheduler_hints'], { group: usual.serverGroup.id });
});

function templateFile(t: TestContext, text: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'template-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const file = join(folder, 'user-data.gotxt');
  writeFileSync(file, text);
  return file;
}

test('os-nova #49: user data are rendered for each server and always encoded', async (t) => {
  const file = templateFile(t, '{{.Name}} {{.AZ}} {{.RandomUUID}} {{.ShortRandomUUID}} {{.PoolName}}');
  const pool = await poolTest(t);
  await pool.scale(2, { user_data_template: file, evenly_split_azs: 'true' });
  for (const { server } of created(pool)) {
    const [name, zone, uuid = '', short, poolName] = Buffer.from(server.user_data, 'base64').toString().split(' ');
    assert.deepEqual([name, zone, poolName], [server.name, server.availability_zone, 'nom-pool']);
    assert.equal(uuid.slice(0, 13), short);
    assert.equal(name, `nom-${short}`);
  }
});

test('os-nova #50: a template that cannot be used is told with its place', async (t) => {
  const pool = await poolTest(t);
  const why = (text: string) => failureOf(pool.scale(1, { user_data_template: templateFile(t, text) }));
  assert.match(await why('{{ if }}'), /: failed to initialize server options: error parsing template file .*user-data/);
  assert.match(await why('{{ .Nope }}'), /: failed to initialize server options: error executing template file .*Nope/);
  assert.match(await why('x'.repeat(60_000)), /: failed to initialize server options: user data has 80000 bytes/);
  assert.deepEqual(created(pool), []);
});

test('os-nova #51: a server is looked at once a second until it is active', async (t) => {
  const pool = await poolTest(t, { world: { cloud: { pace: { bootMs: 2_500 } } } });
  await pool.scale(1);
  const looks = asked(pool, /servers\/[0-9a-f-]{36}$/).map(({ at }) => at);
  assert.equal(looks.length, 4);
  const pauses = looks.slice(1).map((at, index) => at - (looks[index] ?? 0));
  assert.deepEqual(pauses.slice(1), [1_000, 1_000]);
});

test('many servers are looked at with one list', async (t) => {
  const pool = await poolTest(t);
  const before = pool.world.cloud.requests.length;
  await pool.scale(5);
  const made = pool.world.cloud.requests.slice(before);
  const singles = made.filter(({ path }) => /servers\/[0-9a-f-]{36}$/.test(path)).length;
  assert.ok(singles <= 10, `${singles} looks at single servers`); // the first of each, and those when few are left
  assert.ok(made.length < 60, `${made.length} requests`);
});

test('os-nova #52: a server that never becomes active is removed after the action timeout', async (t) => {
  const pool = await poolTest(t);
  pool.world.cloud.faults.onServer({}, 'build-hangs');
  const before = pool.world.clock.now();
  const text = await failureOf(pool.scale(1));
  assert.match(text, /: error waiting for server id [0-9a-f-]{36} to get to ACTIVE status: context deadline exceeded$/);
  assert.ok(pool.world.clock.now() - before < 121_000);
  await pool.world.clock.advance(10_000);
  assert.deepEqual(pool.world.servers(), []);
});

test('os-nova #53: a server in ERROR fails at once, with what Nova says, and is removed', async (t) => {
  const pool = await poolTest(t);
  pool.world.cloud.faults.onServer({}, 'no-valid-host');
  const before = pool.world.clock.now();
  assert.match(await failureOf(pool.scale(1)), /to get to ACTIVE status: server went into status ERROR: No valid host/);
  assert.ok(pool.world.clock.now() - before < 5_000);
  await pool.world.clock.advance(10_000);
  assert.deepEqual(pool.world.servers(), []);
});

test('os-nova #54: one that fails does not keep others from being made', async (t) => {
  const pool = await poolTest(t);
  const refused = { kind: 'answer', status: 400, text: 'not this one' } as const;
  const cancel = pool.world.cloud.faults.onRequest({ method: 'POST', path: /servers$/ }, refused, 1);
  assert.match(
    await failureOf(pool.scale(3)),
    /^failed to perform scaling action: failed to create server: .*not this one/,
  );
  cancel();
  assert.equal(pool.world.servers().length, 2);
  assert.equal(created(pool).length, 3);
});

test('several failures are told together, each once', async (t) => {
  const pool = await poolTest(t);
  pool.world.cloud.faults.onServer({}, 'no-valid-host', 2);
  const text = await failureOf(pool.scale(3));
  assert.match(
    text,
    /^failed to perform scaling action: 1 of 3 servers were created: .*No valid host.*, .*No valid host/,
  );
  assert.equal(pool.world.servers().filter((one) => one.includes('ACTIVE')).length, 1);
});

const withIp = { floatingip_pool_name: usual.externalNetwork.name };
const withBalancer = { lb_pool_id: usual.balancerPool, lb_member_port: '8080' };

test('os-nova #55: a floating IP leads to the first port, and says whose it is', async (t) => {
  const pool = await poolTest(t);
  await pool.scale(1, withIp);
  const [post] = asked(pool, /floatingips$/, 'POST');
  const { portId, description } = [...pool.world.cloud.state.floatingIps.values()][0] ?? {};
  const network = usual.externalNetwork.id;
  assert.deepEqual(JSON.parse(post?.body ?? ''), {
    floatingip: { floating_network_id: network, port_id: portId, description: 'na_pool:nom-pool' },
  });
  assert.equal(description, 'na_pool:nom-pool');
  assert.equal([...pool.world.cloud.state.ports.values()][0]?.id, portId);
  assert.equal(created(pool)[0].server.metadata['nomad-autoscaler.floating_network'], network);
});

test('os-nova #56: a server that gets no floating IP is removed', async (t) => {
  const pool = await poolTest(t);
  pool.world.cloud.faults.onRequest(
    { method: 'POST', path: /floatingips$/ },
    { kind: 'answer', status: 409, text: 'Quota exceeded for resources: floatingip' },
  );
  assert.match(
    await failureOf(pool.scale(1, withIp)),
    /: error while adding floating-ip to server [0-9a-f-]{36}: error creating floating ip for server [0-9a-f-]{36}: Quota exceeded/,
  );
  await pool.world.clock.advance(10_000);
  assert.deepEqual([pool.world.servers(), pool.world.orphans()], [[], []]);
});

test('os-nova #57: a member has the address of the active server', async (t) => {
  const pool = await poolTest(t);
  await pool.scale(1, { ...withBalancer, lb_subnet_id: usual.network.subnetId });
  const [server] = pool.world.cloud.state.servers.values();
  const [port] = pool.world.cloud.state.ports.values();
  const [post] = asked(pool, /members$/, 'POST');
  assert.deepEqual(JSON.parse(post?.body ?? ''), {
    member: { address: port?.address, protocol_port: 8080, name: server?.id, subnet_id: usual.network.subnetId },
  });
});

test('a server that finds no place in its load balancer is removed, with its floating IP', async (t) => {
  const pool = await poolTest(t);
  pool.world.cloud.faults.onRequest({ method: 'POST', path: /members$/ }, { kind: 'answer', status: 403, text: 'no' });
  assert.match(
    await failureOf(pool.scale(2, { ...withIp, ...withBalancer })),
    /error while attaching server [0-9a-f-]{36} to load balancer: error creating load balancer member for server/,
  );
  await pool.world.clock.advance(10_000);
  assert.deepEqual([pool.world.servers(), pool.world.orphans()], [[], []]);
});

test('a server whose creation got no answer is found by its name, and kept', async (t) => {
  const pool = await poolTest(t);
  pool.world.cloud.faults.onRequest({ method: 'POST', path: /servers$/ }, { kind: 'lost' }, 1);
  await pool.scale(2);
  assert.equal(pool.world.servers().length, 2);
  assert.equal(created(pool).length, 2);
});

test('a lost answer about a floating IP or a member makes no second one', async (t) => {
  const pool = await poolTest(t);
  const { faults, state } = pool.world.cloud;
  faults.onRequest({ method: 'POST', path: /floatingips$/ }, { kind: 'lost' }, 1);
  faults.onRequest({ method: 'POST', path: /members$/ }, { kind: 'lost' }, 1);
  await pool.scale(1, { ...withIp, ...withBalancer });
  assert.deepEqual([state.servers.size, state.floatingIps.size, state.members.size], [1, 1, 1]);
});

test('the quota is asked before the first server; what fits is made, and the rest is told', async (t) => {
  const pool = await poolTest(t, { world: { cloud: { quota: { servers: 2 } } } });
  assert.match(
    await failureOf(pool.scale(3)),
    /failed to create server: the project's quota has room for 2 of 3 servers/,
  );
  assert.equal(pool.world.servers().length, 2);
  await pool.world.clock.advance(60_000);
  assert.match(await failureOf(pool.scale(3)), /room for 0 of 1 servers \(left: 0 servers/);
  assert.equal(created(pool).length, 2);
});

test('a scaling that is called off removes what it has begun', async (t) => {
  const pool = await poolTest(t);
  const stop = new AbortController();
  pool.world.clock.after(5_000, () => stop.abort());
  await assert.rejects(pool.scale(3, withIp, stop.signal), { name: 'AbortError' });
  await pool.world.clock.advance(60_000);
  assert.deepEqual([pool.world.servers(), pool.world.orphans()], [[], []]);
});

test('a cloud without room is asked again at once, then after 2, 4 and up to 30 minutes, for one server at a time; scaling in goes on', async (t) => {
  const pool = await poolTest(t, { servers: 2 });
  pool.world.cloud.faults.onServer({}, 'no-valid-host');
  const tries: number[] = [];
  const begin = pool.world.clock.now();
  for (let minute = 0; minute < 120; minute++) {
    const before = created(pool).length;
    const outcome = await pool.scale(5).catch(() => 'failed' as const);
    if (outcome === 'failed') {
      tries.push(Math.round((pool.world.clock.now() - begin) / 60_000));
      assert.equal(created(pool).length - before, tries.length === 1 ? 3 : 1);
    } else {
      assert.match(
        outcome.kind === 'no-op' ? outcome.reason : '',
        /^the cloud had no room for a server \d times in a row; it is asked/,
      );
    }
    await pool.world.clock.advance(begin + (minute + 1) * 60_000 - pool.world.clock.now());
  }
  assert.deepEqual(tries, [0, 1, 4, 9, 18, 35, 66, 97]);
  assert.equal(pool.world.servers().length, 2);
  assert.deepEqual(await pool.scale(1), { kind: 'scaled' });
  pool.world.cloud.faults.clear();
  await pool.world.clock.advance(30 * 60_000);
  assert.deepEqual(await pool.scale(4), { kind: 'scaled' });
  assert.equal(pool.world.servers().length, 4);
});
