/** One connection between a host and its plugin that carries all of gRPC's, each as a stream. Source: spec go-plugin.md §9.6. */
import type { Duplex } from 'node:stream';
import type { Cancel, Clock } from '../lib/clock.ts';
import { YamuxSession } from './yamux.ts';

/** Takes a stream that the other side has opened. */
export type TakeStream = (stream: Duplex) => void;

/** How long the next stream is reserved; who knocked opens it as soon as it was answered. */
const reservedMs = 5_000;

export class Multiplexer {
  /** Takes the streams that nobody was knocked for. */
  onUnasked: TakeStream = (stream) => stream.destroy();
  readonly #clock: Clock;
  #session: YamuxSession | undefined;
  #reserved: { readonly take: TakeStream; readonly cancel: Cancel } | undefined;
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

  /** The next stream of the other side is for this taker. One that was not claimed is given up: dials are one at a time. */
  reserve(take: TakeStream): void {
    this.#reserved?.cancel();
    const cancel = this.#clock.after(reservedMs, () => {
      this.#reserved = undefined;
    });
    this.#reserved = { take, cancel };
  }

  close(): void {
    this.#reserved?.cancel();
    this.#session?.close();
  }

  #arrived(stream: Duplex): void {
    const reserved = this.#reserved;
    this.#reserved = undefined;
    reserved?.cancel();
    (reserved?.take ?? this.onUnasked)(stream);
  }
}
