/** What was asked, and how it was answered. */
import type { Clock } from '../lib/clock.ts';
import type { FaultyRequest } from './faults.ts';
import type { ApiResponse } from './http.ts';

/** One request. What Keystone was sent is left out: there are passwords in it. */
export interface Journaled extends FaultyRequest {
  readonly at: number;
  /** Undefined while there is no answer, and for good when the connection broke. */
  readonly status: number | undefined;
  /** When the answer, or the error, was there. */
  readonly endedAt: number | undefined;
}

/** A demo may run for days. */
const mostKept = 20_000;

export class Journal {
  readonly #clock: Clock;
  readonly #entries = new Map<number, Journaled>();
  #next = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** The newest requests, the oldest of them first. */
  get entries(): readonly Journaled[] {
    return [...this.#entries.values()];
  }

  async keep(request: FaultyRequest, work: () => Promise<ApiResponse>): Promise<ApiResponse> {
    const number = this.#next++;
    const body = request.service === 'identity' ? '' : request.body;
    const entry = { ...request, body, at: this.#clock.now(), status: undefined, endedAt: undefined };
    this.#entries.set(number, entry);
    this.#entries.delete(number - mostKept);
    let status: number | undefined;
    try {
      const response = await work();
      status = response.status;
      return response;
    } finally {
      if (this.#entries.has(number)) this.#entries.set(number, { ...entry, status, endedAt: this.#clock.now() });
    }
  }
}
