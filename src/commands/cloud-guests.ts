/** What runs on the servers of a simulated cloud: a Nomad client each, which joins an embedded Nomad. */
import type { Clock } from '../lib/clock.ts';
import type { NodeSpec } from '../nomad-server/node-record.ts';
import type { Simulation } from '../nomad-server/simulation.ts';
import type { FlavorSpec } from '../openstack-server/config.ts';
import type { Guests } from '../openstack-server/servers.ts';
import type { ServerRecord } from '../openstack-server/state.ts';

export interface GuestOptions {
  readonly clock: Clock;
  readonly simulation: Simulation;
  /** Sizes of the servers; a server of another flavor has a node of the usual size. */
  readonly flavors: readonly FlavorSpec[];
  /** From the boot of a server until its client has joined; 0 joins at once. */
  readonly joinMs?: number;
  /** What the client is to be beside the usual: another class, node pool, attributes. Undefined: it never joins. */
  readonly client?: (server: ServerRecord) => Partial<NodeSpec> | undefined;
}

const poolTag = 'na_pool:';
const mhzPerCore = 1000;

/**
 * Each server has a client while it runs. Its class is the metadata `node_class` of the server, else the name of its pool. The
 * node tells the server's name as the attribute `unique.platform.aws.hostname`, and its ID as the metadata `os_id`. When the
 * server stops or goes, the client falls silent.
 */
export function nomadGuests(options: GuestOptions): Guests {
  const { clock, simulation, flavors, joinMs = 0, client = () => ({}) } = options;
  const nodes = new Map<string, string>();
  const silence = ({ id }: ServerRecord) => {
    const node = simulation.find(nodes.get(id) ?? '');
    if (node !== undefined) simulation.fallSilent(node);
  };
  /** Servers that run now, each with the boot that it runs from. */
  const boots = new Map<string, object>();
  const join = (server: ServerRecord) => {
    const present = simulation.find(nodes.get(server.id) ?? '');
    if (present !== undefined) return simulation.comeBack(present);
    const own = client(server);
    if (own !== undefined) nodes.set(server.id, simulation.join({ ...clientOf(server, flavors), ...own }));
  };
  return {
    onActive(server) {
      const boot = {};
      boots.set(server.id, boot);
      const joined = () => boots.get(server.id) === boot && join(server);
      if (joinMs > 0) clock.after(joinMs, joined);
      else joined();
    },
    onStopped(server) {
      boots.delete(server.id);
      silence(server);
    },
    onGone(server) {
      boots.delete(server.id);
      silence(server);
      nodes.delete(server.id);
    },
  };
}

function clientOf(server: ServerRecord, flavors: readonly FlavorSpec[]): NodeSpec {
  const pool = server.tags.find((tag) => tag.startsWith(poolTag))?.slice(poolTag.length);
  const flavor = flavors.find((one) => one.id === server.flavorId);
  return {
    name: server.name,
    nodeClass: server.metadata['node_class'] ?? pool ?? '',
    ...(flavor && { cores: flavor.cores, cpuMhz: flavor.cores * mhzPerCore, memoryMb: flavor.ramMb }),
    attributes: { 'unique.platform.aws.hostname': server.name },
    meta: { os_id: server.id, os_name: server.name },
  };
}
