/** `nomad-autoscaler nomad agent -dev`: the embedded Nomad by itself, until a signal. */
import { AutoscalerError, explain, usageError } from '../../lib/error.ts';
import {
  boolFlag,
  durationFlag,
  type Flag,
  type FlagValues,
  integerFlag,
  parseFlags,
  textFlag,
} from '../../lib/flags.ts';
import { type LogLevel, logLevels, parseLogLevel } from '../../lib/log.ts';
import type { World } from '../../lib/world.ts';
import type { Machine } from '../../nomad-server/drivers/machine.ts';
import type { SavedState } from '../../nomad-server/saved-state.ts';
import { imitated } from '../../nomad-server/server.ts';
import { usualPlace } from '../../nomad-server/usual-place.ts';
import type { Terminal } from '../shell.ts';
import { agentBanner } from './agent-banner.ts';
import { type Embedded, sameNodes, startEmbedded } from './embedded.ts';
import { StateFile } from './state-file.ts';
import { keepState } from './state-keeper.ts';

export const nomadAgentHelp = `Usage: nomad-autoscaler nomad agent -dev [options]

  Runs the embedded Nomad: state in memory, simulated clients, Nomad's HTTP API.
  It is no production Nomad.

Options:

  -dev
    Required, as a reminder of the line above.

  -dev-real-exec
    Tasks of the drivers raw_exec and exec really run, as processes of this
    machine with the rights of this program. Whoever reaches the port may start
    some. Default: every task only pretends to run.

  -bind=<host>
    Where it listens. Default: 127.0.0.1.

  -port=<port>
    Default: 4646.

  -region=<region>, -dc=<datacenter>
    Default: global and dc1.

  -state=<file>
    Goes on with the state in this file, and keeps it there: a few seconds after
    a change, and at the end. -nodes and what follows it are for a new state.

  -acl
    Only who has a token may do anything. The first comes from "acl bootstrap".

  -log-level=<level>
    One of trace, debug, info, warn, error, off. Default: info.

  -nodes=<n>
    Simulated clients. Default: 3, with -dev-real-exec 1: clients share the ports
    of this machine.

  -node-cpu=<MHz>, -node-memory=<MB>, -node-disk=<MB>
    What each of them has. Default: 4000, 8192 and 20000.

  -node-class=<class>
    Their node class. Default: none.

  -heartbeat=<duration>
    Least time between two heartbeats of a client, and how long after it one
    counts as missed. Default: 10s.

  -healthy-after=<duration>
    An allocation counts as healthy after this time at the latest, whatever
    min_healthy_time its job has. Default: as the job says.
`;

const logLevelFlag: Flag<LogLevel> = {
  isBool: false,
  read(text) {
    const level = parseLogLevel(text);
    if (level === undefined) throw usageError('invalid_flag', `must be one of ${logLevels.join(', ')}`);
    return level;
  },
};

const countFlag: Flag<number> = {
  isBool: false,
  read(text) {
    const count = integerFlag.read(text, undefined);
    if (count < 0) throw usageError('invalid_flag', 'must not be negative');
    return count;
  },
};

const flags = {
  dev: boolFlag,
  'dev-real-exec': boolFlag,
  bind: textFlag,
  port: integerFlag,
  region: textFlag,
  dc: textFlag,
  state: textFlag,
  acl: boolFlag,
  'log-level': logLevelFlag,
  nodes: countFlag,
  'node-cpu': countFlag,
  'node-memory': countFlag,
  'node-disk': countFlag,
  'node-class': textFlag,
  heartbeat: durationFlag,
  'healthy-after': durationFlag,
};

export interface NomadAgentOptions {
  readonly terminal: Terminal;
  readonly world: (logLevel: LogLevel) => Promise<World>;
  /** Where tasks really run. */
  readonly machine: () => Promise<Machine>;
  /** Resolves with the first signal that asks for the end. */
  readonly stopped: () => Promise<string>;
}

/** @returns the exit status. */
export async function runNomadAgent(args: readonly string[], options: NomadAgentOptions): Promise<number> {
  const { terminal } = options;
  try {
    const { values } = parseFlags(flags, args);
    if (values.dev !== true) {
      terminal.err('the embedded Nomad is no production Nomad: say that you know with -dev');
      return 1;
    }
    const end = await begin(values, options);
    terminal.out(`==> caught ${await options.stopped()}, leaving`);
    await end();
    return 0;
  } catch (error) {
    terminal.err(explain(error));
    if (error instanceof AutoscalerError && error.code === 'invalid_flag')
      terminal.err('All options, and no configuration files: nomad-autoscaler nomad agent -help');
    return 1;
  }
}

/** Starts what the options ask for and tells of it. Who calls holds on to the end only, not to the state that was read. */
async function begin(values: FlagValues<typeof flags>, { terminal, ...options }: NomadAgentOptions) {
  const { bind: host = usualPlace.host, region = 'global', dc: datacenter = 'dc1', acl = false } = values;
  const isReal = values['dev-real-exec'] === true;
  const file = values.state === undefined ? undefined : new StateFile(values.state);
  const state = await file?.read();
  const clients = state?.tables.nodes.rows.length ?? values.nodes ?? (isReal ? 1 : 3);
  const { 'log-level': logLevel = 'info', heartbeat: heartbeatMs, 'healthy-after': healthyMs } = values;
  const spec = {
    cpuMhz: values['node-cpu'] ?? 4000,
    memoryMb: values['node-memory'] ?? 8192,
    ...(values['node-disk'] !== undefined && { diskMb: values['node-disk'] }),
    ...(values['node-class'] !== undefined && { nodeClass: values['node-class'] }),
  };
  const world = await options.world(logLevel);
  const nomad = await startEmbedded({
    ...{ world, host, port: values.port ?? usualPlace.port, region, datacenter, acl },
    ...(state === undefined ? { nodes: sameNodes(clients, spec) } : { state, nodes: [] }),
    ...(heartbeatMs !== undefined && { heartbeatMs }),
    ...(healthyMs !== undefined && { healthyMs }),
    ...(isReal && { machine: await options.machine() }),
    otherPort: '-port=<port>',
  });
  const keeper = file && (await keepIn(file, nomad, world, state));
  const { hostname, port } = new URL(nomad.address);
  terminal.out(
    agentBanner({ host: hostname, port: Number(port), region, datacenter, logLevel, clients, version: imitated }),
  );
  const howMany = `${clients} simulated client${clients === 1 ? '' : 's'}`;
  terminal.out(`==> The embedded Nomad serves ${nomad.address} with ${howMany}`);
  if (file !== undefined) terminal.out(`==> The state is kept in ${file.path}${aboutState(state, nomad)}`);
  if (acl) terminal.out('==> Whoever asks needs a token; the first comes from: nomad-autoscaler nomad acl bootstrap');
  if (isReal) terminal.out('==> Tasks of raw_exec and exec really run, as processes of this machine');
  if (isReal && !isLoopback(host)) terminal.out(`==> Whoever reaches ${nomad.address} may run programs here`);
  terminal.out('==> Nomad agent started! Log data will stream in below:\n');
  world.log.named('nomad').info('cluster leadership acquired');
  return async () => {
    try {
      await keeper?.close();
    } finally {
      await nomad.close();
    }
  };
}

/** A file that is not there yet is written at once: a place that cannot be written to is told before anything happens. */
async function keepIn(file: StateFile, nomad: Embedded, { clock, log }: World, held: SavedState | undefined) {
  const { server } = nomad;
  const write = (state: SavedState) => file.write(state);
  try {
    if (held === undefined) await write(server.savedState());
  } catch (error) {
    await nomad.close();
    throw error;
  }
  return keepState({ server, clock, log: log.named('nomad'), write }, held?.index ?? server.store.index);
}

function aboutState(state: SavedState | undefined, { server }: Embedded): string {
  if (state === undefined) return '';
  const { jobs, allocations } = state.tables;
  return ` and goes on at index ${server.store.index} (jobs: ${jobs.rows.length}, allocations: ${allocations.rows.length})`;
}

const isLoopback = (host: string): boolean => /^(127\.|::1$|localhost$)/.test(host);
