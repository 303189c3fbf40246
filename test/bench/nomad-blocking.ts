/**
 * Blocking reads held by the embedded Nomad, each of another job: what they take, what they cost while nothing
 * happens, and how soon one hears of its job while the others sleep on. First over sockets, with the client in a
 * process of its own, then past the port. Prints a JSON line per figure. Run with
 * `node --expose-gc --conditions=source test/bench/nomad-blocking.ts [reads]`.
 *
 * A connection takes a file descriptor: under a lower `ulimit -n` fewer are held over sockets, as many as the names say.
 */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { listen } from '../../src/nomad-server/listen.ts';
import { benchNomad, cpuMsOf, heapMib, largeNodes, until } from '../support/bench-nomad.ts';
import { pause, printFigure, quantile } from '../support/figures.ts';
import { jobOf, scaling, type Woken } from '../support/held-reads-main.ts';
import { jobBody } from '../support/nomad-server.ts';
import { endWithUs } from '../support/proc.ts';

const wanted = Number(process.argv[2] ?? 20_000);
const wakes = 200;
const idleMs = 3000;
/** Descriptors that a process needs beside its connections. */
const spare = 64;

const never = 1e9;

const nomad = benchNomad(largeNodes(50), never);
const { store } = nomad.server;
for (let at = 0; at < wanted; at++) await nomad.put('/v1/jobs', jobBody(jobOf(at), { count: 0, cpu: 10 }));
await settled();
await overSockets(Math.min(wanted, descriptors() - spare));
await settled();
await inProcess(wanted);
nomad.server.close();

async function overSockets(reads: number): Promise<void> {
  const name = `nomad_${reads}_reads_over_sockets`;
  const listening = await listen(nomad.server, { host: '127.0.0.1', port: 0 });
  const before = rssMib();
  const client = fork(fileURLToPath(new URL('../support/held-reads-main.ts', import.meta.url)), [
    ...[listening.port, reads, wakes, store.index].map(String),
  ]);
  endWithUs(client);
  await once(client, 'message');
  await until(() => heldReads() === reads);
  const held = rssMib();
  printFigure(`${name}_rss`, held, 'MiB');
  printFigure(`${name}_rss_per_read`, ((held - before) / reads) * 1024, 'KiB');
  await printIdle(name);
  client.send('wake');
  const [woken] = (await once(client, 'message')) as [Woken];
  printWoken(name, woken, reads);
  client.disconnect();
  await listening.close();
  await until(() => heldReads() === 0);
}

async function inProcess(reads: number): Promise<void> {
  const name = `nomad_${reads}_reads`;
  const stops = Array.from({ length: reads }, () => new AbortController());
  const before = heapMib();
  const woken = new Map<string, () => void>();
  let answers = 0;
  const held = stops.map(async ({ signal }, at) => {
    await nomad.read(`/v1/job/${jobOf(at)}/scale?index=${store.index}&wait=5m`, signal);
    answers++;
    woken.get(jobOf(at))?.();
  });
  printFigure(`${name}_heap_per_read`, ((heapMib() - before) / reads) * 1024, 'KiB');
  await printIdle(name);
  const ms: number[] = [];
  for (let at = 0; at < wakes; at++) {
    // Those before were scaled over sockets.
    const job = jobOf(wakes + at);
    const began = performance.now();
    const heard = new Promise<void>((resolve) => woken.set(job, resolve));
    await nomad.put(`/v1/job/${job}/scale`, scaling(job));
    await heard;
    ms.push(performance.now() - began);
  }
  printWoken(name, { ms, answers }, reads);
  for (const stop of stops) stop.abort();
  await Promise.all(held);
}

async function printIdle(name: string): Promise<void> {
  printFigure(`${name}_idle_cpu`, (await cpuMsOf(pause(idleMs))) / (idleMs / 1000), 'ms/s');
}

function printWoken(name: string, { ms, answers }: Woken, reads: number): void {
  printFigure(`${name}_wake_p50`, quantile(ms, 0.5), 'ms');
  printFigure(`${name}_wake_p99`, quantile(ms, 0.99), 'ms');
  printFigure(`${name}_woken_for_${wakes}_writes`, answers, 'reads');
  printFigure(`${name}_asleep_after`, heldReads(), `of ${reads} reads`);
}

/** Each waits for the three things that a scale status is made of, which no other read looks at. */
function heldReads(): number {
  return store.watches.size / 3;
}

/** Nothing changes any more by itself. */
function settled(): Promise<void> {
  return until(() => [...store.state.evaluations.values()].every((one) => one.Status === 'complete'));
}

function rssMib(): number {
  heapMib();
  return process.memoryUsage().rss / 1024 ** 2;
}

function descriptors(): number {
  const soft = /^Max open files\s+(\d+)/m.exec(readFileSync('/proc/self/limits', 'utf8'))?.[1];
  return soft === undefined ? Number.POSITIVE_INFINITY : Number(soft);
}
