/** Nova's servers. Compat: spec os-nova.md §9 and recorded answers. */
import type { Call } from '../call.ts';
import type { Setting } from '../config.ts';
import { type ApiResponse, emptyReply, jsonReply } from '../http.ts';
import { listed } from '../list-servers.ts';
import { isAtLeast, microversionOf } from '../microversion.ts';
import { metadataOf, newServerOf } from '../new-server.ts';
import { linksTo, pageOf } from '../paging.ts';
import type { Ports } from '../ports.ts';
import { Refusal } from '../refusal.ts';
import type { Routes } from '../router.ts';
import { linksOf, serverJson } from '../server-json.ts';
import type { Servers } from '../servers.ts';
import type { ServerRecord, State } from '../state.ts';
import { checkTag } from '../tags.ts';
import { checkQuota, usageOf } from '../usage.ts';

export interface ServerRouteParts {
  readonly setting: Setting;
  readonly state: State;
  readonly servers: Servers;
  readonly ports: Ports;
}

export function serverRoutes(parts: ServerRouteParts): Routes {
  const { servers, ports, setting } = parts;
  const tell = (call: Call, server: ServerRecord) => {
    const microversion = microversionOf(call, setting.microversion);
    return serverJson(server, { ...parts, base: call.base, microversion });
  };
  const page = (call: Call) =>
    pageOf(listed(parts.state.servers.values(), call, microversionOf(call, setting.microversion)), call, {
      pageSize: setting.pageSize,
      self: `${call.base}${call.path}`,
    });
  return {
    'GET /v2.1/servers': (call) => {
      const { items, next } = page(call);
      const brief = items.map(({ id, name }) => ({ id, name, links: linksOf(call.base, 'servers', id) }));
      return jsonReply({ servers: brief, ...linksTo('servers_links', next) });
    },
    'GET /v2.1/servers/detail': (call) => {
      const { items, next } = page(call);
      return jsonReply({ servers: items.map((server) => tell(call, server)), ...linksTo('servers_links', next) });
    },
    'POST /v2.1/servers': (call) => create(parts, call),
    'GET /v2.1/servers/:id': (call) => jsonReply({ server: tell(call, servers.get(call.id)) }),
    'DELETE /v2.1/servers/:id': (call) => {
      servers.delete(call.id, false);
      return emptyReply(204);
    },
    'POST /v2.1/servers/:id/action': (call) => act(servers, call),
    'GET /v2.1/servers/:id/os-interface': (call) => {
      const hasTag = isAtLeast(microversionOf(call, setting.microversion), '2.70');
      const attached = ports.of(servers.get(call.id).id).map((port) => ({
        ...{ net_id: port.networkId, port_id: port.id, mac_addr: port.mac, port_state: 'ACTIVE' },
        fixed_ips: [{ subnet_id: port.subnetId, ip_address: port.address }],
        ...(hasTag && { tag: null }),
      }));
      return jsonReply({ interfaceAttachments: attached });
    },
    ...metadataRoutes(servers),
    ...tagRoutes(servers),
  };
}

function create({ setting, state, servers }: ServerRouteParts, call: Call): ApiResponse {
  const wanted = newServerOf(call, microversionOf(call, setting.microversion), setting);
  const flavor = setting.flavors.find((one) => one.id === wanted.flavorId);
  if (flavor !== undefined) checkQuota(usageOf(state, setting.flavors), flavor, setting.quota);
  if (state.ports.size + wanted.networkIds.length > setting.quota.ports) {
    throw new Refusal(
      403,
      `The number of defined ports: ${state.ports.size} is over the limit: ${setting.quota.ports}`,
    );
  }
  const server = servers.create(wanted);
  const links = linksOf(call.base, 'servers', server.id);
  const body = {
    ...{ id: server.id, links, 'OS-DCF:diskConfig': 'MANUAL', adminPass: server.id.slice(0, 12) },
    security_groups: server.securityGroups.map((name) => ({ name })),
  };
  return jsonReply({ server: body }, 202, { location: links[0]?.href ?? '' });
}

function act(servers: Servers, call: Call): ApiResponse {
  const [action = ''] = Object.keys(call.json());
  if (action === 'os-stop') servers.stop(call.id);
  else if (action === 'os-start') servers.start(call.id);
  else if (action === 'forceDelete') servers.delete(call.id, true);
  else throw new Refusal(400, `There is no such action: ${action}`);
  return emptyReply(202);
}

function metadataRoutes(servers: Servers): Routes {
  const path = '/v2.1/servers/:id/metadata';
  return {
    [`GET ${path}`]: (call) => jsonReply({ metadata: servers.get(call.id).metadata }),
    /** Keeps what it does not name. */
    [`POST ${path}`]: (call) => {
      const metadata = { ...servers.get(call.id).metadata, ...metadataOf(call.part('metadata')) };
      return jsonReply({ metadata: servers.setMetadata(call.id, metadata).metadata });
    },
    [`PUT ${path}`]: (call) => {
      const metadata = metadataOf(call.part('metadata'));
      return jsonReply({ metadata: servers.setMetadata(call.id, metadata).metadata });
    },
    [`DELETE ${path}/:key`]: (call) => {
      const [, key = ''] = call.open;
      const { [key]: value, ...rest } = servers.get(call.id).metadata;
      if (value === undefined) throw new Refusal(404, 'Metadata item was not found');
      servers.setMetadata(call.id, rest, 'delete metadata');
      return emptyReply(204);
    },
  };
}

function tagRoutes(servers: Servers): Routes {
  const path = '/v2.1/servers/:id/tags';
  return {
    [`GET ${path}`]: (call) => jsonReply({ tags: servers.get(call.id).tags }),
    [`PUT ${path}/:tag`]: (call) => {
      const [, tag] = call.open;
      const { tags } = servers.get(call.id);
      servers.setTags(call.id, [...new Set([...tags, checkTag(tag)])].sort(), 'update tag');
      return emptyReply(tags.includes(tag ?? '') ? 204 : 201);
    },
    [`DELETE ${path}/:tag`]: (call) => {
      const [, tag] = call.open;
      const { tags } = servers.get(call.id);
      if (tag === undefined || !tags.includes(tag)) throw new Refusal(404, `Instance ${call.id} has no tag '${tag}'`);
      const others = tags.filter((one) => one !== tag);
      servers.setTags(call.id, others, 'delete tag');
      return emptyReply(204);
    },
  };
}
