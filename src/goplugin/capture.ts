/**
 * Takes over what the program prints, so that standard output belongs to the handshake and a plugin's log keeps the
 * original stderr. To be called before dependencies load: they print while loading. Source: spec go-plugin.md §12.1, §20.2.
 */
import { writeSync } from 'node:fs';
import { nodeCode } from '../lib/error.ts';
import { OutputQueue } from './stdio.ts';

export interface CapturedOutput {
  /** What the program printed since, waiting for the host. */
  readonly printed: OutputQueue;
  /** Writes to the original stderr, for log lines. What a slow host leaves waiting is bounded; beyond it lines are dropped. */
  log(text: string): void;
  /** Writes to the original stderr at once, for the last words of a crash. Gives up after a second. */
  logNow(text: string): void;
  /** Writes the handshake line to the original stdout at once. */
  announce(line: string): void;
  /** Waits until the log is written, at most as long as `limit` takes. */
  flush(limit: Promise<unknown>): Promise<void>;
}

const mostWaiting = 16 * 2 ** 20;

export function captureOutput(self: NodeJS.Process): CapturedOutput {
  const printed = new OutputQueue();
  const original = self.stderr.write.bind(self.stderr);
  let dropped = 0;
  self.stderr.on('error', () => undefined); // the host is gone; whoever watches it cleans up
  self.stdout.on('error', () => undefined);
  self.stdout.write = redirectTo(printed, 'stdout');
  self.stderr.write = redirectTo(printed, 'stderr');
  return {
    printed,
    log(text) {
      if (self.stderr.writableLength > mostWaiting) {
        dropped++;
        return;
      }
      if (dropped > 0) original(`[WARN] the host reads too slowly, log lines were left out: ${dropped}\n`);
      dropped = 0;
      original(text);
    },
    logNow: (text) => writeAll(2, text),
    announce: (line) => writeAll(1, line),
    async flush(limit) {
      const written = new Promise<void>((resolve) => original('', () => resolve()));
      await Promise.race([written, limit]);
    },
  };
}

type Write = NodeJS.WriteStream['write'];

function redirectTo(queue: OutputQueue, name: 'stdout' | 'stderr'): Write {
  const write = (
    chunk: string | Uint8Array,
    encoding?: BufferEncoding | ((error?: Error) => void),
    done?: (error?: Error) => void,
  ): boolean => {
    const named = typeof encoding === 'string' ? encoding : 'utf8';
    queue.put(name, typeof chunk === 'string' ? Buffer.from(chunk, named) : chunk);
    const callback = typeof encoding === 'function' ? encoding : done;
    if (callback !== undefined) queueMicrotask(() => callback());
    return true;
  };
  return write;
}

const patienceMs = 1000;
const stepMs = 5;

/** A pipe that Node has opened does not block: when it is full, the rest has to wait for its reader. */
function writeAll(fd: number, text: string): void {
  let left = Buffer.from(text);
  for (let waitedMs = 0; left.length > 0 && waitedMs < patienceMs; ) {
    try {
      left = left.subarray(writeSync(fd, left));
    } catch (error) {
      if (nodeCode(error) !== 'EAGAIN') return; // nobody reads any more
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, stepMs);
      waitedMs += stepMs;
    }
  }
}
