/**
 * The whole way of an allocation into the state: jobs registered, evaluated, planned, plans applied, allocations
 * stored. Clients that start and report them come on top in the second half. Prints a JSON line per figure. Run with
 * `node --expose-gc --conditions=source test/bench/nomad-store.ts [jobs] [allocations per job]`.
 */
import { benchNomad, heapMib, largeNodes, until } from '../support/bench-nomad.ts';
import { printFigure, timed } from '../support/figures.ts';
import { jobBody } from '../support/nomad-server.ts';

const jobs = Number(process.argv[2] ?? 100);
const count = Number(process.argv[3] ?? 1000);
const nodes = 1000;
const total = jobs * count;
const never = 1e9;

/** Registers the jobs and waits until all of their allocations are stored. */
async function placeAll(type: string, startMs: number) {
  const nomad = benchNomad(largeNodes(nodes), startMs);
  const { state } = nomad.server.store;
  const before = heapMib();
  const ms = await timed(async () => {
    for (let at = 0; at < jobs; at++) await nomad.put('/v1/jobs', jobBody(`job-${at}`, { type, count, cpu: 10 }));
    await until(() => state.allocations.size === total);
  });
  return { ...nomad, ms, heapBytes: (heapMib() - before) * 1024 ** 2 };
}

for (const type of ['batch', 'service']) {
  const stored = await placeAll(type, never);
  printFigure(`nomad_store_${type}_allocations`, total / (stored.ms / 1000), '1/s');
  printFigure(`nomad_store_${type}_heap_per_allocation`, stored.heapBytes / total, 'B');
  stored.server.close();
}

const { server, ms } = await placeAll('batch', 10);
const isRunning = () =>
  [...server.store.state.summaries.values()].every(({ Summary }) => Summary['g']?.Running === count);
const rest = await timed(() => until(isRunning));
printFigure('nomad_store_batch_allocations_until_running', total / ((ms + rest) / 1000), '1/s');
server.close();
