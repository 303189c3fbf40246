/**
 * Stands in for the program `nomad` when the official client's own tests start one: `nomad agent -config <file> [-dev]`
 * with JSON in the file. The program is a shell script that prints what is wanted; the servers run in this process.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { systemClock } from '../../src/lib/clock.ts';
import { noLog } from '../../src/lib/log.ts';
import { noTelemetry } from '../../src/lib/telemetry.ts';
import type { ApiRequest } from '../../src/nomad-server/api/http.ts';
import { listen } from '../../src/nomad-server/listen.ts';
import { createNomadServer } from '../../src/nomad-server/server.ts';

const script = `#!/bin/sh
test "$1" = -version && exit
trap 'echo "stand-in stop $3"; exit' INT
echo "stand-in start $3 $4"
while :; do sleep 1 & wait; done
`;

export const writeStandIn = (path: string): void => writeFileSync(path, script, { mode: 0o755 });

export interface StandIns {
  /** Does what a stand-in printed; other lines are none of its. */
  hear(line: string): void;
  close(): Promise<void>;
}

type Close = () => Promise<void>;

/** The tests wait for a server that has keys; nothing else of theirs asks for them. */
const keys = { status: 200, headers: { 'Content-Type': 'application/json' }, body: '{"keys":[{}]}' };

async function serve(file: string, isDev: boolean): Promise<Close> {
  const wanted = JSON.parse(readFileSync(file, 'utf8'));
  const isClient = isDev || wanted.client?.enabled === true;
  const place = { host: '127.0.0.1', port: wanted.ports.http as number };
  const world = { clock: systemClock, random: Math.random, log: noLog, telemetry: noTelemetry };
  const config = {
    ...{ name: wanted.name, client: isClient, acl: wanted.acl?.enabled === true, startMs: 50, stopMs: 20 },
    ...{ nodes: isClient ? [{ name: wanted.name }] : [], httpAddress: `${place.host}:${place.port}` },
    ...(wanted.region === undefined ? {} : { region: wanted.region }),
  };
  const server = createNomadServer({ world, config });
  const handle = (request: ApiRequest) =>
    request.url === '/.well-known/jwks.json' ? Promise.resolve(keys) : server.handle(request);
  const listening = await listen({ handle }, place);
  return async () => {
    server.close();
    await listening.close();
  };
}

export function standIns(): StandIns {
  const running = new Map<string, Promise<Close>>();
  return {
    hear(line) {
      const [, order, file = '', dev] = /^stand-in (start|stop) (\S+) ?(-dev)?/.exec(line) ?? [];
      if (order === 'start') running.set(file, serve(file, dev !== undefined));
      if (order === 'stop') void running.get(file)?.then((close) => close());
    },
    async close() {
      await Promise.all([...running.values()].map(async (one) => (await one)()));
    },
  };
}
