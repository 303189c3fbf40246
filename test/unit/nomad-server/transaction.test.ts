/** What one write leads to, however much it holds. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { jobBody, testNomad } from '../../support/nomad-server.ts';

test('a write that places many allocations counts them in its deployment and in the summary of their job, once', async () => {
  const nomad = testNomad();
  const { store } = nomad.server;
  const counts: number[] = [];
  store.onCommit(({ allocations, deployments }) => {
    if (allocations.length === 20) counts.push(deployments.length);
  });
  await nomad.put('/v1/jobs', jobBody('web', { count: 20 }));
  await nomad.clock.advance(20);
  assert.deepEqual(counts, [2]); // made, then counted
  const [deployment] = store.state.deployments.values();
  assert.equal(deployment?.TaskGroups?.['g']?.PlacedAllocs, 20);
  const [summary] = store.state.summaries.values();
  assert.equal(summary?.Summary['g']?.Starting, 20);
});
