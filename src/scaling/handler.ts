/** The loop of one policy: a tick per interval, one at a time, until it is stopped. */
import type { Cancel } from '../lib/clock.ts';
import { explain } from '../lib/error.ts';
import type { TickReport } from '../model/tick.ts';
import type { ReadyPolicy } from './prepare.ts';
import type { PolicyState } from './state.ts';
import { type TickParts, tick } from './tick.ts';

/** Ticks that are due within so much of each other share one waking of the process. */
const coarseMs = 250;

/** No policy ticks more often, whatever its interval says. */
const leastIntervalMs = 100;

export type HandlerParts = Omit<TickParts, 'ready' | 'state' | 'signal'>;

export class PolicyHandler {
  readonly state: PolicyState;
  readonly #report: (report: TickReport) => void;
  readonly #stop = new AbortController();
  #parts: TickParts;
  #dueAt: number;
  #isTicking = false;
  #cancel: Cancel;

  /** Starts the loop. The first tick comes within one interval. */
  constructor(ready: ReadyPolicy, state: PolicyState, parts: HandlerParts, report: (report: TickReport) => void) {
    this.state = state;
    this.#parts = { ...parts, ready, state, signal: this.#stop.signal };
    this.#report = report;
    ready.lines.starting();
    this.#dueAt = nextDueAt(ready.policy.id, intervalOf(ready), parts.clock.now());
    this.#cancel = this.#arm();
  }

  get ready(): ReadyPolicy {
    return this.#parts.ready;
  }

  /** When the next tick is due, epoch milliseconds. */
  get dueAt(): number {
    return this.#dueAt;
  }

  /** From the next tick on it is this policy. The cooldown stays; what still waits for a slot is not done any more. */
  update(ready: ReadyPolicy): void {
    const intervalBefore = intervalOf(this.ready);
    this.#parts = { ...this.#parts, ready };
    this.state.pending = undefined;
    ready.lines.updating();
    ready.lines.updated();
    if (this.#isTicking || intervalOf(ready) === intervalBefore) return;
    this.#cancel();
    this.#dueAt = nextDueAt(ready.policy.id, intervalOf(ready), this.#parts.clock.now());
    this.#cancel = this.#arm();
  }

  /** Ends the loop, a tick on its way and the waiting for a slot, but not a call that scales the target. */
  stop(): void {
    if (this.#stop.signal.aborted) return;
    this.#cancel();
    this.ready.lines.stopping();
    this.#stop.abort();
  }

  #arm(): Cancel {
    const { clock, onError } = this.#parts;
    return clock.after(this.#dueAt - clock.now(), () => {
      this.#tick().catch((error) => onError(this.ready.policy.id, explain(error)));
    });
  }

  async #tick(): Promise<void> {
    this.#isTicking = true;
    try {
      await tick(this.#parts, this.#report);
    } finally {
      this.#isTicking = false;
      if (!this.#stop.signal.aborted) {
        const { clock, ready } = this.#parts;
        this.#dueAt = dueAfter(this.#dueAt, ready.policy.id, intervalOf(ready), clock.now());
        this.#cancel = this.#arm();
      }
    }
  }
}

function intervalOf({ policy: { evaluationIntervalMs } }: ReadyPolicy): number {
  return evaluationIntervalMs >= leastIntervalMs ? evaluationIntervalMs : leastIntervalMs;
}

/**
 * The next moment of a policy's own beat: each policy has its place within the interval, given by its id, so that
 * many policies do not fire at once and a restart changes nothing.
 *
 * @returns epoch milliseconds, later than `now` by at most the interval.
 */
export function nextDueAt(policyId: string, intervalMs: number, now: number): number {
  const gridMs = Math.min(coarseMs, intervalMs / 20);
  const place = Math.floor((fraction(policyId) * intervalMs) / gridMs) * gridMs;
  return (Math.floor((now - place) / intervalMs) + 1) * intervalMs + place;
}

/** The tick after the one that was due; missed ones become one that is due now. Source: spec policy.md §8.2. */
export function dueAfter(dueAt: number, policyId: string, intervalMs: number, now: number): number {
  const next = nextDueAt(policyId, intervalMs, now);
  if (dueAt + intervalMs <= now) return next - intervalMs;
  const firedEarly = Math.abs(next - dueAt) < intervalMs / 2; // timers round
  return firedEarly ? next + intervalMs : next;
}

/** A number in [0, 1) that depends on nothing but the text: FNV-1a, its bits mixed as MurmurHash3 does at its end. */
function fraction(text: string): number {
  let hash = 0x811c9dc5;
  for (let at = 0; at < text.length; at++) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return ((hash ^ (hash >>> 16)) >>> 0) / 2 ** 32;
}
