/** Neutron: networks, ports, floating IPs. Compat: spec os-nova.md §9 and recorded answers. */

import type { Call } from '../call.ts';
import type { NetworkSpec, Setting } from '../config.ts';
import type { FloatingIps } from '../floating-ips.ts';
import { emptyReply, jsonReply } from '../http.ts';
import { toSecond } from '../identifier.ts';
import { linksTo, pageOf } from '../paging.ts';
import { Refusal } from '../refusal.ts';
import type { Routes } from '../router.ts';
import type { FloatingIpRecord, PortRecord, State } from '../state.ts';

export interface NetworkRouteParts {
  readonly setting: Setting;
  readonly state: State;
  readonly floatingIps: FloatingIps;
  readonly startedAt: number;
}

export function networkRoutes({ setting, state, floatingIps, startedAt }: NetworkRouteParts): Routes {
  const { projectId } = setting.account;
  const network = (one: NetworkSpec) => networkJson(one, projectId, toSecond(startedAt));
  const port = (one: PortRecord) => portJson(one, projectId);
  const ip = (one: FloatingIpRecord) => floatingIpJson(one, state, projectId);
  const list = (call: Call, name: string, all: readonly Item[], keys: readonly string[]) => {
    const asked = all.filter((one) => fits(one, call.query, keys));
    const { items, next } = pageOf(asked, call, { pageSize: setting.pageSize, self: `${call.base}${call.path}` });
    return jsonReply({ [name]: items, ...linksTo(`${name}_links`, next) });
  };
  const values = <T, U>(map: ReadonlyMap<string, T>, tell: (one: T) => U) => [...map.values()].map(tell);
  return {
    'GET /v2.0/networks': (call) => list(call, 'networks', setting.networks.map(network), ['id', 'name']),
    'GET /v2.0/networks/:id': ({ id }) => {
      const found = setting.networks.find((one) => one.id === id);
      if (found === undefined) throw new Refusal(404, `Network ${id} could not be found.`, 'NetworkNotFound');
      return jsonReply({ network: network(found) });
    },
    'GET /v2.0/security-groups': (call) =>
      list(call, 'security_groups', setting.securityGroups.map(groupJson), ['id', 'name']),
    'GET /v2.0/ports': (call) => list(call, 'ports', values(state.ports, port), ['id', 'device_id', 'network_id']),
    'GET /v2.0/floatingips': (call) => list(call, 'floatingips', values(state.floatingIps, ip), ipFilters),
    'GET /v2.0/floatingips/:id': ({ id }) => jsonReply({ floatingip: ip(floatingIps.get(id)) }),
    'POST /v2.0/floatingips': (call) => jsonReply({ floatingip: ip(floatingIps.create(call.part('floatingip'))) }, 201),
    'PUT /v2.0/floatingips/:id': (call) =>
      jsonReply({ floatingip: ip(floatingIps.update(call.id, call.part('floatingip'))) }),
    'DELETE /v2.0/floatingips/:id': ({ id }) => {
      floatingIps.delete(id);
      return emptyReply(204);
    },
  };
}

type Item = { readonly id: string } & Readonly<Record<string, unknown>>;

const ipFilters = ['id', 'port_id', 'description', 'floating_ip_address', 'floating_network_id', 'status'];

/** Neutron filters by any field; a field that is null equals the empty text. */
function fits(item: Item, query: URLSearchParams, keys: readonly string[]): boolean {
  return keys.every((key) => {
    const asked = query.getAll(key);
    return asked.length === 0 || asked.includes(String(item[key] ?? ''));
  });
}

/** The configuration knows only names; two groups may have one. */
const groupJson = (name: string, at: number) => ({
  ...{ id: `5ec00000-0000-4000-8000-${String(at).padStart(12, '0')}`, name, description: '' },
  ...{ stateful: true, tags: [], security_group_rules: [] },
});

const networkJson = ({ id, name, isExternal = false, subnetId }: NetworkSpec, projectId: string, at: string) => ({
  ...(isExternal && { is_default: false }),
  ...{ id, name, tenant_id: projectId, admin_state_up: true, mtu: 1450, status: 'ACTIVE', subnets: [subnetId] },
  ...{ shared: false, availability_zone_hints: [], availability_zones: [], ipv4_address_scope: null },
  ...{
    ipv6_address_scope: null,
    'router:external': isExternal,
    description: '',
    port_security_enabled: true,
    tags: [],
  },
  ...{ created_at: at, updated_at: at, revision_number: 2, project_id: projectId },
});

const portJson = (port: PortRecord, projectId: string) => ({
  ...{ id: port.id, name: '', network_id: port.networkId, tenant_id: projectId, project_id: projectId },
  ...{ mac_address: port.mac, admin_state_up: true, status: 'ACTIVE', device_id: port.serverId },
  ...{ device_owner: `compute:${port.zone}`, 'binding:vnic_type': 'normal', description: '', tags: [] },
  fixed_ips: [{ subnet_id: port.subnetId, ip_address: port.address }],
});

/** The router between the networks; it can be neither seen nor changed. */
const routerId = '769f00af-1029-460a-95b8-2bc1fa8e3cf6';

/** Without agents, as here, a floating IP stays `DOWN` although it leads somewhere. */
function floatingIpJson(ip: FloatingIpRecord, { ports }: State, projectId: string) {
  const port = ports.get(ip.portId ?? '');
  const at = toSecond(ip.createdAt);
  return {
    ...{ id: ip.id, tenant_id: projectId, floating_ip_address: ip.address, floating_network_id: ip.networkId },
    ...{
      router_id: port === undefined ? null : routerId,
      port_id: port?.id ?? null,
      fixed_ip_address: port?.address ?? null,
      status: 'DOWN',
    },
    ...{
      project_id: projectId,
      description: ip.description,
      tags: [],
      created_at: at,
      updated_at: at,
      revision_number: 0,
    },
    port_details:
      port === undefined
        ? null
        : {
            ...{ name: '', network_id: port.networkId, mac_address: port.mac, admin_state_up: true, status: 'ACTIVE' },
            ...{ device_id: port.serverId, device_owner: `compute:${port.zone}` },
          },
  };
}
