/** Servers that go: their nodes are emptied first, and forgotten afterwards. */
import assert from 'node:assert/strict';
import { eventually } from '../support/program.ts';
import type { SeenServer } from './cloud.ts';
import { joined, openStage, type Scenario, statuses } from './stage.ts';

export const scaleInScenarios: Readonly<Record<string, Scenario>> = {
  async 'os-nova #62, #75: by name: drained, marked, stopped, deleted and forgotten, in this order'(t, cloud) {
    const stage = await openStage(t, cloud);
    const plugin = await stage.plugin();
    await plugin.scale(3);
    await joined(stage, 3);
    await plugin.ready();
    const before = new Set((await stage.servers()).map(({ name }) => name));
    const mark = stage.tap.seen.length;
    await plugin.scale(2);
    assert.deepEqual(stage.tap.writes(mark), [
      'PUT /node/*/drain',
      'POST /servers/*/metadata',
      'POST /servers/*/action os-stop',
      'DELETE /servers/*',
      'PUT /node/*/purge',
    ]);
    const left = (await stage.servers()).map(({ name }) => name);
    assert.equal(left.length, 2);
    assert.ok(left.every((name) => before.has(name)));
    assert.deepEqual(stage.nodes(), left.map((name) => `${name} ready`).sort());
  },

  async 'os-nova #59: by ID, and by force'(t, cloud) {
    const stage = await openStage(t, cloud);
    const plugin = await stage.plugin({ id_attribute: 'meta.os_id' });
    const policy = { force_delete: 'true', stop_first: '' };
    await plugin.scale(2, policy);
    await joined(stage, 2);
    await plugin.ready(policy);
    const mark = stage.tap.seen.length;
    await plugin.scale(0, policy);
    assert.deepEqual(
      stage.tap
        .writes(mark)
        .filter((write) => write.includes('/servers/'))
        .toSorted(),
      [
        'POST /servers/*/action forceDelete',
        'POST /servers/*/action forceDelete',
        'POST /servers/*/metadata',
        'POST /servers/*/metadata',
      ],
    );
    assert.deepEqual([await stage.servers(), stage.nodes()], [[], []]);
  },

  async 'what runs on the node moves before the server goes'(t, cloud) {
    const stage = await openStage(t, cloud);
    const plugin = await stage.plugin();
    await plugin.scale(2);
    await joined(stage, 2);
    await stage.run('one', 300);
    await stage.run('two', 600);
    await plugin.ready();
    await plugin.scale(1);
    const [left] = await stage.servers();
    const running = [...stage.nomad.store.state.allocations.values()]
      .filter(({ ClientStatus }) => ClientStatus === 'running')
      .map(({ JobID, NodeID }) => `${JobID} on ${stage.nomad.store.node(NodeID)?.Name}`);
    assert.deepEqual(running.sort(), [`one on ${left?.name}`, `two on ${left?.name}`]);
    assert.deepEqual(await statuses(stage), ['ACTIVE']);
  },

  async 'a node that a job wants for itself goes when it is told to: the job waits, and the pool stays as it was told'(
    t,
    cloud,
  ) {
    const stage = await openStage(t, cloud);
    const plugin = await stage.plugin();
    await plugin.scale(3);
    await joined(stage, 3);
    await stage.run('members', 100, 3);
    await plugin.ready();
    await plugin.scale(2);
    const mark = stage.tap.seen.length;
    const { ready, count } = await plugin.ready();
    assert.deepEqual([ready, count, stage.tap.writes(mark)], [true, 2, []]);
    const { state } = stage.nomad.store;
    const inUse = [...state.allocations.values()].filter(({ ClientStatus }) => ClientStatus === 'running');
    const waiting = [...state.evaluations.values()].filter(({ Status }) => Status === 'blocked');
    assert.deepEqual([inUse.length, waiting.map(({ JobID }) => JobID)], [2, ['members']]);
    const why = waiting[0]?.FailedTGAllocs?.['g']?.ConstraintFiltered;
    assert.equal(why?.['distinct_hosts'], 2);
  },

  async 'os-nova #57, #71: servers are members of the load balancer as long as they are there'(t, cloud) {
    const { lbPoolId } = cloud.facts;
    if (lbPoolId === undefined) return t.skip('left out: this cloud has no Octavia (TESTBED_OCTAVIA=1 starts one)');
    const stage = await openStage(t, cloud);
    const plugin = await stage.plugin();
    const policy = { lb_pool_id: lbPoolId, lb_member_port: '8080' };
    await plugin.scale(2, policy);
    const servers = await stage.servers();
    const places = servers.map((server) => `${server.id} ${fixedAddress(server)}:8080`);
    assert.deepEqual(await stage.user.members(lbPoolId), places.sort());
    await joined(stage, 2);
    await plugin.ready(policy);
    await plugin.scale(0, policy);
    assert.deepEqual(await stage.servers(), []);
    const none = async () => ((await stage.user.members(lbPoolId)).length === 0 ? true : undefined);
    await eventually('no member is left', none); // Octavia deletes after its answer
  },
};

const fixedAddress = ({ addresses }: SeenServer): string | undefined =>
  Object.values(addresses)
    .flat()
    .find(({ version }) => version === 4)?.addr;
