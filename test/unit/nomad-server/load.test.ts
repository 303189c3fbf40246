/** How busy simulated jobs are: the load model, statistics and metrics. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { valueAt } from '../../../src/nomad-server/load.ts';
import { jobBody, testNomad } from '../../support/nomad-server.ts';

test('a curve runs in straight lines between its points, and again from its start when it repeats', () => {
  const points = [
    { atMs: 0, cpuMhz: 100, memoryMb: 10 },
    { atMs: 1000, cpuMhz: 300, memoryMb: 20 },
  ];
  assert.deepEqual(valueAt({ points, repeats: false }, 500), { cpuMhz: 200, memoryMb: 15 });
  assert.deepEqual(valueAt({ points, repeats: false }, 5000), { cpuMhz: 300, memoryMb: 20 });
  assert.deepEqual(valueAt({ points, repeats: true }, 1250), { cpuMhz: 150, memoryMb: 12.5 });
  assert.deepEqual(valueAt({ points: [], repeats: true }, 5), { cpuMhz: 0, memoryMb: 0 });
});

test('nomad-api #64: the running allocations share the load of their group', async () => {
  const nomad = testNomad({ nodes: [{ name: 'n1', cpuMhz: 4000, cores: 2 }] });
  await nomad.put('/v1/jobs', jobBody('web', { count: 2 }));
  await nomad.put('/v1/_sim/load', { job: 'web', group: 'g', cpuMhz: 400, memoryMb: 64 });
  await nomad.clock.advance(5000);
  const [one] = (await nomad.get('/v1/job/web/allocations')).json;
  const { json } = await nomad.get(`/v1/client/allocation/${one.ID}/stats`);
  const { CpuStats: cpu, MemoryStats: memory } = json.ResourceUsage;
  assert.equal(cpu.TotalTicks, 200);
  assert.equal(cpu.Percent, 10, '200 MHz of a core of 2000');
  assert.equal(memory.Usage, 32 * 1024 * 1024);
  assert.deepEqual(Object.keys(json.Tasks), ['t']);
  await nomad.put('/v1/job/web/scale', { Count: 4, Target: { Group: 'g' } });
  await nomad.clock.advance(5000);
  const after = await nomad.get(`/v1/client/allocation/${one.ID}/stats`);
  assert.equal(after.json.ResourceUsage.CpuStats.TotalTicks, 100);
});

test('nomad-api #65: statistics of an unknown allocation are refused', async () => {
  const id = 'ffffffff-0000-4000-8000-000000000000';
  const answer = await testNomad().get(`/v1/client/allocation/${id}/stats`);
  assert.deepEqual([answer.status, answer.text], [404, `Unknown allocation "${id}"`]);
});

test('nomad-api #88: metrics in Prometheus text name nodes, allocations and jobs', async () => {
  const nomad = testNomad();
  await nomad.put('/v1/jobs', jobBody('web'));
  nomad.server.load.set('web', 'g', { cpuMhz: 100, memoryMb: 1 }, nomad.clock.now());
  await nomad.clock.advance(1000);
  const { text, headers } = await nomad.get('/v1/metrics?format=prometheus');
  assert.match(headers['Content-Type'] ?? '', /^text\/plain; version=0\.0\.4/);
  assert.match(text, /^nomad_client_allocated_cpu\{.*node_id="[0-9a-f-]{36}".*\} 50$/m);
  assert.match(text, /^nomad_nomad_job_summary_running\{.*job="web",task_group="g",namespace="default"\} 1$/m);
  assert.match(text, /^nomad_client_allocs_cpu_total_percent\{.*job="web",.*task="t".*\} 5$/m);
  assert.match(text, /^nomad_client_allocs_memory_usage\{.*\} 1048576$/m);
});

test('nomad-api #89: a job that waits for room shows in the metrics', async () => {
  const nomad = testNomad();
  await nomad.put('/v1/jobs', jobBody('big', { cpu: 9000 }));
  await nomad.clock.advance(0);
  const { text } = await nomad.get('/v1/metrics?format=prometheus');
  assert.match(text, /^nomad_nomad_blocked_evals_total_blocked\{.*\} 1$/m);
  assert.match(text, /^nomad_nomad_blocked_evals_job_cpu\{.*job="big".*\} 9000$/m);
});

test('nomad-api #98: allocated against room is what the autoscaler reckons with', async () => {
  const nodes = ['n1', 'n2'].map((name) => ({ name, cpuMhz: 4000, reserved: { cpuMhz: 100 } }));
  const nomad = testNomad({ nodes });
  await nomad.put('/v1/jobs', jobBody('web', { count: 3, cpu: 1000 }));
  await nomad.clock.advance(1000);
  let allocated = 0;
  let room = 0;
  for (const { ID } of (await nomad.get('/v1/nodes')).json) {
    const node = (await nomad.get(`/v1/node/${ID}`)).json;
    room += node.NodeResources.Cpu.CpuShares - node.ReservedResources.Cpu.CpuShares;
    for (const one of (await nomad.get(`/v1/node/${ID}/allocations`)).json) allocated += one.Resources.CPU;
  }
  assert.equal((100 * allocated) / room, (100 * 3000) / 7800);
});
