/** One connection between a host and its plugin that carries all of gRPC's, each as a stream. Source: spec go-plugin.md §9.6. */
import type { Duplex } from 'node:stream';
import type { Cancel, Clock } from '../lib/clock.ts';
import { YamuxSession } from './yamux.ts';

/** Takes a stream that the other side has opened. */
export type TakeStream = (stream: Duplex) => void;

interface Reservation {
  readonly take: TakeStream;
  readonly cancel: Cancel;
}

/** How long a stream is reserved; who knocked opens it as soon as that was answered. */
const reservedMs = 5_000;

export class Multiplexer {
  /** Takes the streams that nobody was knocked for. */
  onUnasked: TakeStream = (stream) => stream.destroy();
  readonly #clock: Clock;
  #session: YamuxSession | undefined;
  readonly #reserved: Reservation[] = [];
  #turn: Promise<unknown> = Promise.resolve();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Takes the one connection. @param role  `client` is the host. @returns once it is gone. */
  carry(connection: Duplex, role: 'client' | 'server'): Promise<void> {
    this.#session = new YamuxSession(connection, role, (stream) => this.#arrived(stream));
    return this.#session.closed;
  }

  /**
   * Opens a stream, one at a time: nothing of this side may come between a knock and the stream that it announces.
   *
   * @param knock  announces it to the other side; without it the stream is for the main server.
   */
  open(knock?: () => Promise<void>): Promise<Duplex> {
    const opened = this.#turn.then(async () => {
      await knock?.();
      if (this.#session === undefined) throw new Error('the connection is not there yet');
      return this.#session.open();
    });
    this.#turn = opened.catch(() => undefined); // whoever wanted it is told
    return opened;
  }

  /** The other side has a stream reserved that nobody here wants any more: it gets one that ends at once. */
  squander(): void {
    try {
      this.#session?.open().destroy();
    } catch {
      // the connection is gone, and what was reserved with it
    }
  }

  /** The next stream of the other side that is not reserved yet is for this taker. */
  reserve(take: TakeStream): void {
    const cancel = this.#clock.after(reservedMs, () => this.#reserved.splice(this.#reserved.indexOf(reservation), 1));
    const reservation = { take, cancel };
    this.#reserved.push(reservation);
  }

  close(): void {
    for (const { cancel } of this.#reserved.splice(0)) cancel();
    this.#session?.close();
  }

  #arrived(stream: Duplex): void {
    const reserved = this.#reserved.shift();
    reserved?.cancel();
    (reserved?.take ?? this.onUnasked)(stream);
  }
}
