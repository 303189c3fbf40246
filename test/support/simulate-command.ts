/** `nomad-autoscaler simulate` in this process, with an embedded Nomad to read or none. */
import { runSimulateCommand, type SimulateOptions } from '../../src/commands/simulate.ts';
import { virtualClock } from '../../src/lib/clock.ts';
import { nomadClient } from '../../src/nomad/client.ts';
import { throughFetch } from '../../src/nomad/through-fetch.ts';
import type { HttpAnswer } from '../../src/nomad/transport.ts';
import { fetchFrom } from '../../src/nomad-server/fetch.ts';
import type { Report } from '../../src/simulate/report.ts';
import type { TestNomad } from './nomad-server.ts';

export interface Simulated {
  readonly exit: number;
  readonly out: string;
  readonly err: string;
}

export interface SimulateTools {
  readonly nomad?: TestNomad;
  /** Instead of its answers. */
  readonly refusal?: HttpAnswer | Error;
  readonly files?: Readonly<Record<string, string>>;
  readonly env?: Readonly<Record<string, string>>;
}

export async function simulate(args: readonly string[], tools: SimulateTools = {}): Promise<Simulated> {
  const { nomad, refusal, files = {}, env = {} } = tools;
  let out = '';
  let err = '';
  const options: SimulateOptions = {
    terminal: {
      out: (text) => {
        out += `${text}\n`;
      },
      err: (text) => {
        err += `${text}\n`;
      },
    },
    ...{ env, clock: virtualClock(), version: '2.0.6' },
    files: { read: async (path) => files[path] },
    async connect(settings) {
      const close = async () => undefined;
      if (refusal !== undefined) {
        const refuse = async () => {
          if (refusal instanceof Error) throw refusal;
          return refusal;
        };
        return { client: nomadClient(settings, refuse), close };
      }
      if (nomad === undefined) throw new Error('no Nomad was to be asked');
      const send = throughFetch((request) => fetchFrom(nomad.server, request), 'http://nomad');
      return { client: nomadClient(settings, send), close };
    },
  };
  return { exit: await runSimulateCommand(args, options), out, err };
}

/** With `-json`. */
export async function simulateReport(args: readonly string[], tools: SimulateTools = {}): Promise<Report> {
  const { exit, out, err } = await simulate(['-json', ...args], tools);
  if (exit === 1) throw new Error(err);
  return JSON.parse(out) as Report;
}
