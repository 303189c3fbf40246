/** A pool, and all that it takes to work on it. */
import { AutoscalerError, type Clock, explain, inContext } from 'nomad-autoscaler/sdk';
import type { NodePoolParts } from 'nomad-autoscaler/sdk/nodepool';
import type { Cloud, Server } from './cloud.ts';
import type { PoolConfig } from './config.ts';
import type { PoolGate } from './gate.ts';
import { isOn } from './lists.ts';
import type { Lookups } from './lookups.ts';
import type { Settings } from './settings.ts';
import type { ServerWatch } from './watch.ts';

/** What is the same for all pools of one cloud. */
export interface Session {
  readonly cloud: Cloud;
  readonly parts: NodePoolParts;
  readonly settings: Settings;
  readonly lookups: Lookups;
}

/** One pool. */
export interface Work extends Session {
  readonly config: PoolConfig;
  /** The pool's. */
  readonly tag: string;
  readonly gate: PoolGate;
  readonly watch: ServerWatch;
}

/** Said by the plugin's block or by the policy. */
export const stopsFirst = ({ settings, config }: Work): boolean => settings.stopFirst || isOn(config.stopFirst);
export const deletesByForce = ({ settings, config }: Work): boolean => settings.forceDelete || isOn(config.forceDelete);

/** The servers of the pool as Nova lists them. Compat: the text of the failure. */
export async function serversOf({ cloud, tag }: Work, signal: AbortSignal): Promise<readonly Server[]> {
  try {
    return await cloud.servers(tag, signal);
  } catch (cause) {
    throw inContext('failed to count Nova servers', cause);
  }
}

/**
 * Runs `work` with a signal that ends after `ms` as well. Other than `withDeadline` it waits for what `work` makes of that, so
 * that the error says what took so long.
 */
export async function inTime<T>(
  clock: Clock,
  ms: number,
  parent: AbortSignal | undefined,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const own = new AbortController();
  const cancel = clock.after(ms, () => own.abort(timedOut()));
  try {
    return await work(parent === undefined ? own.signal : AbortSignal.any([parent, own.signal]));
  } finally {
    cancel();
  }
}

/** Compat: the text. */
const timedOut = () =>
  new AutoscalerError('server_timeout', 'context deadline exceeded', { blame: 'remote', retryable: true });

/** Several failures as one; a single one stays what it is. @param what  as `2 of 5 servers were created`. */
export function together(what: string, errors: readonly unknown[]): unknown {
  const [first] = errors;
  if (errors.length <= 1) return first;
  const texts = [...new Set(errors.map(explain))];
  const retryable = errors.some((error) => error instanceof AutoscalerError && error.retryable);
  return new AutoscalerError('servers_failed', `${what}: ${texts.join(', ')}`, { blame: 'remote', retryable });
}
