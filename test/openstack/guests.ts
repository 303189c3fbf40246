/** What runs on the servers of the pool: a Nomad client each, simulated by the embedded Nomad. */
import type { NomadServer } from '../../src/nomad-server/server.ts';
import type { CloudUser, SeenServer } from './cloud.ts';

export const poolName = 'nom-pool';
const poolTag = `na_pool:${poolName}`;

export const isOfPool = ({ tags }: SeenServer): boolean => tags.includes(poolTag);

/** The client of a server joins Nomad when Nova says `ACTIVE`, and falls silent when it says anything else. */
export function followServers({ simulation }: NomadServer, user: CloudUser, beatMs: number) {
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
      const known = simulation.find(nodes.get(id) ?? '');
      if (known === undefined) nodes.set(id, simulation.join(clientOf(id, name)));
      else simulation.comeBack(known);
    }
    for (const id of up) {
      if (active.has(id)) continue;
      up.delete(id);
      const known = simulation.find(nodes.get(id) ?? '');
      if (known !== undefined) simulation.fallSilent(known);
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
