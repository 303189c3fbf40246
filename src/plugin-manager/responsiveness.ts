/** Whether a running plugin answers: one that does not is left alone for a while, one that says nothing at all is ended. */
import { type Clock, DeadlineExceeded, withDeadline } from '../lib/clock.ts';
import { Breaker, type OpenCircuit, type Turn } from './breaker.ts';
import type { Instance } from './launch.ts';

/**
 * A plugin that let a deadline pass is asked who it is. It counts as hung when it does not say so, twice, and answers
 * nothing else either: one that has more to do than it manages still answers something. Two waits and no long one, because
 * an agent that was stopped itself for a while finds a wait elapsed with the answer still unread.
 */
const probe = { ms: 15_000, times: 2 };

/** To be told what becomes of it. */
export interface ResponsivenessEvents {
  /** Calls are refused from now on. */
  readonly onOpen: (circuit: OpenCircuit) => void;
  /** It answers again. */
  readonly onClose: () => void;
  /** Its process answers nothing at all any more. */
  readonly onHung: () => void;
}

/** Belongs to one instance: whatever is started in its place begins with a clean slate. */
export class Responsiveness {
  readonly #instance: Instance;
  readonly #clock: Clock;
  readonly #events: ResponsivenessEvents;
  readonly #stop: AbortSignal;
  readonly #breaker = new Breaker();
  /** While it is asked who it is: whether anything was answered since. */
  #probed: { hasAnswered: boolean } | undefined;

  /** @param stop  ends the asking who it is. */
  constructor(instance: Instance, clock: Clock, stop: AbortSignal, events: ResponsivenessEvents) {
    this.#instance = instance;
    this.#clock = clock;
    this.#stop = stop;
    this.#events = events;
  }

  /** Times are epoch milliseconds. Undefined while calls are let through. */
  get circuit(): OpenCircuit | undefined {
    return this.#breaker.open;
  }

  /** @returns undefined when a call is to be refused. */
  admit(): Turn | undefined {
    return this.circuit === undefined ? 0 : this.#breaker.admit(this.#clock.now());
  }

  /** To be told of every answer of the plugin itself, an error among them. */
  answered(): void {
    if (this.#probed !== undefined) this.#probed.hasAnswered = true;
    if (this.#breaker.answered()) this.#events.onClose();
  }

  /** To be told of a call that failed without an answer. @param hasTimedOut  its deadline passed. */
  unanswered(turn: Turn, hasTimedOut: boolean): void {
    const hasOpened = this.#breaker.unanswered(turn, this.#clock.now());
    if (hasOpened && this.circuit !== undefined) this.#events.onOpen(this.circuit);
    if (!hasTimedOut || this.#instance.process === undefined) return;
    if (this.#probed !== undefined || this.#stop.aborted) return;
    const probed = { hasAnswered: false };
    this.#probed = probed;
    void this.#isHung(probed).then((isHung) => {
      this.#probed = undefined;
      if (isHung) this.#events.onHung();
    });
  }

  async #isHung(probed: { readonly hasAnswered: boolean }): Promise<boolean> {
    for (let time = 0; time < probe.times; time++) {
      try {
        await withDeadline(this.#clock, probe.ms, this.#stop, async (signal) => this.#instance.info(signal));
        return false;
      } catch (error) {
        if (!(error instanceof DeadlineExceeded)) return false; // it answered, if only with an error, or it ended
      }
      if (probed.hasAnswered) return false;
    }
    return true;
  }
}
