/** A cloud that has no room is not asked again every minute: each try makes a server that fails. */
import { AutoscalerError, explain, formatDuration } from 'nomad-autoscaler/sdk';
import { refusalOf } from './openstack/error.ts';

/** After the second refusal in a row; one alone may have been a matter of moments. */
const firstMs = 2 * 60_000;
const longestMs = 30 * 60_000;

/** Counts how often in a row the cloud had no room for a pool. */
export class BackOff {
  #refusals = 0;
  #until = 0;
  #why = '';

  /** The cloud had no room the last time: one server is tried before the others. */
  get isCareful(): boolean {
    return this.#refusals > 0;
  }

  /** @returns why it is too early to ask again; undefined when it is not. @param now  epoch milliseconds. */
  whyWait(now: number): string | undefined {
    if (now >= this.#until) return undefined;
    const left = formatDuration(this.#until - now);
    return `the cloud had no room for a server ${this.#refusals} times in a row; it is asked again in ${left}: ${this.#why}`;
  }

  /** @param made  servers that were created beside those that failed. */
  note(failures: readonly unknown[], made: number, now: number): void {
    const refused = failures.filter(isRefusal);
    if (made > 0 || refused.length === 0) this.#refusals = 0;
    if (refused.length === 0) return;
    this.#refusals++;
    const pauseMs = this.#refusals < 2 ? 0 : Math.min(firstMs * 2 ** (this.#refusals - 2), longestMs);
    this.#until = now + pauseMs;
    this.#why = explain(refused[0]);
  }
}

const codes: ReadonlySet<string> = new Set(['server_in_error', 'quota_exceeded']);

/** Whether the cloud could not give a server, and will not be able to in the next moment either. */
export const isRefusal = (error: unknown): boolean =>
  (error instanceof AutoscalerError && codes.has(error.code)) || refusalOf(error)?.isOverQuota === true;
