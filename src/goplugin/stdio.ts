/** What a plugin prints after its handshake, carried by gRPC: kept by the plugin, received by the host. Source: spec go-plugin.md §9.4. */
import type { StatusObject } from '@grpc/grpc-js';
import type { Logger } from '../lib/log.ts';
import type { Channel } from './channel.ts';
import { GRPCStdioService, type StdioData, StdioData_Channel } from './generated/goplugin/stdio.ts';
import { RpcError, status } from './status.ts';

/** Receivers of a plugin's output, bytes as they were printed; what has no receiver is thrown away. */
export interface OutputReceivers {
  readonly stdout?: (chunk: Uint8Array) => void;
  readonly stderr?: (chunk: Uint8Array) => void;
}

/** Opens the stream and hands on what comes until the channel ends. A plugin without the service costs a warning. */
export function receiveOutput(channel: Channel, receivers: OutputReceivers, log: Logger): void {
  const stream = channel.serverStream(GRPCStdioService.streamStdio, {});
  let received = false;
  stream.on('data', ({ channel: from, data }: StdioData) => {
    received = true;
    if (from === StdioData_Channel.STDOUT) receivers.stdout?.(data);
    else if (from === StdioData_Channel.STDERR) receivers.stderr?.(data);
    else log.warn('unknown channel, dropping', { channel: from });
  });
  stream.on('error', () => undefined); // the status below says the same
  stream.on('status', ({ code, details }: StatusObject) => {
    const err = new RpcError(code, details).message;
    if (code === status.unimplemented && !received) {
      log.warn('stdio service not available, stdout/stderr syncing unavailable');
    } else if (quietEnds.has(code)) {
      log.debug('received EOF, stopping recv loop', { err });
    } else {
      log.error('error receiving data', { err });
    }
  });
}

/** How the stream ends whenever a plugin stops. */
const quietEnds: ReadonlySet<number> = new Set([status.ok, status.unavailable, status.cancelled, status.unimplemented]);

const longestMessage = 1024;

/** Bytes that wait per channel; what is older goes. */
const mostKept = 2 ** 20;

/** The newest bytes of one channel, in a buffer that is made with the first of them. */
class Ring {
  #bytes: Buffer | undefined;
  #start = 0;
  #length = 0;

  /** @returns false when older bytes had to go. */
  put(bytes: Uint8Array): boolean {
    this.#bytes ??= Buffer.alloc(mostKept);
    const newest = bytes.subarray(Math.max(bytes.length - mostKept, 0));
    const end = (this.#start + this.#length) % mostKept;
    const upToEdge = newest.subarray(0, mostKept - end);
    this.#bytes.set(upToEdge, end);
    this.#bytes.set(newest.subarray(upToEdge.length), 0);
    const excess = Math.max(this.#length + newest.length - mostKept, 0);
    this.#start = (this.#start + excess) % mostKept;
    this.#length += newest.length - excess;
    return excess === 0 && newest.length === bytes.length;
  }

  /** @returns a copy of the oldest bytes, of one message at most; undefined when there are none. */
  take(): Buffer | undefined {
    if (this.#bytes === undefined || this.#length === 0) return undefined;
    const size = Math.min(longestMessage, this.#length, mostKept - this.#start);
    const data = Buffer.from(this.#bytes.subarray(this.#start, this.#start + size));
    this.#start = (this.#start + size) % mostKept;
    this.#length -= size;
    return data;
  }
}

/** Output that waits for a host to fetch it: in order per channel, delivered once, bounded. */
export class OutputQueue {
  readonly #stdout = new Ring();
  readonly #stderr = new Ring();
  readonly #readers = new Set<() => void>();
  #onLoss: (() => void) | undefined;
  #hasLost = false;

  /** @param report  called once, when the first bytes were dropped. */
  onLoss(report: () => void): void {
    this.#onLoss = report;
    if (this.#hasLost) report();
  }

  put(from: 'stdout' | 'stderr', bytes: Uint8Array): void {
    const keptAll = (from === 'stdout' ? this.#stdout : this.#stderr).put(bytes);
    if (!keptAll && !this.#hasLost) {
      this.#hasLost = true;
      this.#onLoss?.();
    }
    for (const wake of this.#readers) wake();
  }

  /** @returns the next message, stdout first; undefined when nothing waits. */
  take(): StdioData | undefined {
    const stdout = this.#stdout.take();
    if (stdout !== undefined) return { channel: StdioData_Channel.STDOUT, data: stdout };
    const stderr = this.#stderr.take();
    return stderr === undefined ? undefined : { channel: StdioData_Channel.STDERR, data: stderr };
  }

  /** @param wake  called whenever something was put in. @returns how to stop that. */
  onData(wake: () => void): () => void {
    this.#readers.add(wake);
    return () => this.#readers.delete(wake);
  }
}
