/**
 * What-if: 2,000,000 allocations on 6,100 nodes in each mode, as 40 jobs of 50,000 and as 2,000 of 1,000; the nodes that
 * are missing when there are 6,000; and what jobs with ports and spreads cost, which Nomad's own scheduler places. Each
 * figure comes from a process of its own, so that its memory is its own. Prints a JSON line per figure.
 * Run: `npm run bench -- simulate`, or `node --conditions=source test/bench/simulate.ts`
 */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { Job } from '../../src/nomad/types.ts';
import { Cluster } from '../../src/simulate/cluster.ts';
import { extraNodes, unplacedOf } from '../../src/simulate/extra.ts';
import { seededRandom } from '../../src/simulate/random.ts';
import { type Mode, run } from '../../src/simulate/run.ts';
import { copiesOf, jobOfSize, templateNode } from '../../src/simulate/template.ts';
import { printFigure } from '../support/figures.ts';

interface Case {
  readonly mode: Mode;
  readonly type: 'service' | 'batch';
  readonly nodes: number;
  readonly jobs: number;
  readonly allocations: number;
  /** What makes the jobs more than sums. */
  readonly with?: 'ports' | 'spread';
}

const millions = { nodes: 6100, jobs: 40, allocations: 2_000_000 };
const types = ['batch', 'service'] as const;
const cases: readonly Case[] = [
  ...types.map((type) => ({ ...millions, mode: 'compat' as const, type })),
  ...types.map((type) => ({ ...millions, mode: 'compat' as const, type, jobs: 2000 })),
  ...types.map((type) => ({ ...millions, mode: 'compat' as const, type, nodes: 6000 })),
  { ...millions, mode: 'exact', type: 'service' },
  { ...millions, mode: 'count', type: 'service' },
  { ...millions, mode: 'count', type: 'service', jobs: 2000 },
  { ...millions, mode: 'count', type: 'service', nodes: 6000 },
  { mode: 'compat', type: 'service', nodes: 1000, jobs: 20, allocations: 10_000, with: 'ports' },
  { mode: 'compat', type: 'service', nodes: 1000, jobs: 20, allocations: 2000, with: 'spread' },
];

/** Takes 328 allocations. */
const kind = { cpuMhz: 32_800, memoryMb: 65_600, diskMb: 328_000 };
const size = { cpuMhz: 100, memoryMb: 200, diskMb: 1000 };

function measure(one: Case): void {
  const template = templateNode(kind, '2.0.0');
  const count = one.allocations / one.jobs;
  const jobs = Array.from({ length: one.jobs }, (_, at) =>
    withMore(jobOfSize({ id: `job-${at}`, type: one.type, count, ...size }), one.with),
  );
  const cluster = new Cluster(copiesOf(template, one.nodes, 'node'), [], 'binpack');
  const began = performance.now();
  const results = run(
    cluster,
    jobs.map((job) => ({ job })),
    { mode: one.mode, random: seededRandom(1) },
  );
  const ms = performance.now() - began;
  const what = [one.mode, one.type, one.allocations, 'in', one.jobs, 'jobs', 'on', one.nodes, 'nodes', one.with];
  const name = what.filter((word) => word !== undefined).join('_');
  printFigure(`simulate_${name}`, ms, 'ms');
  printFigure(`simulate_${name}_rate`, (cluster.placements.length / ms) * 1000, '1/s');
  printFigure(`simulate_${name}_unplaced`, unplacedOf(results), '1');
  if (unplacedOf(results) > 0) {
    const from = performance.now();
    const { nodes } = extraNodes(cluster, results, template, { mode: one.mode, seed: 1 });
    printFigure(`simulate_${name}_extra_nodes`, nodes, '1');
    printFigure(`simulate_${name}_extra_nodes_found`, performance.now() - from, 'ms');
  }
  printFigure(`simulate_${name}_peak_rss`, process.resourceUsage().maxRSS / 1024, 'MiB');
}

function withMore(job: Job, what: Case['with']): Job {
  const [group] = job.TaskGroups;
  if (group === undefined || what === undefined) return job;
  const network = { Mode: 'host', DynamicPorts: [{ Label: 'http' }] };
  const spread = { Attribute: '${node.unique.name}', Weight: 50, SpreadTarget: null };
  const more = what === 'ports' ? { Networks: [network] } : { Spreads: [spread] };
  return { ...job, TaskGroups: [{ ...group, ...more }] };
}

const [wanted] = process.argv.slice(2);
const one = wanted === undefined ? undefined : cases[Number(wanted)];
if (one !== undefined) measure(one);
else {
  for (const at of cases.keys()) {
    const args = ['--conditions=source', fileURLToPath(import.meta.url), String(at)];
    const { status } = spawnSync(process.execPath, args, { stdio: 'inherit' });
    if (status !== 0) throw new Error(`case ${at} ended with status ${status}`);
  }
}
