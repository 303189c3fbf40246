/** Sends lines of metrics away in batches, and loses some rather than keep anybody waiting. Source: spec agent.md §11.3. */
import type { Cancel, Clock } from '../lib/clock.ts';
import { explain } from '../lib/error.ts';
import type { Logger } from '../lib/log.ts';

/** The way to a server of metrics. */
export interface MetricSocket {
  /** Never waits. A failure is told to `onError` of whoever opened it. */
  send(text: string): void;
  close(): void;
}

/** @param address  `host:port`. */
export type OpenMetricSocket = (
  protocol: 'udp' | 'tcp',
  address: string,
  onError: (error: Error) => void,
) => MetricSocket;

const flushMs = 100;
const reconnectMs = 5_000;
/** A server that stays away is told of this often. */
const tellAgainMs = 600_000;
/** Lines that wait; what comes beyond is dropped. */
const mostLines = 4_096;
/** Of a datagram, in characters: all of ASCII but for names of policies. */
const mostPerDatagram = 1_400;

export class MetricPush {
  readonly #open: () => MetricSocket;
  readonly #protocol: 'udp' | 'tcp';
  readonly #clock: Clock;
  #lines: string[] = [];
  #flush: Cancel | undefined;
  #socket: MetricSocket | undefined;
  /** `Clock.elapsed` until when a server that failed is left alone. */
  #pausedUntil = 0;
  #toldAt = Number.NEGATIVE_INFINITY;

  constructor(
    protocol: 'udp' | 'tcp',
    address: string,
    parts: { readonly clock: Clock; readonly log: Logger; readonly open: OpenMetricSocket },
  ) {
    const { clock, log, open } = parts;
    this.#protocol = protocol;
    this.#clock = clock;
    this.#open = () =>
      open(protocol, address, (error) => {
        const now = clock.elapsed();
        if (now >= this.#toldAt + tellAgainMs) {
          this.#toldAt = now;
          log.warn('metrics do not get through', { address, error: explain(error) });
        }
        this.#drop();
      });
  }

  write(line: string): void {
    if (this.#lines.length >= mostLines) return;
    this.#lines.push(line);
    this.#flush ??= this.#clock.after(flushMs, () => this.#send());
  }

  /** Sends what waits, and no more. */
  close(): void {
    this.#flush?.();
    this.#send();
    this.#socket?.close();
  }

  #send(): void {
    this.#flush = undefined;
    if (this.#clock.elapsed() < this.#pausedUntil) {
      this.#flush = this.#clock.after(this.#pausedUntil - this.#clock.elapsed(), () => this.#send());
      return;
    }
    const lines = this.#lines;
    this.#lines = [];
    if (lines.length === 0) return;
    this.#socket ??= this.#open();
    for (const text of this.#protocol === 'udp' ? datagrams(lines) : [lines.join('')]) this.#socket.send(text);
  }

  #drop(): void {
    this.#socket?.close();
    this.#socket = undefined;
    this.#pausedUntil = this.#clock.elapsed() + reconnectMs;
  }
}

function* datagrams(lines: readonly string[]): Iterable<string> {
  let text = '';
  for (const line of lines) {
    if (text !== '' && text.length + line.length > mostPerDatagram) {
      yield text;
      text = '';
    }
    text += line;
  }
  if (text !== '') yield text;
}
