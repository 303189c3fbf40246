/** Nova: servers, and what there is to make them of. Source: spec os-nova.md §9. */
import type { Cloud, Server } from '../cloud.ts';
import { readBody } from './answer.ts';
import { OpenStackError } from './error.ts';
import { allPages, queryOf } from './pages.ts';
import { newServerBody, readPort, readServer } from './server.ts';
import { type Call, listed, type Service } from './service.ts';

/** What of the cloud Nova does. */
export type Compute = Pick<
  Cloud,
  | 'servers'
  | 'server'
  | 'createServer'
  | 'stopServer'
  | 'deleteServer'
  | 'setMetadata'
  | 'ports'
  | 'zones'
  | 'room'
  | 'flavors'
>;

export function computeOf(nova: Service): Compute {
  const list = (path: string, key: string, what: string, signal: AbortSignal) =>
    allPages(nova, { path, key, what }, signal);
  /** Doing it twice comes to the same. */
  const act = async (id: string, action: object, also: readonly number[], signal: AbortSignal) => {
    await nova.ask(
      { method: 'POST', path: `${serverPath(id)}/action`, body: action, wanted: [201, 202], also, repeats: 'always' },
      signal,
    );
  };

  return {
    async servers(tag, signal) {
      const found = await list(`/servers/detail${queryOf({ tags: tag })}`, 'servers', 'server', signal);
      const servers = new Map(found.map(readServer).map((server) => [server.id, server]));
      for (const server of servers.values()) checkTag(server, tag);
      return [...servers.values()];
    },
    async server(id, signal) {
      const call = { method: 'GET', path: serverPath(id), wanted: [200, 203], also: [404], repeats: 'always' } as const;
      const { status, body } = await nova.ask(call, signal);
      return status === 404 ? undefined : readServer(readBody(body).part('server'));
    },
    async createServer(server, signal) {
      const body = newServerBody(server);
      const call: Call = { method: 'POST', path: '/servers', body, wanted: [200, 202], repeats: 'if-refused' };
      const answer = await nova.ask(call, signal);
      return idOfNew(answer.body, 'server');
    },
    stopServer: (id, signal) => act(id, { 'os-stop': null }, [404, 409], signal),
    async deleteServer(id, force, signal) {
      if (force) return act(id, { forceDelete: '' }, [404], signal);
      const call = {
        method: 'DELETE',
        path: serverPath(id),
        wanted: [202, 204],
        also: [404],
        repeats: 'always',
      } as const;
      await nova.ask(call, signal);
    },
    async setMetadata(id, metadata, signal) {
      const path = `${serverPath(id)}/metadata`;
      await nova.ask({ method: 'POST', path, body: { metadata }, wanted: [200], repeats: 'always' }, signal);
    },
    async ports(id, signal) {
      const found = await list(`${serverPath(id)}/os-interface`, 'interfaceAttachments', 'port', signal);
      return found.map(readPort);
    },
    async zones(signal) {
      const found = await list('/os-availability-zone', 'availabilityZoneInfo', 'zone', signal);
      return found.map((zone) => ({
        name: zone.text('zoneName'),
        isAvailable: zone.part('zoneState').flag('available'),
      }));
    },
    async room(signal) {
      const answer = await nova.ask({ method: 'GET', path: '/limits', wanted: listed, repeats: 'always' }, signal);
      const limits = readBody(answer.body).part('limits').part('absolute');
      /** No limit is written as -1, and left out where Nova does not count that. */
      const left = (most: string, used: string) => {
        const limit = limits.has(most) ? limits.integer(most) : -1;
        return limit < 0 || !limits.has(used) ? Number.POSITIVE_INFINITY : Math.max(0, limit - limits.integer(used));
      };
      return {
        servers: left('maxTotalInstances', 'totalInstancesUsed'),
        cores: left('maxTotalCores', 'totalCoresUsed'),
        ramMb: left('maxTotalRAMSize', 'totalRAMUsed'),
      };
    },
    async flavors(signal) {
      const found = await list('/flavors/detail', 'flavors', 'flavor', signal);
      return found.map((one) => ({
        id: one.text('id'),
        name: one.text('name'),
        cores: one.integer('vcpus'),
        ramMb: one.integer('ram'),
      }));
    },
  };
}

const serverPath = (id: string): string => `/servers/${encodeURIComponent(id)}`;

/** A Nova that does not know the filter leaves it out without a word, and lists everybody's servers. */
function checkTag({ id, tags }: Server, tag: string): void {
  if (tags.includes(tag)) return;
  throw new OpenStackError(`Nova lists server ${id}, which has no tag ${tag}: the list cannot be trusted`, {});
}

/** @throws with `isAmbiguous`: something was made, and nobody knows what. */
export function idOfNew(body: string, what: string): string {
  try {
    return readBody(body).part(what).text('id');
  } catch (cause) {
    throw new OpenStackError(`a ${what} was made, but its ID is not known`, { isAmbiguous: true, cause });
  }
}
