/** Many streams over one connection, as HashiCorp's yamux has them. Source: spec go-plugin.md §9.7. */
import type { Duplex } from 'node:stream';
import { encodeHeader, type FrameHeader, FrameReader, flag, frameType, goAway, YamuxError } from './yamux-frame.ts';
import { type StreamLink, YamuxStream } from './yamux-stream.ts';

/**
 * Both sides open streams. Pings are answered and not sent: the end of a plugin's process says enough. The connection is
 * always read, so what waits in memory is bounded by the windows of the streams.
 */
export class YamuxSession {
  /** Settles, never with an error, once the connection is gone. All streams are then over. */
  readonly closed: Promise<void>;
  readonly #connection: Duplex;
  readonly #onStream: (stream: Duplex) => void;
  readonly #streams = new Map<number, YamuxStream>();
  readonly #reader: FrameReader;
  readonly #waiting: (() => void)[] = [];
  #nextId: number;
  /** The number of the ping that is to be answered when there is room. */
  #owedPing: number | undefined;
  #isGoing = false;
  #otherIsGoing = false;

  /** @param role  `client` for the side that dialed. @param onStream  takes each stream that the other side opens. */
  constructor(connection: Duplex, role: 'client' | 'server', onStream: (stream: Duplex) => void) {
    this.#connection = connection;
    this.#onStream = onStream;
    this.#nextId = role === 'client' ? 1 : 2;
    this.#reader = new FrameReader(
      (header) => this.#receive(header),
      (header, part, isLast) => {
        const stream = this.#streams.get(header.streamId);
        stream?.receive(part); // of a stream that is over nothing is kept
        if (isLast && (header.flags & flag.fin) !== 0) stream?.endReceiving();
      },
    );
    this.closed = new Promise((resolve) => connection.once('close', resolve));
    void this.closed.then(() => this.#endStreams(new Error('the connection is closed')));
    connection.on('error', () => undefined); // `close` follows
    connection.on('data', (chunk: Buffer) => this.#read(chunk));
    connection.on('end', () => connection.destroy());
    connection.on('drain', () => this.#drain());
  }

  /** Opens a stream; the other side need not agree before the first bytes leave. @throws Error when nothing can be opened any more. */
  open(): Duplex {
    if (this.#isGoing || this.#otherIsGoing || this.#connection.destroyed) throw new Error('the connection is closed');
    const id = this.#nextId;
    this.#nextId += 2;
    const stream = this.#add(id);
    this.#send({ type: frameType.windowUpdate, flags: flag.syn, streamId: id, length: 0 });
    return stream;
  }

  /** Ends the connection and every stream. */
  close(): void {
    this.#leave(goAway.normal, new Error('the connection is closed'));
  }

  #leave(reason: number, error: Error): void {
    if (this.#isGoing) return;
    this.#isGoing = true;
    this.#endStreams(error);
    const connection = this.#connection;
    connection.end(encodeHeader({ type: frameType.goAway, flags: 0, streamId: 0, length: reason }), () =>
      connection.destroy(),
    );
  }

  #endStreams(error: Error): void {
    for (const stream of [...this.#streams.values()]) stream.destroy(error);
  }

  #read(chunk: Buffer): void {
    if (this.#isGoing) return;
    try {
      this.#reader.read(chunk);
    } catch (error) {
      if (!(error instanceof YamuxError)) throw error;
      this.#leave(goAway.protocolError, error);
    }
  }

  #receive(header: FrameHeader): void {
    if (header.type === frameType.ping) this.#answerPing(header);
    else if (header.type === frameType.goAway) this.#noteGoing(header.length);
    else this.#receiveForStream(header);
  }

  #noteGoing(reason: number): void {
    this.#otherIsGoing = true;
    if (reason !== goAway.normal) throw new YamuxError(`the other side goes away, reason ${reason}`);
  }

  #receiveForStream(header: FrameHeader): void {
    if ((header.flags & flag.syn) !== 0) this.#accept(header.streamId);
    const stream = this.#streams.get(header.streamId);
    if (stream === undefined) return; // it was reset, and the other side did not know yet
    const hasBody = header.type === frameType.data && header.length > 0;
    if (hasBody) stream.expect(header.length);
    else if (header.length > 0) stream.grant(header.length);
    if ((header.flags & flag.rst) !== 0) stream.destroy(new Error('the other side has reset the stream'));
    else if ((header.flags & flag.fin) !== 0 && !hasBody) stream.endReceiving();
  }

  #accept(id: number): void {
    if (id === 0 || id % 2 === this.#nextId % 2 || this.#streams.has(id)) {
      throw new YamuxError(`stream ${id} cannot be opened by the other side`);
    }
    const stream = this.#add(id);
    this.#send({ type: frameType.windowUpdate, flags: flag.ack, streamId: id, length: 0 });
    this.#onStream(stream);
  }

  #add(id: number): YamuxStream {
    const link: StreamLink = {
      send: (type, flags, length, body) => this.#send({ type, flags, streamId: id, length }, body),
      onDrain: (run) => this.#waiting.push(run),
      forget: () => this.#streams.delete(id),
    };
    const stream = new YamuxStream(link);
    stream.on('error', () => undefined); // whoever uses it listens as well; if nobody does it is no crash
    this.#streams.set(id, stream);
    return stream;
  }

  #answerPing({ flags, length }: FrameHeader): void {
    if ((flags & flag.syn) === 0) return;
    if (this.#connection.writableNeedDrain) this.#owedPing = length;
    else this.#send({ type: frameType.ping, flags: flag.ack, streamId: 0, length });
  }

  #drain(): void {
    const owed = this.#owedPing;
    this.#owedPing = undefined;
    if (owed !== undefined) this.#send({ type: frameType.ping, flags: flag.ack, streamId: 0, length: owed });
    for (const run of this.#waiting.splice(0)) run();
  }

  /** @returns false when the connection is full, and what follows had better wait. */
  #send(header: FrameHeader, body?: Uint8Array): boolean {
    const connection = this.#connection;
    if (!connection.writable) return true; // nobody is there; the streams end with the connection
    connection.cork();
    connection.write(encodeHeader(header));
    const hasRoom = body === undefined ? !connection.writableNeedDrain : connection.write(body);
    connection.uncork();
    return hasRoom;
  }
}
