/** One stream of a yamux session: bytes in both directions, each held back until its receiver has room. */
import { Duplex } from 'node:stream';
import { flag, frameType, windowBytes, YamuxError } from './yamux-frame.ts';

/** What a stream asks of its session. */
export interface StreamLink {
  /** @returns false when the connection is full: `onDrain` tells when to go on. */
  send(type: number, flags: number, length: number, body?: Uint8Array): boolean;
  onDrain(run: () => void): void;
  /** The stream is over; frames for it are no longer for it. */
  forget(): void;
}

/** Longest data frame that is sent, so that streams take turns. */
const longestFrame = 64 * 1024;

/** Keeps a window's bytes at most that nobody reads, and one chunk at most that the other side does not want yet. */
export class YamuxStream extends Duplex {
  readonly #link: StreamLink;
  /** What the other side may still send. */
  #receivable = windowBytes;
  /** What this side may still send. */
  #sendable = windowBytes;
  #unsent: Uint8Array = new Uint8Array();
  #onSent: (() => void) | undefined;
  #isHeldUp = false;
  #hasEnded = false;
  #otherHasEnded = false;

  constructor(link: StreamLink) {
    super({ highWaterMark: longestFrame });
    this.#link = link;
  }

  /** A data frame begins. @throws `YamuxError` when it is more than was granted. */
  expect(length: number): void {
    if (length > this.#receivable) throw new YamuxError(`${length} bytes came where ${this.#receivable} were granted`);
  }

  receive(part: Buffer): void {
    this.#receivable -= part.length;
    if (!this.#otherHasEnded) this.push(part);
  }

  /** The other side has room for so many bytes more. */
  grant(bytes: number): void {
    this.#sendable += bytes;
    this.#send();
  }

  /** The other side sends no more. */
  endReceiving(): void {
    if (this.#otherHasEnded) return;
    this.#otherHasEnded = true;
    this.push(null);
  }

  override _read(): void {
    queueMicrotask(() => this.#grantMore()); // by then what is being read has left the buffer
  }

  override _write(chunk: Uint8Array, _encoding: string, onSent: () => void): void {
    this.#unsent = chunk;
    this.#onSent = onSent;
    this.#send();
  }

  override _final(done: () => void): void {
    this.#hasEnded = true;
    this.#link.send(frameType.windowUpdate, flag.fin, 0);
    done();
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    if (!this.#otherHasEnded) this.#link.send(frameType.windowUpdate, flag.rst, 0);
    else if (!this.#hasEnded) this.#link.send(frameType.windowUpdate, flag.fin, 0);
    this.#onSent = undefined;
    this.#link.forget();
    done(error);
  }

  /** Half a window is worth a frame. */
  #grantMore(): void {
    const room = windowBytes - this.readableLength - this.#receivable;
    if (room < windowBytes / 2 || this.#otherHasEnded || this.destroyed) return;
    this.#receivable += room;
    this.#link.send(frameType.windowUpdate, 0, room);
  }

  #send(): void {
    while (this.#unsent.length > 0 && this.#sendable > 0 && !this.#isHeldUp) {
      const part = this.#unsent.subarray(0, Math.min(this.#sendable, longestFrame));
      this.#unsent = this.#unsent.subarray(part.length);
      this.#sendable -= part.length;
      this.#isHeldUp = !this.#link.send(frameType.data, 0, part.length, part);
      if (this.#isHeldUp) this.#link.onDrain(() => this.#goOn());
    }
    if (this.#unsent.length > 0 || this.#isHeldUp) return;
    const onSent = this.#onSent;
    this.#onSent = undefined;
    onSent?.();
  }

  #goOn(): void {
    this.#isHeldUp = false;
    this.#send();
  }
}
