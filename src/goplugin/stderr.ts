/** Forwards a plugin's stderr to the host's log: line by line, within bounds of length and rate. */
import type { Clock } from '../lib/clock.ts';
import type { Logger } from '../lib/log.ts';
import { beginsPanic, type LogLine, readLogLine } from './log-line.ts';
import { type Pausable, Throttle } from './throttle.ts';

export interface StderrOptions {
  readonly log: Logger;
  readonly clock: Clock;
  /** Longest stderr line that is taken for one line; longer ones come in pieces. Bytes. */
  readonly longestLine: number;
  /** Takes the bytes as they come, whatever the log does with them. */
  readonly raw?: ((chunk: Uint8Array) => void) | undefined;
}

/**
 * The budget of a plugin's lines. A line costs its bytes and a share for being a line at all; the budget fills up by so
 * much per second. Ordinary plugins never reach it, a plugin in a log loop loses lines (they are counted) but never stalls.
 */
const budget = { most: 16 * 2 ** 20, perSecond: 2 ** 20, perLine: 256 };

const reportEveryMs = 10_000;
const newline = 0x0a;
const keptLines = 8;

export class StderrForwarder {
  readonly #options: StderrOptions;
  readonly #throttle: Throttle;
  readonly #decoder = new TextDecoder();
  readonly #last: string[] = [];
  /** An unfinished line. */
  #rest: Uint8Array = new Uint8Array(0);
  /** The present line began in an earlier piece. */
  #inPieces = false;
  #inPanic = false;
  #left = budget.most;
  #filledAt: number;
  #lost = { lines: 0, bytes: 0 };
  #reportedAt: number;

  constructor(source: Pausable, options: StderrOptions) {
    this.#throttle = new Throttle(source, options.clock);
    this.#options = options;
    const now = options.clock.elapsed();
    this.#filledAt = now;
    this.#reportedAt = now;
  }

  /** The newest lines, oldest first: after a failed start they tell the reason. */
  get lastLines(): readonly string[] {
    return this.#last;
  }

  take(chunk: Uint8Array): void {
    this.#options.raw?.(chunk);
    const now = this.#options.clock.elapsed();
    this.#throttle.read(chunk.length);
    this.#refill(now);
    const all = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    const { longestLine } = this.#options;
    let from = 0;
    while (true) {
      const end = all.indexOf(newline, from);
      const until = end < 0 ? all.length : end;
      if (until - from > longestLine || (end < 0 && until - from === longestLine)) {
        this.#piece(all.subarray(from, from + longestLine));
        from += longestLine;
        continue;
      }
      if (end < 0) break;
      this.#line(all.subarray(from, end));
      from = end + 1;
    }
    this.#rest = from === all.length ? new Uint8Array(0) : Uint8Array.from(all.subarray(from));
  }

  /** The stream is over: an unterminated line counts as one. */
  end(): void {
    this.#throttle.end();
    if (this.#rest.length > 0) this.#line(this.#rest);
    this.#rest = new Uint8Array(0);
    this.#reportLost();
  }

  #piece(bytes: Uint8Array): void {
    this.#inPieces = true;
    if (this.#pays(bytes)) this.#options.log.debug(this.#decoder.decode(bytes));
  }

  #line(bytes: Uint8Array): void {
    if (this.#inPieces) {
      this.#inPieces = false;
      if (bytes.length > 0 && this.#pays(bytes)) this.#options.log.debug(this.#decoder.decode(bytes));
      return;
    }
    if (!this.#pays(bytes)) return;
    const line = this.#decoder.decode(bytes.at(-1) === 0x0d ? bytes.subarray(0, -1) : bytes);
    if (this.#last.push(line) > keptLines) this.#last.shift();
    this.#inPanic ||= beginsPanic(line);
    if (this.#options.log.isEnabled('error')) forward(this.#options.log, readLogLine(line, this.#inPanic));
  }

  #pays(bytes: Uint8Array): boolean {
    const cost = bytes.length + budget.perLine;
    if (this.#left < cost) {
      this.#lost.lines++;
      this.#lost.bytes += bytes.length;
      return false;
    }
    this.#left -= cost;
    return true;
  }

  #refill(now: number): void {
    const gained = ((now - this.#filledAt) / 1000) * budget.perSecond;
    this.#filledAt = now;
    this.#left = Math.min(this.#left + gained, budget.most);
    if (this.#lost.lines > 0 && now - this.#reportedAt >= reportEveryMs) {
      this.#reportedAt = now;
      this.#reportLost();
    }
  }

  #reportLost(): void {
    if (this.#lost.lines === 0) return;
    this.#options.log.warn('plugin logs too much, lines were left out', this.#lost);
    this.#lost = { lines: 0, bytes: 0 };
  }
}

function forward(log: Logger, { level, message, fields }: LogLine): void {
  log[level](message, fields);
}
