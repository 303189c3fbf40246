/** What runs on the servers of the pool: a Nomad client each, simulated by the embedded Nomad. */
import type { NodeSpec } from '../../src/nomad-server/node-record.ts';
import type { NomadServer } from '../../src/nomad-server/server.ts';
import type { CloudUser, SeenServer } from './cloud.ts';

export const poolName = 'nom-pool';
const poolTag = `na_pool:${poolName}`;

export const isOfPool = ({ tags }: SeenServer): boolean => tags.includes(poolTag);

/** The simulated clients of an embedded Nomad. */
export interface NomadClients {
  /** @returns the ID of its node. */
  join(client: NodeSpec): Promise<string>;
  /** @returns false when Nomad has forgotten the node. */
  comeBack(nodeId: string): Promise<boolean>;
  fallSilent(nodeId: string): Promise<void>;
}

export const clientsInProcess = ({ simulation }: NomadServer): NomadClients => ({
  join: async (client) => simulation.join(client),
  async comeBack(nodeId) {
    const node = simulation.find(nodeId);
    if (node !== undefined) simulation.comeBack(node);
    return node !== undefined;
  },
  async fallSilent(nodeId) {
    const node = simulation.find(nodeId);
    if (node !== undefined) simulation.fallSilent(node);
  },
});

/** @param address  of an agent of another process. */
export function clientsOverHttp(address: string): NomadClients {
  const put = (path: string, body?: object) =>
    fetch(`${address}/v1/_sim/${path}`, { method: 'PUT', ...(body && { body: JSON.stringify(body) }) });
  return {
    async join(client) {
      const { ID } = (await (await put('nodes', client)).json()) as { readonly ID: string };
      return ID;
    },
    comeBack: async (nodeId) => (await put(`node/${nodeId}/return`)).ok,
    fallSilent: async (nodeId) => void (await put(`node/${nodeId}/silence`)),
  };
}

/** The client of a server joins Nomad when Nova says `ACTIVE`, and falls silent when it says anything else. */
export function followServers(clients: NomadClients, user: CloudUser, beatMs: number) {
  /** IDs of nodes by those of servers. */
  const nodes = new Map<string, string>();
  const up = new Set<string>();
  const stop = new AbortController();
  const look = async () => {
    const servers = (await user.servers()).filter(isOfPool);
    const active = new Map(servers.filter(({ status }) => status === 'ACTIVE').map((server) => [server.id, server]));
    for (const [id, { name }] of active) {
      if (up.has(id)) continue;
      up.add(id);
      const known = nodes.get(id);
      if (known === undefined || !(await clients.comeBack(known)))
        nodes.set(id, await clients.join(clientOf(id, name)));
    }
    for (const id of up) {
      if (active.has(id)) continue;
      up.delete(id);
      const known = nodes.get(id);
      if (known !== undefined) await clients.fallSilent(known);
    }
  };
  const follow = async () => {
    while (!stop.signal.aborted) {
      await look().catch(() => undefined); // the cloud is put under stress: the next look shows it
      await new Promise((resolve) => setTimeout(resolve, beatMs));
    }
  };
  const done = follow();
  return {
    close() {
      stop.abort();
      return done;
    },
  };
}

const clientOf = (id: string, name: string) => ({
  ...{ name, nodeClass: poolName, cores: 2, cpuMhz: 2000, memoryMb: 2048 },
  attributes: { 'unique.platform.aws.hostname': name },
  meta: { os_id: id, os_name: name },
});
