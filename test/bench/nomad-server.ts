/**
 * The embedded Nomad under 10,000 jobs with a scaling policy each: registering and placing, memory, a read that waits
 * per job, requests to scale, metrics. Prints a JSON line per figure. Run with
 * `node --expose-gc --conditions=source test/bench/nomad-server.ts [jobs]`.
 */
import { benchNomad, heapMib, largeNodes, until } from '../support/bench-nomad.ts';
import { pause, printFigure, timed } from '../support/figures.ts';
import { jobBody } from '../support/nomad-server.ts';

const count = Number(process.argv[2] ?? 10_000);
const nomad = benchNomad(largeNodes(50), 10);
const { store } = nomad.server;
const name = `nomad_${count}_jobs`;

const policy = { cooldown: '1m', evaluation_interval: '10s', check: [{ cpu: [{ source: 'nomad-apm' }] }] };
const group = {
  Scaling: { Min: 1, Max: 5, Policy: policy },
  Update: { MinHealthyTime: 1e8, HealthCheck: 'task_states' },
};
const isHealthy = () => [...store.state.deployments.values()].every((one) => one.Status === 'successful');
const cpuMs = () => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
};

const heapBefore = heapMib();
const placedMs = await timed(async () => {
  const registeredMs = await timed(async () => {
    for (let at = 0; at < count; at++)
      await nomad.put('/v1/jobs', jobBody(`job-${at}`, { cpu: 100, memory: 64, group }));
  });
  printFigure(`${name}_register`, (registeredMs / count) * 1000, 'µs/job');
  await until(() => store.state.allocations.size === count);
});
printFigure(`${name}_register_and_place`, placedMs, 'ms');
printFigure(`${name}_until_healthy`, placedMs + (await timed(() => until(isHealthy))), 'ms');
printFigure(`${name}_heap`, heapMib() - heapBefore, 'MiB');
printFigure(`${name}_rss`, process.memoryUsage().rss / 1024 ** 2, 'MiB');

const stops = Array.from({ length: count }, () => new AbortController());
const held = stops.map(({ signal }, at) => nomad.read(`/v1/job/job-${at}/scale?index=${store.index}&wait=5m`, signal));
printFigure(`${name}_heap_with_a_held_read_each`, heapMib() - heapBefore, 'MiB');

const scalings = Math.min(count, 1000);
const cpuBefore = cpuMs();
const scaledMs = await timed(async () => {
  for (let at = 0; at < scalings; at++) {
    const body = { Count: 2, Target: { Job: `job-${at}`, Group: 'g' }, Message: 'up' };
    await nomad.put(`/v1/job/job-${at}/scale`, body);
  }
});
printFigure(`${name}_scale_request`, (scaledMs / scalings) * 1000, 'µs');
await pause(3000);
printFigure(`${name}_scaling_until_healthy_cpu`, ((cpuMs() - cpuBefore) / scalings) * 1000, 'µs');
printFigure(`${name}_metrics`, await timed(() => nomad.read('/v1/metrics?format=prometheus')), 'ms');
for (const stop of stops) stop.abort();
await Promise.all(held);
nomad.server.close();
