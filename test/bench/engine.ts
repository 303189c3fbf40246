/**
 * What a tick costs: policies with one check on plugins in this process that answer at once, two INFO lines a tick,
 * telemetry on. Prints a JSON line per figure. Run with `node --conditions=source --expose-gc test/bench/engine.ts`.
 */
import { systemClock } from '../../src/lib/clock.ts';
import { createLog } from '../../src/lib/log.ts';
import { createTelemetry } from '../../src/lib/telemetry.ts';
import type { World } from '../../src/lib/world.ts';
import { startScaling } from '../../src/scaling/handlers.ts';
import type { Plugins } from '../../src/scaling/parts.ts';
import { check, none, policy } from '../support/builders.ts';

const policies = Number(process.argv[2] ?? 1000);
const intervalMs = Number(process.argv[3] ?? 100);
const runMs = Number(process.argv[4] ?? 3000);

let written = 0;
const log = createLog({
  level: 'info',
  json: false,
  location: false,
  clock: systemClock,
  write: (record) => {
    written += record.length;
  },
});
const telemetry = createTelemetry({
  clock: systemClock,
  service: 'nomad-autoscaler',
  hostName: 'bench',
  disableHostname: true,
  enableHostnameLabel: false,
  retentionMs: 0,
});
const world: World = { clock: systemClock, random: Math.random, log: log.root, telemetry };

const session = { setConfig: () => undefined, close: () => Promise.resolve() };
const answer = none();
const status = { ready: true, count: 3, desired: 3, meta: { 'nomad_autoscaler.last_event': '1' } };
const plugins: Plugins = {
  apm: () => ({ ...session, query: () => [], queryMultiple: () => [] }),
  strategy: () => ({ ...session, run: () => answer }),
  target: () => ({ ...session, status: () => ({ ...status }), scale: () => ({ kind: 'scaled' }) }),
};

const print = (name: string, value: number, unit: string) => console.log(JSON.stringify({ name, value, unit }));
const heapBefore = usedHeap();
let ticks = 0;
const scaling = startScaling({
  world,
  plugins,
  workers: { horizontal: 10, cluster: 10 },
  apmLabelsOfNomadDriver: new Set(),
  collectionIntervalMs: 1000,
  onReport: () => {
    ticks++;
  },
});
scaling.apply(
  'file',
  Array.from({ length: policies }, (_, at) =>
    policy({
      id: `00000000-0000-4000-8000-${String(at).padStart(12, '0')}`,
      evaluationIntervalMs: intervalMs,
      checks: [check({ source: 'nomad-apm', strategy: { name: 'fixed-value', config: { value: '3' } } })],
      target: { name: 'nomad-target', config: { Job: `job-${at}`, Group: 'app', Namespace: 'default' } },
    }),
  ),
);
await new Promise((resolve) => setTimeout(resolve, intervalMs * 5));
const ticksBefore = ticks;
const cpuBefore = process.cpuUsage();
await new Promise((resolve) => setTimeout(resolve, runMs));
const cpu = process.cpuUsage(cpuBefore);
const counted = ticks - ticksBefore;
print('engine_cpu_per_1000_ticks', (cpu.user + cpu.system) / 1e6 / (counted / 1000), 's');
print('engine_ticks', counted / (runMs / 1000), '1/s');
print('engine_heap_per_policy', (usedHeap() - heapBefore) / policies, 'B');
print('engine_log_per_tick', written / ticks, 'B');
await scaling.close(0);

function usedHeap(): number {
  globalThis.gc?.();
  return process.memoryUsage().heapUsed;
}
