/** Replays the recorded command lines of a real Nomad with ours against the embedded Nomad, on its virtual clock. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { CliParts } from '../../src/commands/nomad/cli/command.ts';
import { runNomad } from '../../src/commands/nomad/cli/run.ts';
import { AutoscalerError } from '../../src/lib/error.ts';
import { nomadClient } from '../../src/nomad/client.ts';
import { throughFetch } from '../../src/nomad/through-fetch.ts';
import { fetchFrom } from '../../src/nomad-server/fetch.ts';
import type { TestNomad } from './nomad-server.ts';
import { sharedPath } from './shared.ts';

export interface CliStep {
  readonly argv?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly stdin?: string;
  readonly timeout_s?: number;
  readonly capture?: Readonly<Record<string, string>>;
}

export interface CliResult {
  exit: number;
  stdout: string;
  stderr: string;
  interrupted?: boolean;
  capture_failed?: string[];
}

/** Where the recordings ran. */
const address = 'http://127.0.0.1:4646';
/** A command takes a while, even when Nomad answers at once. */
const startMs = 60;
const turnMs = 10;

/**
 * @param fill  puts what was captured in place of `$name`.
 * @returns     runs one step. What a step writes into files is there for the next.
 */
export function cliReplay(
  nomad: TestNomad,
  variables: Record<string, unknown>,
  fill: (value: unknown) => unknown,
): (step: CliStep) => Promise<CliResult> {
  const folder = join(sharedPath('golden/nomad') ?? '', 'files');
  const written = new Map<string, string>();
  const files: CliParts['files'] = {
    async read(path) {
      const known = written.get(path);
      if (known !== undefined) return known;
      return path !== '-' && existsSync(join(folder, path)) ? readFileSync(join(folder, path), 'utf8') : undefined;
    },
    write: async (path, text) => void written.set(path, text),
    absolute: (path) => `/cwd/${path}`,
  };
  return async (step) => {
    const result: CliResult = { exit: -1, stdout: '', stderr: '' };
    const stop = new AbortController();
    const args = (fill(step.argv ?? []) as readonly string[]).slice(1);
    const running = runNomad(args, {
      env: { NOMAD_ADDR: address, ...(fill(step.env ?? {}) as Readonly<Record<string, string>>) },
      ...{ clock: nomad.clock, files, version: '2.0.6-dev', signal: stop.signal },
      stdout: (text) => {
        result.stdout += text;
      },
      stderr: (text) => {
        result.stderr += text;
      },
      stdin: async () => step.stdin ?? '',
      isFed: true,
      execute: async (program, [first = '']) => {
        if (program === '/bin/echo') result.stdout += `${first}\n`;
        return 0;
      },
      connect: async (settings) => ({
        client: nomadClient(settings, transportTo(nomad, settings.address)),
        close: async () => undefined,
      }),
    });
    let isDone = false;
    const settled = running.then(
      (exit) => {
        result.exit = exit;
        isDone = true;
      },
      (error: unknown) => {
        if (!stop.signal.aborted) result.stderr += `${error instanceof Error ? error.stack : error}\n`;
        isDone = true;
      },
    );
    await nomad.clock.advance(startMs);
    const until = nomad.clock.now() + (step.timeout_s ?? 60) * 1000;
    while (!isDone && nomad.clock.now() < until) await nomad.clock.advance(turnMs);
    if (!isDone) {
      result.interrupted = true;
      stop.abort();
      await nomad.clock.advance(0);
    }
    await settled;
    capture(step, result, variables);
    return result;
  };
}

function transportTo(nomad: TestNomad, to: string) {
  if (to === address) return throughFetch((request) => fetchFrom(nomad.server, request), address);
  return async ({ method, path }: { readonly method: string; readonly path: string }) => {
    const asked = `${method.charAt(0)}${method.slice(1).toLowerCase()} "${to}${path}"`;
    const refused = `dial tcp ${new URL(to).host}: connect: connection refused`;
    throw new AutoscalerError('connection_failed', `${asked}: ${refused}`, { blame: 'remote', retryable: true });
  };
}

/** Captures are regular expressions over stdout: `/ID = (\w+)/`. */
function capture(step: CliStep, result: CliResult, variables: Record<string, unknown>): void {
  for (const [key, pattern] of Object.entries(step.capture ?? {})) {
    const found = new RegExp(pattern.slice(1, -1), 'm').exec(result.stdout);
    if (found?.[1] === undefined) result.capture_failed = [...(result.capture_failed ?? []), key];
    else variables[key.replace(/^\$/, '')] = found[1];
  }
}
