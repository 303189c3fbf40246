/**
 * Blocking reads held by the embedded Nomad, each of another job: what they take, what they cost while nothing
 * happens, and how soon one hears of its job while the others sleep on. First by the built program over sockets, then
 * by a server in this process without any. Prints a JSON line per figure. Run with
 * `node --expose-gc --conditions=source test/bench/nomad-blocking.ts [reads]`.
 *
 * A connection takes a file descriptor: under a lower `ulimit -n` fewer are held over sockets, as many as the names say.
 */
import { readFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { benchNomad, heapMib, largeNodes, until } from '../support/bench-nomad.ts';
import { printFigure, quantile } from '../support/figures.ts';
import { heldReads } from '../support/held-reads.ts';
import { jobBody } from '../support/nomad-server.ts';
import { cpuMs, endWithUs, rssMib } from '../support/proc.ts';
import { freePort, startProgram } from '../support/program.ts';

const wanted = Number(process.argv[2] ?? 20_000);
const wakes = 200;
const idleMs = 3000;
/** Descriptors that a process needs beside its connections. */
const spare = 64;

const jobOf = (at: number) => `job-${at}`;
const job = (at: number) => jobBody(jobOf(at), { count: 0, cpu: 10 });
const scaling = (at: number) => ({ Count: 1, Target: { Job: jobOf(at), Group: 'g' }, Message: 'up' });
const scaleOf = (at: number) => `/v1/job/${jobOf(at)}/scale`;
const readOf = (at: number, index: number) => `${scaleOf(at)}?index=${index}&wait=5m`;

await overSockets(Math.min(wanted, descriptors() - spare));
await inProcess(wanted);

async function overSockets(reads: number): Promise<void> {
  const name = `nomad_${reads}_reads_over_sockets`;
  const port = await freePort();
  const program = startProgram(['nomad', 'agent', '-dev', `-port=${port}`, '-nodes=50']);
  endWithUs(program.process);
  await program.line(/serves http/);
  const { pid = 0 } = program.process;
  const client = heldReads(port);
  for (let at = 0; at < reads; at++) await client.write('/v1/jobs', job(at));
  await pause(idleMs);
  const index = Number((await fetch(`http://127.0.0.1:${port}/v1/evaluations`)).headers.get('x-nomad-index'));
  const before = rssMib(pid);
  const heard = new Map<number, () => void>();
  for (let at = 0; at < reads; at++) await client.hold(readOf(at, index), () => heard.get(at)?.());
  await pause(idleMs);
  const held = rssMib(pid);
  printFigure(`${name}_rss`, held, 'MiB');
  printFigure(`${name}_rss_before`, before, 'MiB');
  printFigure(`${name}_rss_per_read`, ((held - before) / reads) * 1024, 'KiB');
  await printIdle(name, () => cpuMs(pid));
  const ms = await wake(heard, (at) => client.write(scaleOf(at), scaling(at)));
  await pause(idleMs);
  printWoken(name, ms, client.answers);
  client.close();
  await program.stop();
}

async function inProcess(reads: number): Promise<void> {
  const name = `nomad_${reads}_reads`;
  const nomad = benchNomad(largeNodes(50), 10);
  const { store } = nomad.server;
  for (let at = 0; at < reads; at++) await nomad.put('/v1/jobs', job(at));
  await until(() => [...store.state.evaluations.values()].every((one) => one.Status === 'complete'));
  const stops = Array.from({ length: reads }, () => new AbortController());
  const heard = new Map<number, () => void>();
  let answers = 0;
  const before = heapMib();
  const held = stops.map(async ({ signal }, at) => {
    await nomad.read(readOf(at, store.index), signal);
    answers++;
    heard.get(at)?.();
  });
  printFigure(`${name}_heap_per_read`, ((heapMib() - before) / reads) * 1024, 'KiB');
  await printIdle(name, ownCpuMs);
  const ms = await wake(heard, (at) => nomad.put(scaleOf(at), scaling(at)));
  await pause(idleMs);
  printWoken(name, ms, answers);
  for (const stop of stops) stop.abort();
  await Promise.all(held);
  nomad.server.close();
}

/** Scales one job after the other. @returns milliseconds from each write until its read is answered. */
async function wake(heard: Map<number, () => void>, write: (at: number) => Promise<void>): Promise<readonly number[]> {
  const ms: number[] = [];
  for (let at = 0; at < wakes; at++) {
    const answered = new Promise<void>((resolve) => heard.set(at, resolve));
    const began = performance.now();
    const answeredAfter = answered.then(() => performance.now() - began);
    await write(at);
    ms.push(await answeredAfter);
  }
  return ms;
}

async function printIdle(name: string, cpuSoFarMs: () => number): Promise<void> {
  const before = cpuSoFarMs();
  await pause(idleMs);
  printFigure(`${name}_idle_cpu`, (cpuSoFarMs() - before) / (idleMs / 1000), 'ms/s');
}

function printWoken(name: string, ms: readonly number[], answers: number): void {
  printFigure(`${name}_wake_p50`, quantile(ms, 0.5), 'ms');
  printFigure(`${name}_wake_p99`, quantile(ms, 0.99), 'ms');
  printFigure(`${name}_woken_by_${wakes}_writes`, answers, 'reads');
}

function ownCpuMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

function descriptors(): number {
  const soft = /^Max open files\s+(\d+)/m.exec(readFileSync('/proc/self/limits', 'utf8'))?.[1];
  return soft === undefined ? Number.POSITIVE_INFINITY : Number(soft);
}
