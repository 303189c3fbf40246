/** A server as Nova tells it. Compat: recorded answers of Nova 26 (microversion 2.93). */
import type { FlavorSpec, Setting } from './config.ts';
import { toSecond } from './identifier.ts';
import { isAtLeast } from './microversion.ts';
import { vmStates } from './servers.ts';
import type { PortRecord, ServerRecord, State } from './state.ts';

export interface Telling {
  readonly setting: Setting;
  readonly state: State;
  /** Root of Nova: `http://127.0.0.1:8774`. */
  readonly base: string;
  readonly microversion: string;
}

const powerStates: Readonly<Record<ServerRecord['status'], number>> = {
  ...{ BUILD: 0, ERROR: 0, ACTIVE: 1, SHUTOFF: 4, SOFT_DELETED: 4 },
};

export const linksOf = (base: string, kind: string, id: string) => [
  { rel: 'self', href: `${base}/v2.1/${kind}/${id}` },
  { rel: 'bookmark', href: `${base}/${kind}/${id}` },
];

export function flavorJson(flavor: FlavorSpec, base: string, microversion: string) {
  return {
    ...{ id: flavor.id, name: flavor.name, ram: flavor.ramMb, disk: flavor.diskGb, swap: 0 },
    ...{ 'OS-FLV-EXT-DATA:ephemeral': 0, 'OS-FLV-DISABLED:disabled': false, vcpus: flavor.cores },
    ...{ 'os-flavor-access:is_public': true, rxtx_factor: 1, links: linksOf(base, 'flavors', flavor.id) },
    ...(isAtLeast(microversion, '2.55') && { description: null }),
    ...(isAtLeast(microversion, '2.61') && { extra_specs: {} }),
  };
}

export function serverJson(server: ServerRecord, { setting, state, base, microversion }: Telling) {
  const since = <T extends object>(version: string, part: T) => (isAtLeast(microversion, version) ? part : {});
  const { account } = setting;
  return {
    ...{ id: server.id, name: server.name, status: server.status },
    ...{ tenant_id: account.projectId, user_id: account.userId, metadata: server.metadata },
    hostId: server.zone === '' ? '' : Buffer.from(server.zone).toString('hex').padEnd(56, '0'),
    image: { id: server.imageId, links: [{ rel: 'bookmark', href: `${base}/images/${server.imageId}` }] },
    flavor: flavorOf(server, setting, base, microversion),
    ...{ created: toSecond(server.createdAt), updated: toSecond(server.updatedAt) },
    addresses: server.launchedAt === undefined ? {} : addresses(server, setting, state),
    ...{ accessIPv4: '', accessIPv6: '', links: linksOf(base, 'servers', server.id), 'OS-DCF:diskConfig': 'MANUAL' },
    ...(server.status === 'ACTIVE' || server.status === 'BUILD' ? { progress: 0 } : {}),
    ...(server.fault && {
      fault: { code: server.fault.code, created: toSecond(server.fault.at), message: server.fault.message },
    }),
    ...{ 'OS-EXT-AZ:availability_zone': server.zone, config_drive: '', key_name: server.keyName },
    'OS-SRV-USG:launched_at':
      server.launchedAt === undefined ? null : toSecond(server.launchedAt).replace('Z', '.000000'),
    'OS-SRV-USG:terminated_at': null,
    ...(server.launchedAt !== undefined && { security_groups: server.securityGroups.map((name) => ({ name })) }),
    ...{ 'OS-EXT-STS:task_state': server.taskState, 'OS-EXT-STS:vm_state': vmStates[server.status] },
    ...{ 'OS-EXT-STS:power_state': powerStates[server.status], 'os-extended-volumes:volumes_attached': [] },
    ...since('2.9', { locked: false }),
    ...since('2.73', { locked_reason: null }),
    ...since('2.19', { description: null }),
    ...since('2.26', { tags: server.tags }),
    ...since('2.63', { trusted_image_certificates: null }),
    ...since('2.90', { 'OS-EXT-SRV-ATTR:hostname': server.name }),
    ...since('2.71', { server_groups: server.groupId === undefined ? [] : [server.groupId] }),
  };
}

/** From 2.47 on the flavor itself, before that a reference to it. */
function flavorOf({ flavorId }: ServerRecord, setting: Setting, base: string, microversion: string) {
  const flavor = setting.flavors.find((one) => one.id === flavorId);
  if (!isAtLeast(microversion, '2.47') || flavor === undefined) {
    return { id: flavorId, links: [{ rel: 'bookmark', href: `${base}/flavors/${flavorId}` }] };
  }
  return {
    ...{ vcpus: flavor.cores, ram: flavor.ramMb, disk: flavor.diskGb, ephemeral: 0, swap: 0 },
    ...{ original_name: flavor.name, extra_specs: {} },
  };
}

/** By the name of the network, floating IPs among them. */
function addresses(server: ServerRecord, setting: Setting, state: State) {
  const byNetwork: Record<string, object[]> = {};
  for (const port of state.ports.values()) {
    if (port.serverId !== server.id) continue;
    const name = setting.networks.find((network) => network.id === port.networkId)?.name ?? port.networkId;
    const list = byNetwork[name] ?? [];
    list.push(address(port.address, 'fixed', port));
    for (const ip of state.floatingIps.values()) {
      if (ip.portId === port.id) list.push(address(ip.address, 'floating', port));
    }
    byNetwork[name] = list;
  }
  return byNetwork;
}

const address = (addr: string, kind: 'fixed' | 'floating', { mac }: PortRecord) => ({
  ...{ version: 4, addr, 'OS-EXT-IPS:type': kind, 'OS-EXT-IPS-MAC:mac_addr': mac },
});
