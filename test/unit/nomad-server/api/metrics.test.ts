import assert from 'node:assert/strict';
import { test } from 'node:test';
import { rpcOf } from '../../../../src/nomad-server/api/rpc-times.ts';
import { quantilesOf } from '../../../../src/nomad-server/metrics.ts';
import { jobBody, testNomad } from '../../../support/nomad-server.ts';

test('metrics tell how long calls about jobs took, by the names of their RPCs', async () => {
  const nomad = testNomad({ name: 'a' });
  await nomad.put('/v1/jobs', jobBody('x'));
  await nomad.clock.advance(1000);
  const index = (await nomad.get('/v1/job/x/allocations')).headers['X-Nomad-Index'];
  const parked = nomad.get(`/v1/job/x/allocations?index=${index}&wait=2s`);
  await nomad.clock.advance(3000);
  await parked;
  const { text } = await nomad.get('/v1/metrics?format=prometheus');
  assert.match(text, /^# TYPE nomad_nomad_job_allocations summary$/m);
  assert.match(text, /^nomad_nomad_job_allocations_count\{host="a"\} 2$/m);
  assert.match(text, /^nomad_nomad_job_register\{host="a",quantile="0\.5"\} 0$/m);
  const [, longest = ''] = /^nomad_nomad_job_allocations\{host="a",quantile="0\.99"\} (\d+)$/m.exec(text) ?? [];
  assert.ok(Number(longest) > 0, 'a read that was parked is timed as long as it was parked');
  const { Samples } = (await nomad.get('/v1/metrics')).json;
  const names = Samples.map((one: { Name: string }) => one.Name);
  assert.ok(names.includes('nomad.nomad.job.allocations') && names.includes('nomad.client.alloc_hook.prerun.elapsed'));
});

test('a client counts what it did before the tasks of its allocations', async () => {
  const nomad = testNomad({ name: 'a' });
  await nomad.put('/v1/jobs', jobBody('x', { count: 3 }));
  await nomad.clock.advance(1000);
  const { text } = await nomad.get('/v1/metrics?format=prometheus');
  const labels = 'node_id="[^"]*",datacenter="dc1",node_class="none",node_pool="default",namespace="default"';
  assert.match(
    text,
    new RegExp(`^nomad_client_alloc_hook_prerun_success\\{host="a",${labels},hook_name="alloc_dir"\\} 3$`, 'm'),
  );
});

test('calls about jobs have the names of RPCs, other calls have none', () => {
  const named = (method: string, url: string) => rpcOf({ method, url });
  assert.equal(named('GET', '/v1/jobs?prefix=a'), 'job.list');
  assert.equal(named('POST', '/v1/jobs'), 'job.register');
  assert.equal(named('GET', '/v1/job/a/b/deployment'), 'job.latest_deployment');
  assert.equal(named('GET', '/v1/job/a'), 'job.get_job');
  assert.equal(named('DELETE', '/v1/job/a?purge=true'), 'job.deregister');
  assert.equal(named('PUT', '/v1/job/a/plan'), 'job.plan');
  assert.equal(named('GET', '/v1/nodes'), undefined);
});

test('quantiles are values that occurred', () => {
  assert.deepEqual(
    [...quantilesOf([5, 1, 3])],
    [
      ['0.5', 3],
      ['0.9', 5],
      ['0.99', 5],
    ],
  );
  assert.deepEqual(
    [...quantilesOf([])],
    [
      ['0.5', 0],
      ['0.9', 0],
      ['0.99', 0],
    ],
  );
});
