/** A plugin's process as its host holds it: the first line, the log, and the end. It decides nothing. */
import type { ChildProcess, spawn } from 'node:child_process';
import type { Readable } from 'node:stream';
import type { Clock } from '../lib/clock.ts';
import type { Logger } from '../lib/log.ts';
import { reasonOf, spawnError } from './executable.ts';
import { startError } from './handshake.ts';
import { descendantsOf, type SendSignal } from './process-tree.ts';
import { StderrForwarder } from './stderr.ts';
import { Throttle } from './throttle.ts';

export type Spawn = typeof spawn;

export interface ChildOptions {
  readonly path: string;
  readonly args: readonly string[];
  readonly env: Record<string, string>;
  readonly log: Logger;
  readonly clock: Clock;
  readonly spawn: Spawn;
  readonly longestLine: number;
  readonly rawStderr?: ((chunk: Uint8Array) => void) | undefined;
  readonly sendSignal?: SendSignal | undefined;
}

/** How a process ended. */
export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** A process as whoever ends it holds it. */
export interface Life {
  /** 0 where there is no process of this machine. */
  readonly pid: number;
  /** Once the process is gone. */
  readonly exit: Promise<Exit>;
  /** Once its output is read as well, at the latest a second after the exit: a grandchild may hold the pipes open. */
  readonly drained: Promise<void>;
  /** Ends it at once, unasked. */
  kill(): void;
}

/** A process that was started here, with its output. */
export interface Child extends Life {
  /** What the log calls it; the pid as a rule. */
  readonly id: number | string;
  /** The first line of stdout; undefined when stdout ended without one. */
  readonly firstLine: Promise<string | undefined>;
  readonly lastLines: () => readonly string[];
}

const drainMs = 1000;

/** Longest line of stdout that is looked at. */
const longestHandshake = 64 * 1024;

/** @throws `plugin_start_failed` with Go's text, `fork/exec <path>: no such file or directory`. */
export async function startChild(options: ChildOptions): Promise<Child> {
  const { path } = options;
  const child = spawnChild(options);
  const exit = new Promise<Exit>((resolve) => child.once('exit', (code, signal) => resolve({ code, signal })));
  await started(child, path);
  const { stdout, stderr, pid } = child;
  if (stdout === null || stderr === null || pid === undefined) throw startError(`fork/exec ${path}: no pipes`);
  const kill = () => killWithAll(child, pid, options.sendSignal);
  return watch({ id: pid, pid, stdout, stderr, exit, kill }, options);
}

/** A process that runs, wherever that is. */
export interface Started {
  readonly id: number | string;
  readonly pid: number;
  readonly stdout: Readable;
  readonly stderr: Readable;
  readonly exit: Promise<Exit>;
  kill(): void;
}

/** Reads what the process says from now on: the first line for the handshake, stderr for the log. */
export function watch(
  { stdout, stderr, exit, ...rest }: Started,
  { log, clock, longestLine, rawStderr }: Pick<ChildOptions, 'log' | 'clock' | 'longestLine' | 'rawStderr'>,
): Child {
  const forwarder = new StderrForwarder(stderr, { log, clock, longestLine, raw: rawStderr });
  stderr.on('data', (chunk: Buffer) => forwarder.take(chunk));
  stderr.once('close', () => forwarder.end());
  for (const [name, pipe] of [['stdout', stdout] as const, ['stderr', stderr] as const]) {
    pipe.on('error', (error) => log.error(`reading plugin ${name}`, { error: reasonOf(error) }));
  }
  const throttle = new Throttle(stdout, clock);
  stdout.on('data', (chunk: string) => throttle.read(chunk.length)); // one byte is one character of latin1
  stdout.once('close', () => throttle.end());
  const closed = Promise.all([closeOf(stdout), closeOf(stderr)]);
  const drained = exit.then(async () => {
    const cancel = clock.after(drainMs, () => {
      stdout.destroy();
      stderr.destroy();
    });
    await closed;
    cancel();
  });
  return { ...rest, exit, drained, firstLine: firstLineOf(stdout), lastLines: () => forwarder.lastLines };
}

/** With everything that it started: a shell that was meant to become the plugin may still be its parent. */
function killWithAll(child: ChildProcess, pid: number, sendSignal: SendSignal | undefined): void {
  const isThere = child.exitCode === null && child.signalCode === null; // else the number may be another's
  const below = isThere && sendSignal !== undefined ? descendantsOf(pid) : [];
  child.kill('SIGKILL');
  for (const one of below) {
    try {
      sendSignal?.(one, 'SIGKILL');
    } catch {
      // it went in this moment, which is what was wanted
    }
  }
}

const closeOf = (pipe: Readable) => new Promise<void>((resolve) => pipe.once('close', () => resolve()));

/** Most failures come as an event later on, but some, like arguments that are too long, are thrown at once. */
function spawnChild({ spawn, path, args, env }: ChildOptions): ChildProcess {
  try {
    return spawn(path, [...args], { env, stdio: ['inherit', 'pipe', 'pipe'] });
  } catch (cause) {
    throw startError(`fork/exec ${path}: ${reasonOf(cause)}`);
  }
}

async function started(child: ChildProcess, path: string): Promise<void> {
  const failure = await new Promise<unknown>((resolve) => {
    child.once('spawn', () => resolve(undefined));
    child.once('error', resolve);
  });
  if (failure !== undefined) throw await spawnError(path, failure);
}

/** Goes on reading after the line and throws the rest away: a full pipe would stop the plugin. */
function firstLineOf(stdout: Readable): Promise<string | undefined> {
  return new Promise((resolve) => {
    let text = '';
    let found = false;
    const finish = (line: string | undefined) => {
      found = true;
      text = '';
      resolve(line);
    };
    stdout.setEncoding('latin1'); // a line that is read in pieces must not break inside a character
    stdout.on('data', (chunk: string) => {
      if (found) return;
      text += chunk;
      const end = text.indexOf('\n');
      if (end < 0 && text.length < longestHandshake) return;
      finish(utf8(end < 0 ? text.slice(0, longestHandshake) : text.slice(0, end)));
    });
    stdout.once('close', () => {
      if (!found) finish(text === '' ? undefined : utf8(text));
    });
  });
}

const utf8 = (latin1: string): string => Buffer.from(latin1, 'latin1').toString('utf8');

const signalWords: Readonly<Record<string, string>> = {
  SIGHUP: 'hangup',
  SIGINT: 'interrupt',
  SIGQUIT: 'quit',
  SIGILL: 'illegal instruction',
  SIGABRT: 'aborted',
  SIGBUS: 'bus error',
  SIGFPE: 'floating point exception',
  SIGKILL: 'killed',
  SIGSEGV: 'segmentation fault',
  SIGPIPE: 'broken pipe',
  SIGTERM: 'terminated',
};

/** @returns `exit status 2`, `signal: killed`; undefined for a clean end. */
export function exitText({ code, signal }: Exit): string | undefined {
  if (signal !== null) return `signal: ${signalWords[signal] ?? signal}`;
  return code === 0 ? undefined : `exit status ${code}`;
}
