/** A pool of nodes in an embedded Nomad that grows by the engine itself: real query, real strategy, real ticks, virtual time. */
import { queryNomad } from '../../plugins/apm/nomad/query.ts';
import { plugin as targetValuePlugin } from '../../plugins/strategy/target-value/index.ts';
import { explain } from '../../src/lib/error.ts';
import { noLog } from '../../src/lib/log.ts';
import type { ApmSession } from '../../src/model/plugin.ts';
import type { TickReport } from '../../src/model/tick.ts';
import { nomadClient } from '../../src/nomad/client.ts';
import { JobView } from '../../src/nomad/job-view.ts';
import { NodeView } from '../../src/nomad/node-view.ts';
import { throughFetch } from '../../src/nomad/through-fetch.ts';
import { UsageView } from '../../src/nomad/usage-view.ts';
import { WaitingView } from '../../src/nomad/waiting-view.ts';
import type { NodeSpec } from '../../src/nomad-server/node-record.ts';
import type { NomadServerConfig } from '../../src/nomad-server/server.ts';
import { startScaling } from '../../src/scaling/handlers.ts';
import { testWorld } from '../../src/sdk/testing.ts';
import { check, policy } from './builders.ts';
import { fakePlugins, fakeTarget, fakeWorld } from './fakes.ts';
import { never } from './nomad.ts';
import { type JobOptions, jobBody, testNomad } from './nomad-server.ts';

type Texts = Readonly<Record<string, string>>;

/** A node of the pool: 1000 MHz and 1000 MB of the class `pool`. */
export const poolNode = (name: string, more: Partial<NodeSpec> = {}): NodeSpec => ({
  ...{ name, nodeClass: 'pool', cpuMhz: 1000, memoryMb: 1000 },
  ...more,
});

export const wantedCpu = 'node_percentage-wanted_cpu/node_class=pool';
export const wantedMemory = 'node_percentage-wanted_memory/node_class=pool';
export const allocatedCpu = 'node_percentage-allocated_cpu/node_class=pool';

/** An embedded Nomad with such nodes, and nomad-apm over it. */
export function nomadWith(
  t: { after(work: () => void): void },
  nodes: NonNullable<NomadServerConfig['nodes']>,
  config: Texts = {},
) {
  const nomad = testNomad({ nodes });
  const { clock, server } = nomad;
  const asked: string[] = [];
  const origin = 'http://nomad.test:4646';
  const answers = new Map<string, { readonly status: number; readonly body: string }>();
  const fetch = async (request: Request) => {
    asked.push(request.url.slice(origin.length));
    const answer = answers.get(new URL(request.url).pathname);
    return answer === undefined ? server.fetch(request) : new Response(answer.body, { status: answer.status });
  };
  const client = nomadClient({ address: origin, tls: {}, waitMs: 300_000 }, throughFetch(fetch, origin));
  const jobs = new JobView(client, { clock, random: () => 0.5, log: noLog });
  t.after(() => {
    jobs.close();
    server.close();
  });
  const parts = {
    nomad: {
      ...{ client, jobs, usage: new UsageView(client, clock), nodes: new NodeView(client, clock) },
      waiting: new WaitingView(client, clock),
      close: async () => undefined,
    },
    config: config as never,
    world: testWorld({ clock }),
    warned: new Set<string>(),
  };
  const apm: ApmSession = {
    setConfig: () => undefined,
    close: async () => undefined,
    query: (query, range, signal) => queryNomad(parts, query, range, signal),
    queryMultiple: async (query, range, signal) => [await queryNomad(parts, query, range, signal)],
  };
  const ask = async (query: string) => (await queryNomad(parts, query, { from: 0, to: clock.now() }, never))[0].value;
  return {
    ...{ nomad, clock, apm, asked },
    ask,
    whyNot: (query: string) => ask(query).then((value) => `it answered ${value}`, explain),
    /** From now on this is what a path answers. */
    answer: (path: string, status: number, body: string) => void answers.set(path, { status, body }),
    /** Registers a job, and lets the scheduler work and what is fresh grow old. */
    async run(job: string, options: JobOptions) {
      const { status, text } = await nomad.put('/v1/jobs', jobBody(job, options));
      if (status !== 200) throw new Error(text);
      await clock.advance(2_000);
    },
    /** Of the job: where allocations run, a name of a node each, in order. */
    async places(job: string): Promise<readonly string[]> {
      const { json } = await nomad.get(`/v1/job/${job}/allocations`);
      const running = (json as { NodeName: string; ClientStatus: string }[]).filter(
        ({ ClientStatus }) => ClientStatus === 'running',
      );
      return running.map(({ NodeName }) => NodeName).sort();
    },
  };
}

export type WaitingNomad = ReturnType<typeof nomadWith>;

export interface GrowOptions {
  readonly query: string;
  /** Of `target-value`. */
  readonly strategy: Texts;
  readonly min?: number;
  readonly max?: number;
  /** Servers that there are. Default: one for each node of the class. */
  readonly count: number;
}

/** The agent's engine over it: a policy that ticks each 10 s and a target whose servers are nodes 30 s later. */
export function growPool(t: { after(work: () => Promise<void>): void }, on: WaitingNomad, options: GrowOptions) {
  const world = { ...fakeWorld(), clock: on.clock };
  const target = fakeTarget({ count: options.count });
  let joined = options.count;
  target.onScale = ({ count }) => {
    target.now = { ready: false, count, meta: {} };
    on.clock.after(30_000, () => {
      for (; joined < count; joined++) on.nomad.server.simulation.join(poolNode(`new-${joined + 1}`));
      joined = count;
      target.now = { ready: true, count, meta: {} };
    });
    return { kind: 'scaled' };
  };
  const reports: TickReport[] = [];
  const scaling = startScaling({
    ...{ world, workers: { horizontal: 1, cluster: 1 }, collectionIntervalMs: 1000 },
    apmLabelsOfNomadDriver: new Set(['nomad-apm']),
    plugins: fakePlugins({
      apm: { 'nomad-apm': on.apm },
      strategy: { 'target-value': targetValuePlugin.open(testWorld({ clock: on.clock })) },
      target: { target },
    }),
    onReport: (report) => {
      reports.push(report);
    },
  });
  t.after(() => scaling.close(0));
  const { query, strategy, min = 0, max = 10 } = options;
  scaling.apply('file', [
    policy({
      ...{ type: 'cluster', min, max, cooldownMs: 20_000 },
      checks: [check({ source: 'nomad-apm', query, strategy: { name: 'target-value', config: strategy } })],
      target: { name: 'target', config: { node_class: 'pool' } },
    }),
  ]);
  return {
    target,
    reports,
    /** Moves time on, with room for the answers that take turns of the event loop. */
    async pass(ms: number) {
      for (let past = 0; past < ms; past += 500) {
        await on.clock.advance(500);
        for (let turn = 0; turn < 10; turn++) await new Promise<void>((resolve) => setImmediate(resolve));
      }
    },
  };
}
