/**
 * The embedded Nomad under 10,000 jobs: registering and placing, memory, scale requests, parked reads. Prints a JSON
 * line per figure. Run: `node --expose-gc --conditions=source test/bench/nomad-server.ts [jobs]`
 */
import { systemClock } from '../../src/lib/clock.ts';
import type { Logger } from '../../src/lib/log.ts';
import { noTelemetry } from '../../src/lib/telemetry.ts';
import { createNomadServer } from '../../src/nomad-server/server.ts';

const count = Number(process.argv[2] ?? 10_000);
const silent: Logger = {
  ...{ trace: () => undefined, debug: () => undefined, info: () => undefined, warn: () => undefined },
  ...{ error: (...all) => console.error(...all), isEnabled: () => false, named: () => silent, with: () => silent },
};
const nodes = Array.from({ length: 50 }, (_, at) => ({
  name: `n${at}`,
  cpuMhz: 64_000,
  memoryMb: 256_000,
  diskMb: 1e6,
}));
const world = { clock: systemClock, random: Math.random, log: silent, telemetry: noTelemetry };
const server = createNomadServer({ world, config: { nodes, startMs: 10, stopMs: 10 } });

function job(id: string): string {
  const policy = { cooldown: '1m', evaluation_interval: '10s', check: [{ cpu: [{ source: 'nomad-apm' }] }] };
  return JSON.stringify({
    Job: {
      ID: id,
      TaskGroups: [
        {
          ...{ Name: 'g', Count: 1, Scaling: { Min: 1, Max: 5, Policy: policy } },
          ...{ EphemeralDisk: { SizeMB: 150 }, Update: { MinHealthyTime: 1e8, HealthCheck: 'task_states' } },
          Tasks: [{ Name: 't', Driver: 'docker', Config: { image: 'x' }, Resources: { CPU: 100, MemoryMB: 64 } }],
        },
      ],
    },
  });
}

const send = (method: string, url: string, body = '', signal?: AbortSignal) =>
  server.handle({ method, url, body, headers: {}, signal });
const print = (figure: string, value: number, unit: string) =>
  console.log(JSON.stringify({ bench: 'nomad-server', figure, value: Math.round(value * 100) / 100, unit }));
const pause = (ms: number) => new Promise<void>((resolve) => systemClock.after(ms, resolve));
const cpuMs = () => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
};
const usedMb = () => {
  globalThis.gc?.();
  return process.memoryUsage().heapUsed / 1024 ** 2;
};

const before = usedMb();
let began = systemClock.elapsed();
for (let at = 0; at < count; at++) await send('PUT', '/v1/jobs', job(`job-${at}`));
print('register', ((systemClock.elapsed() - began) / count) * 1000, 'µs/job');
while (server.store.state.allocations.size < count) await pause(10);
print('registered and placed', systemClock.elapsed() - began, 'ms');
const isHealthy = () => [...server.store.state.deployments.values()].every((one) => one.Status === 'successful');
while (!isHealthy()) await pause(50);
print('until every deployment succeeded', systemClock.elapsed() - began, 'ms');
print('heap', usedMb() - before, 'MiB');
print('rss', process.memoryUsage().rss / 1024 ** 2, 'MiB');

const stop = new AbortController();
const parked: Promise<unknown>[] = [];
for (let at = 0; at < count; at++) {
  const index = server.store.index;
  parked.push(send('GET', `/v1/job/job-${at}/scale?index=${index}&wait=5m`, '', stop.signal));
}
print('heap with a parked read per job', usedMb() - before, 'MiB');
const idle = cpuMs();
await pause(1000);
print('cpu while parked', cpuMs() - idle, 'ms/s');

began = systemClock.elapsed();
const cpu = cpuMs();
const scales = Math.min(count, 1000);
for (let at = 0; at < scales; at++) {
  const body = JSON.stringify({ Count: 2, Target: { Job: `job-${at}`, Group: 'g' }, Message: 'up' });
  const answer = await send('PUT', `/v1/job/job-${at}/scale`, body);
  if (answer.status !== 200) throw new Error(String(answer.body));
}
print('scale request', ((systemClock.elapsed() - began) / scales) * 1000, 'µs');
await pause(3000);
print('cpu per scaling, with scheduling, starting and health', ((cpuMs() - cpu) / scales) * 1000, 'µs');
began = systemClock.elapsed();
const metrics = await send('GET', '/v1/metrics?format=prometheus');
print('metrics', systemClock.elapsed() - began, 'ms');
print('metrics size', String(metrics.body).length / 1024 ** 2, 'MiB');
stop.abort();
await Promise.all(parked);
server.close();
