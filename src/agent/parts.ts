/** What an agent is given from outside: everything impure, built by the entry point, or by a test. */
import type { Cancel, Clock } from '../lib/clock.ts';
import type { Memory } from '../lib/telemetry-runtime.ts';
import type { PluginWorld } from '../model/plugin.ts';
import type { OpenProcess } from '../plugin-manager/launch.ts';
import type { BundledPlugin, FindExecutable } from '../plugin-manager/select.ts';
import type { Env } from '../schema/parse.ts';
import type { OpenMetricSocket } from './metric-push.ts';

export type AgentSignal = 'SIGHUP' | 'SIGINT' | 'SIGTERM' | 'SIGUSR1';

export interface AgentParts {
  readonly clock: Clock;
  /** Uniform in [0, 1). */
  readonly random: () => number;
  readonly env: Env;
  /** For the banner. */
  readonly version: string;
  /** Of the operating system; empty when it cannot be read. */
  readonly hostName: string;
  readonly memory: () => Memory;
  /** Takes text for stderr, line endings included. */
  readonly write: (text: string) => void;
  readonly onSignal: (handler: (signal: AgentSignal) => void) => Cancel;
  readonly bundled: readonly BundledPlugin[];
  readonly findExecutable: FindExecutable;
  /** The way to a server that metrics are sent to. */
  readonly metricSocket: OpenMetricSocket;
  /** The way to start a plugin's process; asked for once. */
  readonly processes: (world: PluginWorld) => Promise<OpenProcess>;
}
