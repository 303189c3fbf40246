/** What was asked, and how it was answered. */
import type { Clock } from '../lib/clock.ts';
import type { FaultyRequest } from './faults.ts';
import type { ApiResponse } from './http.ts';

/** One request. Passwords and secrets of logins are left out. */
export interface Journaled extends FaultyRequest {
  readonly at: number;
  /** Undefined while there is no answer, and for good when the connection broke. */
  readonly status: number | undefined;
  /** When the answer, or the error, was there. */
  readonly endedAt: number | undefined;
}

export class Journal {
  readonly #clock: Clock;
  readonly entries: Journaled[] = [];

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  async keep(request: FaultyRequest, work: () => Promise<ApiResponse>): Promise<ApiResponse> {
    const entry = { ...request, body: request.service === 'identity' ? '' : request.body, at: this.#clock.now() };
    const place = this.entries.push({ ...entry, status: undefined, endedAt: undefined }) - 1;
    let status: number | undefined;
    try {
      const response = await work();
      status = response.status;
      return response;
    } finally {
      this.entries[place] = { ...entry, status, endedAt: this.#clock.now() };
    }
  }
}
