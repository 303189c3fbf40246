/** What `agent -dev` runs against: an OpenStack and a Nomad of memory, a job under a changing load, and somebody who tells of it. */
import { type ConfigLayer, defaultConfig, overlay } from '../agent/config.ts';
import { usageError } from '../lib/error.ts';
import type { World } from '../lib/world.ts';
import { parseJobFile } from '../nomad-server/jobspec/job-file.ts';
import type { LoadCurve } from '../nomad-server/load.ts';
import type { NomadServer } from '../nomad-server/server.ts';
import { usualPlace } from '../nomad-server/usual-place.ts';
import type { Dev } from './agent.ts';
import { type DevCloud, startCloud } from './dev-cloud.ts';
import { sightOf } from './dev-sight.ts';
import { tellStory } from './dev-story.ts';
import { sameNodes, startEmbedded } from './nomad/embedded.ts';
import type { Terminal } from './shell.ts';

export interface DevOptions {
  readonly world: World;
  readonly terminal: Terminal;
  /** The folder of example policies that comes with the program. */
  readonly policyDir: string;
  /** GET of a JSON document; undefined when it cannot be had just now. */
  readonly getJson: (url: string) => Promise<unknown>;
}

const job = `job "web" {
  group "app" {
    count = 1
    update {
      max_parallel = 0
    }
    task "server" {
      driver = "docker"
      config {
        image = "web"
      }
      resources {
        cpu    = 500
        memory = 64
      }
    }
  }
}
`;

/** MHz of all instances together, against 500 MHz of each: quiet, busy, quiet, in 60 s. */
const load: LoadCurve = {
  repeats: true,
  points: [
    [0, 275],
    [10, 275],
    [10, 1650],
    [28, 1650],
    [28, 275],
    [60, 275],
  ].map(([atS = 0, cpuMhz = 0]) => ({ atMs: atS * 1000, cpuMhz, memoryMb: 20 })),
};

/** @throws `address_in_use`, `cannot_listen`, `invalid_flag` (usage), each one line that says what to write instead. */
export async function startDev(flags: ConfigLayer, options: DevOptions): Promise<Dev> {
  const { world, terminal } = options;
  const { clock } = world;
  const nomad = await startEmbedded({
    world,
    ...listenAt(flags.nomad?.address),
    nodes: [],
    otherPort: '-nomad-address=http://127.0.0.1:<port>',
  });
  const cloud = await startCloud(world, nomad.server.simulation);
  await register(nomad.server);
  nomad.server.load.setCurve('web', 'app', load, clock.now());
  const layer = layerFor(flags, nomad.address, cloud, flags.policy?.dir || options.policyDir);
  const { http, policy } = overlay(defaultConfig(''), layer);
  const stop = new AbortController();
  const story = tellStory(
    {
      ...{ nomad: nomad.address, openStack: cloud.address, token: cloud.token, policyDir: policy.dir },
      agent: `http://${http.bindAddress}:${http.bindPort}`,
    },
    {
      ...options,
      clock,
      look: () => sightOf(nomad.server, cloud.servers, clock.now()),
      onNoPool() {
        for (const node of sameNodes(3)) nomad.server.simulation.join(node);
      },
    },
    stop.signal,
  );
  return {
    flags: layer,
    async close() {
      stop.abort();
      await story;
      await cloud.close();
      await nomad.close();
      terminal.out('Nomad and OpenStack are gone, and all that they knew with them.');
    },
  };
}

function layerFor(flags: ConfigLayer, nomad: string, { target }: DevCloud, policyDir: string): ConfigLayer {
  return {
    ...flags,
    // The story is told in lines of its own; warnings and errors of the agent stand between them.
    logLevel: flags.logLevel ?? 'warn',
    nomad: { ...flags.nomad, address: nomad },
    policy: { ...flags.policy, dir: policyDir },
    telemetry: { ...flags.telemetry, prometheusMetrics: flags.telemetry?.prometheusMetrics ?? true },
    plugins: [target],
  };
}

/** Where the embedded Nomad is to listen: the address that the agent is told to speak to. */
function listenAt(address: string | undefined): { readonly host: string; readonly port: number } {
  if (!address) return usualPlace;
  const url = URL.canParse(address) ? new URL(address) : undefined;
  if (url?.protocol !== 'http:') {
    throw usageError(
      'invalid_flag',
      `with -dev, -nomad-address says where the embedded Nomad listens: http://<host>:<port>, not ${address}`,
    );
  }
  return { host: url.hostname, port: url.port === '' ? 80 : Number(url.port) };
}

async function register(server: NomadServer): Promise<void> {
  const file = parseJobFile('web.nomad.hcl', job);
  if ('errors' in file) throw new Error(`the job of the demo: ${file.errors.join('; ')}`);
  const body = JSON.stringify({ Job: file.job });
  const answer = await server.handle({ method: 'PUT', url: '/v1/jobs', body, headers: {}, signal: undefined });
  if (answer.status !== 200) throw new Error(`the job of the demo: ${answer.body}`);
}
