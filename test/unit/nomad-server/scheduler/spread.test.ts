/** Groups spread over the values of an attribute, and jobs that run everywhere. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { jobBody, type TestNomad, testNomad } from '../../../support/nomad-server.ts';

interface Row {
  readonly NodeName: string;
  readonly DesiredStatus: string;
}

async function perNode(nomad: TestNomad): Promise<Readonly<Record<string, number>>> {
  const counts: Record<string, number> = {};
  for (const { NodeName, DesiredStatus } of (await nomad.get('/v1/job/web/allocations')).json as readonly Row[]) {
    if (DesiredStatus === 'run') counts[NodeName] = (counts[NodeName] ?? 0) + 1;
  }
  return counts;
}

test('nomad-scheduler #75: a spread of 70 and 30 over two datacenters places seven and three', async () => {
  const nomad = testNomad({
    nodes: [
      { name: 'a', datacenter: 'dc1' },
      { name: 'b', datacenter: 'dc1' },
      { name: 'c', datacenter: 'dc2' },
    ],
  });
  const targets = [
    { Value: 'dc1', Percent: 70 },
    { Value: 'dc2', Percent: 30 },
  ];
  const group = { Spreads: [{ Attribute: '${node.datacenter}', Weight: 100, SpreadTarget: targets }] };
  await nomad.put('/v1/jobs', jobBody('web', { count: 10, group, job: { Datacenters: ['*'] } }));
  await nomad.clock.advance(100);
  const { a = 0, b = 0, c = 0 } = await perNode(nomad);
  assert.deepEqual([a + b, c], [7, 3]);
});

test('nomad-scheduler #76: an even spread over three racks places three in each', async () => {
  const nomad = testNomad({ nodes: ['r1', 'r2', 'r3'].map((rack) => ({ name: rack, meta: { rack } })) });
  const group = { Spreads: [{ Attribute: '${meta.rack}', Weight: 50 }] };
  await nomad.put('/v1/jobs', jobBody('web', { count: 9, group }));
  await nomad.clock.advance(100);
  assert.deepEqual(await perNode(nomad), { r1: 3, r2: 3, r3: 3 });
});

test('nomad-scheduler #55: an update of a system job stops its allocation on an ineligible node, and places none there', async () => {
  const nomad = testNomad({ nodes: [{ name: 'n1' }, { name: 'n2' }] });
  const body = (revision: string) => jobBody('web', { type: 'system', task: { Env: { revision } } });
  await nomad.put('/v1/jobs', body('a'));
  await nomad.clock.advance(5000);
  const first = nomad.server.simulation.find('n1')?.ID;
  await nomad.put(`/v1/node/${first}/eligibility`, { Eligibility: 'ineligible' });
  await nomad.clock.advance(1000);
  assert.deepEqual(await perNode(nomad), { n1: 1, n2: 1 });
  await nomad.put('/v1/jobs', body('b'));
  await nomad.clock.advance(5000);
  assert.deepEqual(await perNode(nomad), { n2: 1 });
});

test('nomad-scheduler #56: sysbatch work that succeeded on a node is not run there again', async () => {
  const nomad = testNomad({ nodes: [{ name: 'n1' }] });
  await nomad.put('/v1/jobs', jobBody('web', { type: 'sysbatch', task: { Config: { run_for: '50ms' } } }));
  await nomad.clock.advance(3000);
  const node = nomad.server.simulation.find('n1')?.ID;
  await nomad.put(`/v1/node/${node}/evaluate`, {});
  await nomad.clock.advance(3000);
  const { json } = await nomad.get('/v1/job/web/allocations');
  assert.deepEqual(
    json.map((one: { ClientStatus: string }) => one.ClientStatus),
    ['complete'],
  );
});

test('a rollout over all nodes replaces no more at a time than its update block allows', async () => {
  const nomad = testNomad({ nodes: [{ name: 'n1' }, { name: 'n2' }, { name: 'n3' }] });
  const body = (revision: string) => jobBody('web', { type: 'system', task: { Env: { revision } } });
  await nomad.put('/v1/jobs', body('a'));
  await nomad.clock.advance(5000);
  await nomad.put('/v1/jobs', body('b'));
  await nomad.clock.advance(1000);
  const versions = async () =>
    (await nomad.get('/v1/job/web/allocations')).json
      .filter((one: Row) => one.DesiredStatus === 'run')
      .map((one: { JobVersion: number }) => one.JobVersion)
      .sort();
  assert.deepEqual(await versions(), [0, 0, 1]);
  await nomad.clock.advance(20_000);
  assert.deepEqual(await versions(), [1, 1, 1]);
});
