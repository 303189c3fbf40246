/**
 * What one evaluation costs: nodes in three datacenters, 100 racks and five generations, each with some allocations
 * already. Prints a JSON line per figure: the scheduler alone (the best of some runs on one snapshot), then until the
 * plan is applied and the evaluation complete. Run with
 * `node --expose-gc --conditions=source test/bench/nomad-scheduler.ts [nodes]`.
 */

import { newId } from '../../src/nomad-server/identity.ts';
import type { NodeSpec } from '../../src/nomad-server/node-record.ts';
import { schedule } from '../../src/nomad-server/scheduler/schedule.ts';
import { seededRandom } from '../../src/simulate/random.ts';
import { type BenchNomad, benchNomad, until } from '../support/bench-nomad.ts';
import { printFigure, timed } from '../support/figures.ts';
import { type JobOptions, jobBody } from '../support/nomad-server.ts';

const nodes = Number(process.argv[2] ?? 10_000);
/** System jobs that every node runs already. */
const already = 3;
const runs = 3;
const never = 1e9;

const nodeSpec = (at: number): NodeSpec => ({
  ...{ name: `n${at}`, datacenter: `dc${(at % 3) + 1}`, nodeClass: `c${at % 2}` },
  meta: { rack: `r${at % 100}`, generation: String(at % 5) },
});

const everywhere = { Datacenters: ['*'] };
const constraints = [
  { LTarget: '${attr.kernel.name}', Operand: '=', RTarget: 'linux' },
  { LTarget: '${attr.nomad.version}', Operand: 'semver', RTarget: '>= 1.5.0' },
  { LTarget: '${meta.generation}', Operand: '!=', RTarget: '0' },
];
const affinities = [
  { LTarget: '${meta.generation}', Operand: '=', RTarget: '3', Weight: 60 },
  { LTarget: '${node.class}', Operand: '=', RTarget: 'c1', Weight: -20 },
];
const spreads = [
  {
    ...{ Attribute: '${node.datacenter}', Weight: 50 },
    SpreadTarget: [
      { Value: 'dc1', Percent: 50 },
      { Value: 'dc2', Percent: 30 },
    ],
  },
  { Attribute: '${meta.rack}', Weight: 50 },
];
const choosy = { ...everywhere, Constraints: constraints, Affinities: affinities, Spreads: spreads };
const port = { Mode: 'host', DynamicPorts: [{ Label: 'http' }] };

const cases: readonly (readonly [name: string, options: JobOptions])[] = [
  ['service_100_constraints_affinities_spreads', { count: 100, job: choosy }],
  ['service_1000_constraints_affinities_spreads', { count: 1000, job: choosy }],
  ['service_1000_constraints', { count: 1000, job: { ...everywhere, Constraints: constraints } }],
  ['service_1000', { count: 1000, job: everywhere }],
  ['service_1000_dynamic_port', { count: 1000, job: everywhere, group: { Networks: [port] } }],
  ['batch_1000', { type: 'batch', count: 1000, job: everywhere }],
  ['service_1000_without_room', { count: 1000, cpu: 1e6, job: everywhere }],
  ['system', { type: 'system', job: everywhere }],
];

/** @param size  of the cluster. */
async function measure(nomad: BenchNomad, size: number, name: string, options: JobOptions): Promise<void> {
  const { store } = nomad.server;
  const print = (what: string, ms: number) => printFigure(`nomad_${what}_${name}_on_${size}_nodes`, ms, 'ms');
  await nomad.put('/v1/jobs', jobBody(name, { cpu: 10, memory: 10, ...options }));
  const evaluation = [...store.evaluationsOfJob('default', name)][0];
  if (evaluation === undefined) throw new Error(`${name} is not evaluated`);
  // The worker waits for its next turn: until then the state stands still.
  let best = Number.POSITIVE_INFINITY;
  for (let run = 0; run < runs; run++) {
    const random = seededRandom(run);
    const context = { nowMs: Date.now(), newId: () => newId(random), random };
    best = Math.min(best, await timed(() => schedule(store, evaluation, context)));
  }
  print('evaluation', best);
  const isComplete = () => store.state.evaluations.get(evaluation.ID)?.Status === 'complete';
  print('evaluation_and_plan', await timed(() => until(isComplete)));
}

async function run(size: number, wanted: (name: string) => boolean): Promise<void> {
  const nomad = benchNomad(
    Array.from({ length: size }, (_, at) => nodeSpec(at)),
    never,
  );
  const filling = (at: number) => jobBody(`filling-${at}`, { type: 'system', cpu: 10, memory: 10, job: everywhere });
  for (let at = 0; at < already; at++) await nomad.put('/v1/jobs', filling(at));
  await until(() => nomad.server.store.state.allocations.size === size * already);
  for (const [name, options] of cases) if (wanted(name)) await measure(nomad, size, name, options);
  nomad.server.close();
}

await run(nodes, () => true);
await run(1000, (name) => name.endsWith('spreads'));
