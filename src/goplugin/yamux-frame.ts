/**
 * The frames of yamux, by which many streams share one connection. Pure. Source: spec go-plugin.md §9.7.
 *
 * Hand-written: what there is for Node carries a framework with it, or has no limit to what it keeps in memory.
 */

export const frameType = { data: 0, windowUpdate: 1, ping: 2, goAway: 3 } as const;

/** `syn` opens a stream and asks for a ping's answer, `ack` accepts and answers, `fin` ends one direction, `rst` both. */
export const flag = { syn: 1, ack: 2, fin: 4, rst: 8 } as const;

/** Why a side goes away. */
export const goAway = { normal: 0, protocolError: 1 } as const;

/** Bytes that may be on their way in one direction of a stream before the receiver grants more. */
export const windowBytes = 256 * 1024;

const headerBytes = 12;

export interface FrameHeader {
  /** One of `frameType`. */
  readonly type: number;
  /** The sum of some of `flag`. */
  readonly flags: number;
  /** 0 for the session itself. */
  readonly streamId: number;
  /** Bytes that follow (data), bytes granted (window update), the number of a ping, the reason of a going away. */
  readonly length: number;
}

/** The other side does not keep to the protocol; the session cannot go on. */
export class YamuxError extends Error {
  override readonly name = 'YamuxError';
}

export function encodeHeader({ type, flags, streamId, length }: FrameHeader): Buffer {
  const bytes = Buffer.allocUnsafe(headerBytes);
  bytes.writeUInt8(0, 0); // the protocol's version
  bytes.writeUInt8(type, 1);
  bytes.writeUInt16BE(flags, 2);
  bytes.writeUInt32BE(streamId, 4);
  bytes.writeUInt32BE(length, 8);
  return bytes;
}

function decodeHeader(bytes: Buffer): FrameHeader {
  const version = bytes.readUInt8(0);
  const type = bytes.readUInt8(1);
  if (version !== 0) throw new YamuxError(`protocol version ${version} is not known`);
  if (type > frameType.goAway) throw new YamuxError(`frame type ${type} is not known`);
  return { type, flags: bytes.readUInt16BE(2), streamId: bytes.readUInt32BE(4), length: bytes.readUInt32BE(8) };
}

/** Called with every part of a data frame, as it came, after its header. */
export type OnBody = (header: FrameHeader, part: Buffer, isLast: boolean) => void;

/** Finds the frames in bytes that come in pieces of any size. Nothing but a started header is kept. */
export class FrameReader {
  readonly #onHeader: (header: FrameHeader) => void;
  readonly #onBody: OnBody;
  readonly #header = Buffer.alloc(headerBytes);
  #headerLength = 0;
  #current: FrameHeader | undefined;
  #bodyLeft = 0;

  constructor(onHeader: (header: FrameHeader) => void, onBody: OnBody) {
    this.#onHeader = onHeader;
    this.#onBody = onBody;
  }

  /** @throws `YamuxError` for a header that is none; also what the handlers throw. */
  read(chunk: Buffer): void {
    for (let at = 0; at < chunk.length; ) {
      const rest = chunk.subarray(at);
      at += this.#current === undefined ? this.#readHeader(rest) : this.#readBody(this.#current, rest);
    }
  }

  /** @returns how many bytes were taken. */
  #readBody(header: FrameHeader, chunk: Buffer): number {
    const part = chunk.subarray(0, this.#bodyLeft);
    this.#bodyLeft -= part.length;
    const isLast = this.#bodyLeft === 0;
    if (isLast) this.#current = undefined;
    this.#onBody(header, part, isLast);
    return part.length;
  }

  #readHeader(chunk: Buffer): number {
    const taken = chunk.copy(this.#header, this.#headerLength);
    this.#headerLength += taken;
    if (this.#headerLength < headerBytes) return taken;
    this.#headerLength = 0;
    const header = decodeHeader(this.#header);
    this.#onHeader(header);
    if (header.type === frameType.data && header.length > 0) {
      this.#current = header;
      this.#bodyLeft = header.length;
    }
    return taken;
  }
}
