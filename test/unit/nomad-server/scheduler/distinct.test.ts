/** Properties and ports that only so many allocations may share. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { jobBody, testNomad } from '../../../support/nomad-server.ts';

test('nomad-scheduler #78: no more allocations share a property than its constraint allows', async () => {
  const racks = ['r1', 'r1', 'r2'];
  const nomad = testNomad({ nodes: racks.map((rack, at) => ({ name: `n${at}`, meta: { rack } })) });
  const constraint = { Operand: 'distinct_property', LTarget: '${meta.rack}', RTarget: '2' };
  const { json } = await nomad.put('/v1/jobs', jobBody('web', { count: 5, job: { Constraints: [constraint] } }));
  await nomad.clock.advance(100);
  const evaluation = (await nomad.get(`/v1/evaluation/${json.EvalID}`)).json;
  assert.equal(evaluation.QueuedAllocations.g, 1);
  const filtered = Object.keys(evaluation.FailedTGAllocs.g.ConstraintFiltered).sort();
  assert.deepEqual(filtered, [
    'distinct_property: ${meta.rack}=r1 used by 2 allocs',
    'distinct_property: ${meta.rack}=r2 used by 2 allocs',
  ]);
});

test('nomad-scheduler #70: a static port is given out once per address of the node', async () => {
  const nomad = testNomad({ nodes: [{ name: 'n1', addresses: ['127.0.0.1'] }] });
  const group = { Networks: [{ ReservedPorts: [{ Label: 'http', Value: 80 }] }] };
  const { json } = await nomad.put('/v1/jobs', jobBody('web', { count: 2, group }));
  await nomad.clock.advance(100);
  const evaluation = (await nomad.get(`/v1/evaluation/${json.EvalID}`)).json;
  assert.deepEqual(evaluation.FailedTGAllocs.g.DimensionExhausted, { 'network: reserved port collision http=80': 1 });
});
