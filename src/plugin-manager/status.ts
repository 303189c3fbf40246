/** What is told about a plugin. */
import type { PluginType } from '../model/plugin.ts';
import type { OpenCircuit } from './breaker.ts';
import type { Isolation } from './catalog.ts';

export type PluginState = 'starting' | 'running' | 'waiting' | 'stopped';

export interface PluginStatus {
  readonly type: PluginType;
  readonly label: string;
  readonly driver: string;
  /** Where it runs; undefined while it does not. */
  readonly isolation?: Isolation;
  /** The executable and its process, while there is one. */
  readonly path?: string;
  readonly pid?: number;
  /** `waiting`: it failed, and is started again after a pause. */
  readonly state: PluginState;
  /** Since when it is in that state, epoch milliseconds. */
  readonly since: number;
  /** Starts after an end that nobody asked for. */
  readonly restarts: number;
  readonly deadlinesMissed: number;
  /** While calls to it are refused because it does not answer. Times are epoch milliseconds. */
  readonly circuit?: OpenCircuit;
  /** Why it does not run, or is not asked. */
  readonly error?: string;
  /** The last failure of a start or run, also after it runs again. */
  readonly lastError?: string;
}
