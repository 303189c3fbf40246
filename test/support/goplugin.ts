/** Both ends of the plugin protocol for tests: a world for hosts, fake executables, and a plugin inside this process. */
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { EventEmitter, once } from 'node:events';
import { chmodSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import type { CapturedOutput } from '../../src/goplugin/capture.ts';
import type { Channel, Method } from '../../src/goplugin/channel.ts';
import type { HostWorld } from '../../src/goplugin/host.ts';
import type { ServeWorld } from '../../src/goplugin/lifetime.ts';
import { type ServeOptions, servePlugin } from '../../src/goplugin/serve.ts';
import { OutputQueue } from '../../src/goplugin/stdio.ts';
import { systemClock } from '../../src/lib/clock.ts';
import type { LogFields, Logger, LogLevel } from '../../src/lib/log.ts';

export const cookie = { key: 'TEST_PLUGIN_COOKIE', value: 'for a test' };

/** A signal that never aborts. */
export const never: AbortSignal = new AbortController().signal;

export interface LogRecord {
  readonly level: Exclude<LogLevel, 'off'>;
  readonly name: string;
  readonly message: string;
  readonly fields: LogFields;
}

const ranks = ['trace', 'debug', 'info', 'warn', 'error', 'off'];

/** A logger that keeps what it is given, from a level on. */
export class LogBook {
  readonly records: LogRecord[] = [];
  readonly root: Logger;
  readonly #events = new EventEmitter();

  constructor(least: LogLevel = 'trace') {
    const logger = (name: string): Logger => {
      const isEnabled = (level: LogLevel) => level !== 'off' && ranks.indexOf(level) >= ranks.indexOf(least);
      const at =
        (level: LogRecord['level']) =>
        (message: string, fields: LogFields = {}) => {
          if (!isEnabled(level)) return;
          this.records.push({ level, name, message, fields });
          this.#events.emit('record');
        };
      return {
        trace: at('trace'),
        debug: at('debug'),
        info: at('info'),
        warn: at('warn'),
        error: at('error'),
        isEnabled,
        named: (child) => logger(name === '' ? child : `${name}.${child}`),
        with: () => logger(name),
      };
    };
    this.root = logger('');
  }

  /** The records as `LEVEL message`, of one level when it is named. */
  lines(level?: LogRecord['level']): readonly string[] {
    const some = level === undefined ? this.records : this.records.filter((record) => record.level === level);
    return some.map((record) => `${record.level.toUpperCase()} ${record.message}`);
  }

  /** Waits for a record with this message. */
  async has(message: string | RegExp): Promise<LogRecord> {
    const fits = (text: string) => (typeof message === 'string' ? text === message : message.test(text));
    while (true) {
      const found = this.records.find((record) => fits(record.message));
      if (found !== undefined) return found;
      await once(this.#events, 'record');
    }
  }
}

/** The world of a host: real processes, real time, and this environment. */
export function hostWorld(log: LogBook, overrides: Partial<HostWorld> = {}): HostWorld {
  const identity = { uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0, arch: process.arch };
  return { clock: systemClock, log: log.root, env: process.env, spawn, randomBytes, identity, ...overrides };
}

/** A folder that is gone after the test. */
export function tempFolder(t: Pick<TestContext, 'after'>): string {
  const folder = mkdtempSync(join(tmpdir(), 't-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** An executable file with this content. */
export function executable(t: Pick<TestContext, 'after'>, content: string | Uint8Array, name = 'fake-plugin'): string {
  const path = join(tempFolder(t), name);
  writeFileSync(path, content);
  chmodSync(path, 0o755);
  return path;
}

/** A script as a plugin that goes by the name `fake-plugin`. */
export function scriptPlugin(t: Pick<TestContext, 'after'>, body: string): string {
  return executable(t, `#!${process.execPath}\n${body}`);
}

/** How to start a file of test/fixtures/plugins under a name of its own. */
export function fixture(t: Pick<TestContext, 'after'>, file: string, ...args: readonly string[]) {
  const path = join(tempFolder(t), 'fake-plugin');
  symlinkSync(process.execPath, path);
  return { path, args: ['--conditions=source', fixturePath(file), ...args] };
}

export const fixturePath = (file: string): string =>
  fileURLToPath(new URL(`../fixtures/plugins/${file}`, import.meta.url));

/** A script that prints one line on stdout and stays. */
export const saying = (line: string): string =>
  `process.stdout.write(${JSON.stringify(line)}); setInterval(() => {}, 1e6);`;

/** A process that was started without a host, with all that it wrote. */
export interface RawProcess {
  readonly child: ChildProcess;
  stdout: string;
  stderr: string;
  /** The first line of stdout, split. */
  readonly handshake: Promise<readonly string[]>;
  readonly ended: Promise<{ readonly code: number | null; readonly signal: string | null }>;
}

/** Starts a program as a host would, but leaves everything else to the test. */
export function startRaw(
  t: Pick<TestContext, 'after'>,
  command: { readonly path: string; readonly args: readonly string[] },
  env: Readonly<Record<string, string>>,
): RawProcess {
  const child = spawn(command.path, [...command.args], {
    env: { PATH: process.env['PATH'], ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  t.after(() => child.kill('SIGKILL'));
  const raw = { child, stdout: '', stderr: '' };
  child.stderr.on('data', (chunk) => {
    raw.stderr += chunk;
  });
  const handshake = new Promise<readonly string[]>((resolve) => {
    child.stdout.on('data', (chunk) => {
      raw.stdout += chunk;
      if (raw.stdout.includes('\n')) resolve(raw.stdout.slice(0, raw.stdout.indexOf('\n')).split('|'));
    });
  });
  const ended = once(child, 'close').then(([code, signal]) => ({ code, signal }));
  return Object.assign(raw, { handshake, ended });
}

/** Stands for the process of a plugin that is served inside this one. */
export class FakeSelf extends EventEmitter {
  readonly env: NodeJS.ProcessEnv;
  readonly pid = 4242;
  readonly platform: NodeJS.Platform;
  ppid = 100;
  readonly signals: string[] = [];
  /** The code of `exit`. */
  readonly exited: Promise<number>;
  #exit: (code: number) => void = () => undefined;

  constructor(env: NodeJS.ProcessEnv, platform: NodeJS.Platform) {
    super();
    this.env = env;
    this.platform = platform;
    this.exited = new Promise((resolve) => {
      this.#exit = resolve;
    });
  }

  exit(code: number): void {
    this.#exit(code);
  }

  kill(_pid: number, signal: string): void {
    this.signals.push(signal);
  }
}

export interface ServedHere {
  readonly self: FakeSelf;
  readonly log: LogBook;
  readonly printed: OutputQueue;
  /** What went to stderr past the log. */
  readonly said: string[];
  /** The handshake line; stays open when there is none. */
  readonly line: Promise<string>;
}

/** Serves a plugin inside this process; it ends with the test. */
export function serveHere(
  t: Pick<TestContext, 'after'>,
  env: NodeJS.ProcessEnv,
  options: Partial<ServeOptions> = {},
  overrides: Partial<ServeWorld> = {},
  platform: NodeJS.Platform = process.platform,
): ServedHere {
  const self = new FakeSelf({ [cookie.key]: cookie.value, ...env }, platform);
  const log = new LogBook();
  const printed = new OutputQueue();
  const said: string[] = [];
  const stop = new AbortController();
  const line = new Promise<string>((resolve) => {
    const output: CapturedOutput = {
      printed,
      log: (text) => said.push(text),
      logNow: (text) => said.push(text),
      announce: resolve,
      flush: () => Promise.resolve(),
    };
    const world: ServeWorld = {
      self: self as unknown as NodeJS.Process,
      output,
      clock: systemClock,
      log: log.root,
      randomBytes,
      tempDir: tempFolder(t),
      ...overrides,
    };
    void servePlugin({ cookie, versions: { 1: [] }, ...options }, world, stop.signal);
  });
  t.after(async () => {
    stop.abort();
    await self.exited;
  });
  return { self, log, printed, said, line };
}

/** A channel whose unary calls are answered here. */
export function channelOf(answer: (path: string, request: unknown) => unknown) {
  const calls: string[] = [];
  const channel: Channel = {
    async unary<Request, Response>(method: Method<Request, Response>, request: Request) {
      calls.push(method.path);
      return answer(method.path, request) as Response;
    },
    serverStream: () => assert.fail('no streams here'),
    duplexStream: () => assert.fail('no streams here'),
    close: () => undefined,
  };
  return { channel, calls };
}
