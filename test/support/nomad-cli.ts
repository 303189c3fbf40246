/** Our `nomad` command line against an embedded Nomad on a virtual clock. */
import type { CliParts } from '../../src/commands/nomad/cli/command.ts';
import { runNomad } from '../../src/commands/nomad/cli/run.ts';
import { nomadClient } from '../../src/nomad/client.ts';
import type { NomadSettings } from '../../src/nomad/settings.ts';
import { throughFetch } from '../../src/nomad/through-fetch.ts';
import { fetchFrom } from '../../src/nomad-server/fetch.ts';
import type { TestNomad } from './nomad-server.ts';

export interface CliRun {
  readonly exit: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface CliTools {
  /** What is in files; what is written joins it. */
  readonly files?: Map<string, string>;
  readonly env?: Readonly<Record<string, string>>;
  /** Told of the settings of every connection. */
  readonly onConnect?: (settings: NomadSettings) => void;
}

const mostMs = 120_000;

/** Runs a command line to its end, moving the clock on. */
export async function nomadCli(nomad: TestNomad, line: readonly string[], tools: CliTools = {}): Promise<CliRun> {
  const { files = new Map<string, string>(), env = {}, onConnect } = tools;
  let stdout = '';
  let stderr = '';
  let exit: number | undefined;
  const parts: CliParts = {
    ...{ env, clock: nomad.clock, version: '2.0.6', signal: new AbortController().signal, isFed: false },
    files: {
      read: async (path) => files.get(path),
      write: async (path, text) => void files.set(path, text),
      absolute: (path) => `/cwd/${path}`,
    },
    stdout: (text) => {
      stdout += text;
    },
    stderr: (text) => {
      stderr += text;
    },
    stdin: async () => '',
    execute: async () => 0,
    async connect(settings) {
      onConnect?.(settings);
      const send = throughFetch((request) => fetchFrom(nomad.server, request), 'http://nomad');
      return { client: nomadClient(settings, send), close: async () => undefined };
    },
  };
  const running = runNomad(line, parts).then((status) => {
    exit = status;
  });
  for (let ms = 0; exit === undefined && ms < mostMs; ms += 100) await nomad.clock.advance(100);
  if (exit === undefined) throw new Error(`nomad ${line.join(' ')} came to no end; so far:\n${stdout}${stderr}`);
  await running;
  return { exit, stdout, stderr };
}
