/** Nodes that drain, leave, come back and are forgotten. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { jobBody, type TestNomad, testNomad } from '../../support/nomad-server.ts';

type Row = Readonly<Record<string, unknown>>;

async function idOf(nomad: TestNomad, name: string): Promise<string> {
  const { json } = await nomad.get('/v1/nodes');
  return json.find((node: { Name: string }) => node.Name === name).ID;
}

async function nodeOf(nomad: TestNomad, name: string) {
  return (await nomad.get(`/v1/node/${await idOf(nomad, name)}`)).json;
}

const twoNodes = { nodes: [{ name: 'n1' }, { name: 'n2' }] };

/** Both nodes up, everything of `web` on n1 and healthy. */
async function allOnFirst(count: number): Promise<TestNomad> {
  const nomad = testNomad(twoNodes);
  const second = await idOf(nomad, 'n2');
  await nomad.put(`/v1/node/${second}/eligibility`, { Eligibility: 'ineligible' });
  await nomad.put('/v1/jobs', jobBody('web', { count, group: { Migrate: { MaxParallel: 1, MinHealthyTime: 1e9 } } }));
  await nomad.clock.advance(5000);
  await nomad.put(`/v1/node/${second}/eligibility`, { Eligibility: 'eligible' });
  return nomad;
}

async function drain(nomad: TestNomad, name: string, spec: Row = { Deadline: 3600e9 }, more: Row = {}) {
  return nomad.put(`/v1/node/${await idOf(nomad, name)}/drain`, { DrainSpec: spec, ...more });
}

test('nomad-api #51, #52: a node tells what it has, a list of nodes only when asked', async () => {
  const nomad = testNomad();
  const node = await nodeOf(nomad, 'n1');
  assert.ok(node.NodeResources !== null && node.ReservedResources !== null);
  assert.deepEqual([node.Drain, node.DrainStrategy, node.SecretID], [false, null, '']);
  assert.ok('NodeResources' in (await nomad.get('/v1/nodes?resources=true')).json[0]);
  assert.ok(!('NodeResources' in (await nomad.get('/v1/nodes')).json[0]));
});

test('nomad-api #53, #54: the allocations of a node carry job and sums; the index of none is at least 1', async () => {
  const nomad = testNomad();
  const url = `/v1/node/${await idOf(nomad, 'n1')}/allocations`;
  const none = await nomad.get(`${url}?index=0`);
  assert.deepEqual(none.json, []);
  assert.ok(Number(none.headers['X-Nomad-Index']) >= 1);
  await nomad.put('/v1/jobs', jobBody('web', { count: 2 }));
  await nomad.clock.advance(0);
  const { json } = await nomad.get(url);
  assert.equal(json.length, 2);
  for (const { Job, Resources } of json) {
    assert.equal(Job.Type, 'service');
    assert.deepEqual([Resources.CPU, Resources.MemoryMB, Resources.DiskMB], [50, 32, 150]);
  }
});

test('nomad-api #55: a drain without a body is refused', async () => {
  const nomad = testNomad();
  const answer = await nomad.put(`/v1/node/${await idOf(nomad, 'n1')}/drain`);
  assert.deepEqual([answer.status, answer.text], [400, 'Request body is empty']);
});

test('nomad-api #56: the drain of old walkthroughs forces at once', async () => {
  const nomad = testNomad();
  await nomad.put('/v1/jobs', jobBody('web'));
  await nomad.clock.advance(5000);
  const answer = await nomad.send('POST', `/v1/node/${await idOf(nomad, 'n1')}/drain?enable=true`);
  assert.equal(answer.status, 200);
  assert.equal((await nodeOf(nomad, 'n1')).DrainStrategy.Deadline, -1);
  await nomad.clock.advance(2000);
  const { json } = await nomad.get(`/v1/node/${await idOf(nomad, 'n1')}/allocations`);
  assert.ok(json.every((one: { ClientStatus: string }) => one.ClientStatus !== 'running'));
});

test('nomad-api #57: a drain makes the node ineligible and remembers who asked', async () => {
  const nomad = await allOnFirst(1);
  const before = nomad.server.store.index;
  const answer = await drain(nomad, 'n1', { Deadline: 3600e9 }, { Meta: { drained_by: 'me' } });
  assert.ok(Number(answer.headers['X-Nomad-Index']) > before);
  const node = await nodeOf(nomad, 'n1');
  assert.equal(node.SchedulingEligibility, 'ineligible');
  assert.equal(Date.parse(node.DrainStrategy.ForceDeadline), nomad.clock.now() + 3_600_000);
  assert.deepEqual([node.LastDrain.Status, node.LastDrain.Meta], ['draining', { drained_by: 'me' }]);
});

test('nomad-api #58, nomad-scheduler #57: one allocation moves at a time, then the drain is complete', async () => {
  const nomad = await allOnFirst(3);
  await drain(nomad, 'n1');
  const marked = async () =>
    (await nomad.get('/v1/job/web/allocations')).json.filter(
      (one: { DesiredTransition: { Migrate: boolean | null } }) => one.DesiredTransition.Migrate,
    ).length;
  await nomad.clock.advance(1100);
  assert.equal(await marked(), 1);
  await nomad.clock.advance(1000);
  assert.equal(await marked(), 1, 'the replacement is not healthy yet');
  await nomad.clock.advance(15_000);
  assert.equal(await marked(), 3);
  const node = await nodeOf(nomad, 'n1');
  assert.deepEqual(
    [node.DrainStrategy, node.LastDrain.Status, node.SchedulingEligibility],
    [null, 'complete', 'ineligible'],
  );
  assert.equal(node.Events.at(-1).Message, 'Node drain complete');
});

test('nomad-api #59, #60, nomad-scheduler #68: a drain can be given up; until then the node stays ineligible', async () => {
  const nomad = await allOnFirst(3);
  await drain(nomad, 'n1');
  const id = await idOf(nomad, 'n1');
  const refused = await nomad.put(`/v1/node/${id}/eligibility`, { Eligibility: 'eligible' });
  assert.equal(refused.status, 500);
  assert.equal(refused.text, "can not set node's scheduling eligibility to eligible while it is draining");
  await nomad.put(`/v1/node/${id}/drain`, { DrainSpec: null, MarkEligible: true });
  const node = await nodeOf(nomad, 'n1');
  assert.deepEqual([node.LastDrain.Status, node.SchedulingEligibility], ['canceled', 'eligible']);
});

test('nomad-api #61: writes to an unknown node are refused', async () => {
  const nomad = testNomad();
  const unknown = '/v1/node/ffffffff-0000-4000-8000-000000000000';
  const bodies = { eligibility: { Eligibility: 'eligible' }, drain: { DrainSpec: { Deadline: -1 } }, purge: {} };
  for (const [action, body] of Object.entries(bodies)) {
    const answer = await nomad.put(`${unknown}/${action}`, body);
    assert.deepEqual([answer.status, answer.text], [500, 'node not found'], action);
  }
});

test('nomad-api #63, nomad-scheduler #69: a purged node is gone, its allocations are lost and replaced', async () => {
  const nomad = await allOnFirst(2);
  const id = await idOf(nomad, 'n1');
  const answer = await nomad.put(`/v1/node/${id}/purge`, {});
  assert.equal(answer.json.EvalIDs.length, 1);
  assert.equal((await nomad.get(`/v1/node/${id}`)).text, 'node not found');
  await nomad.clock.advance(1000);
  const { json } = await nomad.get('/v1/job/web/allocations');
  const statuses = json.map((one: { ClientStatus: string }) => one.ClientStatus).sort();
  assert.deepEqual(statuses, ['lost', 'lost', 'running', 'running']);
});

test('nomad-scheduler #49: what ran on a node that is gone is lost and replaced elsewhere', async () => {
  const nomad = await allOnFirst(2);
  const node = nomad.server.simulation.find('n1');
  assert.ok(node);
  nomad.server.simulation.leave(node);
  await nomad.clock.advance(1000);
  assert.equal((await nodeOf(nomad, 'n1')).Events.at(-1).Message, 'Node heartbeat missed');
  const { json } = await nomad.get('/v1/job/web/allocations');
  const lost = json.filter((one: { ClientStatus: string }) => one.ClientStatus === 'lost');
  assert.equal(lost.length, 2);
  assert.equal(lost[0].DesiredDescription, 'alloc is lost since its node is down');
  assert.equal(json.filter((one: { ClientStatus: string }) => one.ClientStatus === 'running').length, 2);
});

test('a client that falls silent is missed after its heartbeat and a grace, unless it comes back', async () => {
  const nomad = testNomad({ nodes: [{ name: 'n1' }, { name: 'n2' }] });
  const { simulation } = nomad.server;
  for (const name of ['n1', 'n2']) {
    const node = simulation.find(name);
    assert.ok(node);
    simulation.fallSilent(node);
  }
  await nomad.clock.advance(10_000);
  const silent = simulation.find('n1');
  assert.ok(silent);
  simulation.fallSilent(silent); // no longer wait for that
  await nomad.clock.advance(9_900);
  assert.equal((await nodeOf(nomad, 'n1')).Status, 'ready');
  const back = simulation.find('n2');
  assert.ok(back);
  simulation.comeBack(back);
  await nomad.clock.advance(10_200);
  assert.equal((await nodeOf(nomad, 'n1')).Status, 'down');
  assert.equal((await nodeOf(nomad, 'n2')).Status, 'ready');
});

test('nomad-scheduler #50: a node that comes back ends what it lost', async () => {
  const nomad = await allOnFirst(1);
  const node = nomad.server.simulation.find('n1');
  assert.ok(node);
  nomad.server.simulation.leave(node);
  await nomad.clock.advance(1000);
  const down = nomad.server.simulation.find('n1');
  assert.ok(down);
  nomad.server.simulation.comeBack(down);
  await nomad.clock.advance(1000);
  const back = await nodeOf(nomad, 'n1');
  assert.deepEqual([back.Status, back.Events.at(-1).Message], ['ready', 'Node reregistered by heartbeat']);
});

test('nomad-scheduler #61: at the deadline everything goes at once', async () => {
  const nomad = await allOnFirst(3);
  await drain(nomad, 'n1', { Deadline: 2e9 });
  await nomad.clock.advance(3100);
  const node = await nodeOf(nomad, 'n1');
  assert.equal(node.DrainStrategy, null);
  assert.deepEqual(
    node.Events.filter((one: { Details: Row | null }) => one.Details?.['deadline_reached'] === 'true').length,
    1,
  );
  await nomad.clock.advance(1000);
  const { json } = await nomad.get(`/v1/node/${node.ID}/allocations`);
  assert.ok(json.every((one: { DesiredStatus: string }) => one.DesiredStatus === 'stop'));
});

test('nomad-scheduler #66, #67: an empty node is drained at once; a second drain keeps its beginning', async () => {
  const nomad = await allOnFirst(3);
  await drain(nomad, 'n2');
  await nomad.clock.advance(20);
  const empty = await nodeOf(nomad, 'n2');
  assert.deepEqual([empty.DrainStrategy, empty.SchedulingEligibility], [null, 'ineligible']);
  await drain(nomad, 'n1');
  const { StartedAt: began } = (await nodeOf(nomad, 'n1')).DrainStrategy;
  await nomad.clock.advance(500);
  await drain(nomad, 'n1', { Deadline: 0 });
  const again = await nodeOf(nomad, 'n1');
  assert.equal(again.DrainStrategy.StartedAt, began);
  assert.equal(again.Events.at(-1).Message, 'Node drain strategy updated');
});

test('nomad-scheduler #65: batch work is left to finish until the deadline, then ends without a successor', async () => {
  const nomad = testNomad(twoNodes);
  await nomad.put('/v1/jobs', jobBody('b', { type: 'batch' }));
  await nomad.clock.advance(1000);
  const [one] = (await nomad.get('/v1/job/b/allocations')).json;
  await drain(nomad, one.NodeName, { Deadline: 10e9 });
  await nomad.clock.advance(9000);
  assert.equal((await nomad.get('/v1/job/b/allocations')).json[0].ClientStatus, 'running');
  await nomad.clock.advance(5000);
  const { json } = await nomad.get('/v1/job/b/allocations');
  assert.deepEqual([json.length, json[0].ClientStatus], [1, 'complete']);
});

test('nomad-scheduler #54: a system job runs on every node, also on one that joins later', async () => {
  const nomad = testNomad({ nodes: [{ name: 'n1' }, { name: 'n2' }, { name: 'n3' }] });
  await nomad.put('/v1/jobs', jobBody('s', { type: 'system' }));
  await nomad.clock.advance(500);
  const names = async () => (await nomad.get('/v1/job/s/allocations')).json.map((one: { Name: string }) => one.Name);
  assert.deepEqual(await names(), ['s.g[0]', 's.g[0]', 's.g[0]']);
  assert.equal((await nomad.get('/v1/job/s/deployment')).json.JobID, 's');
  nomad.server.simulation.join({ name: 'n4' });
  await nomad.clock.advance(500);
  assert.equal((await names()).length, 4);
});

test('what a system job runs outside of a deployment is healthy after the usual ten seconds', async () => {
  const nomad = testNomad();
  await nomad.put('/v1/jobs', jobBody('agent', { type: 'system' }));
  await nomad.clock.advance(5000);
  const id = nomad.server.simulation.join({ name: 'n2' });
  await nomad.clock.advance(9000);
  const health = async () => (await nomad.get(`/v1/node/${id}/allocations`)).json[0].DeploymentStatus;
  assert.equal(await health(), undefined);
  await nomad.clock.advance(2000);
  assert.equal((await health()).Healthy, true);
});
