/**
 * Every line that a running policy writes to the log, word for word as upstream writes it. Source: spec policy.md §12.
 *
 * Compat: a normal stop is INFO here; a target's settings are shown without what may be a secret; lines about a blocked
 * target or one that is already scaling are ours.
 */
import { durationMs } from '../lib/duration.ts';
import type { Logger } from '../lib/log.ts';
import { withoutSecrets } from '../lib/secret.ts';
import type { Action } from '../model/action.ts';
import type { Check, Policy } from '../model/policy.ts';

/** Lines of the logger `policy_handler`. The context is built with the first line that is written. */
export class PolicyLines {
  readonly #base: Logger;
  readonly #policy: Policy;
  #own: Logger | undefined;

  constructor(base: Logger, policy: Policy) {
    this.#base = base;
    this.#policy = policy;
  }

  get #log(): Logger {
    const { id, source, target } = this.#policy;
    this.#own ??= this.#base.with({
      policy_id: id,
      source,
      target: target.name,
      target_config: withoutSecrets(target.config),
    });
    return this.#own;
  }

  get #hasDebug(): boolean {
    return this.#base.isEnabled('debug');
  }

  get #hasInfo(): boolean {
    return this.#base.isEnabled('info');
  }

  starting(): void {
    if (this.#base.isEnabled('trace')) this.#log.trace('starting policy handler');
  }

  updating(): void {
    if (this.#base.isEnabled('trace')) this.#log.trace('updating handler', { policy_id: this.#policy.id });
  }

  updated(): void {
    if (this.#hasDebug) this.#log.debug('check handlers updated', { count: this.#policy.checks.length });
  }

  modified(modification: string): void {
    this.#log.info('policy modified', { modification });
  }

  stopping(): void {
    if (this.#hasInfo) this.#log.info('stopping policy handler due to context done');
  }

  stoppedInTick(): void {
    if (this.#hasDebug) this.#log.debug('stopping policy handler, context done during evaluation');
  }

  outsideSchedule(): void {
    if (this.#hasInfo) this.#log.info('skipping evaluation, outside schedule window');
  }

  checkOutsideSchedule(): void {
    if (this.#hasDebug) this.#log.debug('skipping check, outside schedule window');
  }

  targetNotFound(): void {
    this.#log.warn('target not found', { target: this.#policy.target.name });
  }

  targetNotReady(): void {
    if (this.#hasDebug) this.#log.debug('skipping evaluation, target not ready');
  }

  targetBlocked(reason: string): void {
    if (this.#hasInfo) this.#log.info('skipping evaluation, target blocked', { reason });
  }

  received(): void {
    if (this.#hasDebug) this.#log.debug('received policy for evaluation');
  }

  selected({ direction, count }: Action): void {
    if (this.#hasDebug) this.#log.debug('check selected', { direction, count });
  }

  calculating(from: number, { count, reason, meta }: Action): void {
    if (!this.#hasInfo) return;
    this.#log.info('calculating scaling target', { policy_id: this.#policy.id, from, to: count, reason, meta });
  }

  noActionNeeded(): void {
    if (this.#hasInfo) this.#log.info('skipping scaling, no action needed');
  }

  settling(reason: string): void {
    if (this.#hasInfo) this.#log.info('skipping scaling, target has not settled', { reason });
  }

  onCooldown(remainingMs: number): void {
    if (!this.#hasInfo) return;
    this.#log.info('skipping scaling, policy still on cooldown', { remaining: durationMs(remainingMs) });
  }

  stillWaiting(): void {
    if (this.#hasDebug) this.#log.debug('updating action, waiting to execute');
  }

  stillScaling(): void {
    if (this.#hasInfo) this.#log.info('skipping scaling, target still scaling');
  }

  abandoning(): void {
    if (this.#hasInfo) this.#log.info('load returned, calling off the scaling in that is under way');
  }

  abandoned(): void {
    if (this.#hasInfo) this.#log.info('scaling in was called off');
  }

  requestingSlot(): void {
    if (this.#hasDebug) this.#log.debug('requesting slot');
  }

  slotGranted(): void {
    if (this.#hasDebug) this.#log.debug('slot granted');
  }

  dryRun(): void {
    if (this.#hasInfo) this.#log.info('scaling dry-run is enabled, using no-op task group count');
  }

  /** Compat: a dry run shows the count of the wire. */
  scaling({ count, dryRun }: Action): void {
    if (!this.#hasDebug) return;
    this.#log.debug('scaling target', { target: this.#policy.target.name, count: dryRun ? -1 : count });
  }

  scaled(desiredCount: number, cooldownMs: number): void {
    if (!this.#hasDebug) return;
    this.#log.debug('successfully submitted scaling action to target, scaling policy has been placed into cooldown', {
      desired_count: desiredCount,
      cooldown: durationMs(cooldownMs),
    });
  }

  noOp(reason: string): void {
    if (this.#hasDebug) this.#log.debug('scaling action was a no-op, skipping cooldown', { reason });
  }

  scaleFailed(reason: string): void {
    this.#log.error('unable to scale target', { reason });
  }
}

/** Lines of the logger `check_handler`. */
export class CheckLines {
  readonly #base: Logger;
  readonly #policy: Policy;
  readonly #check: Check;
  #own: Logger | undefined;

  constructor(base: Logger, policy: Policy, check: Check) {
    this.#base = base;
    this.#policy = policy;
    this.#check = check;
  }

  get #log(): Logger {
    const { id, target } = this.#policy;
    this.#own ??= this.#base.with({
      check: this.#check.name,
      policy_id: id,
      source: this.#check.source,
      strategy: this.#check.strategy.name,
      target: target.name,
      target_config: withoutSecrets(target.config),
    });
    return this.#own;
  }

  get #hasDebug(): boolean {
    return this.#base.isEnabled('debug');
  }

  received(): void {
    if (this.#hasDebug) this.#log.debug('received policy check for evaluation');
  }

  querying(): void {
    const { query, source } = this.#check;
    if (this.#hasDebug) this.#log.debug('querying source', { query, source });
  }

  usingCached(): void {
    if (this.#base.isEnabled('trace')) this.#log.trace('using cached query result');
  }

  calculating(count: number): void {
    if (this.#hasDebug) this.#log.debug('calculating new count', { 'current count': count });
  }

  running(): void {
    if (this.#hasDebug)
      this.#log.debug('running strategy', { strategy: this.#check.strategy.name, check: this.#check.name });
  }

  failed(error: string): void {
    this.#log.warn('failed to run check', {
      check: this.#check.name,
      on_error: this.#check.onError ?? '',
      on_check_error: this.#policy.onCheckError ?? '',
      error,
    });
  }
}
