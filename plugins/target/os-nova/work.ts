/** A pool, and all that it takes to work on it. */
import { AutoscalerError, type Clock } from 'nomad-autoscaler/sdk';
import type { NodePoolParts } from 'nomad-autoscaler/sdk/nodepool';
import type { Cloud } from './cloud.ts';
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

/** Several failures as one: with a single one it is that. @param what  as `3 of 5 servers were not created`. */
export function together(what: string, errors: readonly unknown[], explained: (error: unknown) => string): unknown {
  const [first] = errors;
  if (errors.length <= 1) return first;
  const texts = [...new Set(errors.map(explained))];
  const retryable = errors.some((error) => error instanceof AutoscalerError && error.retryable);
  return new AutoscalerError('servers_failed', `${what}: ${texts.join(', ')}`, { blame: 'remote', retryable });
}
