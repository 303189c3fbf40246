/** The built program as a child process: its lines, its HTTP API, its end. */
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The script of the build. */
export const builtProgram = fileURLToPath(new URL('../../dist/bin/nomad-autoscaler.js', import.meta.url));

export interface Program {
  readonly process: ChildProcess;
  /** Everything it wrote so far, both streams, in order of arrival. */
  output(): string;
  /** Waits until a line (from the first, or from where `mark()` was called) fits; the line. */
  line(pattern: RegExp, timeoutMs?: number, from?: number): Promise<string>;
  /** A position in the output for `line(…, from)`. */
  mark(): number;
  /** Waits for its end; the exit code or the signal's name. */
  ended(timeoutMs?: number): Promise<number | string>;
  stop(): Promise<void>;
}

/** Starts `nomad-autoscaler` with arguments. In a process group of its own a signal can be sent to it and all that it starts. */
export function startProgram(
  args: readonly string[],
  options: { env?: Record<string, string>; cwd?: string; ownGroup?: boolean } = {},
): Program {
  if (!existsSync(builtProgram)) throw new Error('the program is not built: npm run build');
  return watch(
    spawn(process.execPath, [builtProgram, ...args], {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, TZ: 'UTC', ...options.env },
      detached: options.ownGroup ?? false,
      ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
    }),
  );
}

/** Runs it to its end. */
export async function runProgram(
  args: readonly string[],
  options: { env?: Record<string, string>; cwd?: string } = {},
) {
  const program = startProgram(args, options);
  const code = await program.ended(60_000);
  return { code, output: program.output() };
}

function watch(child: ChildProcess): Program {
  let text = '';
  const waiting = new Set<() => void>();
  const wake = () => {
    for (const check of [...waiting]) check();
  };
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', (part: string) => {
      text += part;
      wake();
    });
  }
  let end: number | string | undefined;
  child.on('close', (code, signal) => {
    end = code ?? signal ?? 'unknown';
    wake();
  });
  const until = <T>(what: string, timeoutMs: number, probe: () => T | undefined) =>
    new Promise<T>((resolve, reject) => {
      const check = () => {
        const found = probe();
        if (found === undefined && end === undefined) return;
        if (found === undefined)
          settle(() => reject(new Error(`ended with ${end} before ${what}\n${text.slice(-4000)}`)));
        else settle(() => resolve(found));
      };
      const timer = setTimeout(
        () => settle(() => reject(new Error(`no ${what} within ${timeoutMs} ms\n${text.slice(-4000)}`))),
        timeoutMs,
      );
      const settle = (finish: () => void) => {
        clearTimeout(timer);
        waiting.delete(check);
        finish();
      };
      waiting.add(check);
      check();
    });
  return {
    process: child,
    output: () => text,
    mark: () => text.length,
    line: (pattern, timeoutMs = 20_000, from = 0) =>
      until(`line ${pattern}`, timeoutMs, () => {
        const lines = text.slice(from).split('\n');
        return lines.slice(0, -1).find((line) => pattern.test(line));
      }),
    ended: (timeoutMs = 20_000) => until('its end', timeoutMs, () => end),
    async stop() {
      if (end !== undefined) return;
      child.kill('SIGTERM');
      const hard = setTimeout(() => child.kill('SIGKILL'), 15_000);
      await until('its end', 20_000, () => end);
      clearTimeout(hard);
    },
  };
}

/** A loopback port that nothing listens on just now. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.on('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0));
    });
  });
}

/** A folder that goes when the test ends. */
export function temporaryFolder(context: { after(run: () => void): void }): string {
  const path = mkdtempSync(join(tmpdir(), 'nomad-autoscaler-test-'));
  context.after(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

/** Asks until the answer satisfies; the last answer is in the error when it never does. */
export async function eventually<T>(what: string, probe: () => Promise<T | undefined>, timeoutMs = 20_000): Promise<T> {
  const until = Date.now() + timeoutMs;
  let last: unknown;
  while (Date.now() < until) {
    try {
      const found = await probe();
      if (found !== undefined) return found;
    } catch (error) {
      last = error;
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`not within ${timeoutMs} ms: ${what}`, { cause: last });
}
