/** Sends lines of metrics away in batches, and loses some rather than keep anybody waiting. Source: spec agent.md §11.3. */
import type { Cancel, Clock } from '../lib/clock.ts';
import { explain } from '../lib/error.ts';
import type { Logger } from '../lib/log.ts';

/** The way to a server of metrics. */
export interface MetricSocket {
  /** Never waits. A failure, and an end that the server made, is told to `onError` of whoever opened it. */
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
  readonly #protocol: 'udp' | 'tcp';
  readonly #address: string;
  readonly #clock: Clock;
  readonly #log: Logger;
  readonly #open: OpenMetricSocket;
  #lines: string[] = [];
  #flush: Cancel | undefined;
  #socket: MetricSocket | undefined;
  /** `Clock.elapsed` until when a server that failed is left alone. */
  #pausedUntil = 0;
  #toldAt = Number.NEGATIVE_INFINITY;
  #isClosed = false;

  constructor(
    protocol: 'udp' | 'tcp',
    address: string,
    parts: { readonly clock: Clock; readonly log: Logger; readonly open: OpenMetricSocket },
  ) {
    this.#protocol = protocol;
    this.#address = address;
    this.#clock = parts.clock;
    this.#log = parts.log;
    this.#open = parts.open;
  }

  write(line: string): void {
    if (this.#isClosed || this.#lines.length >= mostLines) return;
    this.#lines.push(line);
    this.#flush ??= this.#clock.after(flushMs, () => this.#send());
  }

  /** Sends what waits, unless the server is left alone, and no more. */
  close(): void {
    this.#isClosed = true;
    this.#flush?.();
    if (this.#pauseMs() <= 0) this.#send();
    this.#drop();
  }

  #send(): void {
    this.#flush = undefined;
    const pauseMs = this.#pauseMs();
    if (pauseMs > 0) {
      this.#flush = this.#clock.after(pauseMs, () => this.#send());
      return;
    }
    const lines = this.#lines;
    this.#lines = [];
    if (lines.length === 0) return;
    this.#socket ??= this.#connect();
    for (const text of this.#protocol === 'udp' ? datagrams(lines) : [lines.join('')]) this.#socket.send(text);
  }

  #connect(): MetricSocket {
    const socket = this.#open(this.#protocol, this.#address, (error) => {
      if (this.#socket === socket) this.#failed(error); // one that was given up may still complain
    });
    return socket;
  }

  #failed(error: Error): void {
    const now = this.#clock.elapsed();
    if (now >= this.#toldAt + tellAgainMs) {
      this.#toldAt = now;
      this.#log.warn('metrics do not get through', { address: this.#address, error: explain(error) });
    }
    this.#drop();
    this.#pausedUntil = now + reconnectMs;
  }

  #drop(): void {
    this.#socket?.close();
    this.#socket = undefined;
  }

  #pauseMs(): number {
    return this.#pausedUntil - this.#clock.elapsed();
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
