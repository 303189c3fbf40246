/** Clients that fall silent and come back, and jobs that wait for them. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { jobBody, type TestNomad, testNomad } from '../../support/nomad-server.ts';

const minute = 60e9;

interface Row {
  readonly ID: string;
  readonly ClientStatus: string;
  readonly DesiredStatus: string;
  readonly NodeName: string;
}

/** A job `web` of one, deployed on `n1`, of which the client has just been lost sight of; `n2` is free. */
async function away(disconnect: object): Promise<TestNomad> {
  const nomad = testNomad({ nodes: [{ name: 'n1' }, { name: 'n2' }] });
  const { simulation } = nomad.server;
  const second = simulation.find('n2')?.ID;
  await nomad.put(`/v1/node/${second}/eligibility`, { Eligibility: 'ineligible' });
  await nomad.put('/v1/jobs', jobBody('web', { group: { Disconnect: disconnect } }));
  await nomad.clock.advance(5000);
  await nomad.put(`/v1/node/${second}/eligibility`, { Eligibility: 'eligible' });
  const first = simulation.find('n1');
  if (first !== undefined) simulation.leave(first);
  await nomad.clock.advance(100);
  return nomad;
}

const allocations = async (nomad: TestNomad): Promise<readonly Row[]> =>
  (await nomad.get('/v1/job/web/allocations')).json;
const statuses = async (nomad: TestNomad) => (await allocations(nomad)).map((one) => one.ClientStatus);

async function comeBack(nomad: TestNomad): Promise<void> {
  const first = nomad.server.simulation.find('n1');
  if (first !== undefined) nomad.server.simulation.comeBack(first);
  await nomad.clock.advance(2000);
}

test('nomad-scheduler #51: an allocation whose client is away is unknown, and goes on when it comes back', async () => {
  const nomad = await away({ LostAfter: 5 * minute });
  const node = nomad.server.simulation.find('n1');
  assert.equal(node?.Status, 'disconnected');
  assert.equal(node?.Events?.at(-1)?.Message, 'Node heartbeat missed');
  assert.deepEqual(await statuses(nomad), ['unknown']);
  const waiting = (await nomad.get('/v1/job/web/evaluations')).json.filter(
    (one: { Status: string }) => one.Status === 'pending',
  );
  assert.deepEqual(waiting.map((one: { TriggeredBy: string }) => one.TriggeredBy).sort(), [
    'alloc-reschedule',
    'max-disconnect-timeout',
  ]);
  await comeBack(nomad);
  assert.deepEqual(await statuses(nomad), ['running']);
  await nomad.clock.advance(60_000);
  assert.equal((await allocations(nomad)).length, 1);
});

test('nomad-scheduler #51: after the reschedule delay another one takes its place, and one of both stays', async () => {
  const nomad = await away({ LostAfter: 5 * minute, Reconcile: 'keep_original' });
  await nomad.clock.advance(32_000);
  assert.deepEqual((await statuses(nomad)).toSorted(), ['running', 'unknown']);
  await comeBack(nomad);
  const left = (await allocations(nomad)).filter((one) => one.DesiredStatus === 'run');
  assert.deepEqual(
    left.map((one) => one.NodeName),
    ['n1'],
  );
});

test('nomad-scheduler #52: with replace = false nothing takes its place', async () => {
  const nomad = await away({ LostAfter: 5 * minute, Replace: false });
  await nomad.clock.advance(4 * 60_000);
  assert.deepEqual(await statuses(nomad), ['unknown']);
});

test('nomad-scheduler #53: when its job has waited long enough the unknown allocation is lost and replaced', async () => {
  const nomad = await away({ LostAfter: 5 * minute, Replace: false });
  await nomad.clock.advance(5 * 60_000 + 1000);
  assert.deepEqual((await statuses(nomad)).toSorted(), ['lost', 'running']);
});
