/** When calls to a plugin that does not answer are refused. Pure: it is told the time, in milliseconds of any clock. */

/**
 * The circuit opens after so many calls in a row without an answer, the first of them so long ago. Any answer ends the row,
 * an error among them, so that policies whose targets answer are not shut out by others that ask for too much.
 */
const opening = { calls: 5, spanMs: 10_000 };

/** Between tries while it is open; twice as long after each try without an answer. */
const pauses = { firstMs: 5_000, longestMs: 60_000 };

/** A try that says nothing for so long does not keep the next one waiting. */
const longestTryMs = 60_000;

/** Belongs to a call that was let through: which try of an open circuit it is, or 0. */
export type Turn = number;

/** What is told of an open circuit. */
export interface OpenCircuit {
  readonly openSince: number;
  readonly nextTryAt: number;
  /** Calls in a row without an answer. */
  readonly unanswered: number;
}

export class Breaker {
  #unanswered = 0;
  #rowBeganAt = 0;
  #openSince: number | undefined;
  #nextTryAt = 0;
  #tries = 0;

  get open(): OpenCircuit | undefined {
    const openSince = this.#openSince;
    return openSince === undefined
      ? undefined
      : { openSince, nextTryAt: this.#nextTryAt, unanswered: this.#unanswered };
  }

  /** @returns undefined when a call made now is to be refused. An open circuit lets one through whenever a pause is over. */
  admit(now: number): Turn | undefined {
    if (this.#openSince === undefined) return 0;
    if (now < this.#nextTryAt) return undefined;
    this.#nextTryAt = now + longestTryMs;
    this.#tries++;
    return this.#tries;
  }

  /** A call was answered, whichever it was. @returns true when that closed the circuit. */
  answered(): boolean {
    const wasOpen = this.#openSince !== undefined;
    this.#unanswered = 0;
    this.#openSince = undefined;
    this.#tries = 0;
    return wasOpen;
  }

  /** A call got no answer. @returns true when that opened the circuit. */
  unanswered(turn: Turn, now: number): boolean {
    if (this.#unanswered === 0) this.#rowBeganAt = now;
    this.#unanswered++;
    if (this.#openSince === undefined) {
      if (this.#unanswered < opening.calls || now - this.#rowBeganAt < opening.spanMs) return false;
      this.#openSince = now;
      this.#nextTryAt = now + pauses.firstMs;
      return true;
    }
    // Calls that were on their way when it opened say nothing new.
    if (turn > 0 && turn === this.#tries) {
      this.#nextTryAt = now + Math.min(pauses.firstMs * 2 ** Math.min(turn, 10), pauses.longestMs);
    }
    return false;
  }
}
