/** An embedded Nomad on a virtual clock, spoken to without a socket, and jobs to run on it. */
import { type VirtualClock, virtualClock } from '../../src/lib/clock.ts';
import { noLog } from '../../src/lib/log.ts';
import { noTelemetry } from '../../src/lib/telemetry.ts';
import type { World } from '../../src/lib/world.ts';
import { createNomadServer, type NomadServer, type NomadServerConfig } from '../../src/nomad-server/server.ts';
import { seededRandom } from '../../src/simulate/random.ts';

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly text: string;
  /** The body as JSON. */
  // biome-ignore lint/suspicious/noExplicitAny: tests look into answers of every shape
  readonly json: any;
}

export interface TestNomad {
  readonly server: NomadServer;
  readonly clock: VirtualClock;
  readonly get: (url: string, signal?: AbortSignal) => Promise<Answer>;
  readonly put: (url: string, body?: unknown) => Promise<Answer>;
  readonly delete: (url: string) => Promise<Answer>;
  readonly send: (method: string, url: string, body?: string, signal?: AbortSignal) => Promise<Answer>;
  /** As `send`, also for an answer that goes on: it ends when the signal aborts. */
  readonly read: (request: StreamRequest) => Promise<Answer>;
}

export interface StreamRequest {
  readonly method?: string;
  readonly url: string;
  readonly body?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
  /** Gets each piece as it comes. */
  readonly onPiece?: (piece: string) => void;
}

/**
 * One node of 4000 MHz and 8192 MB unless told otherwise.
 *
 * @param seed     of all that is left to chance.
 * @param startAt  what the clock shows at first.
 */
export function testNomad(config: NomadServerConfig = {}, seed = 1, startAt?: number): TestNomad {
  const clock = virtualClock(startAt);
  const world: World = { clock, random: seededRandom(seed), log: noLog, telemetry: noTelemetry };
  const server = createNomadServer({ world, config: { nodes: [{ name: 'n1' }], ...config } });
  const send = async (method: string, url: string, body = '', signal?: AbortSignal): Promise<Answer> => {
    const response = await server.handle({ method, url, body, headers: {}, signal });
    if (typeof response.body !== 'string') throw new Error('a stream is no answer');
    const text = response.body;
    const isJson = response.headers['Content-Type'] === 'application/json';
    return { status: response.status, headers: response.headers, text, json: isJson ? JSON.parse(text) : undefined };
  };
  const read = async ({ method = 'GET', url, body = '', headers = {}, signal, onPiece }: StreamRequest) => {
    const { status, headers: told, body: pieces } = await server.handle({ method, url, body, headers, signal });
    let text = '';
    for await (const piece of typeof pieces === 'string' ? [pieces] : pieces) {
      const shown = typeof piece === 'string' ? piece : Buffer.from(piece).toString();
      text += shown;
      onPiece?.(shown);
    }
    const isJson = typeof pieces === 'string' && told['Content-Type'] === 'application/json';
    return { status, headers: told, text, json: isJson ? JSON.parse(text) : undefined };
  };
  return {
    server,
    clock,
    get: (url, signal) => send('GET', url, '', signal),
    put: (url, body) => send('PUT', url, body === undefined ? '' : JSON.stringify(body)),
    delete: (url) => send('DELETE', url),
    ...{ send, read },
  };
}

export interface JobOptions {
  readonly type?: string;
  readonly count?: number;
  readonly cpu?: number;
  readonly memory?: number;
  readonly group?: Readonly<Record<string, unknown>>;
  readonly task?: Readonly<Record<string, unknown>>;
  readonly job?: Readonly<Record<string, unknown>>;
}

/** The body that registers a job of one group `g` with one task `t` that runs on; healthy after a second. */
export function jobBody(id: string, options: JobOptions = {}) {
  const { type = 'service', count = 1, cpu = 50, memory = 32 } = options;
  const update = {
    ...{ MaxParallel: 1, HealthCheck: 'task_states', MinHealthyTime: 1e9, HealthyDeadline: 20e9 },
    ProgressDeadline: 60e9,
  };
  return {
    Job: {
      ID: id,
      Type: type,
      Datacenters: ['dc1'],
      TaskGroups: [
        {
          ...{ Name: 'g', Count: count, EphemeralDisk: { SizeMB: 150 } },
          ...(type === 'service' || type === 'system' ? { Update: update } : {}),
          Tasks: [
            {
              ...{ Name: 't', Driver: 'mock_driver', Config: { run_for: '100h' } },
              Resources: { CPU: cpu, MemoryMB: memory },
              ...options.task,
            },
          ],
          ...options.group,
        },
      ],
      ...options.job,
    },
  };
}
