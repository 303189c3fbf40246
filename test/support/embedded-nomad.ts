/** An embedded Nomad in the test's own process, on a free port of loopback. */
import { systemClock } from '../../src/lib/clock.ts';
import { noLog } from '../../src/lib/log.ts';
import { noTelemetry } from '../../src/lib/telemetry.ts';
import { listen } from '../../src/nomad-server/listen.ts';
import type { NodeSpec } from '../../src/nomad-server/node-record.ts';
import { createNomadServer, type NomadServer } from '../../src/nomad-server/server.ts';
import { freePort } from './program.ts';

export interface TestNomad {
  readonly address: string;
  readonly port: number;
  readonly server: NomadServer;
  /** Asks it past the port. @returns the JSON of the answer. @throws unless that is 200. */
  // biome-ignore lint/suspicious/noExplicitAny: tests look into answers of every shape
  call(method: string, url: string, body?: unknown): Promise<any>;
  /** Registers a service job with one group `app` of so many instances, 100 MHz and 64 MB each. */
  register(job: string, count: number): Promise<void>;
  /** What all instances of `<job>/app` need together. */
  setLoad(job: string, cpuMhz: number): void;
  count(
    job: string,
  ): Promise<{ readonly desired: number; readonly running: number; readonly messages: readonly string[] }>;
  /** Stops listening, as if the server were gone; its state stays. */
  goAway(): Promise<void>;
  comeBack(): Promise<void>;
  close(): Promise<void>;
}

/** @param nodes  what its nodes are, or how many of the usual size. */
export async function startNomad(nodes: number | readonly NodeSpec[] = 3): Promise<TestNomad> {
  const world = { clock: systemClock, random: Math.random, log: noLog, telemetry: noTelemetry };
  const specs = typeof nodes === 'number' ? Array.from({ length: nodes }, (_, at) => ({ name: `n${at + 1}` })) : nodes;
  const port = await freePort();
  const config = { httpAddress: `127.0.0.1:${port}`, nodes: specs, startMs: 50, stopMs: 20 };
  const server = createNomadServer({ world, config });
  let listening = await listen(server, { host: '127.0.0.1', port });
  const call = async (method: string, url: string, body?: unknown) => {
    const text = body === undefined ? '' : JSON.stringify(body);
    const answer = await server.handle({ method, url, body: text, headers: {}, signal: undefined });
    if (answer.status !== 200) throw new Error(`${method} ${url}: ${answer.status} ${String(answer.body)}`);
    return JSON.parse(String(answer.body));
  };
  return {
    address: `http://127.0.0.1:${port}`,
    port,
    server,
    call,
    async register(job, count) {
      const task = { Name: 't', Driver: 'docker', Config: { image: 'x' }, Resources: { CPU: 100, MemoryMB: 64 } };
      const group = { Name: 'app', Count: count, Update: { MaxParallel: 0 }, Tasks: [task] };
      await call('PUT', '/v1/jobs', { Job: { ID: job, Type: 'service', TaskGroups: [group] } });
    },
    setLoad(job, cpuMhz) {
      server.load.set(job, 'app', { cpuMhz, memoryMb: 10 }, systemClock.now());
    },
    async count(job) {
      const { TaskGroups } = await call('GET', `/v1/job/${job}/scale`);
      const { Desired, Running, Events } = TaskGroups.app;
      const messages = (Events ?? []).map(({ Message }: { Message: string }) => Message).reverse();
      return { desired: Desired, running: Running, messages };
    },
    goAway: () => listening.close(),
    async comeBack() {
      listening = await listen(server, { host: '127.0.0.1', port });
    },
    async close() {
      server.close();
      await listening.close();
    },
  };
}
