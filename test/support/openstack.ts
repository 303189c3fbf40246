/**
 * A whole small world on one virtual clock: an OpenStack of memory and an embedded Nomad. Servers that run are nodes; those
 * that stop or go fall silent.
 */
import { nomadGuests } from '../../src/commands/cloud-guests.ts';
import type { Node } from '../../src/nomad/node-types.ts';
import type { NodeSpec } from '../../src/nomad-server/node-record.ts';
import type { NomadServerConfig } from '../../src/nomad-server/server.ts';
import { type OpenStackConfig, usual } from '../../src/openstack-server/config.ts';
import { openStack } from '../../src/openstack-server/openstack.ts';
import type { Guests } from '../../src/openstack-server/servers.ts';
import type { ServerRecord } from '../../src/openstack-server/state.ts';
import { seededRandom } from '../../src/simulate/random.ts';
import { testNomad } from './nomad-server.ts';
import { openStackUrl } from './openstack-cloud.ts';

export interface PoolWorldOptions {
  readonly cloud?: OpenStackConfig;
  readonly nomad?: NomadServerConfig;
  /** From the boot of a server until its client has joined, in milliseconds. Default 2000. */
  readonly joinMs?: number;
  /** What the client of a server is to be beside the usual; undefined: it never joins. */
  readonly client?: (server: ServerRecord) => Partial<NodeSpec> | undefined;
  readonly seed?: number;
}

/** No node at first. The cloud's servers need 30 s to boot unless told otherwise. */
export function poolWorld({
  cloud: config = {},
  nomad: nomadConfig,
  joinMs = 2000,
  client,
  seed = 1,
}: PoolWorldOptions = {}) {
  const nomad = testNomad({ nodes: [], ...nomadConfig });
  const { clock } = nomad;
  const { simulation } = nomad.server;
  const guests: Guests = nomadGuests({
    ...{ clock, simulation, joinMs, flavors: config.flavors ?? [usual.flavor, usual.smallFlavor] },
    ...(client && { client }),
  });
  const cloud = openStack({
    ...{ clock, random: seededRandom(seed), guests },
    config: { ...config, pace: { bootMs: 30_000, ...config.pace } },
  });
  return {
    clock,
    nomad,
    cloud,
    authUrl: `${openStackUrl}/v3`,
    /** `nom-1 ACTIVE az1`, the oldest first. */
    servers: () =>
      [...cloud.state.servers.values()].map(({ name, status, zone }) => [name, status, zone].join(' ').trim()),
    /** As `nodeText`, in the order in which they joined. */
    nodes: () => [...nomad.server.store.nodes()].map(nodeText),
    /** What nobody would ever take away again; each a line. Empty when all is in order. */
    orphans: () => orphansOf(cloud.state),
    /** Nova's writes so far: `POST /v2.1/servers`. */
    writes: () =>
      cloud.requests
        .filter(({ method, service }) => method !== 'GET' && service !== 'identity')
        .map(({ method, path }) => `${method} ${path}`),
    /** Most requests that fit `match` and were under way at the same moment. */
    mostAtOnce(match: (request: (typeof cloud.requests)[number]) => boolean) {
      const marks = cloud.requests.filter(match).flatMap(({ at, endedAt }) => [
        [at, 1],
        [endedAt ?? Number.POSITIVE_INFINITY, -1],
      ]);
      marks.sort(([a = 0, up = 0], [b = 0, down = 0]) => a - b || up - down);
      let [now, most] = [0, 0];
      for (const [, change = 0] of marks) {
        now += change;
        most = Math.max(most, now);
      }
      return most;
    },
    /** Moves time on in steps until `work` is done, or `mostMs` have passed. */
    async run<T>(work: Promise<T>, { mostMs = 3_600_000, stepMs = 250 } = {}): Promise<T> {
      let isDone = false;
      const done = work.finally(() => {
        isDone = true;
      });
      done.catch(() => undefined);
      for (let past = 0; !isDone && past < mostMs; past += stepMs) {
        await settle();
        await clock.advance(stepMs);
      }
      if (!isDone) throw new Error(`not done within ${mostMs} ms of virtual time`);
      return done;
    },
    close() {
      cloud.close();
      nomad.server.close();
    },
  };
}

/** `nom-1 ready`, `nom-2 ready draining`, `nom-3 down ineligible` */
export function nodeText({ Name, Status, Drain, SchedulingEligibility }: Node): string {
  const odd = Drain ? 'draining' : SchedulingEligibility;
  return `${Name} ${Status}${odd === 'eligible' ? '' : ` ${odd}`}`;
}

/** Lets requests that take no time on the clock come to their end: they take some turns of the event loop. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 20; turn++) await new Promise<void>((resolve) => setImmediate(resolve));
}

export type PoolWorld = ReturnType<typeof poolWorld>;
type State = PoolWorld['cloud']['state'];

/** Floating IPs that lead nowhere, and members whose address is that of no port. */
function orphansOf({ floatingIps, members, ports }: State): readonly string[] {
  const addresses = new Set([...ports.values()].map((port) => port.address));
  const ips = [...floatingIps.values()].filter((ip) => ip.portId === undefined);
  const lost = [...members.values()].filter((member) => !addresses.has(member.address));
  return [
    ...ips.map((ip) => `floating IP ${ip.address} (${ip.description})`),
    ...lost.map((member) => `member ${member.address} (${member.name})`),
  ];
}
