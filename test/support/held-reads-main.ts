/**
 * A client in a process of its own that holds blocking reads of an embedded Nomad, each on its own connection:
 * `held-reads-main.ts <port> <reads> <wakes> <index>`. The read at n waits for news of the scale of job n. It tells its
 * parent `held` once all are sent. Told to go on, it scales the first jobs, one after the other, and tells what came.
 */
import { connect, type Socket } from 'node:net';

export interface Woken {
  /** Milliseconds from the write to the answer of the read that waited for it. */
  readonly ms: readonly number[];
  /** All answers to reads. */
  readonly answers: number;
}

export const jobOf = (at: number): string => `job-${at}`;

/** The body of the write that wakes the reads of a job. */
export const scaling = (job: string) => ({ Count: 1, Target: { Job: job, Group: 'g' }, Message: 'up' });

/** Connections that are being made at a time. */
const atOnce = 200;

class Reads {
  readonly #port: number;
  readonly #heard = new Map<string, () => void>();
  answers = 0;

  constructor(port: number) {
    this.#port = port;
  }

  /** @param index  of the last write. @returns once the read is on its way. */
  hold(job: string, index: number): Promise<void> {
    return new Promise((resolve, reject) => {
      const socket = connect(this.#port, '127.0.0.1', () => {
        socket.write(`GET /v1/job/${job}/scale?index=${index}&wait=5m HTTP/1.1\r\nHost: bench\r\n\r\n`, () =>
          resolve(),
        );
      });
      socket.once('error', reject).on('data', () => {
        this.answers++;
        this.#heard.get(job)?.();
      });
    });
  }

  /** @returns milliseconds until its read is answered. */
  async scale(writer: Socket, job: string): Promise<number> {
    const body = JSON.stringify(scaling(job));
    const began = performance.now();
    const heard = new Promise<number>((resolve) => this.#heard.set(job, () => resolve(performance.now() - began)));
    const written = new Promise((resolve) => writer.once('data', resolve));
    writer.write(`PUT /v1/job/${job}/scale HTTP/1.1\r\nHost: bench\r\nContent-Length: ${body.length}\r\n\r\n${body}`);
    await written;
    return heard;
  }
}

if (process.send !== undefined && import.meta.main) {
  const [port = 0, count = 0, wakes = 0, index = 0] = process.argv.slice(2).map(Number);
  const reads = new Reads(port);
  process.once('disconnect', () => process.exit());
  process.once('message', async () => {
    const writer = connect(port, '127.0.0.1');
    const ms: number[] = [];
    for (let at = 0; at < wakes; at++) ms.push(await reads.scale(writer, jobOf(at)));
    const woken: Woken = { ms, answers: reads.answers };
    process.send?.(woken);
  });
  for (let from = 0; from < count; from += atOnce) {
    const some = Array.from({ length: Math.min(atOnce, count - from) }, (_, more) => jobOf(from + more));
    await Promise.all(some.map((job) => reads.hold(job, index)));
  }
  process.send('held');
}
