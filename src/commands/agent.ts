/** `nomad-autoscaler agent`: reads flags and configuration, and runs the agent. */
import { runAgent } from '../agent/agent.ts';
import type { ConfigLayer } from '../agent/config.ts';
import { loadAgentConfig } from '../agent/load.ts';
import type { AgentParts } from '../agent/parts.ts';
import { AutoscalerError, explain, usageError } from '../lib/error.ts';
import { readAgentFlags } from './agent-flags.ts';
import type { Terminal } from './shell.ts';

export interface AgentCommandOptions {
  readonly terminal: Terminal;
  readonly cwd: string;
  readonly parts: AgentParts;
  /** Brings up what `-dev` runs against; absent: this build has nothing of the kind. */
  readonly startDev?: StartDev;
}

/** @param flags  what the command line says: it wins over what the returned layer adds to it. */
export type StartDev = (flags: ConfigLayer) => Promise<Dev>;

export interface Dev {
  /** In place of the flags: the address of the embedded Nomad, and whatever else a first look needs. */
  readonly flags: ConfigLayer;
  close(): Promise<void>;
}

/**
 * @returns the exit status: 0 after a stop by signal, 1 for anything that kept the agent from running.
 *
 * Compat: flag errors go to stderr, errors of the configuration to stdout, and a hint to stdout after both.
 */
export async function runAgentCommand(args: readonly string[], options: AgentCommandOptions): Promise<number> {
  const { terminal, cwd, parts } = options;
  let dev: Dev | undefined;
  try {
    const line = readAgentFlags(args);
    if (line.dev) dev = await startDev(line.layer, options.startDev);
    const inputs = { paths: line.paths, flags: dev?.flags ?? line.layer, cwd };
    const loaded = await loadAgentConfig(inputs, parts);
    return await runAgent(inputs, loaded, parts);
  } catch (error) {
    const toStderr = error instanceof AutoscalerError && error.code === 'invalid_flag';
    (toStderr ? terminal.err : terminal.out)(explain(error));
    terminal.out("Run 'nomad-autoscaler agent --help' for more information.");
    return 1;
  } finally {
    await dev?.close();
  }
}

async function startDev(flags: ConfigLayer, start: StartDev | undefined): Promise<Dev> {
  if (start === undefined) throw usageError('invalid_flag', '-dev is not part of this build');
  return start(flags);
}
