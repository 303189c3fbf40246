/** An embedded Nomad for benchmarks: in this process, on the system's clock and asked without a socket. */
import { systemClock } from '../../src/lib/clock.ts';
import { noLog } from '../../src/lib/log.ts';
import { noTelemetry } from '../../src/lib/telemetry.ts';
import type { NodeSpec } from '../../src/nomad-server/node-record.ts';
import { createNomadServer, type NomadServer } from '../../src/nomad-server/server.ts';
import { seededRandom } from '../../src/simulate/random.ts';

export interface BenchNomad {
  readonly server: NomadServer;
  /** @throws unless the answer is 200. */
  put(url: string, body: unknown): Promise<void>;
  read(url: string, signal?: AbortSignal): Promise<string>;
}

/** @param startMs  until a placed allocation runs. */
export function benchNomad(nodes: readonly NodeSpec[], startMs: number): BenchNomad {
  const log = { ...noLog, error: (...all: unknown[]) => console.error(...all) };
  const world = { clock: systemClock, random: seededRandom(1), log, telemetry: noTelemetry };
  const server = createNomadServer({ world, config: { nodes, startMs, stopMs: 10 } });
  const send = async (method: string, url: string, body: string, signal?: AbortSignal) => {
    const answer = await server.handle({ method, url, body, headers: {}, signal });
    if (answer.status !== 200) throw new Error(`${method} ${url}: ${answer.status} ${answer.body}`);
    return String(answer.body);
  };
  return {
    server,
    async put(url, body) {
      await send('PUT', url, JSON.stringify(body));
    },
    read: (url, signal) => send('GET', url, '', signal),
  };
}

/** Ends when `isDone` says so; asked every few milliseconds. */
export async function until(isDone: () => boolean): Promise<void> {
  while (!isDone()) await new Promise<void>((resolve) => systemClock.after(5, resolve));
}

/** Large enough for some thousand small allocations each. */
export const largeNodes = (count: number): readonly NodeSpec[] =>
  Array.from({ length: count }, (_, at) => ({ name: `n${at}`, cpuMhz: 64_000, memoryMb: 256_000, diskMb: 1e6 }));

/** MiB of the heap once what nobody holds is gone. Needs `--expose-gc`. */
export function heapMib(): number {
  globalThis.gc?.();
  return process.memoryUsage().heapUsed / 1024 ** 2;
}
