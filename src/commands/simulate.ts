/** `nomad-autoscaler simulate`: would these jobs find room, and how many nodes would take the rest? */
import type { Clock } from '../lib/clock.ts';
import { AutoscalerError, explain, inContext, usageError } from '../lib/error.ts';
import { nomadRefusal } from '../nomad/client.ts';
import type { Node } from '../nomad/node-types.ts';
import type { NomadSettings } from '../nomad/settings.ts';
import type { Job } from '../nomad/types.ts';
import { Cluster } from '../simulate/cluster.ts';
import { extraNodes } from '../simulate/extra.ts';
import { type NomadState, readPending, readState } from '../simulate/nomad-state.ts';
import { seededRandom } from '../simulate/random.ts';
import { type Finished, reportOf } from '../simulate/report.ts';
import { type JobAsk, run } from '../simulate/run.ts';
import { jobOfFile } from '../simulate/scenario.ts';
import { copiesOf, jobOfSize, mostCommon, templateLike, templateNode } from '../simulate/template.ts';
import type { CliFiles, Connection } from './nomad/cli/command.ts';
import { settingsOf } from './nomad/cli/general-flags.ts';
import { variablesOf } from './nomad/job/file.ts';
import type { Terminal } from './shell.ts';
import { pairsOf, readSimulateFlags, type SimulateValues, templateChanges, type Wish } from './simulate-flags.ts';
import { simulationText } from './simulate-text.ts';

export interface SimulateOptions {
  readonly terminal: Terminal;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly clock: Clock;
  readonly files: Pick<CliFiles, 'read'>;
  readonly connect: (settings: NomadSettings) => Promise<Connection>;
  /** Of Nomad, on nodes that are made up. */
  readonly version: string;
}

const somethingUnplaced = 2;

/** @returns the exit status: 0 when everything fits, 2 when something does not, 1 for an error. */
export async function runSimulateCommand(args: readonly string[], options: SimulateOptions): Promise<number> {
  try {
    return await simulate(readSimulateFlags(args), options);
  } catch (error) {
    options.terminal.err(explain(error));
    const advice = adviceOn(error);
    if (advice !== undefined) options.terminal.err(advice);
    return 1;
  }
}

/** What to do about it, for whoever uses this for the first time. */
function adviceOn(error: unknown): string | undefined {
  if (nomadRefusal(error)?.status === 403) return 'The token has to allow reading nodes, and jobs in every namespace.';
  if (!(error instanceof AutoscalerError)) return undefined;
  if (error.code === 'invalid_flag') return "Run 'nomad-autoscaler simulate -help' for all options.";
  return error.code === 'connection_failed'
    ? 'NOMAD_ADDR or -address say which Nomad is read; -nodes=<n> makes up a cluster instead.'
    : undefined;
}

async function simulate(wish: Wish, options: SimulateOptions): Promise<number> {
  const { values } = wish;
  const { terminal, clock } = options;
  const settings = settingsOf(values, options.env);
  const jobs = await jobsOf(wish, settings, options);
  const { state, pending } = await whatThereIs(values, settings, options);
  for (const job of jobs) noteStanding(job, state, terminal);
  const template = templateOf(values, state.nodes, options.version);
  const began = clock.elapsed();
  const finished = place(values, state, [...pending, ...jobs.map((job) => ({ job }))], template);
  const report = reportOf({ ...finished, elapsedMs: Math.round(clock.elapsed() - began) }, values.placements ?? false);
  terminal.out(
    values.json
      ? JSON.stringify(report, undefined, 2)
      : simulationText(report, { away: state.away, isVerbose: values.verbose ?? false }),
  );
  return report.Unplaced === 0 ? 0 : somethingUnplaced;
}

/** Nomad would update such a job; a simulation only places. */
function noteStanding({ Namespace, ID }: Job, { allocations }: NomadState, { err }: Terminal): void {
  const standing = allocations.filter((one) => one.Namespace === Namespace && one.JobID === ID).length;
  if (standing > 0)
    err(`Job "${ID}" has ${standing} allocations there already: those of its file are placed beside them.`);
}

function place(
  values: SimulateValues,
  state: NomadState,
  asks: readonly JobAsk[],
  template: Node,
): Omit<Finished, 'elapsedMs'> {
  const { mode = 'compat', seed = 1 } = values;
  const cluster = new Cluster(state.nodes, state.allocations, values.algorithm ?? state.algorithm);
  cluster.join(copiesOf(template, values.nodes ?? 0, 'node'));
  cluster.join(copiesOf(template, values.add ?? 0, 'added'));
  const results = run(cluster, asks, { mode, random: seededRandom(seed) });
  return { mode, seed, cluster, results, template, extra: extraNodes(cluster, results, template, { mode, seed }) };
}

const nothing: NomadState = { nodes: [], away: 0, allocations: [], algorithm: 'binpack' };

/** What stands in the Nomad that is asked, and what waits there. */
async function whatThereIs(
  values: SimulateValues,
  settings: NomadSettings,
  { connect }: SimulateOptions,
): Promise<{ readonly state: NomadState; readonly pending: readonly JobAsk[] }> {
  if (values.nodes !== undefined) return { state: nothing, pending: [] };
  const { client, close } = await connect(settings);
  const { signal } = new AbortController();
  try {
    const state = await readState(client, signal);
    const pending = values.pending ? await readPending(client, settings.namespace, signal) : [];
    return { state, pending };
  } finally {
    await close();
  }
}

/** @throws `invalid_flag` (usage): there is no node to be like. */
function templateOf(values: SimulateValues, nodes: readonly Node[], version: string): Node {
  const { like } = values;
  const changes = templateChanges(values);
  if (like === undefined) {
    const model = mostCommon(nodes);
    return model === undefined ? templateLike(templateNode({}, version), changes) : templateLike(model, changes);
  }
  const model = nodes.find(({ Name }) => Name === like) ?? nodes.find(({ ID }) => ID.startsWith(like));
  if (model === undefined) {
    throw usageError('invalid_flag', `-like=${like}: no node that takes allocations has this name or ID`);
  }
  return templateLike(model, changes);
}

async function jobsOf({ values, files }: Wish, { namespace }: NomadSettings, { env, files: disk }: SimulateOptions) {
  const read = async (path: string) => {
    const text = await disk.read(path).catch((error) => {
      throw inContext(path, error);
    });
    if (text === undefined) throw usageError('invalid_flag', `${path}: no such file`);
    return text;
  };
  const variables = await Promise.all((values['var-file'] ?? []).map(read));
  const inputs = {
    environment: variablesOf(env),
    file: variables.join('\n'),
    flags: pairsOf('-var', values.var ?? []),
  };
  const home = namespace === undefined || namespace === '*' ? 'default' : namespace;
  const texts = await Promise.all(files.map(read));
  const ofFiles = files.map((path, at) => jobOfFile(path, texts[at] ?? '', inputs, home));
  const ofSizes = (values.ask ?? []).map((size, at) =>
    jobOfSize({ ...size, id: `ask-${at + 1}`, type: values.type ?? 'service' }),
  );
  return [...ofFiles, ...ofSizes];
}
